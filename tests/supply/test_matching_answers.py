"""What a run answers beyond its proposals: who cannot be served, what more would be worth, what would follow."""

import pytest_asyncio

from shangmen import app as program
from shangmen import clock, database
from shangmen.access import Scope
from shangmen.supply.matching_runs import actions, queries, supposing
from shangmen.supply.matching_runs.forms import RunForm
from tests.cast import Cast
from tests.supply.matching_steps import full_station, placed_need, proposed, says, solved
from tests.supply.matching_world import add_need, law


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def world(cast: Cast) -> None:
    await law(cast)
    program.wire()


async def test_a_run_in_which_nobody_can_serve_anybody_counts_them_all(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.bath, priority=4)
    run = await solved(cast)
    assert await proposed(cast, run) == {need: None}
    found = await queries.run(cast.bureau, run)
    assert found["certificate"]["goals"]["unserved"] == {
        "value": 4, "bound": 4, "gap": 0.0, "proven": True, "level": 1,
    }  # fmt: skip
    assert (found["certificate"]["status"], found["violations"]) == ("optimal", [])
    assert (await says(cast, run, need)).reasons[0]["code"] == (await queries.proposal(cast.bureau, run, need))[
        "reason"
    ]


async def test_a_station_whose_hours_are_used_up_is_named_with_what_is_missing(cast: Cast) -> None:
    run, _served, _left = await full_station(cast)
    await actions.approve(cast.bureau, run)

    @database.scoped
    async def none_left(scope: Scope) -> None:
        await database.execute(
            "UPDATE engagement SET monthly_minutes = 1 WHERE organisation = :id", id=cast.station_a.organisation
        )

    await none_left(cast.system)
    again = await solved(cast)
    row = (await queries.proposals(cast.bureau, again))[0][0]
    assert (row["supplier"], row["reason"]) == (None, "NO_CAPACITY")
    told = await says(cast, again, row["need"])
    assert "工时" in told.change
    assert not told.others[0].fits


async def test_a_limit_on_changes_of_supplier_is_kept_and_shown(cast: Cast) -> None:
    need = await placed_need(cast)
    form = RunForm(starts_on=clock.today(), seconds=2, placed="free", neighbours=True, most_moves=0)
    run = await actions.start(cast.bureau, form)
    await actions.solve(cast.system, run)
    assert await proposed(cast, run) == {need: cast.station_a.organisation}
    proof = (await queries.run(cast.bureau, run))["certificate"]
    assert (proof["moves"], proof["most_moves"]) == (0, 0)


async def test_the_price_of_more_hours_is_kept_with_the_run(cast: Cast) -> None:
    run, _served, _left = await full_station(cast)
    proof = (await queries.run(cast.bureau, run))["certificate"]
    saves = {resource: saved["unserved"] for resource, _supplier, _unit, saved in proof["prices"]}
    assert saves[f"s{cast.station_a.organisation}/hours"] > 0


async def test_what_would_follow_is_said_without_changing_anything(cast: Cast) -> None:
    run, served, left = await full_station(cast)
    station = cast.station_a.organisation or 0
    before = await proposed(cast, run)
    supposed = await supposing.suppose(cast.bureau, run, await queries.proposal(cast.bureau, run, left), station)
    assert supposed.tone == "warn"
    assert [need for need, _sentence in supposed.shifts] == [served]
    assert await proposed(cast, run) == before
    row = await queries.proposal(cast.bureau, run, served)
    other = await supposing.suppose(cast.bureau, run, row, cast.station_b.organisation or 0)
    assert (other.tone, other.shifts) == ("bad", [])


async def test_of_the_supplier_that_is_proposed_already_it_says_just_that(cast: Cast) -> None:
    run, served, _left = await full_station(cast)
    row = await queries.proposal(cast.bureau, run, served)
    supposed = await supposing.suppose(cast.bureau, run, row, cast.station_a.organisation or 0)
    assert (supposed.text, supposed.shifts) == ("本次匹配已建议该服务方。", [])
