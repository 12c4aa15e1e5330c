"""A child process that is kept going: started again when it has died, stopped with its parent."""

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog

log = structlog.get_logger()

LOOK_SECONDS = 0.5
PAUSE_SECONDS = 5.0  # before it is started again: a child that cannot live must not take the processor
PATIENCE_SECONDS = 5.0  # after it was asked to end

_children: set[subprocess.Popen[bytes]] = set()


@contextmanager
def kept(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    """Keep `command` running while the block lasts, from a thread of its own; the child has ended afterwards."""
    ending = threading.Event()

    def keep() -> None:
        while not ending.is_set():
            child = subprocess.Popen(command, env=environment)  # noqa: S603 -- a command of ours
            _children.add(child)
            while child.poll() is None and not ending.wait(LOOK_SECONDS):
                pass
            if child.poll() is None:
                _end(child)
            elif not ending.wait(PAUSE_SECONDS):
                log.warning("child died", command=list(command), status=child.returncode)
            _children.discard(child)

    keeper = threading.Thread(target=keep, name="keeper")
    keeper.start()
    try:
        yield
    finally:
        ending.set()
        keeper.join()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def end_within(seconds: float) -> None:
    """End this process and its children after `seconds` at the latest, whatever hangs."""
    last = threading.Timer(seconds, _end_now)
    last.daemon = True
    last.start()


def _end_now() -> None:
    for child in list(_children):
        child.kill()
    os._exit(1)
