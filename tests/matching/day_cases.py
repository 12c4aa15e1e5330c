"""Small days of our own making, and random ones."""

from __future__ import annotations

from typing import Any, Literal

from hypothesis import strategies as st

from carematch.rostering.day import (
    Break,
    DayProblem,
    Plan,
    Policy,
    Rest,
    Route,
    Service,
    Span,
    Stop,
    Together,
    Visit,
    Worker,
    named_sum,
)

#: Base, and three places that are 10 apart on a line; the way back is one longer.
LINE = tuple(tuple(abs(a - b) * 10 + (a > b) for b in range(4)) for a in range(4))
EVERYTHING = named_sum(
    left_out=300,
    travel=2,
    lateness=3,
    largest_lateness=5,
    waiting=2,
    overtime=4,
    largest_idle=3,
    unpreferred=7,
    unfamiliar=9,
    moved=4,
    missed_breaks=60,
    off_wish=1,
    imbalance=1,
)


def a_visit(name: str = "V", at: int = 1, *services: Service, **more: Any) -> Visit:
    """A visit of one service of 30 in a window from 100 to 200, unless it is told otherwise."""
    lines = services or (Service("care", 30),)
    usual: dict[str, Any] = {"id": name, "place": at, "services": lines, "windows": (Span(100, 200),)}
    return Visit(**(usual | more))


def a_worker(id: str = "W", **more: Any) -> Worker:
    """Somebody at base with a shift from 60 to 400, unless it is told otherwise."""
    usual: dict[str, Any] = {"starts_at": 0, "ends_at": 0, "shift": Span(60, 400)}
    return Worker(id=id, **(usual | more))


def a_day(*rows: Visit | Worker, policy: Policy = EVERYTHING, **more: Any) -> DayProblem:
    """A day of these visits and workers on the line."""
    visits = tuple(row for row in rows if isinstance(row, Visit))
    workers = tuple(row for row in rows if isinstance(row, Worker))
    return DayProblem(visits, workers, LINE, policy, **more)


def a_plan(**routes: list[tuple[Any, ...]]) -> Plan:
    """Stops by worker as (visit, service, start); a break as (place, start)."""
    return Plan(
        tuple(
            Route(
                worker,
                tuple(Stop(*row) for row in rows if len(row) == 3),
                next((Rest(*row) for row in rows if len(row) == 2), None),
            )
            for worker, rows in routes.items()
        )
    )


SKILLS = ("lift", "cook", "sign")


@st.composite
def spans(draw: st.DrawFn, most: int = 300) -> Span:
    """A span of up to 120."""
    begin = draw(st.integers(0, most))
    return Span(begin, begin + draw(st.integers(0, 120)))


@st.composite
def days(draw: st.DrawFn, most_visits: int = 6, most_workers: int = 3, demanding: bool = True) -> DayProblem:
    """Random days with everything that a day may have; visits are optional where nobody may do them."""
    places = draw(st.integers(1, 5))
    cells = st.integers(0, 60)
    travel = tuple(tuple(0 if a == b else draw(cells) for b in range(places)) for a in range(places))
    workers = tuple(
        Worker(
            id=f"W{i}",
            starts_at=draw(st.integers(0, places - 1)),
            ends_at=draw(st.integers(0, places - 1)),
            shift=draw(st.none() | st.builds(lambda s: Span(s.begin, s.end + 200), spans(100))),
            skills=tuple(sorted(draw(st.sets(st.sampled_from(SKILLS), min_size=1)))),
            sex=draw(st.sampled_from(("female", "male"))),
            rest=draw(st.none() | st.builds(Break, spans(200), st.integers(0, 30))),
            absences=tuple(draw(st.lists(spans(), max_size=1))) if demanding else (),
            most_work=draw(st.none() | st.integers(50, 400)) if demanding else None,
            most_overtime=draw(st.none() | st.integers(0, 60)) if demanding else None,
        )
        for i in range(draw(st.integers(1, most_workers)))
    )
    names = [worker.id for worker in workers]
    visits = tuple(draw(_visits(f"V{i}", places, names, demanding)) for i in range(draw(st.integers(0, most_visits))))
    late_at: Literal["start", "end"] = draw(st.sampled_from(("start", "end")))
    return DayProblem(visits, workers, travel, draw(policies()), late_at)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Weights of a random set of goals; leaving out costs most."""
    goals = draw(st.sets(st.sampled_from(sorted(EVERYTHING.levels[0].weights)), min_size=1))
    return named_sum(**{"left_out": 500, **{goal: draw(st.integers(1, 9)) for goal in sorted(goals - {"left_out"})}})


@st.composite
def _visits(draw: st.DrawFn, id: str, places: int, workers: list[str], demanding: bool) -> Visit:
    some = st.lists(st.sampled_from(workers), max_size=2, unique=True).map(tuple)
    services = tuple(
        Service(
            f"s{i}",
            draw(st.integers(0, 60)),
            tuple(draw(st.lists(st.sampled_from(SKILLS), max_size=1))),
            draw(st.sampled_from((None, None, None, "female"))),
        )
        for i in range(draw(st.integers(1, 2)))
    )
    together, distance = Together.INDEPENDENT, None
    if len(services) == 2:
        together = draw(st.sampled_from(tuple(Together)))
        distance = draw(spans(60)) if together == Together.SEQUENCE else None
    first = draw(spans())
    windows: tuple[Span, ...] = (first,)
    if draw(st.booleans()):
        begin = first.end + draw(st.integers(0, 60))
        windows = (first, Span(begin, begin + draw(st.integers(0, 120))))
    pinned = demanding and together != Together.SEQUENCE and draw(st.integers(0, 4)) == 0
    return Visit(
        id=id,
        place=draw(st.integers(0, places - 1)),
        services=services,
        windows=windows,
        together=together,
        distance=distance,
        hard=demanding and draw(st.booleans()),
        optional=True,
        weight=draw(st.integers(1, 3)),
        preferred=draw(some),
        usual=draw(some),
        avoided=draw(some) if draw(st.integers(0, 3)) == 0 else (),
        pinned_start=first.begin if pinned else None,
        wished=draw(st.none() | spans()),
        published=draw(some),
    )
