"""Long work of a job: in a thread, reported while it goes on, and stopped when somebody asks."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from shangmen import jobs


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.01)


async def test_only_news_is_reported_and_the_result_comes_back() -> None:
    progress: list[Any] = []
    reports: list[list[Any] | None] = []
    quiet = threading.Event()

    def work(_should_stop: Callable[[], bool]) -> str:
        progress.append("half")
        assert quiet.wait(10)
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
    assert await asyncio.to_thread(ended.wait, 10)


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
    assert await asyncio.to_thread(ended.wait, 10)


async def test_what_the_work_raises_is_raised() -> None:
    def work(_should_stop: Callable[[], bool]) -> None:
        raise ValueError("no plan")

    async def report(_news: list[Any] | None) -> bool:
        return False

    with pytest.raises(ValueError, match="no plan"):
        await jobs.in_thread(work, [], report)
