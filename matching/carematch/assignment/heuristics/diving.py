"""Whole plans from priced knapsacks: what they agree on is fixed, the rest is priced again, and so on to the end.

A dive as in branch and price, with the prices of the volume algorithm (see `knapsack`) in place of a linear
program. A little noise in what is fixed first makes each dive another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from carematch.assignment.bounds.knapsack_relaxation import Knapsacks
from carematch.assignment.formulation.arrays import Choice, Floats, Ints
from carematch.assignment.formulation.compiled import compiled
from carematch.assignment.formulation.grid import Grid

#: Rounds of prices between two steps; cells of knapsacks that count as one unit of work.
ROUNDS, CELLS_PER_WORK = 30, 500_000_000
#: Fraction of the open needs that a step fixes at least and at most, and the average that is agreement enough.
LEAST, MOST, AGREED = 0.03, 0.34, 0.6
#: Noise added to the averages.
NOISE = 0.1
#: How far the bound of what is fixed may rise above the best value before a dive is given up.
HOPELESS = 1.01


class Dives:
    """Dives from the prices and averages that knapsacks have come to; each has a number and its own noise."""

    def __init__(self, items: Knapsacks, seed: int) -> None:
        self._items = items
        self._seed = seed
        self._number = 0
        self._cells = 0.0

    def run(self, target: float, workers: int, over: Callable[[], bool]) -> Iterator[Choice]:
        """One dive in each thread, towards a value known; gives the plans of those that came to the end."""
        seeds = [self._seed * 1_000_003 + self._number + worker for worker in range(workers)]
        self._number += workers
        with ThreadPoolExecutor(workers) as threads:
            for choice, cells in list(threads.map(lambda seed: self._dive(target, seed, over), seeds)):
                self._cells += cells
                if choice is not None:
                    yield choice

    def work(self) -> float:
        """The units of work done so far."""
        return self._cells / CELLS_PER_WORK

    def _dive(self, target: float, seed: int, over: Callable[[], bool]) -> tuple[Choice | None, float]:
        """The plan, if the dive came to its end, and the cells looked at."""
        items = self._items.copy()
        noise = np.random.default_rng(seed)
        wanted = np.ones(len(items.prices))
        choice = np.full(len(wanted), -1, np.int64)
        cells = spent = 0.0
        while wanted.any():
            if over():
                return None, cells
            items.best = -np.inf
            items.ascend(target - spent, ROUNDS, wanted=wanted)
            cells += ROUNDS * items.cells()
            if spent + items.best > HOPELESS * target:
                return None, cells
            order = np.argsort(-items.average - NOISE * noise.random(len(items.average)), kind="stable")
            left = int(wanted.sum())
            if not _fix(
                items.grid,
                items.average,
                order,
                items.prices,
                wanted,
                choice,
                1 + int(LEAST * left),
                1 + int(MOST * left),
            ):
                return None, cells
            spent = float(items.grid.cost[choice[choice >= 0]].sum())
        return choice, cells


@compiled
def _fix(
    grid: Grid, average: Floats, order: Ints, prices: Floats, wanted: Floats, choice: Choice, least: int, most: int
) -> bool:
    """Gives needs the columns that the knapsacks agree on, in this order, as long as they fit; False when none does.

    The capacity of the grid shrinks; the price of a need that has its column becomes zero: no knapsack takes it.
    """
    fixed = 0
    for j in order:
        need = grid.need[j]
        if wanted[need] == 0.0:
            continue
        if fixed >= most or (fixed >= least and average[j] < AGREED):
            break
        fits = True
        for k in range(grid.use[j], grid.use[j + 1]):
            fits = fits and grid.amount[k] <= grid.capacity[grid.row[k]]
        if not fits:
            continue
        for k in range(grid.use[j], grid.use[j + 1]):
            grid.capacity[grid.row[k]] -= grid.amount[k]
        choice[need] = j
        wanted[need] = 0.0
        prices[need] = 0.0
        fixed += 1
    return fixed > 0
