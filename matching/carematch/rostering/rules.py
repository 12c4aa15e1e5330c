"""The rules of a roster, each a class with a name, a sentence and `check`.

`check` answers None where the rule holds and otherwise the facts for its sentence. The filler asks
the same objects as the checker does, so that there is one place to read what a rule means. The
sentences are English message ids; `{placeholders}` are filled after translation.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import ClassVar

from carematch.rostering.problem import Demand, Holding, RosterProblem, Worker
from carematch.rostering.roster import Facts
from carematch.rostering.routes import Stop, ordinal, weekday

Span = tuple[int, int]
"""From and to, in minutes after midnight."""


class Rule:
    """What must hold; `name` is its key, `sentence` says what is wrong when it does not."""

    name: ClassVar[str]
    sentence: ClassVar[str]


class OpenDay(Rule):
    """Visits are planned on days of the horizon that are not closed."""

    name = "open_day"
    sentence = "{date} is not a day on which visits are planned."

    def check(self, problem: RosterProblem, date: str) -> Facts | None:
        return None if date in problem.days and date not in problem.closed_days else {"date": date}


class WithinTerm(Rule):
    """A visit lies between the first and the last date of its demand, both inclusive."""

    name = "within_term"
    sentence = "{date} is outside the term of the demand ({not_before} to {not_after})."

    def check(self, demand: Demand, date: str) -> Facts | None:
        first, last = demand.not_before or "", demand.not_after or ""
        if date >= first and (not last or date <= last):
            return None
        return {"date": date, "not_before": first or "…", "not_after": last or "…"}


class RecipientPresent(Rule):
    """Nobody is visited on a date on which the recipient is away (hospital, with relatives)."""

    name = "recipient_present"
    sentence = "{recipient} is away on {date}."

    def check(self, demand: Demand, date: str) -> Facts | None:
        return {"recipient": demand.recipient, "date": date} if date in demand.blocked_dates else None


class InWindow(Rule):
    """A visit lies wholly inside one time window of its demand."""

    name = "in_window"
    sentence = "{start}–{end} on {date} lies in no time window of the demand."

    def ranges(self, demand: Demand, date: str) -> tuple[Span, ...]:
        """The windows on that date, in order."""
        return tuple(sorted((w.earliest, w.latest_end) for w in demand.windows if w.weekday == weekday(date)))

    def check(self, demand: Demand, date: str, start: int, end: int) -> Facts | None:
        return _inside(self.ranges(demand, date), date, start, end)


class Duration(Rule):
    """A visit lasts as long as its demand says."""

    name = "duration"
    sentence = "The visit lasts {minutes} minutes instead of {required}."

    def check(self, demand: Demand, start: int, end: int) -> Facts | None:
        if end - start == demand.minutes:
            return None
        return {"minutes": end - start, "required": demand.minutes}


class Staffed(Rule):
    """As many different people come as the demand asks for."""

    name = "staffed"
    sentence = "{count} different workers are planned instead of {required}."

    def check(self, demand: Demand, workers: Iterable[str]) -> Facts | None:
        listed = tuple(workers)
        if len(listed) == len(set(listed)) == demand.staff_count:
            return None
        return {"count": len(set(listed)), "required": demand.staff_count}


class Qualified(Rule):
    """Each worker holds every required qualification on the date of the visit."""

    name = "qualified"
    sentence = "{worker} does not hold {qualifications} on {date}."

    def check(self, demand: Demand, worker: Worker, date: str) -> Facts | None:
        lacking = sorted(
            q for q in demand.required_qualifications
            if not any(h.qualification == q and _valid(h, date) for h in worker.qualifications)
        )  # fmt: skip
        if not lacking:
            return None
        return {"worker": worker.id, "qualifications": ", ".join(lacking), "date": date}


class RightSex(Rule):
    """Each worker is of the required sex, where one is required."""

    name = "sex"
    sentence = "{worker} is {sex}; the demand asks for {required}."

    def check(self, demand: Demand, worker: Worker) -> Facts | None:
        if demand.sex is None or demand.sex == worker.sex:
            return None
        return {"worker": worker.id, "sex": worker.sex, "required": demand.sex}


class Accepted(Rule):
    """A worker that must not come (conflict, relative, refusal) does not come."""

    name = "accepted"
    sentence = "{worker} must not visit {recipient}."

    def check(self, demand: Demand, worker: Worker) -> Facts | None:
        if worker.id not in demand.forbidden_workers:
            return None
        return {"worker": worker.id, "recipient": demand.recipient}


class InShift(Rule):
    """A visit lies wholly inside one stretch of the worker's shifts without absences."""

    name = "in_shift"
    sentence = "{start}–{end} on {date} is outside the worker's shifts or in an absence."

    def ranges(self, worker: Worker, date: str) -> tuple[Span, ...]:
        """The stretches in which the worker can be planned on that date, in order."""
        free = sorted((s.start, s.end) for s in worker.shifts if s.weekday == weekday(date))
        for absence in worker.absences:
            if absence.date == date:
                free = subtract(free, (absence.start, absence.end))
        return tuple(free)

    def check(self, worker: Worker, date: str, start: int, end: int) -> Facts | None:
        return _inside(self.ranges(worker, date), date, start, end)


