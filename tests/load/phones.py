"""L2, L3, L4: visits logged by telephone, as fast as may be, in whole journeys, and all on one morning."""

import asyncio
import os
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import asyncpg

from tests.delivery.recording import signature
from tests.load.results import Result
from tests.load.serving import serving
from tests.load.traffic import Answer, Measured, Visitor, measure
from tests.load.world import World

POSTERS = 16
OF_POSTING, OF_MORNING = range(8), 8  # which of a hand's visits each test logs; the rest are of the journeys
WORKERS, SCHEDULERS = 500, 40
PHONES, MORNING_SECONDS, DOUBLED = 2000, 60.0, 0.2
PLACE = "latitude=37.300007&longitude=105.920013&accuracy=12"


def hand(world: World, number: int, port: int) -> Visitor:
    """A worker's telephone."""
    return Visitor(port, world.cookie(f"hand{number}"))


async def check_in(phone: Visitor, visit: int, once: str = "") -> Answer:
    """Arrive."""
    form = f"once={once or uuid.uuid4().hex}&{PLACE}"
    return await phone.ask(f"/phone/visits/{visit}/check-in", World.signed(form))


async def check_out(phone: Visitor, visit: int, once: str = "") -> Answer:
    """Leave, with a signature."""
    form = f"once={once or uuid.uuid4().hex}&{PLACE}&tasks=cleaning&signature={quote(signature(visit % 60))}"
    return await phone.ask(f"/phone/visits/{visit}/check-out", World.signed(form))


async def timed(measured: Measured, answer: Awaitable[Answer]) -> int:
    """Note how long an answer took; its status, 0 for none."""
    begun = time.monotonic()
    try:
        status = (await answer).status
    except (OSError, asyncio.IncompleteReadError):
        status = 0
    measured.seconds.append(time.monotonic() - begun)
    measured.statuses[status] += 1
    return status


def _figures(measured: Measured) -> str:
    return (
        f"{measured.rate:.0f}/s, p50 {measured.percentile(0.5):.0f} ms, p95 {measured.percentile(0.95):.0f} ms,"
        f" {measured.errors()} errors of {len(measured.seconds)} {dict(measured.statuses)}"
    )


