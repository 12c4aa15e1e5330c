"""Why visits are unplaced: the days that stay possible, cause by cause.

For each demand the causes are applied one after the other. After each, so many visits could still be
placed on the days that are left, as far apart as required; what a cause takes away from the wanted
visits is missing because of it. What is missing beyond all causes is missing because of what is
planned: hours that are used up, other visits at the same time, or the demand's own visits. It looks at
the problem and the planned visits only, so it explains any roster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from carematch.rostering.problem import Demand, RosterProblem, Worker
from carematch.rostering.roster import Facts, PlannedVisit, Reason, Unplaced
from carematch.rostering.routes import ordinal, routes_of, standing_dates, work_minutes
from carematch.rostering.rules import (
    ACCEPTED,
    IN_SHIFT,
    IN_WINDOW,
    QUALIFIED,
    RIGHT_SEX,
    SPACING,
    Span,
    clock,
    day_allowed,
    subtract,
)

TOO_CLOSE = "Only {possible} visits fit into the horizon at least {apart} days apart."
BLOCKED_DAYS = "{lost} of {days} days are closed, outside the term, or the recipient is away."
NO_WINDOW_DAY = "The time windows ({weekdays}) leave only {possible} suitable days."
NO_PEOPLE = "{missing} more workers are needed; there are {found}."
LACKING_QUALIFICATION = "{missing} more workers with {qualifications} are needed ({date})."
LACKING_SEX = "{missing} more {sex} workers are needed ({date})."
LACKING_SEX_QUALIFIED = "{missing} more {sex} workers with {qualifications} are needed ({date})."
LACKING_ACCEPTED = "{missing} more workers are needed who may visit {recipient} ({date})."
NO_ROOM = (
    "No fitting worker's shift has room for {minutes} minutes in {windows} with the way ({lost} days, {date} first)."
)
NO_ROOM_TOGETHER = (
    "No two fitting workers have room at the same time for {minutes} minutes in {windows} ({lost} days, {date} first)."
)
TOO_LONG = "The hours of no fitting worker allow {minutes} minutes and the way ({lost} days, {date} first)."
RECIPIENT_BUSY = "The recipient has other visits in {windows} ({lost} days, {date} first)."
TOO_NEAR_PLANNED = "The visits that are planned leave no suitable day at least {apart} days away from them."
HOURS_USED = "The {fitting} fitting workers have used {used} of {limit} minutes; none has {minutes} minutes left."
BOOKED = "At every time that is left the {fitting} fitting workers have other visits, or are on their way."

Fit = Callable[[Worker, str], bool]


def reasons(problem: RosterProblem, visits: Iterable[PlannedVisit]) -> list[Unplaced]:
    """A record for each cause of each demand that lacks visits, sorted by demand."""
    planned = list(visits)
    placed: dict[str, int] = defaultdict(int)
    for visit in planned:
        placed[visit.demand] += 1
    lacking = [d for d in problem.demands if placed[d.id] < d.visits]
    if not lacking:
        return []
    used = _minutes_used(problem, planned)
    standing = standing_dates(problem)
    found: list[Unplaced] = []
    for demand in sorted(lacking, key=lambda d: d.id):
        found += _Staircase(problem, demand, standing[demand.id], planned).explain(placed[demand.id], used)
    return found


class _Staircase:
    """The days left for one demand after each cause."""

    def __init__(
        self, problem: RosterProblem, demand: Demand, standing: list[str], planned: list[PlannedVisit]
    ) -> None:
        self.problem, self.demand, self.standing = problem, demand, standing
        self.own = [visit.date for visit in planned if visit.demand == demand.id]
        self.out = {(worker, visit.date) for visit in planned for worker in visit.workers}
        self.out |= {(stop.worker, stop.date) for stop in problem.standing}
        self.busy = _recipient_busy(problem, demand, planned)
        self.days = list(problem.days)
        self.possible = demand.visits
        self.found: list[Unplaced] = []

    def explain(self, placed: int, used: dict[str, int]) -> list[Unplaced]:
        """Walk down the causes and say what each takes away."""
        demand, problem = self.demand, self.problem
        self._step(self.days, Reason.SPACING, TOO_CLOSE)
        self._step([day for day in self.days if day_allowed(problem, demand, day)], Reason.BLOCKED, BLOCKED_DAYS)
        self._step([d for d in self.days if IN_WINDOW.ranges(demand, d)], Reason.WINDOW, NO_WINDOW_DAY)
        if len(problem.workers) < demand.staff_count:
            self._staff(Reason.NO_CAPACITY, NO_PEOPLE, lambda worker, day: True)
        self._staff(Reason.NO_QUAL, LACKING_QUALIFICATION, self._qualified)
        sentence = LACKING_SEX_QUALIFIED if demand.required_qualifications else LACKING_SEX
        self._staff(Reason.NO_GENDER, sentence, self._right_sex)
        self._staff(Reason.EXCLUDED, LACKING_ACCEPTED, self._fits)
        sentence = NO_ROOM if demand.staff_count == 1 else NO_ROOM_TOGETHER
        self._step([day for day in self.days if self._room(day)], Reason.WINDOW, sentence)
        self._step([day for day in self.days if self._room(day, limits=True)], Reason.NO_CAPACITY, TOO_LONG)
        left = [day for day in self.days if self._room(day, limits=True, busy=True)]
        self._step(left, Reason.WINDOW, RECIPIENT_BUSY)
        if placed < self.possible:
            self._crowded(self.possible - placed, used)
        return self._trimmed(demand.visits - placed)

    def _crowded(self, missing: int, used: dict[str, int]) -> None:
        """What is missing because of what is planned: of the demand itself, or of the workers who fit."""
        fitting = [w for w in self.problem.workers if any(self._fits(w, day) for day in self.days)]
        facts = self._facts(self.possible, [])
        facts["fitting"] = len(fitting)
        facts["used"] = sum(used.get(w.id, 0) for w in fitting)
        facts["limit"] = sum(w.horizon_minutes for w in fitting)
        able = [w for w in fitting if w.horizon_minutes - used.get(w.id, 0) >= self.demand.minutes]
        if not most_visits(self.demand, self.days, self.standing + self.own):
            self._say(missing, Reason.SPACING, TOO_NEAR_PLANNED, facts)
        elif len(able) < self.demand.staff_count:
            self._say(missing, Reason.NO_CAPACITY, HOURS_USED, facts)
        else:
            self._say(missing, Reason.NO_CAPACITY, BOOKED, facts)

    def _trimmed(self, missing: int) -> list[Unplaced]:
        """No more than is missing, should the roster hold visits that the rules do not allow."""
        kept: list[Unplaced] = []
        for one in self.found:
            count = min(one.missing, missing)
            missing -= count
            if count:
                kept.append(Unplaced(one.demand, count, one.code, one.sentence, one.facts))
        return kept

    def _staff(self, code: Reason, sentence: str, fit: Fit) -> None:
        """Keep the days on which enough workers fit."""
        need = self.demand.staff_count
        counts = {day: sum(fit(w, day) for w in self.problem.workers) for day in self.days}
        # Of the days lost, the one that is nearest to being possible tells what is lacking.
        lost = sorted((need - n, day) for day, n in counts.items() if n < need)
        extra: Facts = {"missing": lost[0][0], "found": need - lost[0][0], "date": lost[0][1]} if lost else {}
        if lost and code is Reason.NO_QUAL:
            extra["scarce"] = self._scarce(lost[0][1])
        self._step([day for day in self.days if counts[day] >= need], code, sentence, extra)

    def _scarce(self, day: str) -> str:
        """The qualifications that too few workers hold on a day; "" where only together they are too much to ask."""
        demand = self.demand
        alone = [
            (one, sum(QUALIFIED.check(replace(demand, required_qualifications=frozenset({one})), w, day) is None
                      for w in self.problem.workers))
            for one in sorted(demand.required_qualifications)
        ]  # fmt: skip
        return ", ".join(one for one, held in alone if held < demand.staff_count)

    def _step(self, left: list[str], code: Reason, sentence: str, extra: Facts | None = None) -> None:
        """Go on with the days `left`; say so if that makes wanted visits impossible."""
        possible = min(self.possible, most_visits(self.demand, left, self.standing))
        if possible < self.possible:
            lost = [day for day in self.days if day not in left]
            facts = self._facts(possible, lost)
            facts.update(extra or {})
            self._say(self.possible - possible, code, sentence, facts)
        self.days, self.possible = left, possible

    def _facts(self, possible: int, lost: list[str]) -> Facts:
        demand = self.demand
        windows = sorted({(w.earliest, w.latest_end) for w in demand.windows})
        return {
            "possible": possible,
            "apart": demand.min_days_between,
            "days": len(self.problem.days),
            "lost": len(lost),
            "date": lost[0] if lost else "",
            "weekdays": ", ".join(str(n) for n in sorted({w.weekday + 1 for w in demand.windows})),
            "windows": ", ".join(f"{clock(a)}–{clock(b)}" for a, b in windows),
            "minutes": demand.minutes,
            "recipient": demand.recipient,
            "qualifications": ", ".join(sorted(demand.required_qualifications)),
            "sex": demand.sex or "",
            "required": demand.staff_count,
        }

    def _say(self, missing: int, code: Reason, sentence: str, facts: Facts) -> None:
        self.found.append(Unplaced(self.demand.id, missing, code, sentence, facts))

    def _qualified(self, worker: Worker, day: str) -> bool:
        return QUALIFIED.check(self.demand, worker, day) is None

    def _right_sex(self, worker: Worker, day: str) -> bool:
        return RIGHT_SEX.check(self.demand, worker) is None and self._qualified(worker, day)

    def _fits(self, worker: Worker, day: str) -> bool:
        return ACCEPTED.check(self.demand, worker) is None and self._right_sex(worker, day)

    def _room(self, day: str, *, limits: bool = False, busy: bool = False) -> bool:
        """Whether enough fitting workers could come at one time if they had nothing else to do.

        With `limits` within their hours as well, with `busy` beside the other visits of the recipient.
        """
        windows = list(IN_WINDOW.ranges(self.demand, day))
        for hole in self.busy.get(day, ()) if busy else ():
            windows = subtract(windows, hole)
        workers = [worker for worker in self.problem.workers if self._fits(worker, day)]
        spans = [self._starts(worker, day, windows, limits) for worker in workers]
        if self.demand.staff_count == 1:
            return any(spans)
        return any(
            max(a[0], b[0]) <= min(a[1], b[1])
            for i, one in enumerate(spans) for other in spans[i + 1 :] for a in one for b in other
        )  # fmt: skip

    def _starts(self, worker: Worker, day: str, windows: list[Span], limits: bool) -> list[Span]:
        """From when to when a worker with an empty day could start the visit."""
        travel, demand = self.problem.travel, self.demand
        way_in = travel.minutes(worker.base, demand.place)
        way_out = travel.minutes(demand.place, worker.base)
        # on a day with other visits the way may be shorter: only what no such day could allow is ruled out
        least = demand.minutes + (0 if self._works(worker, day) else way_in + way_out)
        if limits and least > min(worker.daily_minutes, worker.horizon_minutes):
            return []
        found: list[Span] = []
        for start, end in IN_SHIFT.ranges(worker, day):
            for opens, closes in windows:
                first = max(start + way_in, opens)
                last = min(end - way_out, closes) - demand.minutes
                if first <= last:
                    found.append((first, last))
        return found

    def _works(self, worker: Worker, day: str) -> bool:
        return (worker.id, day) in self.out


def most_visits(demand: Demand, days: list[str], standing: list[str]) -> int:
    """How many visits fit on these days with the required distance, also from standing ones."""
    apart = demand.min_days_between
    free = [day for day in days if all(SPACING.check(demand, day, one) is None for one in standing)]
    if apart == 0:
        return demand.visits if free else 0
    # Taking the earliest day each time is optimal: it never leaves less room for the rest.
    count, next_day = 0, 0
    for day in sorted(free):
        if ordinal(day) >= next_day:
            count, next_day = count + 1, ordinal(day) + apart
    return count


def _recipient_busy(problem: RosterProblem, demand: Demand, planned: list[PlannedVisit]) -> dict[str, list[Span]]:
    """By date, when the recipient of a demand has visits of other demands."""
    same = {one.id for one in problem.demands if one.recipient == demand.recipient and one.id != demand.id}
    busy: dict[str, list[Span]] = defaultdict(list)
    for visit in planned:
        if visit.demand in same:
            busy[visit.date].append((visit.start, visit.end))
    for stop in problem.standing:
        own = stop.demand == demand.id
        if stop.demand in same or (not own and stop.recipient and stop.recipient == demand.recipient):
            busy[stop.date].append((stop.start, stop.end))
    return busy


def _minutes_used(problem: RosterProblem, visits: list[PlannedVisit]) -> dict[str, int]:
    bases = {w.id: w.base for w in problem.workers}
    used: dict[str, int] = defaultdict(int)
    for (worker, _), stops in routes_of(problem, visits).items():
        if worker in bases:
            used[worker] += work_minutes(problem.travel, bases[worker], stops)
    return used
