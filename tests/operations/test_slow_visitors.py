"""Visitors who send slowly are dropped, those in time are answered; a server told to end does, whatever hangs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import uvicorn

from shangmen.operations import web
from tests.conftest import NewDatabase, Servers
from tests.operations.site import GUARD, Process, Site, free_port
from tests.sizes import WHOLE, Note

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def reads_all(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[..., Any]) -> None:
    """An application that wants the whole body before it answers."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def served() -> AsyncIterator[Callable[[], Awaitable[Stream]]]:
    """The server's own protocol in this process; yields what connects to it."""
    port = free_port()
    config = uvicorn.Config(
        reads_all,  # type: ignore[arg-type]  # ASGI typed by both
        port=port,
        http=web.ImpatientProtocol,
        lifespan="off",
        log_config=None,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield lambda: asyncio.open_connection("127.0.0.1", port)
    finally:
        server.should_exit = True
        await server.shutdown()


async def dropped(stream: Stream, trickle: bytes = b"") -> bool:
    """Whether the server hangs up on somebody who only sends this, again and again."""
    reader, writer = stream

    async def send() -> None:
        while trickle:
            writer.write(trickle)
            await writer.drain()
            await asyncio.sleep(0.01)

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(GUARD):
            with suppress(ConnectionError):
                return not await reader.read()
            return True
    finally:
        sending.cancel()
        await asyncio.wait({sending})
        if sending.done() and not sending.cancelled():
            sending.exception()
        writer.close()


@pytest.mark.parametrize(
    ("begin", "trickle"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\n", b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"a"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n", b""),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n", b"a"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
    ids=["nothing", "half the headers", "headers by letters", "no body", "a body by letters", "chunks by letters"],
)
async def test_who_sends_slowly_is_dropped(monkeypatch: pytest.MonkeyPatch, begin: bytes, trickle: bytes) -> None:
    monkeypatch.setattr(web, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr(web, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(web, "BODY_RATE", 10**9)
    async with served() as connect:
        stream = await connect()
        stream[1].write(begin)
        assert await dropped(stream, trickle)


async def test_who_sends_in_time_is_answered_again_and_again() -> None:
    async with served() as connect:
        reader, writer = await connect()
        for _ in range(3):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab")
            await writer.drain()
            writer.write(b"cd")
            async with asyncio.timeout(GUARD):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
                assert await reader.readexactly(2) == b"ok"
        writer.close()


async def _ended(server: Process, record_property: Note, what: str) -> None:
    seconds = await asyncio.to_thread(server.end)
    record_property("seen", f"{what}: ended after {seconds:.1f} s")
    assert not WHOLE or seconds <= 10


@pytest.mark.parametrize("what", ["a body that never ends", "a page that waits for the database"])
async def test_a_server_told_to_end_does_though_a_request_hangs(
    servers: Servers, new_database: NewDatabase, tmp_path: Path, what: str, record_property: Note
) -> None:
    name, port = await new_database(), free_port()
    site = Site(tmp_path)
    site.environment.update(DATABASE_URL=servers.application(name), DATABASE_OWNER_URL=servers.owner(name))
    server = site.web(port)
    server.start()
    owner = await asyncpg.connect(servers.owner(name))
    try:
        await asyncio.to_thread(site.answers, port)
        locked = owner.transaction()
        await locked.start()
        await owner.execute("LOCK TABLE app_session")
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        if what.startswith("a body"):
            writer.write(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nlogin=")
        else:
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nCookie: session=x\r\n\r\n")
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            async with asyncio.timeout(GUARD):
                while not await owner.fetchval(waiting):  # noqa: ASYNC110 -- of another process
                    await asyncio.sleep(0.05)
        await writer.drain()
        await _ended(server, record_property, what)
        writer.close()
        await locked.rollback()
    finally:
        site.end()
        await owner.close()
