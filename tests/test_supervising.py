"""The child process of the server: started again when it died, gone with its parent."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from shangmen.operations import supervising

CHILD = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"


def born(file: Path, count: int) -> list[int]:
    """The ids of the children, once there have been so many."""
    for _ in range(6_000):  # it ends as soon as they are there
        if file.exists() and len(lines := file.read_text().split()) >= count:
            return [int(line) for line in lines]
        time.sleep(0.05)
    raise AssertionError(f"not {count} children in {file}")


def test_a_child_that_was_killed_is_started_again_and_ends_with_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "PAUSE_SECONDS", 0.05)
    file = tmp_path / "children"
    with supervising.kept([sys.executable, "-c", CHILD, str(file)], os.environ):
        (first,) = born(file, 1)
        os.kill(first, signal.SIGKILL)
        second = born(file, 2)[1]
        assert psutil.pid_exists(second)
    assert not psutil.pid_exists(second)
    assert len(born(file, 2)) == 2
