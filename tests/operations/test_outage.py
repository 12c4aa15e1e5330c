"""A database that is away: 503 and when to come back, on every route and in the middle; it is back by itself."""

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import asyncpg
import httpx
import pytest

from shangmen.database import embedded
from shangmen.database.pool import LateEngine
from shangmen.errors import DatabaseAway
from tests.conftest import Servers
from tests.operations.site import GUARD, free_port, standing, stop_database
from tests.sizes import WHOLE, Note, size


@pytest.fixture
def served() -> Iterator[tuple[str, Path]]:
    """The real server over an embedded database of its own: its address and its data."""
    port = free_port()
    with standing() as site:
        site.web(port).start()
        site.answers(port)
        yield f"http://127.0.0.1:{port}", site.data


NEED_IT = ("/health", "/", "/recipients")  # pages that say something false without the database


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

        self.answers = [0] * len(self.asks)  # to each of them

    async def visit(self, number: int) -> None:
        while not self.ended:
            self.seen.append(await self.asks[number]())
            self.answers[number] += 1
            self.news.set()

    async def each_again(self) -> None:
        """Wait until everybody has had the answer that was on its way, and one more."""
        before = list(self.answers)
        async with asyncio.timeout(GUARD):
            while any(now < then + 2 for now, then in zip(self.answers, before, strict=True)):
                self.news.clear()
                await self.news.wait()

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


async def _under_load(address: str, data: Path) -> tuple[list[httpx.Response], list[httpx.Response], float]:
    """What visitors saw while the database was stopped and started; what of it when it was back; how soon it was."""
    async with httpx.AsyncClient(base_url=address, timeout=GUARD, cookies={"session": "nobody"}) as client:
        visitors = Visitors(client)
        visiting = [asyncio.create_task(visitors.visit(number)) for number in range(len(visitors.asks))]
        await visitors.more(size(10, 30))
        await asyncio.to_thread(stop_database, data)
        await visitors.each_again()
        stopped = time.monotonic()
        meanwhile = await visitors.more(size(20, 60))
        while WHOLE and time.monotonic() < stopped + 30:
            meanwhile += await visitors.more(20)
        await asyncio.to_thread(embedded.start, data)
        started = time.monotonic()
        await asyncio.wait_for(visitors.until_healthy(), GUARD)
        after = time.monotonic() - started
        await visitors.each_again()
        back = await visitors.more(size(10, 30))
        visitors.ended = True
        await asyncio.gather(*visiting)
    answered = {answer.status_code for answer in meanwhile if str(answer.request.url).endswith(NEED_IT)}
    assert answered == {503}
    return visitors.seen, back, after


def test_a_database_that_is_stopped_and_started_under_load_is_503_and_nothing_else(
    served: tuple[str, Path], record_property: Note
) -> None:
    address, data = served
    seen, back, after = asyncio.run(_under_load(address, data))
    others = {answer.status_code for answer in seen if answer.status_code >= 500} - {503}
    assert not others, (data / "told").read_text()
    assert "Traceback" not in (data / "told").read_text()
    away = [answer for answer in seen if answer.status_code == 503]
    for answer in away:
        assert int(answer.headers["Retry-After"]) <= 5
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "503" in answer.text
    assert not [answer for answer in back if answer.status_code >= 500]
    record_property("seen", f"{len(away)} of {len(seen)} answers were 503, no other fault; back after {after:.1f} s")
    assert not WHOLE or after <= 5


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
