"""A database that is away: 503 and when to come back, on every route and in the middle; it is back by itself."""

import asyncio
import contextvars
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from shangmen import paths
from shangmen.database import embedded
from shangmen.database.pool import LateEngine
from shangmen.errors import DatabaseAway
from tests.conftest import Servers

GUARD = 120.0  # seconds; each wait ends as soon as what it waits for is there
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")},
    "PYTHONPATH": f"{paths.CHECKOUT / 'platform'}{os.pathsep}{paths.CHECKOUT / 'matching'}",
    "SHANGMEN_SECRET": "s" * 40,
}


def until(true: Callable[[], bool], what: str) -> None:
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
    try:
        return httpx.get(address, timeout=GUARD).status_code
    except httpx.TransportError:
        return 0


@pytest.fixture
def data() -> Iterator[Path]:
    """Where the embedded server's own account can go, unlike pytest's folders."""
    (paths.CHECKOUT / ".data").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix="outage-", dir=paths.CHECKOUT / ".data", ignore_cleanup_errors=True
    ) as data:
        yield Path(data)


@pytest.fixture
def served(data: Path) -> Iterator[tuple[str, Path]]:
    """The real server over an embedded database of its own: its address and its data."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (data / "errors").open("w") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", "shangmen.cli", "serve", "--no-jobs", "--port", str(port)],
            env={**ENVIRONMENT, "SHANGMEN_DATA": str(data)},
            stdout=errors,
            stderr=errors,
        )
    try:
        until(lambda: server.poll() is not None or status(f"http://127.0.0.1:{port}/health") == 200, "it answers")
        yield f"http://127.0.0.1:{port}", data
    finally:
        server.terminate()
        server.wait(GUARD)


class Visitors:
    """Visitors of several routes who ask again and again, and what they saw."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.seen: list[httpx.Response] = []
        self.news = asyncio.Event()
        self.ended = False
        self.asks: tuple[Callable[[], Awaitable[httpx.Response]], ...] = (
            lambda: client.get("/health"),
            lambda: client.get("/"),
            lambda: client.get("/recipients"),
            lambda: client.get("/login"),
            lambda: client.post("/login", data={"login": "nobody", "password": "nothing"}),
        )

    async def visit(self, ask: Callable[[], Awaitable[httpx.Response]]) -> None:
        while not self.ended:
            self.seen.append(await ask())
            self.news.set()

    async def more(self, count: int) -> list[httpx.Response]:
        """What they see from now on, as soon as it is so much."""
        before = len(self.seen)
        async with asyncio.timeout(GUARD):
            while len(self.seen) < before + count:
                self.news.clear()
                await self.news.wait()
        return self.seen[before:]

    async def until_healthy(self) -> None:
        while not any(answer.is_success for answer in await self.more(5) if answer.request.url.path == "/health"):
            pass


async def _under_load(address: str, data: Path) -> tuple[list[httpx.Response], list[httpx.Response]]:
    """What visitors saw while the database was stopped and started; and what of it when it was back."""
    async with httpx.AsyncClient(base_url=address, timeout=GUARD, cookies={"session": "nobody"}) as client:
        visitors = Visitors(client)
        visiting = [asyncio.create_task(visitors.visit(ask)) for ask in visitors.asks]
        await visitors.more(30)
        await asyncio.to_thread(stop_database, data)
        await visitors.more(2 * len(visiting))  # whatever was on its way
        meanwhile = await visitors.more(60)
        await asyncio.to_thread(embedded.start, data)
        await asyncio.wait_for(visitors.until_healthy(), GUARD)
        await visitors.more(2 * len(visiting))
        back = await visitors.more(30)
        visitors.ended = True
        await asyncio.gather(*visiting)
    healthy = {answer.status_code for answer in meanwhile if answer.request.url.path == "/health"}
    assert healthy == {503}
    return visitors.seen, back


def test_a_database_that_is_stopped_and_started_under_load_is_503_and_nothing_else(served: tuple[str, Path]) -> None:
    address, data = served
    seen, back = asyncio.run(_under_load(address, data))
    others = {answer.status_code for answer in seen if answer.status_code >= 500} - {503}
    assert not others, (data / "errors").read_text()
    assert "Traceback" not in (data / "errors").read_text()
    for answer in seen:
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) <= 5
            assert answer.headers["Content-Type"].startswith("text/html")
            assert "503" in answer.text
    assert not [answer for answer in back if answer.status_code >= 500]


async def test_a_connection_lost_in_the_middle_of_a_transaction_is_told_and_given_back(
    servers: Servers, new_database: Callable[[], Awaitable[str]]
) -> None:
    name = await new_database()
    engine = LateEngine(config={"dsn": servers.application(name)}, extensions=())
    await engine.start_connection_pool(min_size=0, max_size=1)
    owner = await asyncpg.connect(servers.owner(name))
    try:
        for words in ("SELECT 1", "SELECT 2"):  # a connection that was kept would leave none for the second time
            with pytest.raises(DatabaseAway):
                await _lose(engine, owner, words)
        async with asyncio.timeout(GUARD), engine.transaction() as running:
            assert await running.connection.fetchval("SELECT 1") == 1
    finally:
        await owner.close()
        await engine.close_connection_pool()


async def test_a_connection_lost_before_the_commit_is_told(
    servers: Servers, new_database: Callable[[], Awaitable[str]]
) -> None:
    name = await new_database()
    engine = LateEngine(config={"dsn": servers.application(name)}, extensions=())
    await engine.start_connection_pool(min_size=0, max_size=1)
    owner = await asyncpg.connect(servers.owner(name))
    try:
        with pytest.raises(DatabaseAway):
            await _lose(engine, owner)
    finally:
        await owner.close()
        await engine.close_connection_pool()


async def test_a_server_that_is_not_there_and_a_pool_that_is_full_are_told(
    servers: Servers, new_database: Callable[[], Awaitable[str]], tmp_path: Path
) -> None:
    nowhere = LateEngine(config={"dsn": f"postgresql://x@/x?host={tmp_path}"}, extensions=())
    with pytest.raises(DatabaseAway):
        async with nowhere.transaction():
            pass
    full = LateEngine(config={"dsn": servers.application(await new_database())}, extensions=())
    full.patience = 0.05
    await full.start_connection_pool(min_size=0, max_size=1)
    try:
        async with full.transaction():
            with pytest.raises(DatabaseAway):
                await asyncio.create_task(_begin(full), context=contextvars.Context())
    finally:
        await full.close_connection_pool()


async def _lose(engine: LateEngine, owner: asyncpg.Connection, words: str = "") -> None:
    """A transaction whose connection is cut by the owner, and which then says something or wants to commit."""
    async with engine.transaction() as running:
        await owner.execute("SELECT pg_terminate_backend($1)", running.connection.get_server_pid())
        if words:
            await running.connection.execute(words)


async def _begin(engine: LateEngine) -> None:
    async with engine.transaction():
        pass
