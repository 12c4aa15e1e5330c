"""Levels whose rows are knapsacks: exact searches among the columns that knapsacks want, beside local search.

The priced knapsacks (see `knapsack`) say which columns an optimum is made of; among so few, branch
and cut finds very good plans. Dives along them give plans of their own, whose columns belong to the cores
too. More columns are let in as long as there is time; once no column is missing that a better plan could
have, the outcome is a proof.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carematch.assignment.bounds.branch_and_cut import BranchAndCut
from carematch.assignment.bounds.knapsack_relaxation import ROUNDS_AT_ONCE, SCALE, Knapsacks, fits
from carematch.assignment.bounds.lagrangian import Relaxed, least_value
from carematch.assignment.engine.budget import Allowance
from carematch.assignment.engine.level import OpenLevel
from carematch.assignment.formulation.arrays import Flags
from carematch.assignment.formulation.grid import Framed, frame
from carematch.assignment.heuristics.diving import CELLS_PER_WORK, Dives
from carematch.assignment.solution import RELAXATION

#: Largest part of the time for the knapsacks' prices, and rounds at most.
PRICING, ROUNDS = 0.15, 2_000
#: Columns a need up to which all that a better plan could have are searched, and cores before that.
PROVABLE, PATIENT = 6, 2
#: Nodes of branch and cut where the same seed must give the same plan.
NODES = 500
#: Fraction of a column's average from which it belongs to the first core; columns a need that are added to the
#: third, twice as many to every second after it.
TAKEN, MORE = 0.03, 0.5
#: Fraction of the time that is left for one core.
CORE_FRACTION = 0.35
#: Work of local search before the first core, and in turn with dives and beside branch and cut.
FIRST, BESIDE = 1.0, 0.25
#: Fraction of the time for dives alone, after the first cores; turns without a better plan after which they end.
DIVING, FRUITLESS, DIVE_AFTER = 0.2, 30, 2


def knapsacks(level: OpenLevel, relaxed: Relaxed) -> tuple[Framed, Knapsacks] | None:
    """The knapsacks of a level, starting from the relaxation's prices; None where they do not apply."""
    if level.goal.peaks or any(cap.goal.peaks for cap in level.caps):
        return None
    framed = frame(level.model, level.goal, level.caps)
    if framed is None or not fits(framed.grid):
        return None
    priced = framed.grid.cost.copy()
    owner = np.repeat(np.arange(len(priced)), np.diff(framed.grid.use))
    prices = np.concatenate((relaxed.prices, np.zeros(len(framed.grid.capacity) - len(relaxed.prices))))
    np.add.at(priced, owner, prices[framed.grid.row] * framed.grid.amount)
    return framed, Knapsacks(framed.grid, np.minimum.reduceat(priced, framed.grid.first[:-1]))


