"""A county in which something of every kind waits for somebody: for the work list, for forms, for what is masked."""

from datetime import date, timedelta
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.states import Told, VerdictState
from shangmen.delivery.service_records.tables import CheckIn
from shangmen.delivery.settlement import actions as settlement
from shangmen.delivery.settlement.forms import ObjectionForm
from shangmen.delivery.settlement.states import StatementState
from shangmen.delivery.visits.states import VisitState
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.forms import NeedForm
from shangmen.demand.recipients.moves import actions as moves
from shangmen.demand.recipients.moves.forms import AnswerForm, MoveForm
from shangmen.foundation.imports.queries import Counts
from shangmen.foundation.imports.states import ImportState
from shangmen.foundation.imports.tables import ListImport
from shangmen.foundation.organisations.tables import Absence, Qualification, Worker
from shangmen.supply.contracts.states import ContractState
from shangmen.supply.contracts.tables import Contract
from shangmen.supply.matching_runs.states import RunState
from shangmen.supply.matching_runs.tables import MatchingRun
from shangmen.supply.placements.forms import ReasonForm
from shangmen.supply.placements.offers import actions as offers
from shangmen.supply.tendering.forms import StudyForm
from shangmen.supply.tendering.states import StudyState
from shangmen.supply.tendering.tables import TenderStudy
from tests.cast import Cast
from tests.delivery.quality_rows import asked_about
from tests.delivery.rows import placed_need, planned_visit
from tests.delivery.settlement_rows import (
    TODAY,
    brought_to,
    cleaned,
    delivered,
    drafted,
    overturn,
    reported,
    set_verdict,
    told,
)
from tests.supply.rows import drafted as drafted_contract
from tests.supply.rows import offered, waiting_need


async def busy_county(cast: Cast) -> None:
    """A county in which something of every kind waits, on 2 April 2026."""
    await cleaned(cast, visits_per_month=4)
    await _statements(cast)
    await _visits(cast)
    await _supply(cast)
    await _moves(cast)
    async with database.transaction(cast.system):
        for scope in (cast.worker_a, cast.social_worker_a):
            checked = TODAY - timedelta(days=350)
            await database.change(Worker, scope.worker or 0, {Worker.background_checked: checked})
        for organisation, worker in (
            (cast.provider_a.organisation, None),
            (None, cast.worker_a.worker),
            (cast.station_a.organisation, None),
        ):
            await database.add(
                Qualification(
                    county=cast.county, kind="licence", number="1", mandatory=False, valid_from=date(2020, 1, 1),
                    valid_to=TODAY + timedelta(days=20), organisation=organisation, worker=worker,
                )
            )  # fmt: skip
        await database.add(
            ListImport(
                county=cast.county, organisation=cast.station_a.organisation, kind="recipients", file_name="三月.xlsx",
                digest=b"", counts=database.to_json(Counts(rows=2, new=1, refused=1)), state=ImportState.PREVIEWED,
                created_at=clock.now(),
            )
        )  # fmt: skip
        await database.execute(
            "INSERT INTO attendance (service_record, worker, begun_at, ended_at, begun_typed, ended_typed,"
            " no_position_reason) SELECT id, :worker, begun_at, ended_at, false, false, '' FROM service_record",
            worker=cast.worker_a.worker,
        )
        await database.execute("UPDATE person SET latitude = NULL WHERE id = :id", id=cast.person_a)
        await database.execute("DELETE FROM holiday WHERE day >= '2026-01-01'")


async def _moves(cast: Cast) -> None:
    """A file that is offered to a station, one that came back to it, and one of another county for the bureau."""
    await moves.offer(cast.station_b, cast.person_b, MoveForm(day=TODAY, township=cast.township_a))
    returned = await moves.offer(cast.station_a, cast.person_a, MoveForm(day=TODAY, township=cast.township_b))
    await moves.give_back(cast.station_b, returned, AnswerForm("地址不详"))
    away = MoveForm(day=TODAY, other_county=cast.county, consent_on=TODAY, consent_by="本人")
    await moves.offer(cast.stranger_station, cast.stranger_person, away)