class HomeInShift(Rule):
    """The way from base to the first visit, and from the last visit to base, is inside the shift.

    It must fit into the same stretch as that visit. Where a standing visit is the first or the last
    of the day, that end is not looked at.
    """

    name = "home_in_shift"
    sentence = "{worker} cannot make the {minutes} minutes between base and the visit within the shift."

    def check(self, worker: Worker, ranges: tuple[Span, ...], stop: Stop, before: int, after: int) -> Facts | None:
        """`before` and `after` are the minutes from and to base, 0 where another stop is next."""
        for start, end in ranges:
            if start <= stop.start and stop.end <= end:
                if stop.start - before >= start and stop.end + after <= end:
                    return None
                short = before if stop.start - before < start else after
                return {"worker": worker.id, "minutes": short}
        return None  # InShift reports it


class TravelBetween(Rule):
    """Between two visits of a worker there is time for the way, and they never overlap."""

    name = "travel_between"
    sentence = "{worker} has {available} minutes for a way of {minutes} minutes on {date}."

    def check(self, worker: str, date: str, before: Stop, after: Stop, minutes: int) -> Facts | None:
        available = after.start - before.end
        if available >= minutes:
            return None
        return {"worker": worker, "date": date, "available": available, "minutes": minutes}


class DailyLimit(Rule):
    """Visits and travel of a day stay within the worker's daily minutes."""

    name = "daily_limit"
    sentence = "{worker} would work {minutes} of at most {limit} minutes on {date}."

    def check(self, worker: Worker, date: str, minutes: int) -> Facts | None:
        if minutes <= worker.daily_minutes:
            return None
        return {"worker": worker.id, "date": date, "minutes": minutes, "limit": worker.daily_minutes}


class HorizonLimit(Rule):
    """Visits and travel of the horizon stay within the worker's minutes for it."""

    name = "horizon_limit"
    sentence = "{worker} would work {minutes} of at most {limit} minutes in the horizon."

    def check(self, worker: Worker, minutes: int) -> Facts | None:
        if minutes <= worker.horizon_minutes:
            return None
        return {"worker": worker.id, "minutes": minutes, "limit": worker.horizon_minutes}


class Spacing(Rule):
    """Two visits of a demand are at least so many days apart (0: the same day is allowed)."""

    name = "spacing"
    sentence = "{earlier} and {later} are {days} days apart; at least {required} are required."

    def check(self, demand: Demand, one: str, other: str) -> Facts | None:
        earlier, later = sorted((one, other))
        days = ordinal(later) - ordinal(earlier)
        if days >= demand.min_days_between:
            return None
        return {"earlier": earlier, "later": later, "days": days, "required": demand.min_days_between}


