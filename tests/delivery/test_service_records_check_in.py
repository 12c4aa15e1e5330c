"""The check-in: where, when, by whom; and a visit that is entered afterwards."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.states import Confirmation, EvidenceClass, Severity, VerdictState
from shangmen.delivery.service_records.tables import Attendance, CheckIn, ServiceRecord
from shangmen.delivery.visits.states import VisitState
from shangmen.delivery.visits.tables import Visit
from shangmen.errors import Conflict, NotFound, Refused
from tests.cast import Cast
from tests.delivery.recording import (
    DAY,
    arrive,
    counters,
    found,
    leave,
    line_of,
    load_parameters,
    near_home,
    only,
    signature,
    verdict,
)
from tests.delivery.rows import Placed, placed_need, planned_visit

NINE = clock.at(DAY, 540)
BECAUSE = ReasonForm(reason="asked the family")


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    """Cleaning by the hour for person A by provider A, 60 yuan an hour, to be proven as in the catalogue."""
    await load_parameters(cast)
    async with database.transaction(cast.system):
        await database.execute(
            "UPDATE service_item SET proof = :proof WHERE id = :id",
            id=cast.cleaning,
            proof='["position", "signature"]',
        )
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
    assert await found(cast, record) == {"typed_time": Severity.HOLD}
    part = await only(cast, Attendance, Attendance.service_record == record)
    assert (part.begun_typed, part.ended_typed) == (True, True)


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


async def test_a_telephone_set_back_makes_no_visit_longer(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    now = NINE + timedelta(minutes=75)
    await arrive(cast.worker_a, visit, now, device_at=milliseconds(NINE))
    record = await leave(cast.worker_a, visit, now + timedelta(seconds=1))
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    assert (row.begun_at, row.ended_at) == (now, now + timedelta(seconds=1))
    assert await found(cast, record) == {"clock_off": Severity.HOLD, "too_short": Severity.HOLD}
    assert await verdict(cast, visit) == VerdictState.HELD


async def test_a_telephone_a_day_slow_cannot_tell_of_yesterday(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    with pytest.raises(Refused, match="give the time"):
        await arrive(cast.worker_a, visit, NINE + timedelta(days=1), device_at=milliseconds(NINE))


async def test_a_visit_of_which_the_telephone_was_a_day_slow_is_held(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    end, day = NINE + timedelta(minutes=60), timedelta(days=1)
    await arrive(cast.worker_a, visit, NINE, device_at=milliseconds(NINE - day))
    record = await leave(cast.worker_a, visit, end, device_at=milliseconds(end - day))
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    assert (row.begun_at, row.ended_at) == (NINE, end)
    assert await found(cast, record) == {"clock_off": Severity.HOLD}


async def test_a_beginning_that_was_typed_is_held_and_marked(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    now = NINE + timedelta(minutes=60)
    await arrive(cast.worker_a, visit, now, at=NINE)
    record = await leave(cast.worker_a, visit, now + timedelta(seconds=1))
    assert await found(cast, record) == {"typed_time": Severity.HOLD}
    part = await only(cast, Attendance, Attendance.service_record == record)
    assert (part.begun_typed, part.ended_typed) == (True, False)


async def test_a_time_typed_as_it_happens_is_the_servers(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    await arrive(cast.worker_a, visit, NINE, at=NINE - timedelta(minutes=4))
    record = await leave(cast.worker_a, visit, NINE + timedelta(minutes=60))
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    assert (row.begun_at, await found(cast, record)) == (NINE, {})


async def test_a_morning_typed_in_the_evening_is_held_and_its_positions_prove_nothing(
    cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    evening = clock.at(DAY, 22 * 60 + 50)
    await arrive(cast.worker_a, visit, evening, at=NINE)
    record = await leave(cast.worker_a, visit, evening, at=NINE + timedelta(minutes=60))
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    assert row.evidence_class is EvidenceClass.C
    assert await verdict(cast, visit) == VerdictState.HELD


async def test_a_record_of_another_day_than_its_visit_is_held(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    begun = NINE + timedelta(days=1)
    await arrive(cast.worker_a, visit, begun, at=begun)
    record = await leave(cast.worker_a, visit, begun + timedelta(minutes=60), at=begun + timedelta(minutes=60))
    assert await found(cast, record) == {"other_day": Severity.HOLD, "other_time": Severity.NOTE}


async def test_a_time_before_the_day_of_the_visit_is_refused(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    with pytest.raises(Refused, match="cannot have begun before") as refused:
        await arrive(cast.worker_a, visit, NINE, at=NINE - timedelta(days=1))
    assert refused.value.field == "at"


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
    assert await found(cast, record) == {"late_entry": Severity.HOLD, "typed_time": Severity.HOLD}


DAYS = timedelta(days=1)
HOUR = timedelta(hours=1)
SIGNED = {"confirmation": Confirmation.SIGNATURE, "signature": signature()}
BARE = {"confirmation": Confirmation.THUMB, "signature": "", "confirmation_name": ""}


@dataclass(frozen=True)
class Specimen:
    """A visit of nine to ten that is no proof of one: what was sent at the two ends, and what is found in it."""

    came: dict[str, Any]
    left: dict[str, Any]
    letter: str
    found: set[str]
    later: timedelta = timedelta()  # by how much both were sent after the planned times


def phone(told: datetime, taken: datetime) -> dict[str, Any]:
    """What a telephone says of its clock, and when it took the position."""
    return {"device_at": milliseconds(told), "fixed_at": milliseconds(taken)}


SPECIMENS = {
    "both a day slow": Specimen(phone(NINE - DAYS, NINE - DAYS), phone(NINE + HOUR - DAYS, NINE + HOUR - DAYS), "A",
                                {"clock_off"}),
    "the end sent with the position of the beginning": Specimen({}, phone(NINE + HOUR, NINE), "B", {"stale_position"}),
    "both sent with a position of the evening before": Specimen(
        phone(NINE, NINE - 14 * HOUR), phone(NINE + HOUR, NINE - 14 * HOUR), "C", {"stale_position"}),
    "a position that does not say when": Specimen({"fixed_at": None}, {}, "B", {"stale_position"}),
    "a position by no clock": Specimen({"device_at": None}, {"device_at": None}, "C", {"stale_position"}),
    "a bare thumb print": Specimen({}, BARE, "C", {"bare_thumb"}),
    "the morning typed in the evening with a bare thumb print": Specimen(
        {"at": NINE}, {"at": NINE + HOUR, **BARE}, "D", {"typed_time", "bare_thumb"}, 13 * HOUR),
    "on the day after": Specimen(
        {"at": NINE + DAYS}, {"at": NINE + HOUR + DAYS}, "A", {"other_day", "other_time"}, DAYS),
}  # fmt: skip


@pytest.mark.parametrize("case", SPECIMENS)
async def test_what_proves_no_visit_is_held_and_costs_nothing_yet(cast: Cast, placed: Placed, case: str) -> None:
    one = SPECIMENS[case]
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    await arrive(cast.worker_a, visit, NINE + one.later, **one.came)
    record = await leave(cast.worker_a, visit, NINE + HOUR + one.later, **{**SIGNED, **one.left})
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    assert set(await found(cast, record)) == one.found
    assert (row.evidence_class, await verdict(cast, visit)) == (one.letter, VerdictState.HELD)
    assert ((await line_of(cast, record)).amount, (await counters(cast, placed)).delivered) == (60, 0)


async def test_the_same_visit_well_proven_is_verified_and_counted(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    await arrive(cast.worker_a, visit, NINE, **phone(NINE, NINE - timedelta(seconds=40)))
    record = await leave(cast.worker_a, visit, NINE + HOUR, **phone(NINE + HOUR, NINE + HOUR), **SIGNED)
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    part = await only(cast, Attendance, Attendance.service_record == record)
    assert (row.evidence_class, await verdict(cast, visit)) == ("A", VerdictState.VERIFIED)
    assert (part.in_age, part.out_age) == (40, 0)
    assert (await counters(cast, placed)).delivered == 60
