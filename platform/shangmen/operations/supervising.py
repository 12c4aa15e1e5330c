"""Child processes that are kept going: started again when they have died, stopped with their parent."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import structlog

log = structlog.get_logger()

LOOK_SECONDS = 0.5
PAUSE_SECONDS = 5.0  # before it is started again: a child that cannot live must not take the processor
PATIENCE_SECONDS = 5.0  # after it was asked to end
BEHIND_PAGES = 10  # of 19 steps that a process can step back

_children: set[subprocess.Popen[bytes]] = set()


@contextmanager
def kept(command: Sequence[str], environment: Mapping[str, str], times: int = 1) -> Iterator[None]:
    """Keep `command` running so many times while the block lasts; the children have ended afterwards.

    Each is kept from a thread of its own, and can hear of our own death: see `end_with_parent`.
    """
    ending = threading.Event()

    def keep() -> None:
        while not ending.is_set():
            child = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)  # noqa: S603 -- a command of ours
            _children.add(child)
            while child.poll() is None and not ending.wait(LOOK_SECONDS):
                pass
            if child.poll() is None:
                _end(child)
            elif not ending.wait(PAUSE_SECONDS):
                log.warning("child died", command=list(command), status=child.returncode)
            _children.discard(child)
            if child.stdin is not None:
                child.stdin.close()

    keepers = [threading.Thread(target=keep, name="keeper") for _ in range(times)]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        ending.set()
        for keeper in keepers:
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


def step_back() -> None:
    """Let the pages of this machine go first: a solve takes every core, and whoever reads a page waits for it."""
    os.nice(BEHIND_PAGES)


def end_with_parent() -> None:
    """In a child: end at once when the parent has died, even of SIGKILL; nothing else must hold its port then."""

    def wait() -> None:
        while sys.stdin.buffer.read(1):  # the parent never writes: what comes is the end of its pipe
            pass
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _end_now() -> None:
    for child in list(_children):
        child.kill()
    os._exit(1)
