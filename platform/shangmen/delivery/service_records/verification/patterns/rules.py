"""Named patterns over the records of one worker (F06, F10 and F19 of domain.md §6.3). Pure.

Each has a name, a sentence, and says which of the records make the pattern; these are held. People vary: a pattern
needs `pattern_visits` records at least, and `pattern_percent` of them alike.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Protocol

from shangmen import clock, database
from shangmen.delivery.service_records.states import Severity
from shangmen.delivery.service_records.verification.rules.rule import Details, Finding

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Logged(database.Row):
    """A record in force of a worker with times that nobody typed; `least` and `planned` are minutes."""

    record: int
    worker: int
    item: int
    begun_at: datetime
    ended_at: datetime
    least: int
    planned: int

    @property
    def minutes(self) -> int:
        """Whole minutes of the worker's stay."""
        return (self.ended_at - self.begun_at) // MINUTE

    @property
    def day(self) -> date:
        """The business day."""
        return clock.day_of(self.begun_at)


@dataclass(frozen=True)
class Limits:
    """The dated parameters of the patterns as they are on the last day that is looked at."""

    pattern_visits: float
    pattern_percent: float
    month_end_days: float
    month_end_factor: float


LIMITS = tuple(one.name for one in fields(Limits))
Marked = dict[int, Details]  # record -> what fills the sentence


class Pattern(Protocol):
    """What every pattern is."""

    name: str
    sentence: str

    def marked(self, logged: Sequence[Logged], limits: Limits) -> Marked:
        """The records that make the pattern, of one worker's records in the order of time."""
        ...


def _alike(logged: Sequence[Logged], limits: Limits, key: Callable[[Logged], Hashable]) -> list[Logged]:
    """The records that have the most frequent value of `key` in common, where they are a habit."""
    if len(logged) < limits.pattern_visits:
        return []
    value, times = Counter(map(key, logged)).most_common(1)[0]
    if times * 100 < len(logged) * limits.pattern_percent:
        return []
    return [one for one in logged if key(one) == value]


class SameDuration:
    """F19: visits of one service that all last the same to the minute were written, not made."""

    name = "same_duration"
    sentence = "%(times)s of %(all)s visits of this worker for this service lasted exactly %(minutes)s min."

    def marked(self, logged: Sequence[Logged], limits: Limits) -> Marked:
        by_item: dict[int, list[Logged]] = defaultdict(list)
        for one in logged:
            by_item[one.item].append(one)
        found: Marked = {}
        for rows in by_item.values():
            same = _alike(rows, limits, lambda one: one.minutes)
            found |= {one.record: {"times": len(same), "all": len(rows), "minutes": one.minutes} for one in same}
        return found


class PaidMinimum:
    """F06: who stays exactly as long as is needed to be paid, and not as long as was planned, cuts every visit."""

    name = "paid_minimum"
    sentence = "%(times)s of %(all)s visits of this worker lasted just the least minutes that are paid."

    def marked(self, logged: Sequence[Logged], limits: Limits) -> Marked:
        cut = [one for one in logged if one.least and one.planned > one.least + 1]
        just = [one for one in cut if one.least <= one.minutes <= one.least + 1]
        if len(cut) < limits.pattern_visits or len(just) * 100 < len(cut) * limits.pattern_percent:
            return {}
        return {one.record: {"times": len(just), "all": len(cut)} for one in just}


class SameMinute:
    """F19: the first check-in of the day always at the same minute."""

    name = "same_minute"
    sentence = "The first visit of this worker began at %(time)s on %(times)s of %(all)s days."

    def marked(self, logged: Sequence[Logged], limits: Limits) -> Marked:
        firsts: dict[date, Logged] = {}
        for one in logged:
            firsts.setdefault(one.day, one)
        same = _alike(list(firsts.values()), limits, _clock)
        return {one.record: {"times": len(same), "all": len(firsts), "time": _clock(one)} for one in same}


def _clock(one: Logged) -> str:
    """08:00 of the business day."""
    return one.begun_at.astimezone(clock.SHANGHAI).strftime("%H:%M")


class MonthEnd:
    """F10: many more visits a day than usual when the period is about to be settled.

    Compared are days on which the worker came: who was ill for a week has not made more visits since.
    """

    name = "month_end"
    sentence = "%(end)s visits a day at the end of the month, %(usual)s before: this worker's visits pile up there."

    def marked(self, logged: Sequence[Logged], limits: Limits) -> Marked:
        found: Marked = {}
        for month in sorted({clock.month_of(one.day) for one in logged}):
            rows = [one for one in logged if month[0] <= one.day <= month[1]]
            turn = month[1] - timedelta(days=int(limits.month_end_days))
            end, before = [one for one in rows if one.day > turn], [one for one in rows if one.day <= turn]
            if len(end) < limits.pattern_visits or len(before) < limits.pattern_visits:
                continue
            usual, last = _a_day(before), _a_day(end)
            if last >= usual * limits.month_end_factor:
                details: Details = {"end": f"{last:.1f}", "usual": f"{usual:.1f}"}
                found |= {one.record: details for one in end}
        return found


def _a_day(logged: Sequence[Logged]) -> float:
    """Visits a day, of the days with any."""
    return len(logged) / len({one.day for one in logged})


PATTERNS: tuple[Pattern, ...] = (SameDuration(), PaidMinimum(), SameMinute(), MonthEnd())


def check(logged: Iterable[Logged], limits: Limits) -> dict[int, list[Finding]]:
    """What the patterns say of each record; `logged` are records of many workers, in the order of time."""
    by_worker: dict[int, list[Logged]] = defaultdict(list)
    for one in logged:
        by_worker[one.worker].append(one)
    found: dict[int, list[Finding]] = defaultdict(list)
    for rows in by_worker.values():
        for pattern in PATTERNS:
            for record, details in pattern.marked(rows, limits).items():
                if all(one.rule != pattern.name for one in found[record]):  # two workers of one visit
                    found[record].append(Finding(pattern.name, Severity.HOLD, pattern.sentence, details))
    return {record: findings for record, findings in found.items() if findings}
