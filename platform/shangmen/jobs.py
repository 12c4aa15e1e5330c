"""Jobs: work that no request waits for, deferred as a row in the transaction that causes it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import procrastinate
from procrastinate import JobContext

from shangmen import access, database
from shangmen.access import Scope

QUEUE = "shangmen"
Job = Callable[..., Awaitable[None]]


async def defer(scope: Scope, job: str, lock: str = "", **arguments: Any) -> None:
    """Have `job` run under a system scope of the actor's counties, once this transaction is committed.

    `lock` serialises jobs of the same lock. Gone with the transaction when that is rolled back.
    """
    await database.execute(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :job, 0, :lock, NULL, :arguments::jsonb, NULL)"
        "::procrastinate_job_to_defer_v1])",
        queue=QUEUE,
        job=job,
        lock=lock or None,
        arguments=database.to_json({"counties": list(scope.counties), **arguments}),
    )


def worker(dsn: str, jobs: Mapping[str, Job]) -> procrastinate.App:
    """The queue's worker: each job is called with a system scope of its counties and its arguments."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=4))
    for name, job in jobs.items():
        app.task(name=name, queue=QUEUE, retry=procrastinate.RetryStrategy(max_attempts=3, wait=2))(_run(name, job))

    @app.periodic(cron="* * * * *")
    @app.task(name="jobs.retry_stalled", queue=QUEUE, pass_context=True, queueing_lock="jobs.retry_stalled")
    async def retry_stalled(context: JobContext, timestamp: int) -> None:
        """A worker that died leaves its job behind; another takes it within a minute."""
        for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
            await app.job_manager.retry_job(stalled)

    return app


def _run(name: str, job: Job) -> Callable[..., Awaitable[None]]:
    async def run(counties: list[int], **arguments: Any) -> None:
        await job(access.system(*counties, purpose=name), **arguments)

    run.__name__ = name.replace(".", "_")
    return run


async def serve(dsn: str, jobs: Mapping[str, Job]) -> None:
    """Work until a signal says stop."""
    await database.open_pool(4)
    app = worker(dsn, jobs)
    try:
        async with app.open_async():
            await app.run_worker_async(
                queues=[QUEUE], concurrency=1, fetch_job_polling_interval=2, delete_jobs="successful"
            )
    finally:
        await database.close_pool()
