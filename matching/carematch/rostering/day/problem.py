"""A day of visits: what is to be done, by whom it can be done, and where everything is.

Times, durations and travel are whole numbers of one unit, which a problem uses throughout: minutes after midnight
for a station, thousandths of a minute for a public instance that has fractions. Identifiers are strings; places are
numbers, the rows of `travel`. Nothing here is optional by accident: what a field leaves out does not restrict.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from carematch.rostering.day.policy import Policy

Sex = Literal["female", "male"]


class Span(Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """From and to, both included."""

    begin: int
    end: int


class Together(StrEnum):
    """How the two services of one visit belong together."""

    INDEPENDENT = "independent"
    """At any times, by one person or by two."""
    SAME_MOMENT = "same_moment"
    """Two people begin at the same moment."""
    SEQUENCE = "sequence"
    """Two people; the second begins so long after the first as the visit's `distance` says."""


class Service(Struct, frozen=True, forbid_unknown_fields=True):
    """One person's part of a visit: a line of service with its length and what it asks of whoever comes.

    `skills` are all needed: qualifications held, checks passed, languages spoken, food cooked on this day.
    """

    id: str
    duration: int
    skills: tuple[str, ...] = ()
    sex: Sex | None = None


class Visit(Struct, frozen=True, forbid_unknown_fields=True):
    """One visit to one recipient: one service, or two that belong `together`.

    - `windows`: no service begins before the first opens. With `hard` windows every service lies in one of them
      (see `DayProblem.late_at`); otherwise what is late against the window that opened last is priced.
    - `optional`: it may be left out at its `weight`; what is not optional must be in a plan.
    - `preferred` people cost nothing, others the goal `unpreferred`; `usual` people likewise `unfamiliar`; both only
      where somebody is named. Nobody of `avoided` may come.
    - `pinned_workers`: nobody else may come; `pinned_start`: it begins then and at no other time.
    - `wished`: the time in which the recipient would like it to begin; units beside it are the goal `off_wish`.
    - `published`: who was announced for each service, in their order; others are the goal `moved`.
    """

    id: str
    place: int
    services: tuple[Service, ...]
    windows: tuple[Span, ...]
    together: Together = Together.INDEPENDENT
    distance: Span | None = None
    hard: bool = False
    optional: bool = False
    weight: int = 1
    preferred: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    avoided: tuple[str, ...] = ()
    pinned_workers: tuple[str, ...] = ()
    pinned_start: int | None = None
    wished: Span | None = None
    published: tuple[str, ...] = ()


class Break(Struct, frozen=True, forbid_unknown_fields=True):
    """A break of exactly this duration that begins within `begins`; none is the goal `missed_breaks`.

    It is taken at the place of the visit before or after it, or where the day starts or ends.
    """

    begins: Span
    duration: int


class Worker(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who can be sent, from one place to another (base, or home), who leaves as late as the first visit lets.

    Without a `shift` the day begins at 0 and has no end, so that there is neither overtime nor idle time. What ends
    after the shift is overtime, `most_overtime` at most; visits and travel are `most_work` at most: limits of those
    who are sent anywhere. Absences within the shift are spent at the place where the day starts: the way there is
    travel, the absence counts as work.
    """

    id: str
    starts_at: int
    ends_at: int
    shift: Span | None = None
    skills: tuple[str, ...] = ()
    sex: Sex | None = None
    rest: Break | None = None
    absences: tuple[Span, ...] = ()
    most_work: int | None = None
    most_overtime: int | None = None

    @property
    def away(self) -> tuple[Span, ...]:
        """What absences take of the shift, in order."""
        if self.shift is None:
            return tuple(sorted(self.absences))
        begin, end = self.shift.begin, self.shift.end
        cut = [Span(max(span.begin, begin), min(span.end, end)) for span in self.absences]
        return tuple(sorted(span for span in cut if span.begin < span.end))

    @property
    def absent(self) -> bool:
        """Whether absences take the whole shift: nobody can be sent, and no break is due."""
        if self.shift is None or not self.absences:
            return False
        return sum(span.end - span.begin for span in self.away) >= self.shift.end - self.shift.begin


class DayProblem(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a day's plan depends on.

    `travel[a][b]` is the time from place a to place b, in general not that from b to a. `late_at` says which moment of
    a service is held against the end of its window.
    """

    visits: tuple[Visit, ...]
    workers: tuple[Worker, ...]
    travel: tuple[tuple[int, ...], ...]
    policy: Policy
    late_at: Literal["start", "end"] = "start"
