"""The solver-free checker: which rules does a roster break?

It knows the problem, the roster and the rules, and nothing of how the roster was made, so that it can
verify one made by hand as well.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from carematch.rostering import rules
from carematch.rostering.problem import Demand, RosterProblem, Worker
from carematch.rostering.roster import Facts, PlannedVisit, Roster, Violation
from carematch.rostering.routes import Stop, legs, routes_of, standing_dates, work_minutes


def check(problem: RosterProblem, roster: Roster) -> list[Violation]:
    """Every violation, sorted by rule, demand, worker and date; empty for a sound roster."""
    found: list[Violation] = []
    demands = {d.id: d for d in problem.demands}
    workers = {w.id: w for w in problem.workers}
    for visit in roster.visits:
        found += _visit(problem, demands, workers, visit)
    found += _routes(problem, roster)
    found += _demands(problem, roster)
    found += _recipients(problem, roster)
    return sorted(found, key=lambda v: (v.rule, v.demand, v.worker, v.date, sorted(v.facts.items(), key=str)))


def _broken(
    rule: rules.Rule, facts: Facts | None, demand: str = "", worker: str = "", date: str = ""
) -> list[Violation]:
    return [] if facts is None else [Violation(rule.name, rule.sentence, facts, demand, worker, date)]


def _visit(
    problem: RosterProblem, demands: dict[str, Demand], workers: dict[str, Worker], visit: PlannedVisit
) -> list[Violation]:
    """The rules about one visit and the people at it."""
    found = _broken(rules.KNOWN, rules.KNOWN.check(demands, visit.demand), visit.demand)
    for worker_id in visit.workers:
        found += _broken(rules.KNOWN, rules.KNOWN.check(workers, worker_id), visit.demand, worker_id)
    demand = demands.get(visit.demand)
    if demand is None:
        return found
    where = (demand.id, "", visit.date)
    found += _broken(rules.OPEN_DAY, rules.OPEN_DAY.check(problem, visit.date), *where)
    found += _broken(rules.WITHIN_TERM, rules.WITHIN_TERM.check(demand, visit.date), *where)
    found += _broken(rules.RECIPIENT_PRESENT, rules.RECIPIENT_PRESENT.check(demand, visit.date), *where)
    window = rules.IN_WINDOW.check(demand, visit.date, visit.start, visit.end)
    found += _broken(rules.IN_WINDOW, window, *where)
    found += _broken(rules.DURATION, rules.DURATION.check(demand, visit.start, visit.end), *where)
    found += _broken(rules.STAFFED, rules.STAFFED.check(demand, visit.workers), *where)
    for worker_id in visit.workers:
        if worker_id in workers:
            found += _person(demand, workers[worker_id], visit)
    return found


def _person(demand: Demand, worker: Worker, visit: PlannedVisit) -> list[Violation]:
    where = (demand.id, worker.id, visit.date)
    shift = rules.IN_SHIFT.check(worker, visit.date, visit.start, visit.end)
    return [
        *_broken(rules.QUALIFIED, rules.QUALIFIED.check(demand, worker, visit.date), *where),
        *_broken(rules.RIGHT_SEX, rules.RIGHT_SEX.check(demand, worker), *where),
        *_broken(rules.ACCEPTED, rules.ACCEPTED.check(demand, worker), *where),
        *_broken(rules.IN_SHIFT, shift, *where),
    ]


def _routes(problem: RosterProblem, roster: Roster) -> list[Violation]:
    """Travel, the way from and to base, and the limits of minutes."""
    workers = {w.id: w for w in problem.workers}
    found: list[Violation] = []
    total: dict[str, int] = defaultdict(int)
    planned: set[str] = set()
    for (worker_id, date), stops in routes_of(problem, roster.visits).items():
        worker = workers.get(worker_id)
        if worker is None:
            continue
        minutes = work_minutes(problem.travel, worker.base, stops)
        total[worker_id] += minutes
        # What stands already is not the roster's doing.
        if all(stop.standing for stop in stops):
            continue
        planned.add(worker_id)
        found += _day(problem, worker, date, stops)
        found += _broken(rules.DAILY_LIMIT, rules.DAILY_LIMIT.check(worker, date, minutes), "", worker_id, date)
    for worker_id in sorted(planned):
        limit = rules.HORIZON_LIMIT.check(workers[worker_id], total[worker_id])
        found += _broken(rules.HORIZON_LIMIT, limit, "", worker_id)
    return found


def _day(problem: RosterProblem, worker: Worker, date: str, stops: list[Stop]) -> list[Violation]:
    found: list[Violation] = []
    for before, after in pairwise(stops):
        if before.standing and after.standing:
            continue
        way = problem.travel.minutes(before.place, after.place)
        facts = rules.TRAVEL_BETWEEN.check(worker.id, date, before, after, way)
        blamed = before.demand if after.standing else after.demand
        found += _broken(rules.TRAVEL_BETWEEN, facts, blamed, worker.id, date)
    ways = legs(worker.base, stops)
    ranges = rules.IN_SHIFT.ranges(worker, date)
    for i, stop in enumerate(stops):
        if stop.standing:
            continue
        out = problem.travel.minutes(*ways[0]) if i == 0 else 0
        back = problem.travel.minutes(*ways[-1]) if i == len(stops) - 1 else 0
        facts = rules.HOME_IN_SHIFT.check(worker, ranges, stop, out, back)
        found += _broken(rules.HOME_IN_SHIFT, facts, stop.demand, worker.id, date)
    return found


def _demands(problem: RosterProblem, roster: Roster) -> list[Violation]:
    """Spacing, and that each wanted visit is planned or explained."""
    dates: dict[str, list[str]] = defaultdict(list)
    for visit in roster.visits:
        dates[visit.demand].append(visit.date)
    missing: dict[str, int] = defaultdict(int)
    for left in roster.unplaced:
        missing[left.demand] += left.missing
    standing = standing_dates(problem)
    found: list[Violation] = []
    for demand in problem.demands:
        planned = sorted(dates[demand.id])
        facts = rules.ACCOUNTED.check(demand, len(planned), missing[demand.id])
        found += _broken(rules.ACCOUNTED, facts, demand.id)
        line = sorted([(d, False) for d in planned] + [(d, True) for d in standing[demand.id]])
        for (one, one_stands), (other, other_stands) in pairwise(line):
            if not (one_stands and other_stands):
                facts = rules.SPACING.check(demand, one, other)
                found += _broken(rules.SPACING, facts, demand.id, "", other)
    return found


def _recipients(problem: RosterProblem, roster: Roster) -> list[Violation]:
    """One visit at a time for each recipient."""
    recipients = {d.id: d.recipient for d in problem.demands}
    busy: dict[tuple[str, str], set[tuple[int, int, str, bool]]] = defaultdict(set)
    for s in problem.standing:
        recipient = s.recipient or recipients.get(s.demand, "")
        if recipient:
            busy[recipient, s.date].add((s.start, s.end, s.demand, True))
    found: list[Violation] = []
    for visit in roster.visits:
        recipient = recipients.get(visit.demand, "")
        if not recipient:
            continue
        spans = busy[recipient, visit.date]
        for start, end, _, _ in sorted(spans):
            span = (visit.start, visit.end)
            facts = rules.ONE_AT_A_TIME.check(recipient, visit.date, span, (start, end))
            found += _broken(rules.ONE_AT_A_TIME, facts, visit.demand, "", visit.date)
        mine = (visit.start, visit.end, visit.demand, False)
        spans.add(mine)
    return found
