"""Who decides on a held record, who corrects one, and what that changes."""

from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Role
from shangmen.delivery.service_records import actions
from shangmen.delivery.service_records.forms import CorrectionForm, ReasonForm
from shangmen.delivery.service_records.states import Severity, VerdictState
from shangmen.delivery.service_records.tables import ServiceRecord
from shangmen.delivery.service_records.verification import proofs
from shangmen.errors import Conflict, Forbidden, NotFound, Refused
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.tasks.tables import Task
from tests.cast import Cast
from tests.delivery.recording import (
    DAY,
    counters,
    found,
    held,
    line_of,
    load_parameters,
    logged,
    only,
    verdict,
)
from tests.delivery.rows import Placed, placed_need

NINE = clock.at(DAY, 540)
BECAUSE = ReasonForm(reason="asked the family")


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    """Cleaning by the hour for person A by provider A, 60 yuan an hour."""
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


async def task_of(cast: Cast, record: int) -> Task:
    """What a held record put on somebody's work list."""
    return await only(cast, Task, (Task.subject_id == record) & (Task.kind == "record_held"))


def correction(begun: int, ended: int) -> CorrectionForm:
    return CorrectionForm(begun_at=clock.at(DAY, begun), ended_at=clock.at(DAY, ended), reason="typed wrongly")


# who decides


@pytest.mark.parametrize("person", ["provider_a", "worker_a", "auditor", "finance", "station_b", "stranger"])
async def test_nobody_else_decides_on_a_held_record(cast: Cast, placed: Placed, person: str) -> None:
    _visit, record = await held(cast, placed, cast.worker_a, NINE)
    for verb in (actions.accept, actions.reject):
        with pytest.raises((Forbidden, NotFound)):
            await verb(getattr(cast, person), record, BECAUSE)


async def test_a_stations_own_visit_goes_to_the_bureau_and_is_not_paid(cast: Cast) -> None:
    await load_parameters(cast)
    own = await placed_need(cast, cast.station_a, cast.home_visit, cast.person_a)
    visit, record = await held(cast, own, cast.social_worker_a, NINE)
    task = await task_of(cast, record)
    assert (task.organisation, task.role) == (cast.bureau.organisation, Role.BUREAU_OFFICER)
    with pytest.raises(Forbidden, match="Your own organisation"):
        await actions.accept(cast.station_a, record, BECAUSE)
    await actions.accept(cast.bureau, record, BECAUSE)
    line = await line_of(cast, record)
    assert await verdict(cast, visit) == VerdictState.VERIFIED
    assert (line.contract_line, line.amount) == (None, Decimal(0))


async def test_a_station_run_by_the_deliverer_does_not_verify_it(cast: Cast, placed: Placed) -> None:
    async with database.transaction(cast.system):
        await database.change(
            Organisation,
            cast.station_a.organisation or 0,
            {Organisation.operator: cast.provider_a.organisation},
        )
    _visit, record = await held(cast, placed, cast.worker_a, NINE)
    with pytest.raises(Forbidden):
        await actions.accept(cast.station_a, record, BECAUSE)
    await actions.accept(cast.bureau, record, BECAUSE)


async def test_the_database_refuses_a_verdict_on_ones_own_work(cast: Cast, placed: Placed) -> None:
    visit, _record = await held(cast, placed, cast.worker_a, NINE)
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction(cast.system):
            await database.execute(
                "UPDATE verdict SET state = 'verified', decided_by = :user WHERE visit = :visit",
                user=cast.provider_a.user,
                visit=visit,
            )


async def test_the_task_of_a_held_record_closes_with_the_decision(cast: Cast, placed: Placed) -> None:
    _visit, record = await held(cast, placed, cast.worker_a, NINE)
    task = await task_of(cast, record)
    assert (task.role, task.closed_at) == (Role.STATION_SCHEDULER, None)
    await actions.accept(cast.station_a, record, BECAUSE)
    assert (await task_of(cast, record)).closed_at is not None


# corrections


async def test_a_correction_keeps_the_old_record_and_counts_the_new_amount(cast: Cast, placed: Placed) -> None:
    before = await counters(cast, placed)
    visit, record = await logged(cast, placed, cast.worker_a, NINE)
    with clock.stopped_at(NINE + timedelta(hours=5)):
        new = await actions.correct(cast.provider_a, record, correction(540, 570))
    async with database.transaction(cast.system):
        kept = await ServiceRecord.objects().where(ServiceRecord.visit == visit).order_by(ServiceRecord.revision)
    assert [(one.revision, one.ended_at - NINE) for one in kept] == [
        (1, timedelta(minutes=60)),
        (2, timedelta(minutes=30)),
    ]
    assert await verdict(cast, visit) == VerdictState.VERIFIED
    assert (await counters(cast, placed)).delivered - before.delivered == Decimal("30.00")
    with pytest.raises(Conflict, match="later record"):
        await actions.correct(cast.provider_a, record, correction(540, 560))
    assert await found(cast, new) == {"corrected_by_hand": Severity.NOTE}
    assert await proofs.chains(cast.auditor) == []
    assert await proofs.verdicts(cast.auditor) == []


async def test_a_correction_upwards_is_held(cast: Cast, placed: Placed) -> None:
    before = await counters(cast, placed)
    visit, record = await logged(cast, placed, cast.worker_a, NINE, minutes=40, planned=60)
    with clock.stopped_at(NINE + timedelta(hours=5)):
        new = await actions.correct(cast.provider_a, record, correction(540, 600))
    assert await verdict(cast, visit) == VerdictState.HELD
    assert (await counters(cast, placed)).delivered == before.delivered
    await actions.accept(cast.station_a, new, BECAUSE)
    assert (await counters(cast, placed)).delivered - before.delivered == Decimal("60.00")


@pytest.mark.parametrize(
    ("begun", "ended", "field"), [(600, 540, "ended_at"), (540, 1400, "ended_at"), (-900, 540, "begun_at")]
)
async def test_a_correction_to_times_that_cannot_be_is_refused(
    cast: Cast, placed: Placed, begun: int, ended: int, field: str
) -> None:
    _visit, record = await logged(cast, placed, cast.worker_a, NINE)
    with clock.stopped_at(NINE + timedelta(hours=5)), pytest.raises(Refused) as refused:
        await actions.correct(cast.provider_a, record, correction(begun, ended))
    assert refused.value.field == field


async def test_only_who_delivered_corrects(cast: Cast, placed: Placed) -> None:
    _visit, record = await logged(cast, placed, cast.worker_a, NINE)
    with clock.stopped_at(NINE + timedelta(hours=5)):
        with pytest.raises(Forbidden):
            await actions.correct(cast.station_a, record, correction(540, 570))
        with pytest.raises(NotFound):
            await actions.correct(cast.provider_b, record, correction(540, 570))
