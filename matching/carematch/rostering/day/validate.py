"""Is the day well put? Every fault is found and named, not only the first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from msgspec import Struct

from carematch.rostering.day import rules
from carematch.rostering.day.levels import flat_weights, reach
from carematch.rostering.day.policy import GOALS, Policy
from carematch.rostering.day.problem import DayProblem, Span, Together, Visit, Worker

#: Times, ways and weights stay below this, so that sums of them fit 64 bits.
LARGEST = 2**31
#: Prices of what must not be are some hundred times those of goals.
MARGIN = 1000


class Fault(Struct, frozen=True):
    """One thing that is wrong: a code for programs, where it is, and a sentence for people."""

    code: str
    where: str
    sentence: str


class MalformedDay(ValueError):
    """The day cannot be planned as it is put; `faults` lists everything that is wrong."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(fault.sentence for fault in faults))


def validate(problem: DayProblem) -> None:
    """Raises MalformedDay with all faults; returns nothing where there is none."""
    faults = tuple(find_faults(problem))
    if faults:
        raise MalformedDay(faults)


def find_faults(problem: DayProblem) -> Iterator[Fault]:
    """All faults, in a fixed order."""
    yield from _ids("visit", [visit.id for visit in problem.visits])
    yield from _ids("worker", [worker.id for worker in problem.workers])
    yield from _travel(problem)
    workers = {worker.id: worker for worker in problem.workers}
    for visit in problem.visits:
        yield from _visit(problem, visit, workers)
    for worker in problem.workers:
        yield from _worker(problem, worker)
    faults = list(_policy(problem.policy))
    yield from faults
    if not faults:
        yield from _sums(problem)


def _ids(kind: str, ids: Iterable[str]) -> Iterator[Fault]:
    for one, count in Counter(ids).items():
        if not one:
            yield Fault("NO_ID", kind, f"A {kind} has no id.")
        elif count > 1:
            yield Fault("DUPLICATE", f"{kind} {one}", f"The {kind} {one} is given {count} times.")


def _travel(problem: DayProblem) -> Iterator[Fault]:
    size = len(problem.travel)
    for place, row in enumerate(problem.travel):
        where = f"place {place}"
        if len(row) != size:
            yield Fault("NOT_SQUARE", where, f"Place {place} has {len(row)} ways, and there are {size} places.")
        elif row[place]:
            yield Fault("WAY_TO_ITSELF", where, f"The way from place {place} to itself takes {row[place]}.")
        if any(not 0 <= way < LARGEST for way in row):
            yield Fault("TRAVEL", where, f"A way from place {place} is negative or too long.")


def _visit(problem: DayProblem, visit: Visit, workers: dict[str, Worker]) -> Iterator[Fault]:
    where = f"visit {visit.id}"
    if not 0 <= visit.place < len(problem.travel):
        yield Fault("PLACE", where, f"Visit {visit.id} is at place {visit.place}, which does not exist.")
    if len(visit.services) not in (1, 2):
        yield Fault("SERVICES", where, f"Visit {visit.id} has {len(visit.services)} services, not one or two.")
    yield from _ids(f"service of visit {visit.id}", [service.id for service in visit.services])
    for service in visit.services:
        if not 0 <= service.duration < LARGEST:
            yield Fault("DURATION", where, f"{service.id} at {visit.id} takes {service.duration}.")
    if not 0 <= visit.weight < LARGEST:
        yield Fault("WEIGHT", where, f"Leaving out {visit.id} weighs {visit.weight}.")
    yield from _windows(visit)
    yield from _together(visit)
    for name in ("preferred", "usual", "avoided", "pinned_workers", "published"):
        for one in getattr(visit, name):
            if one not in workers:
                yield Fault("UNKNOWN_WORKER", where, f"Visit {visit.id} names {one}, who does not exist.")
    if not visit.optional and not _can_be_served(visit, workers.values()):
        yield Fault("NOBODY", where, f"Nobody may do visit {visit.id}, and it is not optional.")


