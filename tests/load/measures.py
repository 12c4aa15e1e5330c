"""L1 and L6: many readers of long lists, alone and beside a solve."""

import asyncio
import contextlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator

import asyncpg

from shangmen import clock
from tests.load import lists, names, outboxes, phones
from tests.load.results import Result
from tests.load.serving import serving
from tests.load.traffic import Measured, Visitor
from tests.load.world import World

Measure = Callable[[World, float], list[Result]]
SEEN = ("bureau", "station_a", "provider_a")
PAIRS = 3
SOLVE_SECONDS = 600  # more than the test takes: it is stopped afterwards


def result(test: str, what: str, wanted: str, measured: Measured, load: float, more: str = "") -> Result:
    """A row of what visitors saw; it falls with the first error."""
    seen = (
        f"{measured.rate:.0f}/s, p50 {measured.percentile(0.5):.0f} ms, p95 {measured.percentile(0.95):.0f} ms,"
        f" {measured.errors()} errors of {len(measured.seconds)}{more}"
    )
    return Result(test, what, wanted, seen, None if not measured.errors() else False, measured.span, load)


def readers(world: World, seconds: float) -> list[Result]:
    """L1: the list of recipients for 16 people at once."""
    wanted = "≥ 300/s, p95 ≤ 200 ms, 0 errors"
    results = []
    with serving() as port:
        asyncio.run(lists.pages(world, port, 3))  # what is compiled and cached at first use
        for who in SEEN:
            load = os.getloadavg()[0]
            seen = asyncio.run(lists.pages(world, port, seconds, who))
            results.append(result("L1", f"list of recipients, {who}", wanted, seen, load))
        for search in ("王娜英", "wny", "012345"):
            load = os.getloadavg()[0]
            seen = asyncio.run(lists.pages(world, port, seconds / 2, search=search))
            results.append(result("L1", f"search for {search}, bureau", wanted, seen, load))
    return results


def one_or_more(world: World, seconds: float) -> list[Result]:
    """L1 again: one web process and two, in turn, so that both have the same machine; what is faster is the default
    of `shangmen serve`."""
    seen: dict[int, list[Measured]] = {1: [], 2: []}
    load = os.getloadavg()[0]
    with serving(processes=1) as one, serving(processes=2) as two:
        for port in (one, two, one, two):
            asyncio.run(lists.pages(world, port, 3))
        for _ in range(PAIRS):
            for processes, port in ((1, one), (2, two)):
                seen[processes].append(asyncio.run(lists.pages(world, port, seconds / 2)))
    results = []
    for processes, all_of in seen.items():
        rates = ", ".join(f"{measured.rate:.0f}" for measured in all_of)
        middle = sorted(all_of, key=lambda measured: measured.rate)[PAIRS // 2]
        what = f"list of recipients, {processes} web process{'es' * (processes > 1)}"
        results.append(result("L1P", what, "0 errors", middle, load, f"; {PAIRS} times in turn: {rates}/s"))
    return results


def beside_a_solve(world: World, seconds: float) -> list[Result]:
    """L6: one reader, before and while the worker solves matching runs of the whole county."""
    with serving(jobs=True) as port:
        asyncio.run(lists.pages(world, port, 10))  # the worker has compiled what it needs by then, too
        load = os.getloadavg()[0]
        idle = asyncio.run(lists.pages(world, port, seconds, connections=1))
        with solving(world, port) as runs:
            beside = asyncio.run(lists.pages(world, port, seconds, connections=1))
    share = beside.percentile(0.95) / max(idle.percentile(0.95), 0.001)
    return [
        result("L6", "one reader, no solve", "0 errors", idle, load),
        result(
            "L6",
            "one reader beside a solve",
            "p95 ≤ 1.5 × idle",
            beside,
            load,
            f"; p95 × {share:.2f}, {len(runs)} runs",
        ),
    ]


@contextlib.contextmanager
def solving(world: World, port: int) -> Iterator[list[int]]:
    """One matching run after the other through the queue while the block lasts; yields the runs begun so far."""
    runs: list[int] = []
    begun, ended = threading.Event(), threading.Event()
    form = f"starts_on={clock.today()}&seed=1&seconds={SOLVE_SECONDS}&placed=leave"

    async def keep() -> None:
        owner = await asyncpg.connect(world.owner)
        visitor = Visitor(port, world.cookie("bureau"))
        standing = "SELECT state FROM matching_run WHERE id = $1"
        while not ended.is_set():
            answer = await visitor.ask("/matching", world.signed(f"{form}&once={uuid.uuid4().hex}"))
            assert answer.status == 303, answer.text
            runs.append(int(answer.headers["location"].partition("?")[0].rpartition("/")[2]))
            while (state := await owner.fetchval(standing, runs[-1])) in ("queued", "solving"):
                if state == "solving":
                    begun.set()
                if ended.is_set():
                    break
                await asyncio.sleep(0.2)
        await visitor.ask(f"/matching/{runs[-1]}/cancel", world.signed(""))
        visitor.close()
        await owner.close()

    keeper = threading.Thread(target=lambda: asyncio.run(keep()))
    keeper.start()
    try:
        assert begun.wait(600), "no run begins"
        yield runs
    finally:
        ended.set()
        keeper.join()


MEASURES: dict[str, Measure] = {
    "S4": names.told_by_time,
    "L1": readers,
    "L1P": one_or_more,
    "L2": phones.posting,
    "L3": phones.journeys,
    "L4": phones.morning,
    "L6": beside_a_solve,
    "D6": outboxes.kept_without_a_network,
}