def posting(world: World, seconds: float) -> list[Result]:
    """L2: visits are logged by 16 telephones without a pause, arrival and end."""
    load = os.getloadavg()[0]

    async def turn(phone: Visitor, number: int) -> Answer:
        visit, step = divmod(number // POSTERS, 2)
        who, which = divmod(visit, len(OF_POSTING))
        who = who * POSTERS + number % POSTERS
        phone.cookie = world.cookie(f"hand{who}")
        call = world.calls[who % len(world.calls)][which]
        return await (check_out if step else check_in)(phone, call)

    with serving() as port:
        phones = [hand(world, number, port) for number in range(POSTERS)]
        measured = asyncio.run(measure(phones, turn, seconds))
    held = None if not measured.errors() else False
    return [Result("L2", "posting visit logs", "≥ 400/s, p95 ≤ 120 ms", _figures(measured), held, measured.span, load)]


async def _journeys(world: World, port: int, seconds: float) -> Measured:
    measured, end = Measured(), time.monotonic() + seconds

    async def rest() -> None:
        await asyncio.sleep(random.uniform(1, 5))

    async def work(number: int) -> None:
        phone = hand(world, number, port)
        calls = iter(world.calls[number][OF_MORNING + 1 :])
        await rest()
        while time.monotonic() < end and (visit := next(calls, None)):
            steps: tuple[Callable[[], Awaitable[Answer]], ...] = (
                lambda: phone.ask("/phone"),
                lambda visit=visit: phone.ask(f"/phone/visits/{visit}"),  # type: ignore[misc]  # bound as it is
                lambda visit=visit: check_in(phone, visit),  # type: ignore[misc]  # bound as it is
                lambda visit=visit: phone.ask(f"/phone/visits/{visit}"),  # type: ignore[misc]  # bound as it is
                lambda visit=visit: check_out(phone, visit),  # type: ignore[misc]  # bound as it is
            )
            for step in steps:
                await timed(measured, step())
                await rest()

    async def schedule(number: int) -> None:
        desk = Visitor(port, world.cookie(("station_a", "station_b", "bureau", "provider_a")[number % 4]))
        while time.monotonic() < end:
            for page in ("/", "/recipients", f"/recipients?page={random.randint(2, 9)}", "/needs", "/placements"):
                await rest()
                await timed(measured, desk.ask(page))

    workers = min(WORKERS, len(world.calls))
    begun = time.monotonic()
    await asyncio.gather(*map(work, range(workers)), *map(schedule, range(SCHEDULERS)))
    measured.span = time.monotonic() - begun
    return measured


def journeys(world: World, seconds: float) -> list[Result]:
    """L3: 500 workers and 40 schedulers on their ways through the pages, with pauses to read."""
    load = os.getloadavg()[0]
    with serving() as port:
        measured = asyncio.run(_journeys(world, port, 6 * seconds))
    held = None if measured.errors() < len(measured.seconds) / 1000 else False
    wanted = "p95 ≤ 300 ms, errors < 0.1 %"
    return [Result("L3", "500 workers, 40 schedulers", wanted, _figures(measured), held, measured.span, load)]


async def _storm(world: World, port: int) -> tuple[Measured, list[int]]:
    measured, logged = Measured(), list[int]()
    begun = time.monotonic()

    async def phone(number: int) -> None:
        visit = world.calls[number][OF_MORNING]
        visitor = hand(world, number, port)
        moments = sorted(random.uniform(0, MORNING_SECONDS) for _ in range(5))

        async def post(verb: Callable[[Visitor, int, str], Awaitable[Answer]]) -> int:
            once = uuid.uuid4().hex
            status = await timed(measured, verb(visitor, visit, once))
            if random.random() < DOUBLED:  # a weak signal: the answer was lost, and it is sent again
                status = await timed(measured, verb(visitor, visit, once))
            return status

        async def show(path: str) -> int:
            return await timed(measured, visitor.ask(path))

        steps: list[Callable[[], Awaitable[int]]] = [
            lambda: show("/phone"),
            lambda: show(f"/phone/visits/{visit}"),
            lambda: post(check_in),
            lambda: show(f"/phone/visits/{visit}"),
            lambda: post(check_out),
        ]
        for moment, step in zip(moments, steps, strict=True):
            await asyncio.sleep(max(0.0, begun + moment - time.monotonic()))
            status = await step()
            visitor.close()  # a telephone keeps no connection
        if status == 303:
            logged.append(visit)

    await asyncio.gather(*map(phone, range(min(PHONES, len(world.calls)))))
    measured.span = time.monotonic() - begun
    return measured, logged


async def _stored(world: World, visits: list[int]) -> tuple[int, int]:
    owner = await asyncpg.connect(world.owner)
    rows = await owner.fetch("SELECT visit, count(*) FROM service_record WHERE visit = ANY($1) GROUP BY visit", visits)
    await owner.close()
    return len(rows), sum(row["count"] for row in rows)


def morning(world: World, _seconds: float) -> list[Result]:
    """L4: 2,000 telephones log a visit within a minute, in five events each; some posts come twice."""
    load = os.getloadavg()[0]
    with serving() as port:
        measured, logged = asyncio.run(_storm(world, port))
    visits, records = asyncio.run(_stored(world, logged))
    lost, doubled = len(logged) - visits, records - visits
    seen = f"{lost} lost, {doubled} doubled of {len(logged)} logged; {_figures(measured)}"
    held = None if not lost and not doubled and not measured.errors() else False
    wanted = "0 lost, 0 doubled, 0 errors, p95 ≤ 1.5 s"
    return [Result("L4", "2,000 telephones in 60 s", wanted, seen, held, measured.span, load)]
