"""Steps that several tests of matching runs begin with."""

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.supply.matching_runs import actions
from shangmen.supply.matching_runs.approval import actions as approval
from shangmen.supply.matching_runs.explanations import views as explanations
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.proposals import queries
from shangmen.supply.matching_runs.run import job
from shangmen.supply.matching_runs.run.snapshot import Placed
from shangmen.supply.matching_runs.suppositions import job as suppositions
from shangmen.supply.placements.offers import actions as offer_actions
from shangmen.supply.placements.tables import Offer
from tests.cast import Cast
from tests.supply.matching_world import add_need

Kind = TypeVar("Kind")


@database.scoped
async def values(scope: Scope, /, kind: type[Kind], sql: str, **parameters: object) -> list[Kind]:
    """The first column of every row."""
    return await database.values(kind, sql, **parameters)


@database.scoped
async def execute(scope: Scope, /, sql: str, **parameters: object) -> int:
    """How many rows a statement changed."""
    return await database.execute(sql, **parameters)


class Arguments(msgspec.Struct):
    """What a job of this feature or of tendering is called with."""

    counties: list[int]
    run: int | None = None
    study: int | None = None
    supposition: int | None = None


@dataclass(frozen=True)
class Job(database.Row):
    """A job in the queue."""

    task_name: str
    queue_name: str
    lock: str | None
    args: Arguments


@database.scoped
async def queued(scope: Scope, task: str) -> list[Job]:
    """The jobs of a name, the oldest first."""
    return await database.rows(Job, "SELECT * FROM procrastinate_jobs WHERE task_name = :task ORDER BY id", task=task)


@database.scoped
async def offers(scope: Scope, run: int | None = None) -> list[Offer]:
    """All offers that the viewer reaches, or those of a run."""
    found = await Offer.objects().order_by(Offer.id)
    return [offer for offer in found if run is None or offer.matching_run == run]


@database.scoped
async def standing(scope: Scope) -> list[int]:
    """The suppliers of the placements in force."""
    return await database.values(int, "SELECT supplier FROM placement WHERE state = 'in_force' ORDER BY id")


async def solved(cast: Cast, placed: Placed = "leave", neighbours: bool = False) -> int:
    """A run that is solved at once, as the job would."""
    form = RunForm(starts_on=clock.today(), seconds=2, placed=placed, neighbours=neighbours)
    run = await actions.start(cast.bureau, form)
    await job.solve(cast.system, run)
    return run


async def proposed(cast: Cast, run: int) -> dict[int, int | None]:
    found, _total = await queries.proposals(cast.bureau, run)
    return {row.need: row.supplier for row in found}


async def says(cast: Cast, run: int, need: int) -> explanations.Answer:
    return await explanations.answer(cast.bureau, run, await queries.proposal(cast.bureau, run, need))


async def answered(cast: Cast) -> None:
    """Every open question is answered, as the job would."""
    for id in await values(cast.system, int, "SELECT id FROM supposition WHERE state = 'queued' ORDER BY id"):
        await suppositions.answer(cast.system, id)


async def placed_need(cast: Cast) -> int:
    """A visit that station A has accepted."""
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    await approval.approve(cast.bureau, await solved(cast))
    await offer_actions.accept_all(cast.station_a)
    return need


async def few_hours(cast: Cast) -> None:
    """Station A has hours for one visit a week."""
    less = "UPDATE engagement SET monthly_minutes = 200 WHERE organisation = :id"
    assert await execute(cast.system, less, id=cast.station_a.organisation)


async def full_station(cast: Cast) -> tuple[int, int, int]:
    """A station that has hours for one of two needs: the run, the served, the unserved."""
    await few_hours(cast)
    served = await add_need(cast.system, cast, cast.person_a, cast.home_visit, priority=8)
    left = await add_need(cast.system, cast, cast.person_a, cast.home_visit, priority=1)
    run = await solved(cast)
    assert await proposed(cast, run) == {served: cast.station_a.organisation, left: None}
    return run, served, left
