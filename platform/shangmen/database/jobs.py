"""Jobs: work that no request waits for, deferred as a row in the transaction that causes it."""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio.to_thread
import msgspec
import procrastinate
import psycopg
from piccolo.table import Table

from shangmen import access, database
from shangmen.access import Scope
from shangmen.database.states import State
from shangmen.errors import Conflict, DatabaseAway

WORK = "shangmen"
STUDIES = "shangmen.studies"  # may take a quarter of an hour; nobody's next step waits for them
QUESTIONS = "shangmen.questions"  # a second or two each; somebody waits before the page
UPKEEP = "shangmen.upkeep"
QUEUES = (WORK, STUDIES, QUESTIONS, UPKEEP)
POLL_SECONDS = 0.5
# What a killed worker left is at work again after these together at the latest: it was seen alive, it is missed,
# somebody looks, and somebody fetches. tests/test_jobs.py holds the sum under TAKEN_UP_SECONDS.
HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 25.0  # five heartbeats missed: a processor that is busy compiling is not dead
LOOK_SECONDS = 5.0
FETCH_SECONDS = 2.0
TAKEN_UP_SECONDS = 45.0
TRIES = 3  # a job that takes its worker along each time must end
PAUSE_SECONDS = 1.0  # before a worker that lost the database begins again
END_SECONDS = 2.0  # for jobs at work when the worker is asked to end; then they are taken up by another
SLACK_SECONDS = 2.0  # for writing down how they stand; then the process ends whatever hangs
Job = Callable[..., Awaitable[None]]

log = logging.getLogger(__name__)

Result = TypeVar("Result")
News = TypeVar("News")


@dataclass(frozen=True)
class Nightly:
    """Work that the clock orders: at `cron` (UTC) and when a worker starts, so that what was missed is caught up."""

    name: str
    cron: str
    order: Callable[[], Awaitable[None]]


async def defer(scope: Scope, job: str, lock: str = "", queue: str = WORK, **arguments: Any) -> None:
    """Have `job` run under a system scope of the actor's counties, once this transaction is committed.

    `lock` serialises jobs of the same lock; a job waits for those before it in its own `queue` only. Gone with the
    transaction when that is rolled back.
    """
    await database.execute(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :job, 0, :lock, NULL, :arguments::jsonb, NULL)"
        "::procrastinate_job_to_defer_v1])",
        queue=queue,
        job=job,
        lock=lock or None,
        arguments=database.to_json({"counties": list(scope.counties), **arguments}),
    )


async def at_work(job: str, **arguments: Any) -> bool:
    """Whether a living worker is at a job of these arguments; else nobody will hear that it is to stop."""
    return await database.exists(
        "SELECT 1 FROM procrastinate_jobs j JOIN procrastinate_workers w ON w.id = j.worker_id"
        " WHERE j.task_name = :job AND j.args @> :arguments::jsonb AND j.status = 'doing'"
        " AND w.last_heartbeat > now() - make_interval(secs => :stalled)",
        job=job,
        arguments=database.to_json(arguments),
        stalled=STALLED_SECONDS,
    )


def worker(dsn: str, jobs: Mapping[str, Job], nightly: Sequence[Nightly] = ()) -> procrastinate.App:
    """The queue's worker: each job is called with a system scope of its counties and its arguments."""
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=4 * len(QUEUES))
    )
    for name, job in jobs.items():
        app.task(name=name, retry=procrastinate.RetryStrategy(max_attempts=TRIES, wait=2))(_run(name, job))
    for work in nightly:
        app.periodic(cron=work.cron)(app.task(name=work.name, queue=UPKEEP, queueing_lock=work.name)(_ordered(work)))
    return app


@dataclass(frozen=True)
class _Left(database.Row):
    """A job whose worker is dead, or that has failed for good."""

    id: int
    task_name: str
    args: str
    attempts: int


async def look_after(given_up: Mapping[str, Job]) -> None:
    """Give jobs of dead workers to others, TRIES times; then, and after as many faults, `given_up` says so.

    Each of `given_up` is called like the job of its name, until it has been done once. No job that failed stays in the
    queue: of one that nobody waits for (an order of the clock, which comes again) the log tells.
    """
    async with database.transaction(access.system(purpose="jobs.look_after")):
        # locked, so that of two who look only one gives the job away, and nobody takes it from its new worker
        stalled = await database.rows(
            _Left,
            """
            SELECT j.id, j.task_name, j.args::text AS args, j.attempts FROM procrastinate_jobs j
            LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
            WHERE j.status = 'doing'
              AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => :stalled))
            FOR UPDATE OF j SKIP LOCKED
            """,
            stalled=STALLED_SECONDS,
        )
        for left in stalled:
            log.warning(
                "job of a dead worker: %s %s, try %s of %s", left.task_name, left.args, left.attempts + 1, TRIES
            )
            if left.attempts + 1 < TRIES:
                await database.execute("SELECT procrastinate_retry_job_v1(:id, now(), NULL, NULL, NULL)", id=left.id)
            else:
                await database.execute("SELECT procrastinate_finish_job_v1(:id, 'failed', false)", id=left.id)
        failed = await database.rows(
            _Left,
            "SELECT id, task_name, args::text AS args, attempts FROM procrastinate_jobs"
            " WHERE status IN ('failed', 'aborted')",
        )
    for left in failed:
        log.error("job given up: %s %s", left.task_name, left.args)
        if tell := given_up.get(left.task_name):
            arguments = msgspec.json.decode(left.args, type=dict[str, Any])
            await tell(access.system(*arguments.pop("counties"), purpose=left.task_name), **arguments)
        async with database.transaction(access.system(purpose="jobs.look_after")):
            await database.execute(
                "DELETE FROM procrastinate_jobs WHERE id = :id AND status IN ('failed', 'aborted')", id=left.id
            )


