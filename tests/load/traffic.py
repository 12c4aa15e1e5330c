"""Many visitors at once over plain sockets: a client that costs little beside the server it measures."""

import asyncio
import gzip
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class Measured:
    """What came back: seconds of each answer, and how many of each status."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    span: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.span if self.span else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the answers took at most."""
        if not self.seconds:
            return 0.0
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))] * 1000

    def errors(self) -> int:
        """Answers that were none of ours to give: no page, no redirect."""
        return sum(count for status, count in self.statuses.items() if status not in (200, 303))


@dataclass(frozen=True)
class Answer:
    """The part of an answer that matters here."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The page, read where it was compressed."""
        coding = self.headers.get("content-encoding", "")
        plain = gzip.decompress(self.body) if coding == "gzip" else self.body
        return plain.decode("utf-8", "replace")


class Visitor:
    """One connection that is kept open."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port, self.cookie = port, cookie
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, form: str | None = None) -> Answer:
        """GET a path, or POST a form to it; once more, as browsers do, where a kept connection was closed."""
        kept = self._stream is not None
        try:
            return await self._ask(path, form)
        except (ConnectionError, asyncio.IncompleteReadError) as broken:
            self.close()
            if not kept or (isinstance(broken, asyncio.IncompleteReadError) and broken.partial):
                raise
        try:
            return await self._ask(path, form)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            raise

    async def _ask(self, path: str, form: str | None) -> Answer:
        if self._stream is None:
            self._stream = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._stream
        body = (form or "").encode()
        lines = [
            f"{'GET' if form is None else 'POST'} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Cookie: {self.cookie}",
            "Accept-Encoding: gzip",
        ]
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(head[0].split(" ")[1]), headers, content)

    def close(self) -> None:
        """Hang up."""
        if self._stream is not None:
            self._stream[1].close()
            self._stream = None


Turn = Callable[[Visitor, int], Awaitable[Answer]]


async def measure(visitors: Sequence[Visitor], turn: Turn, seconds: float) -> Measured:
    """Let every visitor take one turn after another for so many seconds."""
    measured = Measured()
    end = time.monotonic() + seconds

    async def visit(visitor: Visitor, number: int) -> None:
        turns = 0
        while time.monotonic() < end:
            begun = time.monotonic()
            try:
                status = (await turn(visitor, number + turns * len(visitors))).status
            except (OSError, asyncio.IncompleteReadError):
                status = 0
                visitor.close()
            measured.seconds.append(time.monotonic() - begun)
            measured.statuses[status] += 1
            turns += 1

    begun = time.monotonic()
    await asyncio.gather(*(visit(visitor, number) for number, visitor in enumerate(visitors)))
    measured.span = time.monotonic() - begun
    return measured
