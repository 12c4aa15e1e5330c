"""Jobs: work that no request waits for, deferred as a row in the transaction that causes it."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio.to_thread
import procrastinate
from piccolo.table import Table
from procrastinate import JobContext

from shangmen import access, database
from shangmen.access import Scope
from shangmen.database.states import State
from shangmen.errors import Conflict

WORK = "shangmen"
STUDIES = "shangmen.studies"  # may take a quarter of an hour; nobody's next step waits for them
QUESTIONS = "shangmen.questions"  # a second or two each; somebody waits before the page
UPKEEP = "shangmen.upkeep"
QUEUES = (WORK, STUDIES, QUESTIONS, UPKEEP)
POLL_SECONDS = 0.5
Job = Callable[..., Awaitable[None]]
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


def worker(dsn: str, jobs: Mapping[str, Job], nightly: Sequence[Nightly] = ()) -> procrastinate.App:
    """The queue's worker: each job is called with a system scope of its counties and its arguments."""
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=4 * len(QUEUES))
    )
    for name, job in jobs.items():
        app.task(name=name, retry=procrastinate.RetryStrategy(max_attempts=3, wait=2))(_run(name, job))

    @app.periodic(cron="* * * * *")
    @app.task(name="jobs.retry_stalled", queue=UPKEEP, pass_context=True, queueing_lock="jobs.retry_stalled")
    async def retry_stalled(context: JobContext, timestamp: int) -> None:
        """A worker that died leaves its job behind; another takes it within a minute."""
        for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
            await app.job_manager.retry_job(stalled)

    for work in nightly:
        app.periodic(cron=work.cron)(app.task(name=work.name, queue=UPKEEP, queueing_lock=work.name)(_ordered(work)))
    return app


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
    """Take jobs until cancelled: one of each queue at a time, the queues beside each other."""
    await asyncio.gather(
        *(
            app.run_worker_async(
                queues=[queue],
                concurrency=1,
                fetch_job_polling_interval=2,
                delete_jobs="successful",
                install_signal_handlers=False,
            )
            for queue in QUEUES
        )
    )


async def serve(dsn: str, jobs: Mapping[str, Job], nightly: Sequence[Nightly] = ()) -> None:
    """Work until a signal says stop."""
    await database.open_pool(4)
    app = worker(dsn, jobs, nightly)
    try:
        async with app.open_async():
            for work in nightly:
                await work.order()
            taking = asyncio.create_task(take(app))
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, taking.cancel)
            with contextlib.suppress(asyncio.CancelledError):
                await taking
    finally:
        await database.close_pool()
