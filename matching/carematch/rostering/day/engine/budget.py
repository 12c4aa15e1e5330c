"""How long to go on: seconds, moves, and whether somebody said stop. The clock is monotonic."""

from __future__ import annotations

import time
from collections.abc import Callable


class Budget:
    """The limits of a search. With a limit of steps (of each thread) the clock decides only whether to stop."""

    def __init__(self, seconds: float | None, steps: int | None, should_stop: Callable[[], bool] | None) -> None:
        self._began = time.monotonic()
        self._total = seconds
        self._steps = steps
        self._should_stop = should_stop
        self.cancelled = False

    @property
    def timed(self) -> bool:
        """Whether only the clock limits the search."""
        return self._steps is None

    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def left(self) -> float | None:
        """Seconds left; None where they are not limited."""
        return None if self._total is None else max(0.0, self._total - self.seconds())

    def part(self, seconds: float) -> Budget:
        """A budget that ends so many seconds before this one; steps and asking whether to stop are shared."""
        left = self.left()
        return Budget(None if left is None else max(0.0, left - seconds), self._steps, self._stop)

    def fraction(self, steps: int) -> float:
        """How much of the budget a thread has used after so many steps: steps where they are limited, else time."""
        if self._steps is not None:
            return steps / max(1, self._steps)
        return 0.0 if self._total is None else self.seconds() / max(1e-9, self._total)

    def piece(self, steps: int) -> int:
        """Steps that are left to a thread."""
        return 2**40 if self._steps is None else self._steps - steps

    def over(self, steps: int) -> bool:
        """Whether to stop now."""
        if self._stop() or self.left() == 0.0:
            return True
        return self._steps is not None and steps >= self._steps

    def _stop(self) -> bool:
        if not self.cancelled and self._should_stop is not None and self._should_stop():
            self.cancelled = True
        return self.cancelled
