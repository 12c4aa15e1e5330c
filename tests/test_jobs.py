"""Jobs: which wait for which. Their long work: in a thread, reported meanwhile, stopped when somebody asks."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from shangmen.access import Scope
from shangmen.database import jobs
from tests.conftest import NewDatabase, Servers


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.01)


async def test_only_news_is_reported_and_the_result_comes_back() -> None:
    progress: list[Any] = []
    reports: list[list[Any] | None] = []
    quiet = threading.Event()

    def work(_should_stop: Callable[[], bool]) -> str:
        progress.append("half")
        assert quiet.wait(300)
        progress.append("whole")
        return "done"

    async def report(news: list[Any] | None) -> bool:
        reports.append(news)
        if reports[-2:] == [["half"], None]:
            quiet.set()
        return False

    assert await jobs.in_thread(work, progress, report) == "done"
    assert [news for news in reports if news is not None] == [["half"], ["half", "whole"]]


def until_told(should_stop: Callable[[], bool], ended: threading.Event) -> str:
    """Work that only ends when it is told to."""
    while not should_stop():
        time.sleep(0.001)
    ended.set()
    return "stopped"


async def test_a_report_that_says_stop_stops_the_work() -> None:
    ended = threading.Event()

    async def report(_news: list[Any] | None) -> bool:
        return True

    assert await jobs.in_thread(lambda should_stop: until_told(should_stop, ended), [], report) == "stopped"


async def test_a_report_that_fails_does_not_leave_the_thread_alone() -> None:
    ended = threading.Event()

    async def report(_news: list[Any] | None) -> bool:
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError, match="gone"):
        await jobs.in_thread(lambda should_stop: until_told(should_stop, ended), [], report)
    assert await asyncio.to_thread(ended.wait, 300)


async def test_a_job_that_is_ended_from_outside_ends_its_thread() -> None:
    ended, reported = threading.Event(), asyncio.Event()

    async def report(_news: list[Any] | None) -> bool:
        reported.set()
        return False

    job = asyncio.create_task(jobs.in_thread(lambda should_stop: until_told(should_stop, ended), [], report))
    await reported.wait()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert await asyncio.to_thread(ended.wait, 300)


async def test_what_the_work_raises_is_raised() -> None:
    def work(_should_stop: Callable[[], bool]) -> None:
        raise ValueError("no plan")

    async def report(_news: list[Any] | None) -> bool:
        return False

    with pytest.raises(ValueError, match="no plan"):
        await jobs.in_thread(work, [], report)


DEFER = (
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW($1, $2, 0, NULL, NULL, $3::jsonb, NULL)"
    "::procrastinate_job_to_defer_v1])"
)
NOWHERE = '{"counties": []}'


async def test_a_study_at_work_holds_up_no_run(servers: Servers, new_database: NewDatabase) -> None:
    dsn = servers.application(await new_database())
    begun, solved, end, ended = (asyncio.Event() for _ in range(4))

    async def study(_scope: Scope) -> None:
        begun.set()
        await end.wait()
        ended.set()

    async def run(_scope: Scope) -> None:
        solved.set()

    owner = await asyncpg.connect(dsn)
    app = jobs.worker(dsn, {"study": study, "run": run})
    async with app.open_async():
        taking = asyncio.create_task(jobs.take(app))
        try:
            await owner.execute(DEFER, jobs.STUDIES, "study", NOWHERE)
            await asyncio.wait_for(begun.wait(), 20)
            await owner.execute(DEFER, jobs.WORK, "run", NOWHERE)
            await asyncio.wait_for(solved.wait(), 20)
            assert not ended.is_set()
        finally:
            end.set()
            taking.cancel()
            await asyncio.wait({taking})
            await owner.close()


async def test_two_workers_take_the_runs_of_two_counties_side_by_side(
    servers: Servers, new_database: NewDatabase
) -> None:
    dsn = servers.application(await new_database())
    both, passed = asyncio.Barrier(3), list[tuple[int, ...]]()

    async def run(scope: Scope) -> None:
        passed.append(scope.counties)
        await both.wait()  # nobody gets on before a second worker has come here too

    owner = await asyncpg.connect(dsn)
    apps = [jobs.worker(dsn, {"run": run}) for _ in range(2)]
    async with apps[0].open_async(), apps[1].open_async():
        taking = [asyncio.create_task(jobs.take(app)) for app in apps]
        try:
            for county in (1, 2):
                await owner.execute(DEFER, jobs.WORK, "run", f'{{"counties": [{county}]}}')
            await asyncio.wait_for(both.wait(), 20)
            assert sorted(passed) == [(1,), (2,)]
        finally:
            for task in taking:
                task.cancel()
            await asyncio.wait(taking)
            await owner.close()