class OneAtATime(Rule):
    """A recipient has one visit at a time."""

    name = "one_at_a_time"
    sentence = "{recipient} would have two visits at once on {date}."

    def check(self, recipient: str, date: str, one: Span, other: Span) -> Facts | None:
        if one[1] <= other[0] or other[1] <= one[0]:
            return None
        return {"recipient": recipient, "date": date}


class Accounted(Rule):
    """Planned and unplaced visits together are the visits of the demand."""

    name = "accounted"
    sentence = "{planned} planned and {missing} unplaced visits do not make the {required} of the demand."

    def check(self, demand: Demand, planned: int, missing: int) -> Facts | None:
        if planned + missing == demand.visits:
            return None
        return {"planned": planned, "missing": missing, "required": demand.visits}


class Known(Rule):
    """A visit names a demand and workers of the problem."""

    name = "known"
    sentence = "{id} is not part of the problem."

    def check(self, ids: Iterable[str], one: str) -> Facts | None:
        return None if one in ids else {"id": one}


OPEN_DAY, WITHIN_TERM, RECIPIENT_PRESENT = OpenDay(), WithinTerm(), RecipientPresent()
IN_WINDOW, DURATION, STAFFED = InWindow(), Duration(), Staffed()
QUALIFIED, RIGHT_SEX, ACCEPTED = Qualified(), RightSex(), Accepted()
IN_SHIFT, HOME_IN_SHIFT, TRAVEL_BETWEEN = InShift(), HomeInShift(), TravelBetween()
DAILY_LIMIT, HORIZON_LIMIT = DailyLimit(), HorizonLimit()
SPACING, ONE_AT_A_TIME, ACCOUNTED, KNOWN = Spacing(), OneAtATime(), Accounted(), Known()

RULES: tuple[Rule, ...] = (
    KNOWN, OPEN_DAY, WITHIN_TERM, RECIPIENT_PRESENT, IN_WINDOW, DURATION, STAFFED, QUALIFIED,
    RIGHT_SEX, ACCEPTED, IN_SHIFT, HOME_IN_SHIFT, TRAVEL_BETWEEN, DAILY_LIMIT, HORIZON_LIMIT, SPACING,
    ONE_AT_A_TIME, ACCOUNTED,
)  # fmt: skip
"""All of them, for a page that lists what a roster promises."""


def day_allowed(problem: RosterProblem, demand: Demand, date: str) -> bool:
    """Whether the rules about days alone let the demand be visited on that date."""
    return (
        OPEN_DAY.check(problem, date) is None
        and WITHIN_TERM.check(demand, date) is None
        and RECIPIENT_PRESENT.check(demand, date) is None
    )


def worker_fits(demand: Demand, worker: Worker, date: str) -> bool:
    """Whether the rules about the person alone let the worker make this visit."""
    return (
        RIGHT_SEX.check(demand, worker) is None
        and ACCEPTED.check(demand, worker) is None
        and QUALIFIED.check(demand, worker, date) is None
    )


def subtract(spans: Iterable[Span], hole: Span) -> list[Span]:
    """The spans without the hole; what is left of length 0 is dropped."""
    left: list[Span] = []
    for start, end in spans:
        left += [s for s in ((start, min(end, hole[0])), (max(start, hole[1]), end)) if s[0] < s[1]]
    return left


@cache
def clock(minute: int) -> str:
    """Minutes after midnight as hh:mm."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _inside(ranges: tuple[Span, ...], date: str, start: int, end: int) -> Facts | None:
    if any(first <= start and end <= last for first, last in ranges):
        return None
    return {"date": date, "start": clock(start), "end": clock(end)}


def _valid(holding: Holding, date: str) -> bool:
    return (holding.valid_from or date) <= date <= (holding.valid_to or date)
