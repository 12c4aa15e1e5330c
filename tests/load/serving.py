"""The program over the world's database, as an operator starts it."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx

from tests.load.world import DATA, SECRET
from tests.operations.site import free_port


@contextlib.contextmanager
def serving(jobs: bool = False, processes: int | None = None) -> Iterator[int]:
    """`shangmen serve`, with its worker if wished, in so many web processes or as many as it takes by itself; yields
    its port."""
    port = free_port()
    command = [sys.executable, "-m", "shangmen.cli", "serve", "--port", str(port), *([] if jobs else ["--no-jobs"])]
    command += ["--workers", str(processes)] if processes else []
    server = subprocess.Popen(
        command,
        env={**os.environ, "SHANGMEN_DATA": str(DATA), "SHANGMEN_SECRET": SECRET},
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(480):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200:
                    break
            time.sleep(0.25)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
