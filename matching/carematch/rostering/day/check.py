"""The checker of a day: what a plan breaks and what it is worth. It knows no solver, and takes plans made by hand.

A worker's day is looked at in the order of time. Whoever has a route leaves as late as the first stop lets, so there
is no waiting before it; after a break that opens the day there is none either, since one could have left later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from carematch.rostering.day import rules
from carematch.rostering.day.plan import Plan, Route
from carematch.rostering.day.policy import GOALS, score
from carematch.rostering.day.problem import DayProblem, Service, Together, Visit, Worker

VISIT, REST, ABSENCE = "visit", "rest", "absence"


class Violation(Struct, frozen=True):
    """A rule that does not hold, its sentence, and what fills it."""

    rule: str
    sentence: str
    facts: dict[str, str]

    def text(self) -> str:
        """The sentence in English with its facts."""
        return self.sentence.format(**self.facts)


class Report(Struct, frozen=True):
    """What is wrong with a plan, the value of each goal, and the score level by level."""

    violations: tuple[Violation, ...]
    values: dict[str, int]
    score: tuple[int, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations


class Done(NamedTuple):
    """A service in the plan: who does it, and when it begins."""

    worker: str
    start: int


class Leg(NamedTuple):
    """One stop of a worker's day."""

    start: int
    end: int
    place: int
    kind: str
    visit: str = ""


class _Day:
    """The plan as it is read."""

    def __init__(self, problem: DayProblem) -> None:
        self.problem = problem
        self.visits = {visit.id: visit for visit in problem.visits}
        self.workers = {worker.id: worker for worker in problem.workers}
        self.done: dict[tuple[str, str], Done] = {}
        self.found: list[Violation] = []
        self.values = dict.fromkeys(GOALS, 0)

    def broken(self, rule: rules.Rule | rules.PersonRule, **facts: str) -> None:
        self.found.append(Violation(rule.name, rule.sentence, facts))


def check(problem: DayProblem, plan: Plan) -> Report:
    """The report on a plan for a problem without faults (see `validate`); violations in a fixed order."""
    day = _Day(problem)
    routes: dict[str, Route] = {}
    for route in plan.routes:
        if route.worker not in day.workers:
            day.broken(rules.UNKNOWN, what=route.worker)
        elif route.worker in routes:
            day.broken(rules.TWICE, what=route.worker)
        else:
            routes[route.worker] = route
    busy = [_route(day, worker, routes.get(worker.id, Route(worker.id))) for worker in problem.workers]
    day.values["imbalance"] = max(busy, default=0) - min(busy, default=0)
    for visit in problem.visits:
        _visit(day, visit)
    ordered = sorted(day.found, key=lambda v: (v.rule, sorted(v.facts.items())))
    return Report(tuple(ordered), day.values, score(problem.policy, day.values))


def _route(day: _Day, worker: Worker, route: Route) -> int:
    """One worker's day; returns work and travel together."""
    legs = sorted(_legs(day, worker, route))
    begins, ends = (worker.shift.begin, worker.shift.end) if worker.shift else (0, None)
    if worker.rest and route.rest is None and not worker.absent:
        day.values["missed_breaks"] += 1
    if all(leg.kind == ABSENCE for leg in legs) and (worker.absent or not legs):
        spent = sum(leg.end - leg.start for leg in legs)
        if ends is not None:
            day.values["largest_idle"] = max(day.values["largest_idle"], ends - begins - spent)
        return 0
    travel = day.problem.travel
    leaves = legs[0].start - travel[worker.starts_at][legs[0].place]
    if leaves < begins:
        day.broken(rules.SHIFT, worker=worker.id)
    here, clock, waited, work, ways = worker.starts_at, leaves, 0, 0, 0
    for number, leg in enumerate(legs):
        way = travel[here][leg.place]
        arrives = clock + way
        if leg.start < arrives:
            rule = rules.ABSENT if leg.kind == ABSENCE else rules.TRAVEL
            day.broken(rule, worker=worker.id, visit=leg.visit)
        if not (number == 1 and legs[0].kind == REST):
            waited += max(0, leg.start - arrives)
        work += leg.end - leg.start if leg.kind != REST else 0
        ways += way
        here, clock = leg.place, leg.end
    ways += travel[here][worker.ends_at]
    back = clock + travel[here][worker.ends_at]
    day.values["travel"] += ways
    day.values["waiting"] += waited
    if ends is not None:
        extra = max(0, back - ends)
        day.values["overtime"] += extra
        if route.stops and worker.most_overtime is not None and extra > worker.most_overtime:
            day.broken(rules.OVERTIME, worker=worker.id)
        rest = sum(leg.end - leg.start for leg in legs if leg.kind == REST)
        day.values["largest_idle"] = max(day.values["largest_idle"], ends - begins + extra - work - ways - rest)
    if route.stops and worker.most_work is not None and work + ways > worker.most_work:
        day.broken(rules.WORK, worker=worker.id)
    return work + ways


