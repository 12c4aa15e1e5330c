"""The best plan so far, and what a level came to."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from carematch.assignment.formulation.arrays import Choice
from carematch.assignment.formulation.model import Cap, LinearGoal, Model
from carematch.assignment.solution import Multipliers


class Incumbent:
    """The best plan found: never overfull, within the caps, and lexicographically least from a level on."""

    def __init__(self, model: Model, goals: Sequence[LinearGoal], choice: Choice) -> None:
        self.model = model
        self.goals = goals
        self.choice = choice
        self.values = self._values(choice)
        self._lock = threading.Lock()

    def offer(self, choice: Choice, caps: Sequence[Cap]) -> bool:
        """Takes the choice over when it fits, keeps the caps and is better from the first open level on."""
        if np.array_equal(choice, self.choice) or (self.model.free(choice) < 0).any():
            return False
        values = self._values(choice)
        settled = len(caps)
        if any(value > cap.limit for value, cap in zip(values, caps, strict=False)):
            return False
        with self._lock:
            if values[settled:] >= self.values[settled:]:
                return False
            self.choice, self.values = choice.copy(), values
        return True

    def _values(self, choice: Choice) -> tuple[int, ...]:
        return tuple(self.model.value(goal, choice) for goal in self.goals)


@dataclass(frozen=True)
class Settled:
    """What a level came to: best value found, proven bound, what proved it, and the prices of its relaxation."""

    best: int
    bound: int
    proof: str
    multipliers: Multipliers | None = None
