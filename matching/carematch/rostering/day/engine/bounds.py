"""A bound that needs no search: what every plan pays, whoever goes where. Weak, and said to be so.

Whatever is visited is travelled to, by the shortest way that leads there. Work, travel and breaks of all workers fill
so much of their shifts that at least the mean of the rest is idle; more travel may buy less idle time, so both are
taken together at the cheapest. Everything else may be nothing at all.
"""

from __future__ import annotations

from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.layout import Layout
from carematch.rostering.day.problem import DayProblem


def bound(problem: DayProblem, layout: Layout) -> int:
    """What no plan costs less than, in the sum of `flat_weights`."""
    given = layout.given
    travel_weight, idle_weight = int(given[f.WEIGHT + f.TRAVELLED]), int(given[f.WEIGHT + f.IDLE])
    sources = {worker.starts_at for worker in problem.workers} | {visit.place for visit in problem.visits}
    seats = travel = work = 0
    row = int(given[f.FIRST_VISIT])
    for visit in problem.visits:
        # two parts may be done by one person, who comes once
        parts = 1 if len(visit.services) == 2 and not given[row + f.TASK_2] else 0
        others = [place for place in sources if place != visit.place]
        shared = _shares(problem, visit.place)
        way = 0 if shared else min((problem.travel[place][visit.place] for place in others), default=0)
        ways = way * (1 + parts)
        price = sum(_least_seat(layout, row))
        if visit.optional:
            seats += min(price, int(given[row + f.LEFT_COST]))  # its ways and work are granted
        else:
            seats += price
            travel += ways
        work += sum(service.duration for service in visit.services)
        row += f.WIDTH
    return seats + _travel_and_idle(problem, travel, work, travel_weight, idle_weight)


def _shares(problem: DayProblem, place: int) -> bool:
    """Whether somebody else is at this place, so that nobody need travel there."""
    return sum(visit.place == place for visit in problem.visits) > 1 or any(
        place in (worker.starts_at, worker.ends_at) for worker in problem.workers
    )


def _least_seat(layout: Layout, visit: int) -> list[int]:
    given, prices = layout.given, []
    for at in (f.TASK_1, f.TASK_2):
        task = int(given[visit + at])
        for slot in (int(given[task + f.SLOT_1]), int(given[task + f.SLOT_2])) if task else ():
            if slot:
                can = [given[given[slot + f.ABLE] + i] for i in range(given[slot + f.ABLES])]
                prices.append(min((int(given[given[slot + f.SEAT] + given[w + f.NUMBER]]) for w in can), default=0))
    return prices


def _travel_and_idle(problem: DayProblem, travel: int, work: int, travel_weight: int, idle_weight: int) -> int:
    """The cheapest of little travel and much idle time, or as much travel as leaves no idle time."""
    shifts = [w.shift.end - w.shift.begin for w in problem.workers if w.shift and not w.absent]
    if not idle_weight or not shifts or len(shifts) < len(problem.workers):
        return travel_weight * travel
    away = sum(span.end - span.begin for worker in problem.workers for span in worker.away)
    rests = sum(worker.rest.duration for worker in problem.workers if worker.rest)
    free = sum(shifts) - work - rests - away
    # the smallest sum over all travel T >= travel; it is linear up to T = free, and grows after it
    at = {travel, max(travel, free)}
    return min(travel_weight * t + idle_weight * max(0, free - t) // len(shifts) for t in at)
