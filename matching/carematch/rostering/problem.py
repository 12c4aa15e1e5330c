"""What a roster is made from: days, demands, workers and the visits that already stand.

Units: dates are ISO strings (2026-03-01), times whole minutes after local midnight (540 = 09:00),
weekdays 0 (Monday) to 6 (Sunday), positions micro-degrees (`carematch.travel.Place`). Identifiers are
strings; wherever two answers are equally good the smaller identifier wins.

A fault in the data raises `ProblemError` when the object is made.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from carematch.travel import Place, TravelModel

Sex = Literal["female", "male"]
MINUTES_OF_DAY = 24 * 60


class ProblemError(ValueError):
    """The problem contradicts itself; the message names the object and the fault."""


@dataclass(frozen=True, slots=True)
class Window:
    """On this weekday the visit may begin at `earliest` and must be over by `latest_end`."""

    weekday: int
    earliest: int
    latest_end: int

    def __post_init__(self) -> None:
        _need_span("window", self.weekday, self.earliest, self.latest_end)


@dataclass(frozen=True, slots=True)
class Shift:
    """On this weekday the worker works from `start` to `end`; two shifts leave a break between."""

    weekday: int
    start: int
    end: int

    def __post_init__(self) -> None:
        _need_span("shift", self.weekday, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Holding:
    """A qualification that a worker holds, from and to inclusive; None is open-ended."""

    qualification: str
    valid_from: str | None = None
    valid_to: str | None = None

    def __post_init__(self) -> None:
        _need_dates(f"qualification {self.qualification}", (self.valid_from, self.valid_to))


@dataclass(frozen=True, slots=True)
class Absence:
    """The worker is away on this date from `start` to `end`; the default is the whole day."""

    date: str
    start: int = 0
    end: int = MINUTES_OF_DAY

    def __post_init__(self) -> None:
        _need_dates("absence", (self.date,))
        _need_span("absence", 0, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Demand:
    """Visits of one kind that one recipient still wants within the horizon.

    `visits` counts only those still to be planned; `standing_dates` (and standing visits that name
    this demand) count for spacing. Every one of `staff_count` workers must have each required
    qualification and the required sex. `priority` is the weight of one unplaced visit: higher goes
    first. No window on any weekday means that nothing can be planned.
    """

    id: str
    recipient: str
    place: Place
    visits: int
    minutes: int
    windows: tuple[Window, ...]
    staff_count: int = 1
    sex: Sex | None = None
    required_qualifications: frozenset[str] = frozenset()
    min_days_between: int = 1
    priority: int = 1
    preferred_workers: frozenset[str] = frozenset()
    forbidden_workers: frozenset[str] = frozenset()
    not_before: str | None = None
    not_after: str | None = None
    blocked_dates: frozenset[str] = frozenset()
    standing_dates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        what = f"demand {self.id}"
        if self.visits < 0 or self.min_days_between < 0 or self.priority < 0:
            raise ProblemError(f"{what}: visits, days between and priority must not be negative")
        if not 0 < self.minutes <= MINUTES_OF_DAY:
            raise ProblemError(f"{what}: {self.minutes} minutes is not the length of a visit")
        if self.staff_count not in (1, 2):
            raise ProblemError(f"{what}: {self.staff_count} workers; only one or two are supported")
        _need_dates(what, (self.not_before, self.not_after, *self.blocked_dates, *self.standing_dates))


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who can be sent.

    `daily_minutes` and `horizon_minutes` bound visits plus travel (from base, between visits, back to
    base), standing visits included; waiting between visits is not counted.
    """

    id: str
    sex: Sex
    base: Place
    shifts: tuple[Shift, ...]
    daily_minutes: int
    horizon_minutes: int
    qualifications: tuple[Holding, ...] = ()
    absences: tuple[Absence, ...] = ()

    def __post_init__(self) -> None:
        if self.daily_minutes < 0 or self.horizon_minutes < 0:
            raise ProblemError(f"worker {self.id}: a limit of minutes must not be negative")
        for weekday in range(7):
            spans = sorted((s.start, s.end) for s in self.shifts if s.weekday == weekday)
            if _overlap(spans):
                raise ProblemError(f"worker {self.id}: shifts on weekday {weekday} overlap")


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit that is planned already, for whichever employer, and must not be moved.

    One row for each worker. `demand` and `recipient`, where known, make it count for spacing and
    for not visiting somebody twice at once. The worker need not be part of the problem.
    """

    worker: str
    date: str
    start: int
    end: int
    place: Place
    demand: str = ""
    recipient: str = ""

    def __post_init__(self) -> None:
        _need_dates(f"standing visit of {self.worker}", (self.date,))
        _need_span(f"standing visit of {self.worker}", 0, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Weights:
    """What a unit of each goal costs once as few visits as possible are unplaced.

    Travel: a minute. Continuity: a seat filled by somebody unfamiliar. Balance: a minute that would
    have to change hands for even loads. Spread: a day away from the even rhythm. The defaults say
    that a familiar face is worth 20 minutes of travel and a day of rhythm 2 minutes.
    """

    travel: int = 10
    continuity: int = 200
    balance: int = 2
    spread: int = 20

    def __post_init__(self) -> None:
        if min(self.travel, self.continuity, self.balance, self.spread) < 0:
            raise ProblemError("a weight must not be negative")


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """Everything that a roster depends on, the travel model included.

    `closed_days` are days of the horizon on which nobody is visited (public holidays). Starts are
    put on multiples of `step_minutes` where there is room; that is a courtesy, not a rule.
    """

    days: tuple[str, ...]
    demands: tuple[Demand, ...]
    workers: tuple[Worker, ...]
    travel: TravelModel
    standing: tuple[Standing, ...] = ()
    closed_days: frozenset[str] = frozenset()
    weights: Weights = field(default_factory=Weights)
    step_minutes: int = 5

    def __post_init__(self) -> None:
        _need_dates("horizon", (*self.days, *self.closed_days))
        if any(later <= earlier for earlier, later in zip(self.days, self.days[1:], strict=False)):
            raise ProblemError("the days of the horizon must be in order and differ")
        if self.step_minutes < 1:
            raise ProblemError(f"a step of {self.step_minutes} minutes is not possible")
        _need_distinct("demand", (d.id for d in self.demands))
        _need_distinct("worker", (w.id for w in self.workers))
        by_day: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for s in self.standing:
            by_day.setdefault((s.worker, s.date), []).append((s.start, s.end))
        for (worker, day), spans in sorted(by_day.items()):
            if _overlap(sorted(spans)):
                raise ProblemError(f"standing visits of {worker} on {day} overlap")


def _overlap(spans: list[tuple[int, int]]) -> bool:
    return any(b[0] < a[1] for a, b in itertools.pairwise(spans))


def _need_distinct(kind: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if not one:
            raise ProblemError(f"a {kind} has no id")
        if one in seen:
            raise ProblemError(f"two {kind}s are called {one}")
        seen.add(one)


def _need_span(what: str, weekday: int, start: int, end: int) -> None:
    if not 0 <= weekday <= 6:
        raise ProblemError(f"{what}: {weekday} is not a weekday from 0 (Monday) to 6 (Sunday)")
    if not 0 <= start < end <= MINUTES_OF_DAY:
        raise ProblemError(f"{what}: from minute {start} to {end} is not a time of one day")


def _need_dates(what: str, dates: Iterable[str | None]) -> None:
    for one in dates:
        if one is None:
            continue
        try:
            canonical = date.fromisoformat(one).isoformat()
        except ValueError:
            canonical = ""
        # fromisoformat also takes 20260301, which would not compare as a string.
        if canonical != one:
            raise ProblemError(f"{what}: {one!r} is not a date like 2026-03-01")
