"""Made-up problems: small ones spelled out for examples and tests, and a county's month for load.

Nobody in them is real and no position is anybody's home.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from carematch.rostering.problem import Absence, Demand, Holding, RosterProblem, Sex, Shift, Window, Worker
from carematch.travel import PLAIN, DetourModel, Place

MONDAY = "2026-03-02"
HOME = Place(36_980_000, 105_910_000, "home")
MORNING, DAY = (480, 720), (480, 1080)
CRAWL = DetourModel(1.0, 60)
"""A kilometre a minute in a straight line: travel times that can be checked in the head."""


def days_from(first: str, count: int) -> tuple[str, ...]:
    """That many ISO dates in a row."""
    start = date.fromisoformat(first)
    return tuple((start + timedelta(days=k)).isoformat() for k in range(count))


def north(minutes: int, of: Place = HOME) -> Place:
    """The place that is so many minutes of `CRAWL` to the north."""
    # 1 km is 1 / 111.195 degree on the mean sphere; a metre less keeps the rounded-up minute.
    metres = minutes * 1000 - 1 if minutes else 0
    return Place(of.latitude + round(metres * 1_000_000 / 111_195.08), of.longitude, f"{minutes} north")


def a_demand(id: str = "D1", **changes: Any) -> Demand:
    """One visit of an hour at home, any day from 08:00 to 18:00."""
    windows = tuple(Window(weekday, *DAY) for weekday in range(7))
    given: dict[str, Any] = {
        "recipient": f"R-{id}",
        "place": HOME,
        "visits": 1,
        "minutes": 60,
        "windows": windows,
    }
    return Demand(id=id, **{**given, **changes})


def a_worker(id: str = "W1", **changes: Any) -> Worker:
    """A woman at home who works every day from 08:00 to 18:00."""
    shifts = tuple(Shift(weekday, *DAY) for weekday in range(7))
    given: dict[str, Any] = {"sex": "female", "base": HOME, "shifts": shifts}
    given.update(daily_minutes=480, horizon_minutes=2400)
    return Worker(id=id, **{**given, **changes})


def a_problem(*parts: Demand | Worker, days: int = 7, **changes: Any) -> RosterProblem:
    """A week from Monday, 2 March 2026, with these demands and workers."""
    given: dict[str, Any] = {
        "days": days_from(MONDAY, days),
        "demands": tuple(p for p in parts if isinstance(p, Demand)),
        "workers": tuple(p for p in parts if isinstance(p, Worker)),
        "travel": CRAWL,
    }
    return RosterProblem(**{**given, **changes})


def county_month(visits: int = 2600, workers: int = 60, seed: int = 0, horizon_minutes: int = 9600) -> RosterProblem:
    """A month of a county with eleven townships, about so many visits, and mixed requirements."""
    rng = random.Random(seed)
    days = days_from("2026-03-01", 31)
    towns = [(rng.uniform(36.6, 37.4), rng.uniform(105.7, 106.5)) for _ in range(11)]

    def somewhere() -> Place:
        lat, lon = rng.choice(towns)
        return Place.from_degrees(lat + rng.gauss(0, 0.04), lon + rng.gauss(0, 0.04))

    people: list[Worker] = []
    for k in range(workers):
        week = range(6 if rng.random() < 0.5 else 5)
        held = [Holding("care")]
        if rng.random() < 0.3:
            held.append(Holding("nurse", None, days[19] if rng.random() < 0.2 else None))
        sex: Sex = "male" if rng.random() < 0.25 else "female"
        people.append(
            Worker(
                id=f"W{k:03}",
                sex=sex,
                base=somewhere(),
                shifts=tuple(Shift(weekday, *half) for weekday in week for half in (MORNING, (840, 1080))),
                daily_minutes=480,
                horizon_minutes=horizon_minutes,
                qualifications=tuple(held),
                absences=tuple(Absence(rng.choice(days)) for _ in range(rng.randint(0, 2))),
            )
        )
    demands: list[Demand] = []
    while sum(d.visits for d in demands) < visits:
        demands.append(_some_demand(rng, len(demands), somewhere(), people, days))
    return RosterProblem(
        days, tuple(demands), tuple(people), PLAIN, closed_days=frozenset({days[7]})
    )  # fmt: skip


def _some_demand(rng: random.Random, number: int, place: Place, people: list[Worker], days: tuple[str, ...]) -> Demand:
    count, apart = rng.choice([(1, 1), (2, 10), (4, 5), (4, 5), (4, 5), (8, 2), (12, 1)])
    halves = [MORNING, (840, 1080)] if rng.random() < 0.6 else [rng.choice([MORNING, (840, 1080)])]
    week = list(range(7)) if rng.random() < 0.6 else sorted(rng.sample(range(5), 3))
    sexes: list[Sex | None] = [None, None, None, "male", "female"]
    return Demand(
        id=f"D{number:04}",
        recipient=f"R{number // 2:04}",
        place=place,
        visits=count,
        minutes=rng.choice([30, 45, 60, 60, 90]),
        windows=tuple(Window(weekday, *half) for weekday in week for half in halves),
        staff_count=2 if rng.random() < 0.08 else 1,
        sex=rng.choice(sexes),
        required_qualifications=frozenset({"nurse" if rng.random() < 0.15 else "care"}),
        min_days_between=apart,
        priority=rng.choice([1, 1, 2, 5]),
        preferred_workers=frozenset({rng.choice(people).id} if people and rng.random() < 0.4 else ()),
        blocked_dates=frozenset(days[5:15] if rng.random() < 0.05 else ()),
    )
