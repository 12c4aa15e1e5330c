"""Workers for jobs that are killed or told to end: no job is lost, none is done twice, and none hangs for ever."""

import asyncio
import random
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest_asyncio

from shangmen.database import jobs
from tests.conftest import NewDatabase, Servers
from tests.operations.counting import TABLES
from tests.operations.site import GUARD, Process, Site
from tests.sizes import WHOLE, Note, size

DEFER = (
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('shangmen', $1, 0, NULL, NULL,"
    " jsonb_build_object('counties', '[]'::jsonb, 'number', $2::int), NULL)::procrastinate_job_to_defer_v1])"
)


class Queue(NamedTuple):
    """A queue of its own, and who works at it."""

    owner: asyncpg.Connection
    site: Site
    dsn: str

    def worker(self) -> Process:
        """A worker that is not started yet."""
        return self.site.python("-m", "tests.operations.counting", self.dsn)

    async def defer(self, job: str, *numbers: int) -> None:
        """Put jobs into the queue."""
        await self.owner.executemany(DEFER, [(job, number) for number in numbers])

    async def until(self, sql: str, wanted: int) -> None:
        """Wait until a count is reached."""
        async with asyncio.timeout(GUARD):
            while True:
                if await self.owner.fetchval(sql) >= wanted:
                    return
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture(loop_scope="session")
async def queue(servers: Servers, new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Queue]:
    name = await new_database()
    owner = await asyncpg.connect(servers.owner(name))
    await owner.execute(TABLES)
    site = Site(tmp_path)
    site.environment["QUICK"] = "0" if WHOLE else "1"
    try:
        yield Queue(owner, site, servers.application(name))
    finally:
        site.end()
        await owner.close()


async def test_every_job_of_killed_workers_is_done_once(queue: Queue, record_property: Note) -> None:
    wanted, kills = size(60, 500), size(10, 50)
    workers = [queue.worker(), queue.worker()]
    for worker in workers:
        worker.start()
    await queue.defer("count", *range(wanted))
    done = "SELECT count(*) FROM done"
    for kill in range(kills):
        await queue.until("SELECT count(*) FROM begun", (kill + 1) * wanted // (kills + 2))
        one = random.choice(workers)
        await asyncio.to_thread(one.kill)
        one.start()
    await queue.until(done, wanted)
    rows = await queue.owner.fetch("SELECT number, array_agg(at ORDER BY at) AS at FROM begun GROUP BY number")
    gaps = [later - at for row in rows for at, later in pairwise(row["at"])]
    record_property(
        "seen",
        f"{kills} workers killed in {wanted} jobs; {len(gaps)} jobs given to another,"
        f" after {max(gaps, default=0):.0f} s at most",
    )
    found = await queue.owner.fetch("SELECT job, count(*) FROM done GROUP BY job")
    assert [tuple(row) for row in found] == [("count", wanted)], queue.site.said()
    await queue.until("SELECT (count(*) = 0)::int FROM procrastinate_jobs WHERE status <> 'succeeded'", 1)
    assert not WHOLE or max(gaps) <= 60


async def test_a_job_that_kills_each_of_its_workers_is_given_up_with_a_word(
    queue: Queue, record_property: Note
) -> None:
    workers = [queue.worker(), queue.worker()]
    await queue.defer("die", 1)

    async def keep() -> None:
        while True:  # as `shangmen serve` does
            for worker in workers:
                if not worker.running:
                    worker.start()
            await asyncio.sleep(0.1)

    keeping = asyncio.create_task(keep())
    try:
        await queue.until("SELECT count(*) FROM done WHERE job = 'given up'", 1)
    finally:
        keeping.cancel()
    begun = [row["at"] for row in await queue.owner.fetch("SELECT at FROM begun WHERE job = 'die' ORDER BY at")]
    assert len(begun) == jobs.TRIES
    await queue.until("SELECT (count(*) = 0)::int FROM procrastinate_jobs", 1)
    gaps = [later - at for at, later in pairwise(begun)]
    record_property("seen", f"taken up after {max(gaps):.0f} s, {len(begun)} times")
    assert not WHOLE or max(gaps) <= jobs.TAKEN_UP_SECONDS


async def test_a_worker_ends_though_its_solve_hears_nobody(queue: Queue, record_property: Note) -> None:
    worker = queue.worker()
    worker.start()
    await queue.defer("hang", 1)
    await queue.until("SELECT count(*) FROM begun WHERE job = 'hang'", 1)
    seconds = await asyncio.to_thread(worker.end)
    record_property("seen", f"a worker in a solve ended after {seconds:.1f} s")
    assert "AppNotOpen" not in queue.site.said()
    assert await queue.owner.fetchval("SELECT status FROM procrastinate_jobs") == "todo"  # written down, not left
    assert not WHOLE or seconds <= 10
    another = queue.worker()
    another.start()  # and what it left is taken up
    await queue.until("SELECT count(*) FROM begun WHERE job = 'hang'", 2)
