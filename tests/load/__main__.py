"""`make load`: the measured forms of the load tests; writes a table into build/load/.

    python -m tests.load [L1 …] [--seconds 20] [--recipients 200000]

L1 is the list of recipients for 16 people at once; L6 the same while a solver works on the same machine. Rates say
little on a busy machine: the load when it began stands beside each.
"""

import argparse
import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime

import httpx

from shangmen import paths
from tests.load import lists
from tests.load.traffic import Measured
from tests.load.world import DATA, RECIPIENTS, World, make

SEEN = ("bureau", "station_a", "provider_a")
SOLVE = "while True: sum(n * n for n in range(100_000))"  # a solver takes a core and hardly any memory bandwidth


@contextlib.contextmanager
def serving() -> Iterator[int]:
    """`shangmen serve` over the world's database; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "shangmen.cli", "serve", "--no-jobs", "--port", str(port)]
    server = subprocess.Popen(
        command,
        env={**os.environ, "SHANGMEN_DATA": str(DATA)},
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(240):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200:
                    break
            time.sleep(0.25)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def line(test: str, measured: Measured, load: float) -> str:
    """A row of the table."""
    return (
        f"| {test} | {len(measured.seconds)} | {measured.rate:.0f} | {measured.percentile(0.5):.0f}"
        f" | {measured.percentile(0.95):.0f} | {measured.errors()} | {load:.1f} |"
    )


def measure(world: World, options: argparse.Namespace) -> list[str]:
    """Run what was asked for; the rows of the table."""
    rows = []
    with serving() as port:
        asyncio.run(lists.pages(world, port, 3))  # what is compiled and cached at first use
        for who in SEEN if "L1" in options.tests else ():
            load = os.getloadavg()[0]
            rows.append(
                line(
                    f"L1 list of recipients, {who}", asyncio.run(lists.pages(world, port, options.seconds, who)), load
                )
            )
        if "L6" in options.tests:
            load = os.getloadavg()[0]
            idle = asyncio.run(lists.pages(world, port, options.seconds, connections=1))
            rows.append(line("L6 one reader, no solve", idle, load))
            solver = subprocess.Popen([sys.executable, "-c", SOLVE])
            try:
                beside = asyncio.run(lists.pages(world, port, options.seconds, connections=1))
            finally:
                solver.kill()
                solver.wait()
            share = beside.percentile(0.95) / max(idle.percentile(0.95), 0.001)
            rows.append(line(f"L6 one reader beside a solve (p95 × {share:.2f})", beside, load))
    return rows


def main() -> int:
    """Make the world, measure, write the table; 1 when an answer was an error."""
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("tests", nargs="*", default=["L1", "L6"])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--recipients", type=int, default=RECIPIENTS)
    options = parser.parse_args()
    world = asyncio.run(make(options.recipients))
    rows = measure(world, options)
    table = "\n".join(
        [
            f"{options.recipients} recipients, one web process, {os.cpu_count()} cores",
            "",
            "| test | answers | a second | p50 ms | p95 ms | errors | load before |",
            "|---|---|---|---|---|---|---|",
            *rows,
        ]
    )
    folder = paths.CHECKOUT / "build" / "load"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{datetime.now():%Y-%m-%d-%H%M}.md").write_text(table + "\n", "utf-8")
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
