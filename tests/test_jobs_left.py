"""Jobs of dead workers: taken up in time, so often and no more, then given up with a word; nothing hangs."""

from dataclasses import dataclass

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.database import jobs, pool
from shangmen.errors import DatabaseAway
from shangmen.operations import supervising, web
from shangmen.supply.matching_runs import actions as runs
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import job as matching
from shangmen.supply.matching_runs.states import RunState
from shangmen.supply.matching_runs.tables import MatchingRun
from tests.cast import Cast
from tests.supply import matching_steps as steps

DEAD = "now() - interval '30 seconds'"
ALIVE = "now() - interval '15 seconds'"


@dataclass(frozen=True)
class Standing(database.Row):
    """How a job stands in the queue."""

    status: str
    attempts: int


async def _left(cast: Cast, run: int, seen: str, attempts: int = 0) -> None:
    """The run's job, as a worker leaves it that was last heard of at `seen`."""
    await steps.execute(
        cast.system,
        f"WITH w AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({seen}) RETURNING id)"
        " UPDATE procrastinate_jobs SET status = 'doing', attempts = :attempts, worker_id = (SELECT id FROM w)"
        " WHERE task_name = :job AND args @> jsonb_build_object('run', CAST(:run AS bigint))",
        attempts=attempts,
        job=matching.JOB,
        run=run,
    )
    await steps.execute(cast.system, "UPDATE matching_run SET state = 'solving' WHERE id = :run", run=run)


@database.scoped
async def _jobs(scope: Scope, run: int) -> list[tuple[str, int]]:
    found = await database.rows(
        Standing,
        "SELECT status::text AS status, attempts FROM procrastinate_jobs"
        " WHERE task_name = :job AND args @> jsonb_build_object('run', CAST(:run AS bigint))",
        job=matching.JOB,
        run=run,
    )
    return [(job.status, job.attempts) for job in found]


@database.scoped
async def _run(scope: Scope, run: int) -> MatchingRun:
    return await database.read(MatchingRun, run)


def test_the_times_add_up_to_less_than_is_promised() -> None:
    missed = jobs.STALLED_SECONDS + jobs.LOOK_SECONDS + jobs.FETCH_SECONDS + jobs.PAUSE_SECONDS
    assert missed + supervising.PAUSE_SECONDS + supervising.LOOK_SECONDS < jobs.TAKEN_UP_SECONDS
    assert jobs.STALLED_SECONDS >= 3 * jobs.HEARTBEAT_SECONDS  # one late heartbeat is no death
    assert jobs.END_SECONDS + jobs.SLACK_SECONDS < supervising.PATIENCE_SECONDS
    assert web.REQUESTS_SECONDS + pool.CLOSE_SECONDS + supervising.PATIENCE_SECONDS < web.END_SECONDS < 10


async def test_the_job_of_a_dead_worker_is_taken_up_and_that_of_a_living_one_left(cast: Cast) -> None:
    run = await runs.start(cast.bureau, RunForm(starts_on=clock.today()))
    await _left(cast, run, ALIVE)
    await jobs.look_after({})
    assert await _jobs(cast.system, run) == [("doing", 0)]
    await _left(cast, run, DEAD)
    await jobs.look_after({})
    assert await _jobs(cast.system, run) == [("todo", 1)]


async def test_a_job_that_takes_its_worker_along_each_time_is_given_up_and_its_run_says_so(cast: Cast) -> None:
    run = await runs.start(cast.bureau, RunForm(starts_on=clock.today()))
    await _left(cast, run, DEAD, jobs.TRIES - 1)
    await jobs.look_after({matching.JOB: matching.give_up})
    standing = await _run(cast.system, run)
    assert standing.state is RunState.FAILED
    assert matching.GIVEN_UP in standing.message
    assert await _jobs(cast.system, run) == []


async def test_what_cannot_be_said_of_a_given_up_job_is_said_at_the_next_look(cast: Cast) -> None:
    run = await runs.start(cast.bureau, RunForm(starts_on=clock.today()))
    await _left(cast, run, DEAD, jobs.TRIES - 1)

    async def away(_scope: Scope, run: int) -> None:
        raise DatabaseAway(str(run))

    with pytest.raises(DatabaseAway):
        await jobs.look_after({matching.JOB: away})
    await jobs.look_after({matching.JOB: matching.give_up})
    assert (await _run(cast.system, run)).state is RunState.FAILED


async def test_a_run_whose_worker_is_dead_is_cancelled_at_once(cast: Cast) -> None:
    run = await runs.start(cast.bureau, RunForm(starts_on=clock.today()))
    await _left(cast, run, ALIVE)
    await runs.cancel(cast.bureau, run)
    assert (await _run(cast.system, run)).state is RunState.SOLVING  # its worker will hear of it
    await _left(cast, run, DEAD)
    await runs.cancel(cast.bureau, run)
    assert (await _run(cast.system, run)).state is RunState.CANCELLED


async def test_a_run_in_the_queue_is_cancelled_without_any_worker(cast: Cast) -> None:
    run = await runs.start(cast.bureau, RunForm(starts_on=clock.today()))
    await runs.cancel(cast.bureau, run)
    assert (await _run(cast.system, run)).state is RunState.CANCELLED
