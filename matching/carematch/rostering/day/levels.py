"""Levels as one sum: each goal's weight times a factor that no gain in later levels outweighs."""

from __future__ import annotations

from carematch.rostering.day.policy import GOALS
from carematch.rostering.day.problem import DayProblem


def flat_weights(problem: DayProblem) -> dict[str, int]:
    """One weight a goal: those of earlier levels are multiplied so that nothing in later levels outweighs a unit."""
    largest = reach(problem)
    weights: dict[str, int] = {}
    factor = 1
    for level in reversed(problem.policy.levels):
        for goal, weight in level.weights.items():
            weights[goal] = weight * factor
        factor += sum(weight * factor * largest[goal] for goal, weight in level.weights.items())
    return {goal: weights.get(goal, 0) for goal in GOALS}


def reach(problem: DayProblem) -> dict[str, int]:
    """What the value of each goal can be at most."""
    services = sum(len(visit.services) for visit in problem.visits)
    longest = max((max(row, default=0) for row in problem.travel), default=0)
    ways = (services + len(problem.workers)) * longest
    work = sum(service.duration for visit in problem.visits for service in visit.services)
    latest = max(
        [span.end for visit in problem.visits for span in visit.windows]
        + [worker.shift.end for worker in problem.workers if worker.shift]
        + [0]
    )
    rest = max((worker.rest.duration for worker in problem.workers if worker.rest), default=0)
    away = max((span.end for worker in problem.workers for span in worker.absences), default=0)
    gaps = sum(visit.distance.end for visit in problem.visits if visit.distance)
    day = latest + ways + work + rest + away + gaps
    several = {"lateness", "waiting", "overtime", "off_wish"}
    counts = {
        "unpreferred": services,
        "unfamiliar": services,
        "moved": services,
        "missed_breaks": len(problem.workers),
    }
    return {
        goal: day * (services + len(problem.workers)) if goal in several else counts.get(goal, day) for goal in GOALS
    } | {"travel": ways, "left_out": sum(visit.weight for visit in problem.visits)}
