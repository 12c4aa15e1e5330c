"""What a date brings to visits, records, statements and the work list."""

from datetime import date, timedelta

import pytest

from shangmen import clock, database, wiring
from shangmen.access import Scope
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement.states import StatementState
from shangmen.delivery.visits.states import VisitState
from shangmen.delivery.visits.tables import Visit
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.tasks import actions as tasks
from shangmen.operations import upkeep
from tests.cast import Cast
from tests.delivery.rows import placed_need, planned_visit
from tests.delivery.settlement_rows import brought_to, cleaned, delivered, drafted, overturn
from tests.operations.test_upkeep import contradicted, do, kept, look, open_kinds

TODAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def a_day(cast: Cast) -> None:
    """Everything happens from a Tuesday in March on."""
    clock.set_to(clock.at(TODAY, 600))


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


def own(scope: Scope) -> int:
    assert scope.organisation is not None
    return scope.organisation


async def test_a_planned_visit_that_nobody_began_is_missed_a_day_later(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    late = await planned_visit(cast, placed, clock.at(days(1), 1000), cast.worker_a.worker)
    begun = await planned_visit(cast, placed, clock.at(days(1), 600), cast.worker_m.worker, state=VisitState.DONE)
    await kept(cast, days(2))  # not yet a day
    assert (await look(cast.system, Visit, late)).state is VisitState.CONFIRMED
    assert "visits.not_begun" in await contradicted(cast, days(3))
    await kept(cast, days(3))
    assert (await look(cast.system, Visit, late)).state is VisitState.MISSED
    assert (await look(cast.system, Visit, begun)).state is VisitState.DONE
    assert "visits_missed" in await open_kinds(cast.system, own(cast.provider_a))
    await kept(cast, days(20))
    assert "visits_missed" not in await open_kinds(cast.system, own(cast.provider_a))


async def test_a_missed_visit_frees_its_worker(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    visit = await planned_visit(cast, placed, clock.at(days(1), 600), cast.worker_a.worker)
    await kept(cast, days(3))
    async with database.transaction(cast.system):
        assert not await database.exists("SELECT 1 FROM visit_worker WHERE visit = :id AND stands", id=visit)


async def test_the_next_month_is_to_be_planned_a_week_ahead_until_it_is(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    await kept(cast, date(2026, 3, 24))
    assert "month_to_plan" not in await open_kinds(cast.system, own(cast.provider_a))
    await kept(cast, date(2026, 3, 25))
    assert "month_to_plan" in await open_kinds(cast.system, own(cast.provider_a))
    await planned_visit(cast, placed, clock.at(date(2026, 4, 2), 600), cast.worker_a.worker)
    await kept(cast, date(2026, 3, 26))
    assert "month_to_plan" not in await open_kinds(cast.system, own(cast.provider_a))


async def test_held_records_are_told_to_their_station_then_to_the_bureau(cast: Cast) -> None:
    placed = await cleaned(cast)
    clock.set_to(clock.at(TODAY, 600))
    await delivered(cast, placed, TODAY, state=VerdictState.HELD)
    kinds = {"records_held_long", "records_held_raised"}
    for day, station, bureau in ((7, False, False), (8, True, False), (15, True, True)):
        await kept(cast, days(day))
        assert ("records_held_long" in await open_kinds(cast.system, own(cast.station_a))) is station, day
        assert ("records_held_raised" in await open_kinds(cast.system, own(cast.bureau))) is bureau, day
    await do(cast.system, "UPDATE verdict SET state = 'verified'")
    await kept(cast, days(16))
    assert not kinds & await open_kinds(cast.system, own(cast.station_a))
    assert not kinds & await open_kinds(cast.system, own(cast.bureau))


async def test_verified_visits_of_a_month_that_is_over_are_to_be_stated(cast: Cast) -> None:
    placed = await cleaned(cast)
    clock.set_to(clock.at(TODAY, 600))
    await delivered(cast, placed, TODAY)
    await kept(cast, date(2026, 3, 31))
    assert "statement_due" not in await open_kinds(cast.system, own(cast.provider_a))
    await kept(cast, date(2026, 4, 1))
    assert "statement_due" in await open_kinds(cast.system, own(cast.provider_a))
    await drafted(cast, placed)
    await kept(cast, date(2026, 4, 2))
    assert "statement_due" not in await open_kinds(cast.system, own(cast.provider_a))


async def test_a_line_of_a_paid_statement_that_was_rejected_since_is_to_be_taken_back(cast: Cast) -> None:
    placed = await cleaned(cast)
    visit = await delivered(cast, placed, TODAY)
    clock.set_to(clock.at(date(2026, 4, 2), 600))
    await brought_to(cast, await drafted(cast, placed), StatementState.PAID)
    await kept(cast, date(2026, 4, 3))
    assert "claw_back_open" not in await open_kinds(cast.system, own(cast.bureau))
    await overturn(cast, placed, visit)
    await kept(cast, date(2026, 4, 4))
    assert "claw_back_open" in await open_kinds(cast.system, own(cast.bureau))


async def test_what_is_long_overdue_goes_one_level_up_and_comes_down_when_it_is_done(cast: Cast) -> None:
    await tasks.open(
        cast.system,
        organisation=own(cast.station_a),
        role=cast.station_a.role,
        kind="household_recheck",
        subject="household",
        subject_id=1,
        route="tasks.list",
        params={},
        message="The next month is to be planned.",
        due=TODAY,
    )
    await kept(cast, days(7))
    assert "task_overdue" not in await open_kinds(cast.system, own(cast.bureau))
    await kept(cast, days(8))
    assert "task_overdue" in await open_kinds(cast.system, own(cast.bureau))
    await tasks.close(cast.system, "household_recheck", "household", 1)
    await kept(cast, days(9))
    assert "task_overdue" not in await open_kinds(cast.system, own(cast.bureau))


async def test_nobody_hears_of_what_waits_in_a_county_without_a_bureau(cast: Cast) -> None:
    await do(cast.system, "UPDATE organisation SET kind = 'institution' WHERE id = :id", id=own(cast.bureau))
    done = await upkeep.keep_days(wiring.DAILY, cast.county, [days(1)])
    assert done.faults == []
    async with database.transaction(cast.system):
        assert await Organisation.exists().where(Organisation.kind == "institution")