def _ordered(work: Nightly) -> Callable[[int], Awaitable[None]]:
    async def order(timestamp: int) -> None:
        await work.order()

    return order


def _run(name: str, job: Job) -> Callable[..., Awaitable[None]]:
    async def run(counties: list[int], **arguments: Any) -> None:
        await job(access.system(*counties, purpose=name), **arguments)

    run.__name__ = name.replace(".", "_")
    return run


async def refuse_second(scope: Scope, table: type[Table], running: Sequence[State], sentence: str) -> None:
    """Raises Conflict with `sentence` while the county has work in `table` that is not over (`running`); until the end
    of the transaction nobody else gets past here.
    """
    name = table._meta.tablename
    await database.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:table, :county))", table=name, county=scope.county
    )
    if await database.exists(
        f"SELECT 1 FROM {name} WHERE county = :county AND state = ANY(:running)",
        county=scope.county,
        running=list(running),
    ):
        raise Conflict(sentence)


async def in_thread(
    work: Callable[[Callable[[], bool]], Result],
    progress: list[News],
    report: Callable[[list[News] | None], Awaitable[bool]],
) -> Result:
    """Do the long work of a job in a thread; meanwhile tell how far it is, and listen whether somebody asks to stop.

    `work` gets the question whether to stop, and writes how far it is into `progress`. Twice a second `report` gets a
    copy of that, or None when it is as it was, and answers whether to stop. Raises what either of them raises.
    """
    stop = threading.Event()
    working = asyncio.create_task(anyio.to_thread.run_sync(work, stop.is_set))
    reported: list[News] = []
    ended = False
    try:
        while not ended:  # once more after the end: the last news is reported too
            ended = bool((await asyncio.wait({working}, timeout=POLL_SECONDS))[0])
            news = list(progress)
            if await report(news if news != reported else None):
                stop.set()
            reported = news
    finally:
        stop.set()  # when this job is ended from outside, its thread must not go on alone
    return await working


async def take(app: procrastinate.App) -> None:
    """Take jobs until cancelled: one of each queue at a time, the queues beside each other.

    Returns when the last has written down how its job stands; a gather would return with the first.
    """
    async with asyncio.TaskGroup() as group:
        for queue in QUEUES:
            group.create_task(_take(app, queue))


async def _take(app: procrastinate.App, queue: str) -> None:
    """Take jobs of a queue; a worker that lost the database ends, and another begins when it is back."""
    while True:
        try:
            await app.run_worker_async(
                queues=[queue],
                concurrency=1,
                fetch_job_polling_interval=FETCH_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=END_SECONDS,
                delete_jobs="successful",
                install_signal_handlers=False,
            )
        except (procrastinate.exceptions.ConnectorException, psycopg.Error, OSError) as fault:
            log.warning("a worker of %s lost the database: %s", queue, type(fault).__name__)
        await asyncio.sleep(PAUSE_SECONDS)


async def help_until(
    dsn: str, jobs: Mapping[str, Job], given_up: Mapping[str, Job], done: Callable[[], Awaitable[bool]]
) -> None:
    """Take jobs of the first queue beside whoever else does, until `done` says that what is waited for is there."""
    app = worker(dsn, jobs)
    async with app.open_async():
        while not await done():
            await look_after(given_up)
            await app.run_worker_async(
                queues=[WORK],
                concurrency=1,
                wait=False,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                delete_jobs="successful",
                install_signal_handlers=False,
            )
            await asyncio.sleep(POLL_SECONDS)


async def _keep_looking(given_up: Mapping[str, Job]) -> None:
    """Look after what dead workers left, apart from the queues, where long work may stand before it."""
    while True:
        try:
            await look_after(given_up)
        except DatabaseAway:
            pass  # it is looked again soon
        except Exception:  # whatever it is, the next look must come
            log.exception("looking after jobs failed")
        await asyncio.sleep(LOOK_SECONDS)


async def _work(app: procrastinate.App, given_up: Mapping[str, Job]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(take(app))
        group.create_task(_keep_looking(given_up))


async def serve(
    dsn: str, jobs: Mapping[str, Job], nightly: Sequence[Nightly] = (), given_up: Mapping[str, Job] | None = None
) -> None:
    """Work until a signal says stop."""
    await database.open_pool(5)
    app = worker(dsn, jobs, nightly)
    try:
        async with app.open_async():
            for work in nightly:
                await work.order()
            taking = asyncio.create_task(_work(app, given_up or {}))

            def stop() -> None:
                taking.cancel()
                # a thread that hears nobody (a solver at a step of its own) must not keep the process
                last = threading.Timer(END_SECONDS + SLACK_SECONDS, os._exit, (0,))
                last.daemon = True
                last.start()

            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop)
            with contextlib.suppress(asyncio.CancelledError):
                await taking
    except (procrastinate.exceptions.ConnectorException, psycopg.Error) as fault:
        raise DatabaseAway(type(fault).__name__) from fault
    finally:
        await database.close_pool()