async def _statements(cast: Cast) -> None:
    """Statements in every state, one with an objection, one with a visit that fell, and visits in none."""
    first = await cleaned(cast, valid_from=date(2025, 1, 1))
    months = [(date(2025, month, 1), date(2025, month, 28)) for month in range(1, 7)]
    ends = [None, StatementState.SUBMITTED, StatementState.REVIEWED, StatementState.REVIEWED, StatementState.APPROVED,
            StatementState.PAID]  # fmt: skip
    for place, ((since, until), state) in enumerate(zip(months, ends, strict=True)):
        visit = await delivered(cast, first, since)
        id = await drafted(cast, first, since, until)
        if state:
            await brought_to(cast, id, state)
        if place == 3:
            await settlement.object(cast.provider_a, id, ObjectionForm("少算了"))
        if state is StatementState.PAID:
            await overturn(cast, first, visit)
    await delivered(cast, first, date(2025, 9, 1))  # in no statement


async def _visits(cast: Cast) -> None:
    """Held records for the station and for the bureau, visits to confirm, missed ones, one of today."""
    first = await cleaned(cast)
    held = await delivered(cast, first, date(2026, 3, 20), state=VerdictState.HELD)
    await set_verdict(cast, held, VerdictState.HELD, "没有定位")
    own = await placed_need(cast, cast.station_a, cast.home_visit, cast.person_a)
    theirs = await delivered(cast, own, date(2026, 3, 21), state=VerdictState.HELD, start=700)
    await asked_about(cast.system, held.record, cast.station_a.organisation or 0)
    for one in (held, theirs):
        await told(cast.system, one.visit, cast.worker_a.worker or 0)
        for what in (Told.ALARM, Told.REFUSED):
            await reported(cast.system, one.visit, cast.worker_a.worker or 0, what)
    await asked_about(cast.system, theirs.record, cast.bureau.organisation or 0)
    worker = cast.worker_a.worker or 0
    today = await planned_visit(cast, first, clock.at(TODAY, 900), worker)
    async with database.transaction(cast.system):  # where person A lives nobody knows: the check-in proposes it
        await database.add(
            CheckIn(
                county=cast.county, station=cast.station_a.organisation, supplier=cast.provider_a.organisation,
                visit=today, worker=worker, server_at=clock.at(TODAY, 900), latitude=Decimal("37.3"),
                longitude=Decimal("105.92"), accuracy=12,
            )
        )  # fmt: skip
    for placed, days in ((first, 2), (own, 3)):
        planned = clock.at(TODAY + timedelta(days=days), 900)
        await planned_visit(cast, placed, planned, worker, state=VisitState.PLANNED)
        missed = clock.at(TODAY - timedelta(days=days), 900)
        await planned_visit(cast, placed, missed, worker, state=VisitState.MISSED)
        away = clock.at(TODAY + timedelta(days=20 + days), 900)
        await planned_visit(cast, placed, away, worker, state=VisitState.PLANNED)
    async with database.transaction(cast.system):
        for ahead in (22, 23):
            day = TODAY + timedelta(days=ahead)
            await database.add(Absence(worker=worker, first=day, last=day))


async def _supply(cast: Cast) -> None:
    """Offers to a provider and a station, one declined; a draft of a need and of a contract; a run and a study."""
    person = cast.person_b
    await offered(cast, await waiting_need(cast, person), cast.station_b, None)
    declined = await offered(cast, await waiting_need(cast, person, cast.cleaning), cast.station_b, None)
    await offers.decline(cast.station_b, declined, ReasonForm("没有人手"))
    await needs.state(cast.system, person, NeedForm(service_item=cast.bath, visits_per_month=2))
    await drafted_contract(cast, cast.provider_b)
    async with database.transaction(cast.system):
        now, today = clock.now(), clock.today()
        question = database.to_json(StudyForm(name="study", starts_on=today, money_from=100, money_to=100, steps=2))
        await database.add(
            MatchingRun(
                county=cast.county,
                created_at=now,
                starts_on=today,
                policy='{"starts_on": "2026-04-02"}',
                state=RunState.PROPOSED,
            )
        )
        await database.add(
            TenderStudy(
                county=cast.county, created_at=now, finished_at=now, name="study", starts_on=today, question=question,
                state=StudyState.FAILED, requested_by=cast.bureau.user,
            )
        )  # fmt: skip
        need = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b, rate=Decimal("40"))
        await database.execute("UPDATE offer SET state = 'offered', decided_at = NULL WHERE id = :id", id=need.offer)
        contract = await Contract.objects().where(Contract.state == ContractState.IN_FORCE).first()
        assert contract is not None
        await database.change(
            Contract,
            contract.id,
            {Contract.term_to: today + timedelta(days=40), Contract.ceiling: contract.reserved + contract.delivered},
        )


def everyone(cast: Cast) -> dict[str, Scope]:
    """Everybody of the county who can log in."""
    return {name: scope for name, scope in cast.people().items() if scope.counties == (cast.county,)}
