"""What is heard of late: a death, a stay in hospital. Scenarios 3 and 8 of domain.md §10."""

from datetime import date
from decimal import Decimal

import pytest
import pytest_asyncio

from shangmen import clock, database, effects
from shangmen.app import wire
from shangmen.delivery.service_records import actions, queries
from shangmen.delivery.service_records.effects import on_status_changed
from shangmen.delivery.service_records.forms import CorrectionForm, ReasonForm
from shangmen.demand.recipients.events import StatusChanged
from shangmen.errors import Conflict
from tests.cast import Cast
from tests.delivery.recording import counters, found, load_parameters, logged, one, verdict
from tests.delivery.rows import Placed, placed_need


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    wire()
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


async def hears(cast: Cast, kind: str, effective: date, until: date | None = None) -> None:
    """The station hears of something that began on a day."""
    async with database.transaction(cast.station_a):
        await database.insert(
            "status_event", person=cast.person_a, kind=kind, effective=effective, until=until,
            reported_at=clock.now(), note="",
        )  # fmt: skip
        await on_status_changed(cast.station_a, StatusChanged(cast.person_a, kind, effective, until))


async def settled(cast: Cast, placed: Placed, record: int) -> None:
    """The line of a record stands in an approved statement."""
    async with database.transaction(cast.system):
        line = await database.fetch_value("SELECT id FROM service_line WHERE service_record = :id", id=record)
        statement = await database.insert(
            "statement", county=cast.county, provider=placed.supplier, contract=placed.contract, number="S1",
            period_from=date(2026, 3, 1), period_to=date(2026, 3, 31), state="draft", gross=Decimal(60),
            deducted=Decimal(0), payable=Decimal(60), payment_reference="", note="", created_at=clock.now(),
        )  # fmt: skip
        await database.insert("statement_line", statement=statement, service_line=line, amount=Decimal(60))
        await database.execute(
            "UPDATE statement SET state = 'approved', submitted_by = :a, reviewed_by = :b, approved_by = :c"
            " WHERE id = :id",
            id=statement, a=cast.provider_a.user, b=cast.bureau.user, c=cast.approver.user,
        )  # fmt: skip


async def test_visits_after_a_death_that_was_reported_late_are_rejected(cast: Cast, placed: Placed) -> None:
    before = await counters(cast, placed)
    visits = [
        (await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, day), 540)))[0] for day in (2, 4, 5, 7)
    ]
    await hears(cast, "died", date(2026, 3, 4))
    assert [await verdict(cast, visit) for visit in visits] == ["verified", "held", "rejected", "rejected"]
    assert (await counters(cast, placed))["delivered"] - before["delivered"] == Decimal("60.00")
    assert await queries.verify_chain(cast.auditor) is None


async def test_visits_during_a_stay_in_hospital_that_was_reported_late_are_rejected(
    cast: Cast, placed: Placed
) -> None:
    visits = [
        (await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, day), 540)))[0]
        for day in (9, 10, 15, 21, 22)
    ]
    await hears(cast, "hospital", date(2026, 3, 10), date(2026, 3, 21))
    assert [await verdict(cast, visit) for visit in visits] == [
        "verified", "rejected", "rejected", "rejected", "verified"]  # fmt: skip


async def test_a_visit_during_a_stay_that_is_known_is_rejected_at_once(cast: Cast, placed: Placed) -> None:
    await hears(cast, "hospital", date(2026, 3, 10), date(2026, 3, 21))
    visit, record = await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, 12), 540))
    assert await verdict(cast, visit) == "rejected"
    assert (await found(cast, record))["not_there"] == "reject"


async def test_hearing_it_twice_changes_nothing_more(cast: Cast, placed: Placed) -> None:
    _visit, record = await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, 5), 540))
    await hears(cast, "died", date(2026, 3, 4))
    await hears(cast, "died", date(2026, 3, 4))
    row = await one(cast, "SELECT count(*) FROM finding WHERE service_record = :id", id=record)
    assert row[0] == 1


async def test_settled_money_stays_and_the_bureau_hears_of_the_claim(cast: Cast, placed: Placed) -> None:
    visit, record = await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, 5), 540))
    await settled(cast, placed, record)
    before = await counters(cast, placed)
    await hears(cast, "died", date(2026, 3, 4))
    assert await verdict(cast, visit) == "rejected"
    assert await counters(cast, placed) == before
    task = await one(cast, "SELECT role FROM task WHERE kind = 'claw_back' AND subject_id = :id", id=record)
    assert task["role"] == "bureau_officer"


async def test_a_decision_is_told_to_later_features(
    cast: Cast, placed: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shangmen.delivery.service_records.events import VerdictChanged

    heard: list[VerdictChanged] = []

    async def hear(_scope: object, event: VerdictChanged) -> None:
        heard.append(event)

    monkeypatch.setitem(effects._handlers, VerdictChanged, [hear])
    visit, record = await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, 5), 540))
    await actions.reject(cast.station_a, record, ReasonForm(reason="nobody came"))
    assert [(event.visit, event.before, event.after) for event in heard] == [(visit, "verified", "rejected")]


async def test_a_settled_record_is_neither_rejected_nor_corrected(cast: Cast, placed: Placed) -> None:
    _visit, record = await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, 5), 540))
    await settled(cast, placed, record)
    with pytest.raises(Conflict, match="settled"):
        await actions.reject(cast.station_a, record, ReasonForm(reason="nobody came"))
    form = CorrectionForm(
        begun_at=clock.at(date(2026, 3, 5), 540), ended_at=clock.at(date(2026, 3, 5), 570), reason="typed wrongly"
    )
    with pytest.raises(Conflict, match="settled"):
        await actions.correct(cast.provider_a, record, form)
