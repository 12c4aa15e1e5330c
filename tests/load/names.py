"""S4: whether the time of a refused log-in tells that there is such an account."""

import asyncio
import os
import statistics
import time

from tests.load.results import Result
from tests.load.serving import serving
from tests.load.traffic import Visitor
from tests.load.world import World

TRIES = 28  # with known and with unknown names each: fewer than slow down a network


async def _seconds(world: World, visitor: Visitor, name: str) -> float:
    begun = time.perf_counter()
    answer = await visitor.ask("/login", world.signed(f"login={name}&password=nothing-right-{name}"))
    assert answer.status == 422, (answer.status, name)
    return time.perf_counter() - begun


def told_by_time(world: World, seconds: float) -> list[Result]:
    """The middle difference between pairs of a known and an unknown name, tried one after the other."""

    async def tried(port: int) -> list[float]:
        visitor = Visitor(port, world.cookie("nobody"))
        await _seconds(world, visitor, "warm")
        pairs = []
        for number in range(TRIES):
            names = (f"hand{number}", f"nobody{number}")
            took = {name: await _seconds(world, visitor, name) for name in (names if number % 2 else names[::-1])}
            pairs.append(took[names[0]] - took[names[1]])
        visitor.close()
        return pairs

    load = os.getloadavg()[0]
    begun = time.monotonic()
    with serving() as port:
        apart = abs(statistics.median(asyncio.run(tried(port)))) * 1000
    seen = f"{apart:.1f} ms in the middle of {TRIES} pairs"
    return [
        Result("S4", "a known name and an unknown one", "< 10 ms apart", seen, None, time.monotonic() - begun, load)
    ]
