"""Several web processes behind one address: one that dies is started again, and none outlives what keeps them."""

import signal
from collections.abc import Iterator

import psutil
import pytest

from shangmen.operations import supervising, web
from tests.operations.site import Process, Site, data_folder, free_port, status, until


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with data_folder() as folder:
        made = Site(folder)
        try:
            yield made
        finally:
            made.end()


def lives(process: psutil.Process) -> bool:
    """Whether a process still runs; one that nobody has asked after does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def beside(server: Process) -> list[psutil.Process]:
    """The web processes that a server keeps."""
    return [one for one in psutil.Process(server.id).children() if lives(one) and "--beside" in one.cmdline()]


def serving(site: Site, port: int) -> Process:
    server = site.python("-m", "shangmen.cli", "serve", "--no-jobs", "--workers", "2", "--port", str(port))
    server.start()
    site.answers(port)
    until(lambda: len(beside(server)) == 2, "not two web processes")
    return server


def test_a_worker_for_jobs_lets_the_pages_go_first(site: Site) -> None:
    server = site.python("-m", "shangmen.cli", "serve", "--port", str(free_port()))
    server.start()
    ours = psutil.Process(server.id)

    def behind() -> set[int]:
        return {one.nice() for one in ours.children() if lives(one) and "jobs" in one.cmdline()}

    until(lambda: behind() == {min(19, ours.nice() + supervising.BEHIND_PAGES)}, "the worker does not step back")
    server.end()


def test_a_killed_web_process_is_replaced_and_the_other_answers(site: Site) -> None:
    port = free_port()
    server = serving(site, port)
    first, second = beside(server)
    first.kill()
    until(lambda: second.pid in {one.pid for one in beside(server)} and len(beside(server)) == 2, "not replaced")
    site.answers(port)
    assert server.end(signal.SIGTERM) < 30
    assert not lives(second)


def test_web_processes_end_when_what_keeps_them_was_killed_and_the_address_is_free_again(site: Site) -> None:
    port = free_port()
    server = serving(site, port)
    kept = beside(server)
    server.kill()
    until(lambda: not any(map(lives, kept)), "web processes live on")
    assert status(f"http://127.0.0.1:{port}/health") == 0
    again = serving(site, port)
    again.end()


def test_each_core_has_a_web_process_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for cores, wanted in ((1, 1), (2, 2), (64, web.MOST_PROCESSES)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert web.processes() == wanted
    monkeypatch.setattr("sys.platform", "darwin")
    assert web.processes() == 1
