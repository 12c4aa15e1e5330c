"""Before a verb ends other things, its page says what it will end; nothing is done until the person is sure."""

from collections.abc import Awaitable, Callable

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.states import VisitState
from shangmen.delivery.visits.tables import Visit
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients.states import PersonState
from shangmen.demand.recipients.tables import Person
from shangmen.supply.placements.states import PlacementState
from shangmen.supply.placements.tables import Placement
from tests.cast import Cast
from tests.conftest import Browser
from tests.delivery.rows import Placed, placed_need, planned_visit
from tests.supply.rows import days

Open = Callable[[Scope | None], Awaitable[Browser]]


async def visited(cast: Cast) -> tuple[Placed, int]:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    return placed, await planned_visit(cast, placed, clock.at(days(3), 600), cast.worker_a.worker)


async def stands(cast: Cast, placed: Placed, visit: int) -> bool:
    async with database.transaction(cast.system):
        need, placement = await database.read(Need, placed.need), await database.read(Placement, placed.placement)
        row, person = await database.read(Visit, visit), await database.read(Person, placed.person)
    return (need.state, placement.state, row.state, person.state) == (
        NeedState.PLACED,
        PlacementState.IN_FORCE,
        VisitState.CONFIRMED,
        PersonState.LIVING,
    )


async def trail(cast: Cast) -> int:
    async with database.transaction(cast.system):
        return await database.number("SELECT count(*) FROM audit_event")


@pytest.mark.parametrize("kind", ["died", "moved", "institution"])
async def test_a_report_says_first_what_it_will_end_and_does_it_when_the_person_is_sure(
    cast: Cast, browser: Open, kind: str
) -> None:
    placed, visit = await visited(cast)
    visitor = await browser(cast.station_a)
    before = await trail(cast)
    typed: dict[str, object] = {"kind": kind, "effective": clock.today().isoformat(), "note": "邻居来电", "once": "a1"}
    asked = await visitor.post(f"/recipients/{placed.person}/event", data=typed)
    assert asked.status_code == 200
    for sentence in ("终止需求1项", "终止服务安排1项", "取消已排上门1次"):
        assert sentence in asked.text
    assert "邻居来电" in asked.text  # what was typed goes along
    assert await stands(cast, placed, visit)
    assert await trail(cast) == before
    assert (await visitor.post(f"/recipients/{placed.person}/event", data={**typed, "sure": "yes"})).status_code == 303
    assert not await stands(cast, placed, visit)


async def test_a_report_without_consequences_is_noted_at_once(cast: Cast, browser: Open) -> None:
    visitor = await browser(cast.station_a)
    typed: dict[str, object] = {"kind": "moved", "effective": clock.today().isoformat()}
    assert (await visitor.post(f"/recipients/{cast.person_a}/event", data=typed)).status_code == 303


async def test_a_report_that_is_refused_shows_its_fault_and_no_consequences(cast: Cast, browser: Open) -> None:
    placed, visit = await visited(cast)
    visitor = await browser(cast.station_a)
    typed: dict[str, object] = {"kind": "died", "effective": days(5).isoformat()}
    refused = await visitor.post(f"/recipients/{placed.person}/event", data=typed)
    assert refused.status_code == 422
    assert "终止需求" not in refused.text
    assert await stands(cast, placed, visit)


async def test_the_end_of_a_need_says_what_ends_with_it(cast: Cast, browser: Open) -> None:
    placed, visit = await visited(cast)
    visitor = await browser(cast.station_a)
    typed: dict[str, object] = {"reason": "不再需要"}
    asked = await visitor.post(f"/needs/{placed.need}/end", data=typed)
    assert asked.status_code == 200
    assert "终止服务安排1项" in asked.text
    assert "取消已排上门1次" in asked.text
    assert "终止需求1项" not in asked.text  # that one is what is asked for
    assert await stands(cast, placed, visit)


async def test_a_stranger_learns_nothing_of_what_would_follow(cast: Cast, browser: Open) -> None:
    placed, visit = await visited(cast)
    visitor = await browser(cast.stranger_station)
    typed: dict[str, object] = {"kind": "died", "effective": clock.today().isoformat()}
    assert (await visitor.post(f"/recipients/{placed.person}/event", data=typed)).status_code == 404
    assert await stands(cast, placed, visit)
