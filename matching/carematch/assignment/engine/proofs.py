"""Prices by which the checker, who knows no solver, comes near the bounds that the engine proved.

The prices that the search used come first. Then the ways that they rule out are left out of the linear program, and
its prices are the next, as long as that brings the bound nearer. Where a fraction is left, two cases are told apart,
and the worse one first (branch and bound, best first: Land and Doig 1960). All is counted by the checker's own
reckoning (`recheck`), so that nothing is promised that it does not find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import msgspec
import numpy as np

from carematch.assignment.bounds.lagrangian import Relaxation, Relaxed
from carematch.assignment.check import keepable
from carematch.assignment.engine.budget import Budget
from carematch.assignment.engine.certificate import multipliers
from carematch.assignment.formulation.arrays import NOBODY, Flags, Floats, Ints
from carematch.assignment.formulation.model import Cap, LinearGoal, Model
from carematch.assignment.goals import PEAKS
from carematch.assignment.recheck import Cases, Ways
from carematch.assignment.solution import LevelResult, Multipliers

#: Prices kept of a level at most, and columns of a model from which there are only the first.
MOST, LARGE = 60, 20_000
#: How near the bound must be to the value that it is not worth a further linear program.
NEAR = 1e-3
#: Fractions that count as whole.
WHOLE = 1e-6


def proofs(
    model: Model, goals: Sequence[LinearGoal], levels: Sequence[LevelResult], budget: Budget
) -> tuple[LevelResult, ...]:
    """The results of the levels with the prices that prove most of them."""
    ways = Ways(model.problem, keepable(model.problem))
    column = _columns(model, ways)
    found: list[LevelResult] = []
    limits: list[int] = []
    caps: list[Cap] = []
    for goal, level in zip(goals, levels, strict=True):
        proof = _Proof(model, ways, column, goal, level, Cases(ways, limits, level.value), caps, budget)
        for prices in level.multipliers:
            proof.cases.add(prices)
        proof.useful = len(proof.cases.prices)
        sums = model.width and not goal.empty and not PEAKS.issuperset(level.goals)
        if sums and proof.cases.bound() < level.bound:
            proof.search()
        kept = tuple(proof.cases.prices[: proof.useful]) or (Multipliers(1),)
        found.append(msgspec.structs.replace(level, multipliers=kept))
        limits.append(max(level.value, level.limit))
        caps.append(Cap(goal, level.limit))
        ways.keep(limits, kept)
    return tuple(found)


@dataclass
class _Proof:
    """The proof of one level in work; so many of its prices are `useful`: the others brought the bound no nearer."""

    model: Model
    ways: Ways
    column: Ints
    goal: LinearGoal
    level: LevelResult
    cases: Cases
    caps: Sequence[Cap]
    budget: Budget
    useful: int = 0

    def search(self) -> None:
        """Adds prices until they prove enough, or there are enough of them."""
        if self.model.width > LARGE:
            if not self.cases.prices and not self.budget.over():
                relaxation = Relaxation(self.model)
                first = relaxation.first(self.goal, self.caps)
                self._add(first or relaxation.minimise(self.goal, self.caps, self.budget.seconds_left()), -1)
                self.useful = 1
            return
        last, bound = len(self.cases.prices) - 1, self.cases.bound()
        while not self._near(bound) and self._goes_on():
            relaxed = self._relax(self.cases.able[last + 1])
            if relaxed is None:
                return
            last = self._add(relaxed, last)
            if self.cases.bound() <= bound:
                self._branch(last, relaxed)
            if self.cases.bound() <= bound:
                return
            bound, self.useful = self.cases.bound(), len(self.cases.prices)
            if self.useful > last + 1:
                return

    def _branch(self, root: int, relaxed: Relaxed) -> None:
        """Tells cases apart, the worst first, from the fractional plan that the last prices belong to."""
        leaves = [(self.cases.bounds[root + 1], root, relaxed.fractions)]
        while leaves and self._goes_on():
            low, place, fractions = heappop(leaves)
            way = self._most_fractional(self.cases.able[place + 1], fractions)
            if self._near(low) or way is None:
                return
            for taken in (True, False):
                able = self.ways.case(self.cases.able[place + 1], way, taken)
                case = self._relax(able)
                prices = Multipliers(1) if case is None else multipliers(self.model, case)
                mine = self.cases.add(msgspec.structs.replace(prices, after=place, way=way, taken=taken))
                if case is not None:
                    heappush(leaves, (self.cases.bounds[mine + 1], mine, case.fractions))

    def _near(self, bound: int) -> bool:
        return self.level.value - bound <= NEAR * self.level.value

    def _goes_on(self) -> bool:
        return len(self.cases.prices) + 1 < MOST and not self.budget.over()

    def _add(self, relaxed: Relaxed, after: int) -> int:
        return self.cases.add(msgspec.structs.replace(multipliers(self.model, relaxed), after=after))

    def _relax(self, able: Flags) -> Relaxed | None:
        """The relaxation with these ways; None where a need has none of them."""
        allowed = np.zeros(self.model.width, np.bool_)
        allowed[self.column[able & (self.column >= 0)]] = True
        if not np.logical_or.reduceat(allowed, self.model.first[:-1]).all():
            return None
        return Relaxation(self.model, allowed).minimise(self.goal, self.caps, self.budget.seconds_left())

    def _most_fractional(self, able: Flags, fractions: Floats) -> tuple[str, ...] | None:
        """The way of which the fractional plan takes most nearly a half."""
        taken = np.where(able & (self.column >= 0), fractions[self.column], 0.0)
        half = np.minimum(taken, 1.0 - taken)
        place = int(half.argmax()) if len(half) else 0
        return self.ways.keys[place] if len(half) and half[place] > WHOLE else None


def _columns(model: Model, ways: Ways) -> Ints:
    """The column of each way; -1 where the model has none."""
    numbers: dict[tuple[str, ...], int] = {}
    for column, (need, option) in enumerate(zip(model.need.tolist(), model.option.tolist(), strict=True)):
        numbers[(model.needs[need],) if option == NOBODY else model.options[option].key()] = column
    return np.array([numbers.get(key, -1) for key in ways.keys], np.int64)
