"""Jobs of dead workers: taken up in time, so often and no more, then given up with a word; nothing hangs."""

from dataclasses import dataclass

import pytest

from shangmen import access, clock, database, wiring
from shangmen.access import Scope
from shangmen.database import jobs, pool
from shangmen.errors import DatabaseAway
from shangmen.operations import supervising, upkeep, web
from shangmen.supply.matching_runs import actions as runs
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import job as matching
from shangmen.supply.matching_runs.states import RunState, SuppositionState
from shangmen.supply.matching_runs.suppositions import actions as suppositions
from shangmen.supply.matching_runs.suppositions import job as answering
from shangmen.supply.matching_runs.suppositions.forms import SupposeForm
from shangmen.supply.matching_runs.tables import MatchingRun
from shangmen.supply.tendering import actions as studies
from shangmen.supply.tendering import job as tendering
from shangmen.supply.tendering.forms import StudyForm
from shangmen.supply.tendering.states import StudyState
from shangmen.supply.tendering.tables import TenderStudy
from tests.cast import Cast
from tests.supply import matching_steps as steps
from tests.supply import matching_world as world
from tests.supply.rows import row

DEAD = "now() - interval '30 seconds'"
ALIVE = "now() - interval '15 seconds'"


@dataclass(frozen=True)
class Standing(database.Row):
    """How a job stands in the queue."""

    status: str
    attempts: int


async def _leave(cast: Cast, job: str, seen: str, attempts: int = 0, **arguments: int) -> None:
    """A job, as a worker leaves it that was last heard of at `seen`."""
    changed = await steps.execute(
        cast.system,
        f"WITH w AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({seen}) RETURNING id)"
        " UPDATE procrastinate_jobs SET status = 'doing', attempts = :attempts, worker_id = (SELECT id FROM w)"
        " WHERE task_name = :job AND args @> CAST(:arguments AS jsonb)",
        attempts=attempts,
        job=job,
        arguments=database.to_json(arguments),
    )
    assert changed == 1


async def _left(cast: Cast, run: int, seen: str, attempts: int = 0) -> None:
    """The run's job, left so; the run was being solved."""
    await _leave(cast, matching.JOB, seen, attempts, run=run)
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


def test_whoever_waits_for_a_job_hears_when_it_is_given_up() -> None:
    assert set(wiring.JOBS) == set(wiring.GIVEN_UP)


async def test_no_job_that_failed_for_good_stays_in_the_queue(cast: Cast) -> None:
    await upkeep.order()
    await steps.execute(cast.system, "UPDATE procrastinate_jobs SET status = 'failed'")
    await steps.execute(
        cast.system,
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status)"
        """ VALUES ('shangmen.upkeep', 'upkeep.night', 0, '{"timestamp": 1}', 'failed')""",
    )
    await jobs.look_after(wiring.GIVEN_UP)
    assert await steps.values(cast.system, str, "SELECT task_name FROM procrastinate_jobs") == []


async def test_a_part_of_the_night_that_takes_its_worker_along_is_told_to_the_administrator(cast: Cast) -> None:
    scope = access.system(cast.county or 0, purpose="test")
    faults = "SELECT part || ': ' || fault FROM upkeep_mark WHERE done_at IS NULL"
    await upkeep.give_up(wiring.DAILY)(scope)
    first = f"{wiring.DAILY[0].feature}: It was broken off every time it was tried."
    assert await steps.values(cast.system, str, faults) == [first]
    told = "SELECT kind FROM task WHERE closed_at IS NULL"
    assert upkeep.FAILED in await steps.values(cast.system, str, told)
    await upkeep.give_up(wiring.DAILY)(scope)
    assert len(await steps.values(cast.system, str, faults)) == 2  # the first has been told: it is the next


async def _study(cast: Cast) -> int:
    await world.law(cast)
    asked = StudyForm(name="study", starts_on=clock.today(), money_from=50, money_to=150, steps=2)
    return await studies.start(cast.bureau, asked)


async def test_a_study_whose_workers_die_is_taken_up_and_then_given_up_with_a_sentence(cast: Cast) -> None:
    study = await _study(cast)
    await _leave(cast, tendering.JOB, DEAD, study=study)
    await jobs.look_after(wiring.GIVEN_UP)
    (waiting,) = await steps.values(cast.system, str, "SELECT status::text FROM procrastinate_jobs")
    assert waiting == "todo"
    await _leave(cast, tendering.JOB, DEAD, jobs.TRIES - 1, study=study)
    await steps.execute(cast.system, "UPDATE tender_study SET state = 'computing' WHERE id = :id", id=study)
    await jobs.look_after(wiring.GIVEN_UP)
    standing = await row(cast.system, TenderStudy, study)
    assert standing.state is StudyState.FAILED
    assert tendering.GIVEN_UP in standing.message
    assert await steps.queued(cast.system, tendering.JOB) == []


async def test_a_study_whose_worker_is_dead_is_cancelled_at_once(cast: Cast) -> None:
    study = await _study(cast)
    await steps.execute(cast.system, "UPDATE tender_study SET state = 'computing' WHERE id = :id", id=study)
    await _leave(cast, tendering.JOB, ALIVE, study=study)
    await studies.cancel(cast.bureau, study)
    assert (await row(cast.system, TenderStudy, study)).state is StudyState.COMPUTING  # its worker will hear of it
    await _leave(cast, tendering.JOB, DEAD, study=study)
    await studies.cancel(cast.bureau, study)
    assert (await row(cast.system, TenderStudy, study)).state is StudyState.CANCELLED


async def test_a_question_whose_workers_die_may_be_asked_again(cast: Cast) -> None:
    await world.law(cast)
    run, _served, left = await steps.full_station(cast)
    asked = SupposeForm(cast.station_a.organisation or 0)
    await suppositions.suppose(cast.bureau, run, left, asked)
    (job,) = await steps.queued(cast.system, answering.JOB)
    await _leave(cast, answering.JOB, DEAD, jobs.TRIES - 1, supposition=job.args.supposition or 0)
    await jobs.look_after(wiring.GIVEN_UP)
    states = "SELECT state FROM supposition"
    assert await steps.values(cast.system, str, states) == [SuppositionState.FAILED]
    assert await steps.queued(cast.system, answering.JOB) == []
    await suppositions.suppose(cast.bureau, run, left, asked)
    assert await steps.values(cast.system, str, states) == [SuppositionState.QUEUED]
    assert len(await steps.queued(cast.system, answering.JOB)) == 1
