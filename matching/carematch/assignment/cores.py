"""Levels whose rows are knapsacks: exact searches among the columns that knapsacks want, beside local search.

The priced knapsacks (see `knapsack`) say which columns an optimum is made of; among so few, branch
and cut finds very good plans. More columns are let in as long as there is time; once no column is
missing that a better plan could have, the outcome is a proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from carematch.assignment.branch import BranchAndCut
from carematch.assignment.budget import Share
from carematch.assignment.grid import Framed, frame
from carematch.assignment.knapsack import SCALE, Knapsacks, fits
from carematch.assignment.model import Cap, Flags, LinearGoal, Model
from carematch.assignment.relaxation import Relaxed, least_value
from carematch.assignment.solution import RELAXATION

if TYPE_CHECKING:
    from carematch.assignment.search import Search

#: Largest part of the time for the knapsacks' prices, and rounds at most.
PRICING, ROUNDS = 0.15, 2_000
#: Columns a need up to which all that a better plan could have are searched, and cores before that.
PROVABLE, PATIENT = 6, 2
#: Nodes of branch and cut where the same seed must give the same plan.
NODES = 500
#: Part of a column's average from which it belongs to the first core; columns a need that are added each time.
TAKEN, MORE = 0.03, (0.0, 0.5, 1.0, 2.0, 4.0)
#: Part of the time that is left for one core.
PART = 0.35
#: Work of local search before the first core, and in turn beside branch and cut.
FIRST, BESIDE = 1.0, 0.25


def knapsacks(
    model: Model, goal: LinearGoal, caps: Sequence[Cap], relaxed: Relaxed
) -> tuple[Framed, Knapsacks] | None:
    """The knapsacks of a level, starting from the relaxation's prices; None where they do not apply."""
    if goal.peaks or any(cap.goal.peaks for cap in caps):
        return None
    framed = frame(model, goal, caps)
    if framed is None or not fits(framed.grid):
        return None
    priced = framed.grid.cost.copy()
    owner = np.repeat(np.arange(len(priced)), np.diff(framed.grid.use))
    prices = np.concatenate((relaxed.prices, np.zeros(len(framed.grid.capacity) - len(relaxed.prices))))
    np.add.at(priced, owner, prices[framed.grid.row] * framed.grid.amount)
    return framed, Knapsacks(framed.grid, np.minimum.reduceat(priced, framed.grid.first[:-1]))


class Cores:
    """The search of one level."""

    def __init__(
        self,
        search: Search,
        goal: LinearGoal,
        caps: Sequence[Cap],
        relaxed: Relaxed,
        items: tuple[Framed, Knapsacks],
    ) -> None:
        self._search, self._goal, self._caps, self._relaxed = search, goal, caps, relaxed
        self._framed, self._items = items
        self._local = self._narrow = search.local(relaxed, goal, caps)

    def run(self, until: Share) -> None:
        """Goes on until the level is proven or the time is over."""
        search = self._search
        search.run_local(self._local, self._caps, until, FIRST)
        if search.good_enough(until):
            return
        self._price(until)
        number = 0
        while not search.good_enough(until):
            self._core(number, until)
            number += 1

    def _price(self, until: Share) -> None:
        """Prices of needs, the bound that they prove, and a fractional plan."""
        search, goal = self._search, self._goal
        part = Share(search.budget, PRICING)
        target = float(search.value() - goal.constant)
        self._items.ascend(target, ROUNDS, lambda: part.over() or until.over())
        bound = least_value(goal, self._items.bound() + goal.constant * SCALE, SCALE)
        search.raise_bound(min(bound, search.value()), RELAXATION)
        shares = np.zeros(search.model.width)
        shares[self._framed.columns] = np.where(self._items.average > TAKEN, self._items.average, 0.0)
        self._relaxed = replace(self._relaxed, shares=shares)
        wanted = shares > 0.0
        wanted[search.incumbent.choice] = True
        self._narrow = search.local(self._relaxed, self._goal, self._caps, wanted)
        search.run_local(self._narrow, self._caps, until, FIRST)
        search.tell("knapsacks")

    def _core(self, number: int, until: Share) -> None:
        """An exact search among some columns: of branch and cut and of CP-SAT in turn, more columns each time.

        Once the columns that a better plan could have are few, all of them are searched: that is the proof.
        """
        search = self._search
        possible = search.possible(self._relaxed)
        extra = MORE[min(number // 2, len(MORE) - 1)] * len(search.model.needs)
        wanted = possible & search.nearly(self._relaxed, round(extra), search.incumbent.choice)
        few = int(possible.sum()) <= PROVABLE * len(search.model.needs)
        if (number >= PATIENT and few) or np.array_equal(wanted, possible):
            self._branch(possible, until, 1.0, number, exact=True)
        elif number % 2 == 0:
            self._branch(wanted, until, PART, number, exact=False)
        else:
            threads = 8 if search.budget.workers > 1 else 1
            allowed = search.by_need(wanted)
            search.solve_among(allowed, self._goal, self._caps, until, PART, threads, number)
        for local in (self._local, self._narrow):
            if local is not None:
                local.take_over(search.incumbent.choice)

    def _branch(self, allowed: Flags, until: Share, part: float, number: int, *, exact: bool) -> None:
        """Branch and cut among the allowed columns, local search beside it."""
        search = self._search
        deterministic = search.budget.deterministic
        branch = BranchAndCut(
            search.model,
            self._goal,
            self._caps,
            search.incumbent.choice,
            seconds=until.seconds_left(part),
            nodes=NODES if deterministic else None,
            gap=0.0,
            seed=search.seed + number,
            allowed=allowed,
        )
        workers = max(1, search.budget.workers - 1)
        while not branch.done() and not deterministic and not search.good_enough(until):
            search.run_local(self._local, self._caps, until, BESIDE, workers)
            search.run_local(self._narrow, self._caps, until, BESIDE, workers)
        search.join(branch, self._caps, until, exact=exact)
        if deterministic:
            search.run_local(self._local, self._caps, until, FIRST, workers)
            search.run_local(self._narrow, self._caps, until, FIRST, workers)