class Cores:
    """The search of one level."""

    def __init__(self, level: OpenLevel, relaxed: Relaxed, items: tuple[Framed, Knapsacks]) -> None:
        self._level, self._relaxed = level, relaxed
        self._framed, self._items = items
        self._local = self._narrow = level.local(relaxed, level.goal)
        self._dives = Dives(self._items, level.seed)
        self._open: Flags = np.ones(level.model.width, np.bool_)

    def run(self) -> None:
        """Goes on until the level is proven or the time is over."""
        level = self._level
        level.run_local(self._local, FIRST)
        if level.good_enough():
            return
        self._price()
        number = 0
        while not level.good_enough() and not self._core(number):
            number += 1
            if number == DIVE_AFTER:
                self._dive(Allowance(level.budget, DIVING), level.budget.workers)
        if not level.good_enough():  # the bound of branch and cut is a float: too coarse where values are large
            level.prove(self._relaxed)

    def _price(self) -> None:
        """Prices of needs, the bound that they prove, and a fractional plan."""
        level = self._level
        allowance = Allowance(level.budget, PRICING)
        constant = level.goal.constant

        def over() -> bool:
            level.budget.spend(ROUNDS_AT_ONCE * self._items.cells() / CELLS_PER_WORK)
            return allowance.over() or level.until.over()

        self._items.ascend(float(level.value - constant), ROUNDS, over)
        scaled = self._items.bound()
        if scaled is not None:
            bound = least_value(level.goal, scaled + constant * SCALE, SCALE)
            level.raise_bound(min(bound, level.value), RELAXATION)
        fractions = np.zeros(level.model.width)
        fractions[self._framed.columns] = np.where(self._items.average > TAKEN, self._items.average, 0.0)
        self._relaxed = replace(self._relaxed, fractions=fractions)
        self._narrow = level.local(self._relaxed, level.goal, level.nearly(self._relaxed, 0))
        level.run_local(self._narrow, FIRST)
        level.tell("knapsacks")

    def _dive(self, allowance: Allowance, workers: int) -> None:
        """Dives, each followed by local search from what they found, until a part of the time is over."""
        level, fruitless = self._level, 0
        while fruitless < FRUITLESS and not level.good_enough(allowance):
            before = level.value
            self._dive_once(workers, allowance)
            level.run_local(self._narrow, BESIDE, allowance, workers)
            fruitless = 0 if level.value < before else fruitless + 1

    def _dive_once(self, workers: int, allowance: Allowance) -> None:
        level, before = self._level, self._dives.work()
        target = float(level.value - level.goal.constant)
        for plan in self._dives.run(target, workers, lambda: level.enough() or allowance.over()):
            choice = self._framed.of_model(plan)
            level.offer(choice, "dives")
            if self._narrow is not None:
                self._narrow.take_over(choice)
        level.budget.spend(self._dives.work() - before)

    def _possible(self) -> Flags:
        """The columns that a better plan could have, by what relaxation and knapsacks have ruled out so far."""
        level = self._level
        left = np.zeros(level.model.width, np.bool_)
        left[self._framed.columns] = self._items.possible(float(level.value - level.goal.constant))
        self._open &= left & level.possible(self._relaxed)
        self._open[level.incumbent.choice] = True
        return self._open.copy()

    def _core(self, number: int) -> bool:
        """An exact search among some columns: of branch and cut and of CP-SAT in turn, more columns each time.

        Once the columns that a better plan could have are few, all of them are searched: that is the proof.
        Returns whether such a search came to its end.
        """
        level = self._level
        needs = len(level.model.needs)
        possible = self._possible()
        extra = min(level.model.width, round(needs * MORE * 2 ** min(number // 2 - 1, 30))) if number >= 2 else 0
        wanted = level.nearly(self._relaxed, extra)
        if self._narrow is not None:
            wanted |= self._narrow.favoured(level.model.width)
        wanted &= possible
        few = int(possible.sum()) <= PROVABLE * needs
        if (number >= PATIENT and few) or np.array_equal(wanted, possible):
            return self._branch(possible, 1.0, number, exact=True)
        if number % 2 == 0:
            self._branch(wanted, CORE_FRACTION, number, exact=False)
        else:
            level.solve_among(wanted, level.goal, CORE_FRACTION, number)
        for local in (self._local, self._narrow):
            if local is not None:
                local.take_over(level.incumbent.choice)
        return False

    def _branch(self, allowed: Flags, allowance: float, number: int, *, exact: bool) -> bool:
        """Branch and cut among the allowed columns, local search beside it; whether it came to its end."""
        level = self._level
        deterministic = level.budget.deterministic
        branch = BranchAndCut(
            level.model,
            level.goal,
            level.caps,
            level.incumbent.choice,
            seconds=level.until.seconds_left(allowance),
            nodes=NODES if deterministic else None,
            gap=0.0,
            seed=level.seed + number,
            allowed=allowed,
        )
        workers = max(1, level.budget.workers - 1)
        while not branch.done() and not deterministic and not level.good_enough():
            for local in (self._local, self._narrow):
                level.run_local(local, BESIDE, workers=workers)
            self._dive_once(workers, level.until)
        finished = level.join(branch, exact=exact)
        if deterministic:
            for local in (self._local, self._narrow):
                level.run_local(local, FIRST, workers=workers)
        return finished
