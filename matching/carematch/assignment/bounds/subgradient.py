"""Prices of the rows by subgradient steps, for problems that are too large for a simplex.

For any prices y >= 0, the sum over needs of min over columns (c_j + y a_j) - y b is a lower bound
(Geoffrion 1974, "Lagrangean relaxation for integer programming"). The steps aim a little above the
best value known (Polyak's rule with a moving target) along a deflected direction (Camerini, Fratta
and Maffioli 1975).
"""

from __future__ import annotations

import numpy as np

from carematch.assignment.formulation.arrays import Floats
from carematch.assignment.formulation.compiled import compiled
from carematch.assignment.formulation.grid import Grid, price

#: Steps without a better value after which the target comes nearer; how near it may come before the end.
PATIENCE = 12
NEAR, NEAREST = 0.02, 1e-6
#: Fraction of the last direction that is kept.
MEMORY = 0.6


@compiled
def ascend(grid: Grid, start: Floats, steps: int, limit: float) -> tuple[float, Floats]:
    """The best prices found within so many steps from `start`, and their value.

    A value above `limit` means that no plan keeps the rows; the search ends there.
    """
    rows = len(grid.capacity)
    needs = len(grid.first) - 1
    priced = np.empty(len(grid.cost))
    cheapest = np.empty(needs, np.int64)
    prices = start.copy()
    best_prices = start.copy()
    best = price(grid, prices, priced, cheapest)
    direction = np.zeros(rows)
    unit = _units(grid)
    ahead = NEAR
    fruitless = 0
    for _ in range(steps):
        value = price(grid, prices, priced, cheapest)
        if value > best + 1e-9 * max(1.0, abs(best)):
            if value > best + 0.1 * ahead * max(1.0, abs(best)):
                fruitless = 0
            best = value
            best_prices[:] = prices
        else:
            fruitless += 1
        if best > limit:
            break
        if fruitless >= PATIENCE:
            fruitless = 0
            ahead *= 0.6
            prices[:] = best_prices
            direction[:] = 0.0
            value = price(grid, prices, priced, cheapest)
            if ahead < NEAREST:
                break
        for row in range(rows):
            direction[row] *= MEMORY
            direction[row] -= (1.0 - MEMORY) * grid.capacity[row]
        for need in range(needs):
            column = cheapest[need]
            for k in range(grid.use[column], grid.use[column + 1]):
                direction[grid.row[k]] += (1.0 - MEMORY) * grid.amount[k]
        length = 0.0
        for row in range(rows):
            if prices[row] > 0.0 or direction[row] > 0.0:
                length += (direction[row] / unit[row]) ** 2
        if length <= 1e-12:
            break
        step = (best + ahead * max(1.0, abs(best)) - value) / length
        for row in range(rows):
            prices[row] = max(0.0, prices[row] + step * direction[row] / unit[row] ** 2)
    return best, best_prices


@compiled
def _units(grid: Grid) -> Floats:
    """The mean amount that a column uses of each row: in these units rows of money and of hours are alike."""
    total = np.zeros(len(grid.capacity))
    count = np.zeros(len(grid.capacity))
    for k in range(len(grid.row)):
        total[grid.row[k]] += grid.amount[k]
        count[grid.row[k]] += 1.0
    for row in range(len(total)):
        total[row] = total[row] / count[row] if total[row] > 0.0 else 1.0
    return total
