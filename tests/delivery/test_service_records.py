"""From the check-in to the verdict: what is recorded, what it counts for."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records import actions
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.states import Confirmation, EvidenceClass, Severity, VerdictState
from shangmen.delivery.service_records.tables import Attendance, ServiceRecord, Verdict
from shangmen.delivery.service_records.verification import proofs
from shangmen.delivery.visits.states import VisitState
from shangmen.delivery.visits.tables import Visit
from shangmen.errors import Conflict, Refused
from shangmen.foundation.organisations.states import Position
from shangmen.foundation.organisations.tables import Engagement
from shangmen.supply.contracts.pricing import price
from shangmen.supply.contracts.states import Pricing
from tests.cast import Cast
from tests.delivery.recording import (
    DAY,
    arrive,
    counters,
    found,
    held,
    leave,
    line_of,
    load_parameters,
    logged,
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
    """Cleaning by the hour for person A by provider A, 60 yuan an hour."""
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


# the check-out


async def test_a_visit_that_no_rule_objects_to_counts_at_once(cast: Cast, placed: Placed) -> None:
    before = await counters(cast, placed)
    visit, record = await logged(cast, placed, cast.worker_a, NINE, minutes=50)
    line = await line_of(cast, record)
    units, amount = price(Pricing.PER_HOUR, Decimal("60.00"), 50, 1, False)
    assert (line.minutes, line.units, line.amount) == (50, units, amount) == (50, Decimal("0.83"), Decimal(50))
    after = await counters(cast, placed)
    assert await verdict(cast, visit) == VerdictState.VERIFIED
    assert after.delivered - before.delivered == amount
    assert before.reserved_yuan - after.reserved_yuan == before.reserved - after.reserved == amount
    assert (await only(cast, Visit, Visit.id == visit)).state is VisitState.DONE


async def test_an_hour_more_than_planned_is_not_paid(cast: Cast, placed: Placed) -> None:
    _visit, record = await logged(cast, placed, cast.worker_a, NINE, minutes=115, planned=60)
    line = await line_of(cast, record)
    assert (line.minutes, line.amount) == (60, Decimal("60.00"))


async def test_a_held_visit_counts_when_it_is_accepted(cast: Cast, placed: Placed) -> None:
    before = await counters(cast, placed)
    visit, record = await held(cast, placed, cast.worker_a, NINE)
    assert await verdict(cast, visit) == VerdictState.HELD
    assert await counters(cast, placed) == before
    assert await actions.accept(cast.station_a, record, BECAUSE) == record
    assert await verdict(cast, visit) == VerdictState.VERIFIED
    assert (await counters(cast, placed)).delivered - before.delivered == Decimal("5.00")


async def test_a_rejected_visit_never_counts(cast: Cast, placed: Placed) -> None:
    before = await counters(cast, placed)
    visit, record = await held(cast, placed, cast.worker_a, NINE)
    await actions.reject(cast.station_a, record, BECAUSE)
    assert await verdict(cast, visit) == VerdictState.REJECTED
    assert await counters(cast, placed) == before
    with pytest.raises(Conflict):
        await actions.accept(cast.station_a, record, BECAUSE)


async def test_a_verified_visit_that_is_rejected_later_is_taken_back(cast: Cast, placed: Placed) -> None:
    before = await counters(cast, placed)
    visit, record = await logged(cast, placed, cast.worker_a, NINE)
    await actions.reject(cast.bureau, record, BECAUSE)
    assert await verdict(cast, visit) == VerdictState.REJECTED
    assert (await counters(cast, placed)).delivered == before.delivered


async def test_a_record_is_written_once(cast: Cast, placed: Placed) -> None:
    visit, _record = await logged(cast, placed, cast.worker_a, NINE)
    with pytest.raises(Conflict, match="logged already"):
        await leave(cast.worker_a, visit, NINE + timedelta(hours=2))


async def test_nobody_checks_out_who_did_not_check_in(cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    with pytest.raises(Refused, match="Check in first"):
        await leave(cast.worker_a, visit, NINE)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"confirmation": Confirmation.SIGNATURE}, "confirmation"),
        ({"confirmation": Confirmation.SIGNATURE, "signature": "{}"}, "signature"),
        ({"confirmation": Confirmation.WITNESS}, "confirmation_name"),
        ({"confirmation": Confirmation.REFUSED}, "no_confirmation_reason"),
        ({"confirmation": None}, "signature"),
    ],
)
async def test_a_confirmation_that_lacks_something_is_refused(
    cast: Cast, placed: Placed, said: dict[str, object], field: str
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker)
    await arrive(cast.worker_a, visit, NINE)
    with pytest.raises(Refused) as refused:
        await leave(cast.worker_a, visit, NINE + timedelta(hours=1), **said)
    assert refused.value.field == field


async def test_a_signature_speaks_for_itself(cast: Cast, placed: Placed) -> None:
    _visit, record = await logged(cast, placed, cast.worker_a, NINE, confirmation=None, signature=signature())
    row = await only(cast, ServiceRecord, ServiceRecord.id == record)
    assert row.confirmation is Confirmation.SIGNATURE
    assert row.signature_digest
    assert row.evidence_class is EvidenceClass.A


async def test_one_signature_for_two_recipients_is_held(cast: Cast, placed: Placed) -> None:
    other = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b)
    await logged(cast, other, cast.worker_m, NINE, confirmation=None, signature=signature())
    _visit, record = await logged(cast, placed, cast.worker_a, NINE, confirmation=None, signature=signature())
    assert (await found(cast, record))["same_signature"] == Severity.HOLD
    _visit, record = await logged(
        cast, placed, cast.worker_a, NINE + timedelta(hours=3), confirmation=None, signature=signature(5)
    )
    assert "same_signature" not in await found(cast, record)


async def test_two_workers_give_one_record_with_two_attendances(cast: Cast) -> None:
    await load_parameters(cast)
    bath = await placed_need(cast, cast.provider_a, cast.bath, cast.person_a)
    visit = await planned_visit(cast, bath, NINE, cast.worker_a.worker, cast.worker_m.worker)
    await arrive(cast.worker_a, visit, NINE)
    await arrive(cast.worker_m, visit, NINE + timedelta(minutes=4), **near_home(jitter=23))
    record = await leave(cast.worker_m, visit, NINE + timedelta(minutes=60))
    async with database.transaction(cast.system):
        parts = await Attendance.objects().where(Attendance.service_record == record)
    line = await line_of(cast, record)
    assert [part.out_latitude is None for part in parts] == [True, False]
    assert (line.workers, line.minutes, line.amount) == (2, 56, Decimal("60.00"))  # two workers pay once here
    assert await verdict(cast, visit) == VerdictState.VERIFIED
    with pytest.raises(Conflict):
        await leave(cast.worker_a, visit, NINE + timedelta(minutes=61))


async def test_one_worker_of_two_is_held(cast: Cast) -> None:
    await load_parameters(cast)
    bath = await placed_need(cast, cast.provider_a, cast.bath, cast.person_a)
    visit = await planned_visit(cast, bath, NINE, cast.worker_a.worker, cast.worker_m.worker)
    await arrive(cast.worker_a, visit, NINE)
    record = await leave(cast.worker_a, visit, NINE + timedelta(minutes=60))
    assert await found(cast, record) == {"one_of_two": Severity.HOLD}


async def test_more_visits_than_the_need_has_are_held(cast: Cast) -> None:
    await load_parameters(cast)
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=2)
    states = [
        await verdict(cast, (await logged(cast, placed, cast.worker_a, NINE + timedelta(days=n)))[0])
        for n in (0, 1, 2)
    ]
    assert states == [VerdictState.VERIFIED, VerdictState.VERIFIED, VerdictState.HELD]


async def test_the_same_position_three_times_is_held(cast: Cast, placed: Placed) -> None:
    for day, expected in enumerate((VerdictState.VERIFIED, VerdictState.VERIFIED, VerdictState.HELD)):
        visit = await planned_visit(cast, placed, NINE + timedelta(days=day), cast.worker_a.worker)
        await arrive(cast.worker_a, visit, NINE + timedelta(days=day), **near_home(jitter=77))
        await leave(cast.worker_a, visit, NINE + timedelta(days=day, hours=1), **near_home(jitter=50 + day))
        assert await verdict(cast, visit) == expected


async def test_what_the_ceiling_leaves_is_all_that_is_paid(cast: Cast, placed: Placed) -> None:
    async with database.transaction(cast.system):
        await database.execute("UPDATE placement SET reserved_units = 0, reserved_yuan = 0")
        await database.execute("UPDATE contract SET reserved = 0, ceiling = 80 WHERE id = :id", id=placed.contract)
        await database.execute("UPDATE contract_line SET reserved = 0")
    amounts = []
    for n in range(3):
        _visit, record = await logged(cast, placed, cast.worker_a, NINE + timedelta(days=n))
        amounts.append((await line_of(cast, record)).amount)
    assert amounts == [Decimal("60.00"), Decimal("20.00"), Decimal("0.00")]


async def test_an_accepted_record_that_the_ceiling_cuts_is_replaced_by_a_smaller_one(
    cast: Cast, placed: Placed
) -> None:
    visit, record = await logged(cast, placed, cast.worker_a, NINE, confirmation=Confirmation.WITNESS,
                                 confirmation_name="测试甲女")  # fmt: skip
    assert await verdict(cast, visit) == VerdictState.HELD
    async with database.transaction(cast.system):
        await database.execute("UPDATE placement SET reserved_units = 0, reserved_yuan = 0")
        await database.execute("UPDATE contract SET reserved = 0, ceiling = 20 WHERE id = :id", id=placed.contract)
        await database.execute("UPDATE contract_line SET reserved = 0")
    newest = await actions.accept(cast.station_a, record, BECAUSE)
    row = await only(cast, Verdict, Verdict.visit == visit)
    assert newest != record
    assert (await line_of(cast, newest)).amount == Decimal("20.00")
    assert (row.service_record, row.state, row.decided_by) == (newest, VerdictState.VERIFIED, cast.station_a.user)
    assert (await counters(cast, placed)).delivered == Decimal("20.00")
    assert await proofs.chains(cast.auditor) == []
    assert await proofs.verdicts(cast.auditor) == []


# scenario 9: the same worker for two providers


async def test_both_records_of_one_worker_at_the_same_time_are_held(cast: Cast, placed: Placed) -> None:
    async with database.transaction(cast.system):
        await database.add(
            Engagement(
                worker=cast.worker_a.worker,
                organisation=cast.provider_b.organisation,
                position=Position.CARE_WORKER,
                valid_from=date(2020, 1, 1),
                pattern="{}",
                daily_minutes=600,
                monthly_minutes=9999,
            )
        )
    other = await placed_need(cast, cast.provider_b, cast.home_visit, cast.person_b)
    first, record = await logged(cast, placed, cast.worker_a, NINE)
    before = await counters(cast, placed)
    again = Scope(**{**vars(cast.worker_a), "organisation": cast.provider_b.organisation})
    visit = await planned_visit(cast, other, NINE + timedelta(hours=3), cast.worker_a.worker, minutes=30)
    await arrive(again, visit, NINE + timedelta(minutes=30), latitude=Decimal("37.14011"))
    second = await leave(again, visit, NINE + timedelta(minutes=55), latitude=Decimal("37.14021"))
    assert (await verdict(cast, first), await verdict(cast, visit)) == (VerdictState.HELD, VerdictState.HELD)
    assert (await found(cast, record))["overlap"] == (await found(cast, second))["overlap"] == Severity.HOLD
    assert before.delivered - (await counters(cast, placed)).delivered == Decimal("60.00")
    await actions.accept(cast.station_a, record, BECAUSE)
    with pytest.raises(Conflict, match="only one of them"):
        await actions.accept(cast.station_b, second, BECAUSE)
    assert await proofs.chains(cast.auditor) == []
    assert await proofs.verdicts(cast.auditor) == []
