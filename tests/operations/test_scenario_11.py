"""Scenario 11 of domain.md §10 from end to end: a grace period (渐退期) lapses, and what another category changes."""

from datetime import date, timedelta

import pytest

from shangmen import clock, database, wiring
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients import queries as people
from shangmen.demand.recipients.forms import GraceForm, GraceRule
from shangmen.demand.recipients.households.actions import grant_grace
from shangmen.demand.recipients.registration.actions import update
from shangmen.demand.recipients.registration.forms import RecipientForm
from shangmen.demand.recipients.states import Category, Living
from shangmen.errors import Refused
from shangmen.operations import upkeep
from shangmen.supply.placements.states import PlacementState
from shangmen.supply.placements.tables import Placement
from tests.cast import Cast
from tests.delivery.rows import Placed, placed_need
from tests.supply.rows import row

FIRST, LAST = date(2026, 2, 1), date(2027, 1, 31)


async def in_grace(cast: Cast) -> Placed:
    """Person A is served, and the household's son found work: twelve months of grace from 1 February 2026."""
    clock.set_to(clock.at(date(2026, 1, 20), 600))
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    assert await grant_grace(cast.station_a, await household(cast), GraceForm(12, FIRST)) == LAST
    return placed


async def household(cast: Cast) -> int:
    return (await people.person(cast.station_a, cast.person_a)).household or 0


async def night(cast: Cast, day: date) -> None:
    done = await upkeep.keep_days(wiring.DAILY, cast.county, [day])
    assert done.faults == []
    clock.set_to(clock.at(day, 600))


async def told(cast: Cast) -> int:
    async with database.transaction(cast.system):
        return await database.number("SELECT count(*) FROM task WHERE kind = 'grace_ending' AND closed_at IS NULL")


async def ends(cast: Cast, placed: Placed) -> tuple[date | None, date | None]:
    """The last days of the need and of its placement."""
    need = await row(cast.system, Need, placed.need)
    return need.valid_to, (await row(cast.system, Placement, placed.placement)).valid_to


async def test_scenario_11_the_plan_is_cut_at_the_end_of_the_grace_period_told_ahead_and_ends(cast: Cast) -> None:
    placed = await in_grace(cast)
    assert await ends(cast, placed) == (LAST, LAST)
    await night(cast, LAST - timedelta(days=91))
    assert not await told(cast)
    await night(cast, LAST - timedelta(days=90))
    assert await told(cast) == 1
    await night(cast, LAST)
    assert (await row(cast.system, Need, placed.need)).state is NeedState.PLACED
    await night(cast, LAST + timedelta(days=1))
    assert (await row(cast.system, Need, placed.need)).state is NeedState.ENDED
    assert (await row(cast.system, Placement, placed.placement)).state == PlacementState.ENDED


async def test_scenario_11_another_category_in_time_lets_the_plan_go_on_without_a_gap(cast: Cast) -> None:
    placed = await in_grace(cast)
    granted = date(2027, 1, 20)
    clock.set_to(clock.at(granted, 600))
    form = RecipientForm(name="马测试", category=Category.EDGE, household_from=granted, living=Living.ALONE)
    await update(cast.station_a, cast.person_a, form)
    need_ends, placement_ends = await ends(cast, placed)
    assert need_ends is None and placement_ends is not None and placement_ends > LAST
    await night(cast, LAST + timedelta(days=1))
    assert (await row(cast.system, Need, placed.need)).state is NeedState.PLACED
    assert (await row(cast.system, Placement, placed.placement)).state == PlacementState.IN_FORCE
    assert (await people.person(cast.station_a, cast.person_a)).category is Category.EDGE


@pytest.mark.parametrize(
    ("months", "rule", "last"),
    [
        (18, GraceRule.REGIONAL, date(2027, 7, 31)),
        (19, GraceRule.REGIONAL, None),
        (6, GraceRule.NATIONAL, date(2026, 7, 31)),
        (7, GraceRule.NATIONAL, None),
    ],
)
async def test_scenario_11_the_months_of_grace_have_their_limits(
    cast: Cast, months: int, rule: GraceRule, last: date | None
) -> None:
    clock.set_to(clock.at(date(2026, 1, 20), 600))
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    form = GraceForm(months, FIRST, rule)
    if last is None:
        with pytest.raises(Refused):
            await grant_grace(cast.station_a, await household(cast), form)
    else:
        assert await grant_grace(cast.station_a, await household(cast), form) == last
