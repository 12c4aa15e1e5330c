"""The day of a worker as a list of stops, and how many minutes it takes.

Shared by the checker and by the score; knows nothing of how a roster was made.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from carematch.rostering.problem import RosterProblem
from carematch.rostering.roster import PlannedVisit
from carematch.travel import Place, TravelModel


@dataclass(frozen=True, slots=True, order=True)
class Stop:
    """A worker is at `place` from `start` to `end`; `standing` cannot be moved."""

    start: int
    end: int
    place: Place
    demand: str
    standing: bool


@lru_cache(maxsize=4096)
def ordinal(day: str) -> int:
    """The number of an ISO date, so that dates can be subtracted."""
    return date.fromisoformat(day).toordinal()


def weekday(day: str) -> int:
    """0 (Monday) to 6 (Sunday)."""
    return (ordinal(day) + 6) % 7


def routes_of(problem: RosterProblem, visits: Iterable[PlannedVisit]) -> dict[tuple[str, str], list[Stop]]:
    """The stops by (worker, date), in order, standing visits on horizon days included.

    Visits of unknown demands are left out; the checker reports them.
    """
    places = {demand.id: demand.place for demand in problem.demands}
    days = set(problem.days)
    routes: dict[tuple[str, str], list[Stop]] = {}
    for visit in visits:
        place = places.get(visit.demand)
        if place is None:
            continue
        for worker in visit.workers:
            stop = Stop(visit.start, visit.end, place, visit.demand, False)
            routes.setdefault((worker, visit.date), []).append(stop)
    for s in problem.standing:
        if s.date in days:
            stop = Stop(s.start, s.end, s.place, s.demand, True)
            routes.setdefault((s.worker, s.date), []).append(stop)
    for stops in routes.values():
        stops.sort()
    return dict(sorted(routes.items()))


def legs(base: Place, stops: list[Stop]) -> list[tuple[Place, Place]]:
    """The ways of a day: from base, between the stops, back to base."""
    points = [base, *(stop.place for stop in stops), base]
    return list(itertools.pairwise(points)) if stops else []


def travel_minutes(travel: TravelModel, base: Place, stops: list[Stop]) -> int:
    """Minutes on the road of one day."""
    return sum(travel.minutes(a, b) for a, b in legs(base, stops))


def work_minutes(travel: TravelModel, base: Place, stops: list[Stop]) -> int:
    """Minutes of one day that count toward the limits: visits and travel, without waiting."""
    return travel_minutes(travel, base, stops) + sum(stop.end - stop.start for stop in stops)


def standing_dates(problem: RosterProblem) -> dict[str, list[str]]:
    """By demand, the sorted dates on which it stands already (two workers at one visit count once).

    Dates outside the horizon are kept: they matter for spacing at its edges.
    """
    dates = {demand.id: list(demand.standing_dates) for demand in problem.demands}
    seen: dict[tuple[str, str], set[int]] = {}
    for s in problem.standing:
        if s.demand not in dates:
            continue
        starts = seen.setdefault((s.demand, s.date), set())
        # A date listed by the demand and given as a row too is the same visit.
        if s.start not in starts and (starts or s.date not in dates[s.demand]):
            dates[s.demand].append(s.date)
        starts.add(s.start)
    return {demand: sorted(days) for demand, days in dates.items()}
