"""Steps that several tests of matching runs begin with."""

from typing import Any

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.supply.matching_runs import actions
from shangmen.supply.matching_runs.explanations import views as explanations
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.proposals import queries
from shangmen.supply.matching_runs.run import job
from shangmen.supply.matching_runs.run.snapshot import Placed
from shangmen.supply.matching_runs.suppositions import job as suppositions
from shangmen.supply.placements import actions as placements
from tests.cast import Cast
from tests.supply.matching_world import add_need


@database.scoped
async def rows(scope: Scope, sql: str, **parameters: Any) -> list[Any]:
    return await database.fetch(sql, **parameters)


async def solved(cast: Cast, placed: Placed = "leave", neighbours: bool = False) -> int:
    """A run that is solved at once, as the job would."""
    form = RunForm(starts_on=clock.today(), seconds=2, placed=placed, neighbours=neighbours)
    run = await actions.start(cast.bureau, form)
    await job.solve(cast.system, run)
    return run


async def proposed(cast: Cast, run: int) -> dict[int, int | None]:
    rows, _total = await queries.proposals(cast.bureau, run)
    return {row.need: row.supplier for row in rows}


async def says(cast: Cast, run: int, need: int) -> explanations.Answer:
    return await explanations.answer(cast.bureau, run, await queries.proposal(cast.bureau, run, need))


async def answered(cast: Cast) -> None:
    """Every open question is answered, as the job would."""
    for row in await rows(cast.system, "SELECT id FROM supposition WHERE state = 'queued' ORDER BY id"):
        await suppositions.answer(cast.system, row["id"])


async def placed_need(cast: Cast) -> int:
    """A visit that station A has accepted."""
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    await actions.approve(cast.bureau, await solved(cast))
    await placements.accept_all(cast.station_a)
    return need


async def few_hours(cast: Cast) -> None:
    """Station A has hours for one visit a week."""
    less = "UPDATE engagement SET monthly_minutes = 200 WHERE organisation = :id RETURNING id"
    assert await rows(cast.system, less, id=cast.station_a.organisation)


async def full_station(cast: Cast) -> tuple[int, int, int]:
    """A station that has hours for one of two needs: the run, the served, the unserved."""
    await few_hours(cast)
    served = await add_need(cast.system, cast, cast.person_a, cast.home_visit, priority=8)
    left = await add_need(cast.system, cast, cast.person_a, cast.home_visit, priority=1)
    run = await solved(cast)
    assert await proposed(cast, run) == {served: cast.station_a.organisation, left: None}
    return run, served, left
