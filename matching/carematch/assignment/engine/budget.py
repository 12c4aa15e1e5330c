"""How long to go on: wall-clock time, deterministic work, and whether somebody said stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf

from msgspec import structs

from carematch.assignment.heuristics.restricted_mip import Effort
from carematch.assignment.problem import Limits


class Budget:
    """What is left of the limits. The clock is monotonic and starts when the budget is made."""

    def __init__(self, limits: Limits, should_stop: Callable[[], bool] | None) -> None:
        self._start = time.monotonic()
        self.limits = limits
        self._should_stop = should_stop
        self._cancelled = False
        self.work_done = 0.0

    @property
    def workers(self) -> int:
        """Number of threads."""
        return max(1, self.limits.workers)

    @property
    def deterministic(self) -> bool:
        """Whether a limit of work is set, so that the same seed must give the same plan."""
        return self.limits.work is not None

    @property
    def limited(self) -> bool:
        """Whether there is any limit."""
        return self.limits.seconds is not None or self.limits.work is not None

    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def seconds_left(self) -> float | None:
        """Seconds left; None when there is no such limit."""
        return None if self.limits.seconds is None else max(0.0, self.limits.seconds - self.seconds())

    def work_left(self) -> float | None:
        """Work left; None when there is no such limit."""
        return None if self.limits.work is None else max(0.0, self.limits.work - self.work_done)

    def fraction(self, fraction: float) -> Limits:
        """The limits of a solve that gets a fraction of what is left: of work if that is limited, else of time."""
        seconds, work = self.seconds_left(), self.work_left()
        return structs.replace(
            self.limits,
            seconds=seconds if seconds is None or work is not None else seconds * fraction,
            work=None if work is None else work * fraction,
        )

    def spend(self, work: float) -> None:
        """Counts work that was done."""
        self.work_done += work

    def cancelled(self) -> bool:
        """Whether somebody asked to stop (asked once, remembered for ever)."""
        if not self._cancelled and self._should_stop is not None and self._should_stop():
            self._cancelled = True
        return self._cancelled

    def over(self) -> str:
        """Why to stop now (`cancelled`, `seconds`, `work`); empty when there is no reason."""
        if self.cancelled():
            return "cancelled"
        if self.seconds_left() == 0.0:
            return "seconds"
        if self.work_left() == 0.0:
            return "work"
        return ""


class Allowance:
    """A fraction of what is left of a budget when the allowance is made.

    Where work is limited it is a fraction of that alone: the clock, which differs from run to run, only guards
    the whole.
    """

    def __init__(self, budget: Budget, fraction: float) -> None:
        self._budget = budget
        seconds, work = budget.seconds_left(), budget.work_left()
        self._seconds = None if seconds is None or work is not None else budget.seconds() + seconds * fraction
        self._work = None if work is None else budget.work_done + work * fraction

    def over(self) -> bool:
        """Whether the allowance is used up or the whole budget is over."""
        if self._budget.over():
            return True
        if self._seconds is not None and self._budget.seconds() >= self._seconds:
            return True
        return self._work is not None and self._budget.work_done >= self._work

    def seconds_left(self, fraction: float = 1.0) -> float | None:
        """This fraction of the seconds that are left; None when there is no such limit."""
        if self._seconds is None:
            return self._budget.seconds_left()
        return max(0.0, self._seconds - self._budget.seconds()) * fraction

    def work_left(self, fraction: float = 1.0) -> float | None:
        """This fraction of the work that is left; None when there is no such limit."""
        return None if self._work is None else max(0.0, self._work - self._budget.work_done) * fraction

    def left(self) -> float:
        """Units of work (about a second each) that are left; infinite without limits."""
        limits = (self.seconds_left(), self.work_left())
        return min((limit for limit in limits if limit is not None), default=inf)

    def effort(self, fraction: float, workers: int, seed: int) -> Effort:
        """The effort of one call of CP-SAT that may take this fraction of what is left."""
        seconds, work = self.seconds_left(fraction), self.work_left(fraction)
        return Effort(workers, work, seconds, seed, self._budget.deterministic)
