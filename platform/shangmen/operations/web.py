"""The web server's process: it waits for nobody who is slow, and ends in time whatever hangs."""

import asyncio
import os
import socket
import sys
from types import FrameType

import h11
import uvicorn
from litestar import Litestar
from uvicorn.protocols.http.h11_impl import H11Protocol

from shangmen.errors import StartError
from shangmen.operations import supervising

HEADER_SECONDS = 15.0  # for all headers of a request, from its first byte or a new connection on
BODY_SECONDS = 30.0  # for a body, and then a second more for each
BODY_RATE = 10_000  # bytes of it
REQUESTS_SECONDS = 2  # for requests at work when the server is told to end
END_SECONDS = 9.0  # for everything: requests, the pool, the worker (supervising.PATIENCE_SECONDS)


class ImpatientProtocol(H11Protocol):
    """HTTP that drops who sends nothing, or headers or a body byte by byte."""

    _due: asyncio.TimerHandle | None = None
    _owed = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A new connection owes headers."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is owed any more."""
        self._forget()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """What was sent is read; then look what is still owed."""
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        """After an answer the next request may begin, or already has."""
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        owed = self._now_owed()
        if owed == self._owed:
            return
        self._forget()
        self._owed = owed
        if owed:
            seconds = HEADER_SECONDS if owed == "headers" else BODY_SECONDS + self._announced() / BODY_RATE
            self._due = self.loop.call_later(seconds, self._drop)

    def _now_owed(self) -> str:
        """What the visitor has still to send: headers, a body or nothing."""
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            return "body"
        if state is h11.IDLE and (self.cycle is None or self.conn.trailing_data[0]):
            return "headers"
        return ""  # an answer is being made, or the connection rests (uvicorn closes it in time)

    def _announced(self) -> int:
        for name, value in self.headers or ():
            if name == b"content-length" and value.isdigit():
                return min(int(value), 100_000_000)
        return 0

    def _forget(self) -> None:
        if self._due is not None:
            self._due.cancel()
        self._due, self._owed = None, ""

    def _drop(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()


class Server(uvicorn.Server):
    """A server that has ended some seconds after a signal, whatever hangs."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a thread sees to it that the end comes."""
        if not self.should_exit:
            supervising.end_within(END_SECONDS)
        super().handle_exit(sig, frame)


MOST_PROCESSES = 4  # unless told otherwise: each takes some 200 MB


def processes() -> int:
    """How many processes serve unless told otherwise: one a core, of which the database takes its part.

    Only Linux shares out the connections to several sockets of one port.
    """
    return min(os.cpu_count() or 1, MOST_PROCESSES) if sys.platform == "linux" else 1


def shared_socket(host: str, port: int) -> socket.socket:
    """A socket at an address where processes of ours may have others; one that does not listen holds the address."""
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((host, port))
    return made


def serve(app: Litestar, host: str, port: int, shared: bool = False) -> None:
    """Serve until a signal, alone or with others at the same address; raises StartError when it does not start."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=ImpatientProtocol,
        timeout_graceful_shutdown=REQUESTS_SECONDS,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )
    server = Server(config)
    server.run([shared_socket(host, port)] if shared else None)
    if not server.started:
        raise StartError(f"The server did not start at {host}:{port}.")
