"""What is heard of late: a death, a stay in hospital. Scenarios 3 and 8 of domain.md §10."""

from datetime import date
from decimal import Decimal

import pytest
import pytest_asyncio

from shangmen import clock, database, effects
from shangmen.access import Role
from shangmen.delivery.service_records import actions
from shangmen.delivery.service_records.effects import on_status_changed
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.forms import CorrectionForm, ReasonForm
from shangmen.delivery.service_records.states import Severity, VerdictState
from shangmen.delivery.service_records.tables import Finding
from shangmen.delivery.service_records.verification import proofs
from shangmen.delivery.settlement.states import StatementState
from shangmen.demand.recipients.events import StatusChanged
from shangmen.demand.recipients.states import StatusKind
from shangmen.demand.recipients.tables import StatusEvent
from shangmen.errors import Conflict
from shangmen.foundation.tasks.tables import Task
from shangmen.wiring import wire
from tests.cast import Cast
from tests.delivery.recording import counters, found, line_of, load_parameters, logged, only, verdict
from tests.delivery.rows import Placed, placed_need
from tests.delivery.settlement_rows import brought_to, drafted

VERIFIED, HELD, REJECTED = VerdictState.VERIFIED, VerdictState.HELD, VerdictState.REJECTED


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    wire()
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


async def hears(cast: Cast, kind: StatusKind, effective: date, until: date | None = None) -> None:
    """The station hears of something that began on a day."""
    async with database.transaction(cast.station_a):
        await database.add(
            StatusEvent(
                person=cast.person_a, kind=kind, effective=effective, until=until, reported_at=clock.now(), note=""
            )
        )
        await on_status_changed(cast.station_a, StatusChanged(cast.person_a, kind, effective, until))


async def settled(cast: Cast, placed: Placed, record: int) -> None:
    """The line of a record stands in an approved statement."""
    await brought_to(cast, await drafted(cast, placed), StatementState.APPROVED)
    assert await line_of(cast, record)


async def test_visits_after_a_death_that_was_reported_late_are_rejected(cast: Cast, placed: Placed) -> None:
    before = await counters(cast, placed)
    visits = [
        (await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, day), 540)))[0] for day in (2, 4, 5, 7)
    ]
    await hears(cast, StatusKind.DIED, date(2026, 3, 4))
    assert [await verdict(cast, visit) for visit in visits] == [
        VERIFIED,
        HELD,
        REJECTED,
        REJECTED,
    ]
    assert (await counters(cast, placed)).delivered - before.delivered == Decimal("60.00")
    assert await proofs.chains(cast.auditor) == []
    assert await proofs.verdicts(cast.auditor) == []


async def test_visits_during_a_stay_in_hospital_that_was_reported_late_are_rejected(
    cast: Cast, placed: Placed
) -> None:
    visits = [
        (await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, day), 540)))[0]
        for day in (9, 10, 15, 21, 22)
    ]
    await hears(cast, StatusKind.HOSPITAL, date(2026, 3, 10), date(2026, 3, 21))
    assert [await verdict(cast, visit) for visit in visits] == [
        VERIFIED, HELD, REJECTED, HELD, VERIFIED]  # fmt: skip


async def test_a_visit_during_a_stay_that_is_known_is_rejected_at_once(cast: Cast, placed: Placed) -> None:
    await hears(cast, StatusKind.HOSPITAL, date(2026, 3, 10), date(2026, 3, 21))
    visit, record = await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, 12), 540))
    assert await verdict(cast, visit) == REJECTED
    assert (await found(cast, record))["not_there"] == Severity.REJECT


async def test_hearing_it_twice_changes_nothing_more(cast: Cast, placed: Placed) -> None:
    _visit, record = await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, 5), 540))
    await hears(cast, StatusKind.DIED, date(2026, 3, 4))
    await hears(cast, StatusKind.DIED, date(2026, 3, 4))
    async with database.transaction(cast.system):
        assert await Finding.count().where(Finding.service_record == record) == 1


async def test_settled_money_stays_and_the_bureau_hears_of_the_claim(cast: Cast, placed: Placed) -> None:
    visit, record = await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, 5), 540))
    await settled(cast, placed, record)
    before = await counters(cast, placed)
    await hears(cast, StatusKind.DIED, date(2026, 3, 4))
    assert await verdict(cast, visit) == REJECTED
    assert await counters(cast, placed) == before
    task = await only(cast, Task, (Task.subject_id == record) & (Task.kind == "claw_back"))
    assert task.role == Role.BUREAU_OFFICER


async def test_a_decision_is_told_to_later_features(
    cast: Cast, placed: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[VerdictChanged] = []

    async def hear(_scope: object, event: VerdictChanged) -> None:
        heard.append(event)

    monkeypatch.setitem(effects._handlers, VerdictChanged, [hear])
    visit, record = await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, 5), 540))
    await actions.reject(cast.station_a, record, ReasonForm(reason="nobody came"))
    assert [(event.visit, event.before, event.after) for event in heard] == [(visit, VERIFIED, REJECTED)]


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
