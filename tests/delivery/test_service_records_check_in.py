"""The check-in: where, when, by whom; and a visit that is entered afterwards."""

from datetime import timedelta

import pytest
import pytest_asyncio

from shangmen import clock
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.states import Severity
from shangmen.delivery.service_records.tables import CheckIn, ServiceRecord
from shangmen.delivery.visits.states import VisitState
from shangmen.delivery.visits.tables import Visit
from shangmen.errors import Conflict, NotFound, Refused
from tests.cast import Cast
from tests.delivery.recording import (
    DAY,
    arrive,
    found,
    leave,
    load_parameters,
    near_home,
    only,
)
from tests.delivery.rows import Placed, placed_need, planned_visit

NINE = clock.at(DAY, 540)
BECAUSE = ReasonForm(reason="asked the family")


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    """Cleaning by the hour for person A by provider A, 60 yuan an hour."""
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


async def test_a_check_in_notes_where_and_begins_the_visit(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    id = await arrive(cast.worker_a, visit, NINE, **near_home(metres_north=40))
    row = await only(cast, CheckIn, CheckIn.id == id)
    assert (row.server_at, row.accuracy, row.no_position_reason) == (NINE, 12, "")
    assert row.metres_off == pytest.approx(41, abs=3)
    assert (await only(cast, Visit, Visit.id == visit)).state is VisitState.IN_PROGRESS


async def test_a_check_in_without_a_position_keeps_the_reason(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    id = await arrive(cast.worker_a, visit, NINE, latitude=None, longitude=None, position_absent="denied")
    row = await only(cast, CheckIn, CheckIn.id == id)
    assert (row.latitude, row.accuracy, row.no_position_reason) == (None, None, "denied")


async def test_a_second_check_in_is_refused_with_its_time(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    await arrive(cast.worker_a, visit, NINE)
    with pytest.raises(Conflict, match="You checked in at 09:00 already"):
        await arrive(cast.worker_a, visit, NINE + timedelta(minutes=3))


@pytest.mark.parametrize("person", ["worker_m", "worker_b", "social_worker_a"])
async def test_a_worker_who_is_not_on_the_visit_finds_nothing(cast: Cast, placed: Placed, person: str) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    with pytest.raises(NotFound):
        await arrive(getattr(cast, person), visit, NINE)
    with pytest.raises(NotFound):
        await leave(getattr(cast, person), visit, NINE)


async def test_a_check_in_before_the_day_is_refused(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    with pytest.raises(Refused, match="planned for 2026-03-12"):
        await arrive(cast.worker_a, visit, NINE - timedelta(days=1))


@pytest.mark.parametrize("state", [VisitState.CANCELLED, VisitState.MISSED, VisitState.PHONE, VisitState.DONE])
async def test_a_visit_that_is_over_or_off_takes_no_check_in(cast: Cast, placed: Placed, state: VisitState) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker, state=state)
    with pytest.raises(Conflict):
        await arrive(cast.worker_a, visit, NINE)


async def test_half_a_position_is_refused(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    with pytest.raises(Refused):
        await arrive(cast.worker_a, visit, NINE, longitude=None)


async def test_a_visit_of_an_earlier_day_needs_its_times(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    evening = NINE + timedelta(hours=26)
    with pytest.raises(Refused) as refused:
        await arrive(cast.worker_a, visit, evening)
    assert refused.value.field == "at"
    with pytest.raises(Refused):  # the telephone's clock says no more than ours
        await arrive(cast.worker_a, visit, evening, device_at=int(evening.timestamp() * 1000))
    await arrive(cast.worker_a, visit, evening, at=NINE)
    record = await leave(cast.worker_a, visit, evening, at=NINE + timedelta(minutes=60))
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    assert (row.begun_at, row.ended_at) == (NINE, NINE + timedelta(minutes=60))
    assert await found(cast, record) == {"entered_afterwards": Severity.NOTE}


async def test_what_the_telephone_noted_off_line_keeps_its_times(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    end, evening = NINE + timedelta(minutes=60), NINE + timedelta(hours=9)
    await arrive(cast.worker_a, visit, evening, device_at=int(NINE.timestamp() * 1000))
    record = await leave(cast.worker_a, visit, evening, device_at=int(end.timestamp() * 1000))
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    assert (row.begun_at, row.ended_at) == (NINE, end)


async def test_a_telephone_whose_clock_runs_ahead_is_not_believed(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    await arrive(cast.worker_a, visit, NINE, device_at=int((NINE + timedelta(hours=5)).timestamp() * 1000))
    record = await leave(cast.worker_a, visit, NINE + timedelta(minutes=60))
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    assert row.begun_at == NINE


async def test_a_visit_that_is_entered_after_the_limit_is_held(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    late = NINE + timedelta(hours=50)
    await arrive(cast.worker_a, visit, late, at=NINE)
    record = await leave(cast.worker_a, visit, late, at=NINE + timedelta(hours=1))
    assert await found(cast, record) == {"late_entry": Severity.HOLD}