def _windows(visit: Visit) -> Iterator[Fault]:
    where = f"visit {visit.id}"
    windows = sorted(visit.windows)
    if not windows:
        yield Fault("NO_WINDOW", where, f"Visit {visit.id} has no window.")
    for window in windows:
        yield from _span(where, f"A window of visit {visit.id}", window)
    if any(later.begin < earlier.end for earlier, later in pairwise(windows)):
        yield Fault("OVERLAP", where, f"Windows of visit {visit.id} overlap.")
    if visit.wished is not None:
        yield from _span(where, f"The wished time of visit {visit.id}", visit.wished)
    start = visit.pinned_start
    if start is not None and windows:
        inside = any(window.begin <= start <= window.end for window in windows)
        if start < windows[0].begin or (visit.hard and not inside):
            yield Fault("PINNED_START", where, f"Visit {visit.id} is pinned to {start}, outside its windows.")


def _together(visit: Visit) -> Iterator[Fault]:
    where = f"visit {visit.id}"
    if visit.together != Together.INDEPENDENT and len(visit.services) < 2:
        yield Fault("TOGETHER", where, f"Visit {visit.id} binds two services, and there is one.")
    if visit.together == Together.SEQUENCE:
        if visit.distance is None:
            yield Fault("DISTANCE", where, f"Visit {visit.id} is a sequence without a distance.")
        else:
            yield from _span(where, f"The distance of visit {visit.id}", visit.distance)
    elif visit.distance is not None:
        yield Fault("DISTANCE", where, f"Visit {visit.id} has a distance and is no sequence.")
    if visit.together == Together.SEQUENCE and visit.pinned_start is not None:
        yield Fault("PINNED_START", where, f"Visit {visit.id} is a sequence, whose services cannot begin at one time.")


def _can_be_served(visit: Visit, workers: Iterable[Worker]) -> bool:
    there = [worker for worker in workers if not worker.absent]
    able = [{worker.id for worker in there if rules.able(service, visit, worker)} for service in visit.services]
    if not all(able):
        return False
    bound = len(able) == 2 and visit.together != Together.INDEPENDENT
    return not bound or len(able[0] | able[1]) > 1


def _worker(problem: DayProblem, worker: Worker) -> Iterator[Fault]:
    where = f"worker {worker.id}"
    for place in {worker.starts_at: 0, worker.ends_at: 0}:
        if not 0 <= place < len(problem.travel):
            yield Fault("PLACE", where, f"Worker {worker.id} is at place {place}, which does not exist.")
    if worker.shift is not None:
        yield from _span(where, f"The shift of {worker.id}", worker.shift)
    if worker.rest is not None:
        yield from _span(where, f"The break of {worker.id}", worker.rest.begins)
        if not 0 <= worker.rest.duration < LARGEST:
            yield Fault("DURATION", where, f"The break of {worker.id} takes {worker.rest.duration}.")
    for absence in worker.absences:
        yield from _span(where, f"An absence of {worker.id}", absence)
    if any(later.begin < earlier.end for earlier, later in pairwise(sorted(worker.absences))):
        yield Fault("OVERLAP", where, f"Absences of {worker.id} overlap.")
    for name, most in (("work", worker.most_work), ("overtime", worker.most_overtime)):
        if most is not None and not 0 <= most < LARGEST:
            yield Fault("LIMIT", where, f"Worker {worker.id} may have at most {most} of {name}.")


def _span(where: str, what: str, span: Span) -> Iterator[Fault]:
    if not 0 <= span.begin <= span.end < LARGEST:
        yield Fault("SPAN", where, f"{what} is from {span.begin} to {span.end}.")


def _policy(policy: Policy) -> Iterator[Fault]:
    if not policy.levels or not all(level.weights for level in policy.levels):
        yield Fault("NO_GOAL", "policy", "The policy has no level, or a level without a goal.")
    for goal, count in Counter(goal for level in policy.levels for goal in level.weights).items():
        if goal not in GOALS:
            yield Fault("UNKNOWN_GOAL", "policy", f"There is no goal {goal}.")
        elif count > 1:
            yield Fault("DUPLICATE", "policy", f"The goal {goal} is in {count} levels.")
    for level in policy.levels:
        for goal, weight in sorted(level.weights.items()):
            if not 1 <= weight < LARGEST:
                yield Fault("WEIGHT", "policy", f"The goal {goal} has the weight {weight}.")


def _sums(problem: DayProblem) -> Iterator[Fault]:
    weights, largest = flat_weights(problem), reach(problem)
    if sum(weights[goal] * largest[goal] for goal in GOALS) * MARGIN > 2**63:
        yield Fault("TOO_LARGE", "policy", "Weights and levels make sums that 64 bits do not hold.")