def _legs(day: _Day, worker: Worker, route: Route) -> Iterator[Leg]:
    for absence in worker.away:
        yield Leg(absence.begin, absence.end, worker.starts_at, ABSENCE)
    if route.rest is not None:
        rest, due = route.rest, worker.rest
        if due is None or not due.begins.begin <= rest.start <= due.begins.end:
            day.broken(rules.BREAK, worker=worker.id)
        if 0 <= rest.place < len(day.problem.travel):
            yield Leg(rest.start, rest.start + (due.duration if due else 0), rest.place, REST)
        else:
            day.broken(rules.UNKNOWN, what=f"place {rest.place}")
    for stop in route.stops:
        visit = day.visits.get(stop.visit)
        service = next((s for s in visit.services if s.id == stop.service), None) if visit else None
        if visit is None or service is None:
            day.broken(rules.UNKNOWN, what=f"{stop.visit} {stop.service}")
            continue
        if (visit.id, service.id) in day.done:
            day.broken(rules.TWICE, what=f"{visit.id} {service.id}")
            continue
        day.done[visit.id, service.id] = Done(worker.id, stop.start)
        for rule in rules.PERSON:
            if not rule.allows(service, visit, worker):
                day.broken(rule, worker=worker.id, visit=visit.id, service=service.id)
        yield Leg(stop.start, stop.start + service.duration, visit.place, VISIT, visit.id)


def _visit(day: _Day, visit: Visit) -> None:
    """The rules and goals of one visit, once all routes have been read."""
    done = [(number, service, day.done.get((visit.id, service.id))) for number, service in enumerate(visit.services)]
    if not any(one for _, _, one in done):
        day.values["left_out"] += visit.weight
        if not visit.optional:
            day.broken(rules.MISSING, visit=visit.id)
        return
    for number, service, one in done:
        if one is None:
            day.broken(rules.PART, visit=visit.id, service=service.id)
            continue
        _times(day, visit, service, one.start)
        day.values["unpreferred"] += bool(visit.preferred) and one.worker not in visit.preferred
        day.values["unfamiliar"] += bool(visit.usual) and one.worker not in visit.usual
        day.values["moved"] += number < len(visit.published) and one.worker != visit.published[number]
    pair = [one for _, _, one in done if one is not None]
    if len(pair) == 2 and visit.together != Together.INDEPENDENT:
        first, second = pair
        if first.worker == second.worker:
            day.broken(rules.ONE_PERSON, visit=visit.id, worker=first.worker)
        gap = second.start - first.start
        if visit.together == Together.SAME_MOMENT and gap:
            day.broken(rules.SAME_MOMENT, visit=visit.id)
        apart = visit.distance if visit.together == Together.SEQUENCE else None
        if apart is not None and not apart.begin <= gap <= apart.end:
            day.broken(rules.DISTANCE, visit=visit.id)


def _times(day: _Day, visit: Visit, service: Service, start: int) -> None:
    where: Mapping[str, str] = {"visit": visit.id, "service": service.id}
    windows = sorted(visit.windows)
    if visit.pinned_start is not None and start != visit.pinned_start:
        day.broken(rules.PINNED_START, **where)
    if start < windows[0].begin:
        day.broken(rules.EARLY, **where)
    opened = max((window for window in windows if window.begin <= start), default=windows[0])
    moment = start + service.duration if day.problem.late_at == "end" else start
    late = max(0, moment - opened.end)
    if late and visit.hard:
        day.broken(rules.CLOSED, **where)
    day.values["lateness"] += late
    day.values["largest_lateness"] = max(day.values["largest_lateness"], late)
    if visit.wished is not None:
        day.values["off_wish"] += max(0, visit.wished.begin - start, start - visit.wished.end)
