"""A worker whose jobs count what they do, hang, or kill it: `python -m tests.operations.counting DSN`."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable

from shangmen import access, database
from shangmen.access import Scope
from shangmen.database import jobs

TABLES = """
CREATE TABLE begun (job text, number int, at double precision);
CREATE TABLE done (job text, number int, PRIMARY KEY (job, number));
GRANT ALL ON begun, done TO PUBLIC;
"""
SECONDS = 0.03  # of a job


async def _say(sql: str, job: str, number: int) -> bool:
    async with database.transaction(access.system(purpose="count")):
        return bool(await database.execute(sql, job=job, number=number, at=time.time()))


async def _begin(job: str, number: int) -> None:
    await _say("INSERT INTO begun VALUES (:job, :number, :at)", job, number)


async def _end(job: str, number: int) -> None:
    await _say("INSERT INTO done VALUES (:job, :number)", job, number)


async def count(_scope: Scope, number: int) -> None:
    """What may be done once: the second time it would fail."""
    await _begin("count", number)
    await asyncio.sleep(SECONDS)
    async with database.transaction(access.system(purpose="count")):
        if not await database.exists("SELECT 1 FROM done WHERE job = 'count' AND number = :number", number=number):
            await database.execute("INSERT INTO done VALUES ('count', :number)", number=number)


async def die(_scope: Scope, number: int) -> None:
    """Takes its worker along."""
    await _begin("die", number)
    os.kill(os.getpid(), signal.SIGKILL)


async def hang(_scope: Scope, number: int) -> None:
    """Long work that hears nobody."""

    def work(_stop: Callable[[], bool]) -> None:
        while True:
            sum(n * n for n in range(10_000))

    async def report(_news: list[str] | None) -> bool:
        return False

    await _begin("hang", number)
    await jobs.in_thread(work, [], report)


async def give_up(_scope: Scope, number: int) -> None:
    """A word for whoever waits."""
    await _end("given up", number)


def hurry() -> None:
    """With QUICK, whoever is silent for some seconds counts as dead."""
    if os.environ.get("QUICK") == "1":
        jobs.HEARTBEAT_SECONDS, jobs.STALLED_SECONDS = 0.3, 4.0
        jobs.LOOK_SECONDS, jobs.FETCH_SECONDS, jobs.PAUSE_SECONDS = 0.3, 0.3, 0.1


def main(dsn: str) -> None:
    """Work."""
    hurry()
    database.use(dsn)
    asyncio.run(jobs.serve(dsn, {"count": count, "die": die, "hang": hang}, (), {"count": give_up, "die": give_up}))


if __name__ == "__main__":
    main(sys.argv[1])
