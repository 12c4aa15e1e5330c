"""The goals that a roster reaches, computed from the roster alone."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from carematch.rostering.problem import Demand, RosterProblem, Weights
from carematch.rostering.roster import Goals, PlannedVisit, Roster, Totals, Unplaced
from carematch.rostering.routes import legs, routes_of, standing_dates, travel_minutes, work_minutes
from carematch.rostering.rules import IN_WINDOW, day_allowed


def weighted(goals: Goals, weights: Weights) -> tuple[int, int]:
    """What a filler minimises: unplaced first, then the weighted sum of the other goals."""
    rest = (
        weights.travel * goals.travel
        + weights.continuity * goals.continuity
        + weights.balance * goals.balance
        + weights.spread * goals.spread
    )
    return goals.unplaced, rest


def score(problem: RosterProblem, visits: Iterable[PlannedVisit]) -> Goals:
    """The goals of these visits."""
    planned = list(visits)
    by_demand: dict[str, list[PlannedVisit]] = defaultdict(list)
    for visit in planned:
        by_demand[visit.demand].append(visit)
    standing = standing_dates(problem)
    unplaced = continuity = spread = 0
    for demand in problem.demands:
        mine = by_demand[demand.id]
        unplaced += demand.priority * max(0, demand.visits - len(mine))
        continuity += unfamiliar_seats(demand, (v.workers for v in mine))
        days = visitable_days(problem, demand)
        at = [bisect_left(days, v.date) for v in mine]
        at += [bisect_left(days, d) for d in standing[demand.id] if d in problem.days]
        spread += off_rhythm(sorted(at), len(days))
    worked, travel = _minutes(problem, planned)
    loads = [worked.get(w.id, 0) for w in problem.workers]
    limits = [w.horizon_minutes for w in problem.workers]
    return Goals(unplaced, travel, continuity, uneven_minutes(loads, limits), spread)


def totals(problem: RosterProblem, visits: Iterable[PlannedVisit]) -> Totals:
    """Figures for a page."""
    planned = list(visits)
    demands = {d.id: d for d in problem.demands}
    bases = {w.id: w.base for w in problem.workers}
    _, travel = _minutes(problem, planned)
    metres = 0
    for (worker, _), stops in routes_of(problem, planned).items():
        if worker in bases:
            metres += sum(problem.travel.metres(a, b) for a, b in legs(bases[worker], stops))
    seats = sum(len(v.workers) for v in planned)
    by_demand: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for visit in planned:
        by_demand[visit.demand].append(visit.workers)
    strange = sum(unfamiliar_seats(demands[d], teams) for d, teams in by_demand.items() if d in demands)
    return Totals(
        visits=len(planned),
        seats=seats,
        missing=sum(max(0, d.visits - len(by_demand[d.id])) for d in problem.demands),
        visit_minutes=sum((v.end - v.start) * len(v.workers) for v in planned),
        travel_minutes=travel,
        travel_metres=metres,
        continuity_permille=1000 * (seats - strange) // seats if seats else 1000,
        workers_used=len({w for v in planned for w in v.workers}),
    )


def make_roster(
    problem: RosterProblem,
    visits: Iterable[PlannedVisit],
    unplaced: Iterable[Unplaced] = (),
    seed: int = 0,
) -> Roster:
    """A roster of these visits with its goals and totals, also for one that was made by hand."""
    planned = sorted(visits, key=lambda v: (v.date, v.start, v.demand, v.workers))
    left = sorted(unplaced, key=lambda u: (u.demand, u.code))
    return Roster(
        visits=tuple(planned),
        unplaced=tuple(left),
        goals=score(problem, planned),
        totals=totals(problem, planned),
        travel_model=problem.travel.name,
        seed=seed,
    )


def visitable_days(problem: RosterProblem, demand: Demand) -> list[str]:
    """The dates on which the demand may be visited: allowed, and with a window on the weekday."""
    return [
        day for day in problem.days
        if IN_WINDOW.ranges(demand, day) and day_allowed(problem, demand, day)
    ]  # fmt: skip


def unfamiliar_seats(demand: Demand, teams: Iterable[tuple[str, ...]]) -> int:
    """Seats filled by somebody other than the familiar people.

    Familiar are the preferred workers, or those who come most often (as many as come at once),
    whichever leaves fewer strangers.
    """
    seats = Counter(worker for team in teams for worker in team)
    preferred = sum(n for worker, n in seats.items() if worker in demand.preferred_workers)
    most_often = sum(sorted(seats.values(), reverse=True)[: demand.staff_count])
    return seats.total() - max(preferred, most_often)


def off_rhythm(at: Sequence[int], days: int) -> int:
    """Days by which the gaps between visits miss an even rhythm.

    `at` are sorted positions within the demand's `days` visitable days; with n visits the even gap is
    days / n.
    """
    n = len(at)
    return sum(abs((b - a) * n - days) // n for a, b in itertools.pairwise(at))


def uneven_minutes(worked: Sequence[int], limits: Sequence[int]) -> int:
    """Minutes that would have to change hands for everybody to work the same share of the limit."""
    whole, total = sum(limits), sum(worked)
    if not whole:
        return 0
    return sum(max(0, w - total * limit // whole) for w, limit in zip(worked, limits, strict=True))


def _minutes(problem: RosterProblem, visits: list[PlannedVisit]) -> tuple[dict[str, int], int]:
    """Minutes worked by worker, and travel minutes of all."""
    bases = {w.id: w.base for w in problem.workers}
    worked: dict[str, int] = defaultdict(int)
    travel = 0
    for (worker, _), stops in routes_of(problem, visits).items():
        if worker in bases:
            worked[worker] += work_minutes(problem.travel, bases[worker], stops)
            travel += travel_minutes(problem.travel, bases[worker], stops)
    return worked, travel
