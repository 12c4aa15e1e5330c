"""The program as an operator runs it: its database, web processes and job workers, each of which may be killed."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from shangmen import paths
from shangmen.database import embedded

GUARD = 180.0  # seconds; each wait ends as soon as what it waits for is there
SECRET = "s" * 40
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")},
    "PYTHONPATH": os.pathsep.join(str(paths.CHECKOUT / part) for part in ("", "platform", "matching")),
    "SHANGMEN_SECRET": SECRET,
}


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + GUARD
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def stop_database(data: Path) -> None:
    """Stop the embedded server at once, as a crash or a careless operator does."""
    process = psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    process.send_signal(signal.SIGQUIT)
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, "the database stops")


def status(address: str) -> int:
    """What an address answers; 0 when nobody does."""
    try:
        return httpx.get(address, timeout=GUARD).status_code
    except httpx.TransportError:
        return 0


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def data_folder() -> Iterator[Path]:
    """Where the embedded server's own account can go, unlike pytest's folders; its server is stopped afterwards."""
    (paths.CHECKOUT / ".data").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix="outage-", dir=paths.CHECKOUT / ".data", ignore_cleanup_errors=True
    ) as folder:
        try:
            yield Path(folder)
        finally:
            if (Path(folder) / "postgres" / "postmaster.pid").exists():
                stop_database(Path(folder))


KEEP = """
import sys, time
from pathlib import Path
from shangmen.database import embedded
data = Path(sys.argv[1])
embedded.start(data)
(data / "up").touch()
time.sleep(86_400)
"""


class Process:
    """A process of the program that is started again and again under the same arguments."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], told: Path) -> None:
        self._arguments, self._environment, self._told = arguments, environment, told
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def id(self) -> int:
        """Of the process that was started last."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, again."""
        with self._told.open("a") as told:
            self._process = subprocess.Popen(
                [sys.executable, *self._arguments], env=self._environment, stdout=told, stderr=told
            )

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send a signal and wait for the end; how many seconds it took."""
        begun = time.monotonic()
        if self._process is not None:
            if self.running:
                self._process.send_signal(number)
            self._process.wait(GUARD)
        return time.monotonic() - begun

    def kill(self) -> None:
        """End it at once."""
        self.end(signal.SIGKILL)

    def kill_all(self) -> None:
        """End it at once with its children."""
        if self._process is not None and self.running:
            children = psutil.Process(self.id).children(recursive=True)
            self.kill()
            for child in children:
                with suppress(psutil.NoSuchProcess):
                    child.kill()


class Site:
    """An embedded database of its own under `data`, and processes over it."""

    def __init__(self, data: Path) -> None:
        self.data, self.told = data, data / "told"
        self.environment = {**ENVIRONMENT, "SHANGMEN_DATA": str(data)}
        self.processes: list[Process] = []
        self._keeper: Process | None = None

    def python(self, *arguments: str) -> Process:
        """Any process of ours; ended with the site."""
        self.processes.append(Process(list(arguments), self.environment, self.told))
        return self.processes[-1]

    def web(self, port: int) -> Process:
        """A web process without a worker."""
        return self.python("-m", "shangmen.cli", "serve", "--no-jobs", "--port", str(port))

    def worker(self) -> Process:
        """A worker for jobs."""
        return self.python("-m", "shangmen.cli", "jobs")

    @property
    def server(self) -> embedded.Server:
        """The addresses of its database."""
        return embedded.Server(str(self.data / "postgres"))

    def database_up(self) -> None:
        """Start the database, from a process of its own: who has started it once believes that it runs."""
        up = self.data / "up"
        up.unlink(missing_ok=True)
        if self._keeper is not None:
            self._keeper.kill()
        self._keeper = self.python("-c", KEEP, str(self.data))
        self._keeper.start()
        until(up.exists, f"the database does not start: {self.said()}")

    def prepare(self) -> None:
        """Start the database and migrate it, from the shell."""
        self.database_up()
        migrating = self.python("-m", "shangmen.cli", "migrate")
        migrating.start()
        until(lambda: not migrating.running, "it is not migrated")

    def database_down(self) -> None:
        """Kill the database."""
        stop_database(self.data)

    def answers(self, port: int) -> None:
        """Wait until a web process answers."""
        until(lambda: status(f"http://127.0.0.1:{port}/health") == 200, f"no answer: {self.said()}")

    def said(self) -> str:
        """What the processes have said."""
        return self.told.read_text() if self.told.exists() else ""

    def end(self) -> None:
        """End everything, what the processes have started too."""
        for process in self.processes:
            process.kill_all()


@contextmanager
def standing() -> Iterator[Site]:
    """A site in a folder of its own; everything of it is ended afterwards."""
    with data_folder() as data:
        site = Site(data)
        try:
            yield site
        finally:
            site.end()
