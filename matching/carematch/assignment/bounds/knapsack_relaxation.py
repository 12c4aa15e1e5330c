"""A stronger bound where every option uses one row at most: each row is then a knapsack by itself.

The rule that every need has one column is priced instead of the rows (Fisher, Jaikumar and Van
Wassenhove 1986, "A multiplier adjustment method for the generalized assignment problem"); what each
row takes at those prices is found exactly by dynamic programming. Prices are whole numbers over SCALE
and all sums stay below 2^53, so the floats are exact. The average of what the rows took is close to a
fractional optimum and says which columns matter (volume algorithm: Barahona and Anbil 2000).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from carematch.assignment.formulation.arrays import Flags, Floats, Ints
from carematch.assignment.formulation.compiled import compiled
from carematch.assignment.formulation.grid import Grid, single

SCALE = 1024
#: Rounds between two looks whether to stop.
ROUNDS_AT_ONCE = 10
#: Work of one round of all knapsacks (columns times capacity) above which they are too dear.
MOST_WORK = 150_000_000
#: Cells of the tables of one row (its items times its capacity) above which its columns are not forced.
LARGEST_TABLE = 20_000_000
#: Largest number that sums may reach.
EXACT = 2.0**52
#: How fast the average forgets; how the steps shrink.
FORGET, PATIENCE, SHRINK, SMALLEST = 0.05, 20, 0.7, 1e-4


class Knapsacks:
    """The knapsacks of a grid (see `fits`), the best prices of needs found so far, and what the rows took of late."""

    def __init__(self, grid: Grid, prices: Floats) -> None:
        self.grid = grid
        rows = len(grid.capacity)
        using = np.flatnonzero(np.diff(grid.use))
        row = grid.row[grid.use[using]]
        order = np.argsort(row, kind="stable")
        self._column = using[order]
        self._row = row[order]
        self._first = np.searchsorted(self._row, np.arange(rows + 1))
        widest = int(np.diff(self._first).max(initial=0))
        capacity = int(grid.capacity.max(initial=0))
        self._take: Flags = np.zeros((widest + 1, capacity + 1), np.bool_)
        self._value: Floats = np.zeros(capacity + 1)
        self.prices = prices.copy()
        self.average: Floats = np.zeros(len(grid.cost))
        self.best = -np.inf

    def copy(self) -> Knapsacks:
        """The same prices and averages, to be changed by themselves, and so the capacities."""
        other = Knapsacks(self.grid._replace(capacity=self.grid.capacity.copy()), self.prices)
        other.average[:] = self.average
        return other

    def ascend(
        self, target: float, rounds: int, stop: Callable[[], bool] = lambda: False, wanted: Floats | None = None
    ) -> None:
        """Improves the prices towards a target that is at least the optimum; asks every few rounds whether to stop.

        Only needs `wanted` (1, else 0) ask for a column.
        """
        state = np.array([0.3, 0.0, self.best])
        direction = np.zeros(len(self.prices))
        current = self.prices.copy()
        asked = np.ones(len(self.prices)) if wanted is None else wanted
        for _ in range(max(1, rounds // ROUNDS_AT_ONCE)):
            _rounds(
                self.grid, self._column, self._first, self._take, self._value, asked, current,
                self.prices, direction, self.average, state, target, ROUNDS_AT_ONCE,
            )  # fmt: skip
            self.best = float(state[2])
            if stop() or state[0] < SMALLEST or self.best > target - 1.0:
                return

    def cells(self) -> float:
        """About how many cells one round looks at: columns that pay, times the capacity of their row."""
        reduced = self.grid.cost[self._column] < self.prices[self.grid.need[self._column]]
        return float(self.grid.capacity[self._row[reduced]].sum())

    def possible(self, least: float) -> Flags:
        """The columns that a plan cheaper than `least` could have, whatever else it has.

        At the best prices each column is forced into its row, and out of it; a column without which every plan costs
        `least` or more rules out the others of its need (Posta, Ferland and Michelon 2012, "An exact method with
        variable fixing for solving the generalized assignment problem"). All where sums are too large for floats.
        """
        grid = self.grid
        whole = np.rint(self.prices * SCALE)
        if not self._exact(whole):
            return np.ones(len(grid.cost), np.bool_)
        inside, outside = np.zeros(len(grid.cost)), np.zeros(len(grid.cost))
        scaled = grid._replace(cost=grid.cost * SCALE)
        total = _forced(scaled, self._column, self._first, whole, inside, outside) + float(whole.sum())
        most = (least - 1.0) * SCALE
        left: Flags = total + inside <= most
        must = total + outside > most
        decided = np.zeros(len(self.prices), np.bool_)
        decided[grid.need[must]] = True
        return left & (must | ~decided[grid.need])

    def _exact(self, whole: Floats) -> bool:
        """Whether floats hold every sum of these prices (times SCALE) and the costs."""
        prices = len(self.grid.capacity) * float(np.abs(whole).sum())
        return prices + float(np.abs(self.grid.cost).sum()) * SCALE <= EXACT

    def bound(self) -> int | None:
        """The bound at the best prices, times SCALE, in whole numbers; None where these are too large for floats."""
        whole = np.rint(self.prices * SCALE)
        if not self._exact(whole):
            return None
        total = int(whole.astype(np.int64).astype(object).sum())
        scaled = self.grid._replace(cost=self.grid.cost * SCALE)
        taken = np.zeros(len(self.grid.cost), np.bool_)
        return total + int(
            _all(scaled, self._column, self._first, self._take, self._value, whole, taken)
        )  # exact: all are integers below 2^53


def fits(grid: Grid) -> bool:
    """Whether knapsacks apply and pay for their work."""
    if not single(grid) or not len(grid.capacity):
        return False
    using = np.flatnonzero(np.diff(grid.use))
    rows = grid.row[grid.use[using]]
    work = float(grid.capacity[rows].sum())
    table = float(np.bincount(rows).max(initial=0)) * float(grid.capacity.max())
    return max(work, table) <= MOST_WORK and float(np.abs(grid.cost).sum()) * SCALE < EXACT


@compiled
def _all(grid: Grid, column: Ints, first: Ints, take: Flags, value: Floats, prices: Floats, taken: Flags) -> float:
    """The sum of the least priced cost of each row, and of columns that use none; marks what they take."""
    total = 0.0
    for j in range(len(grid.cost)):
        if grid.use[j + 1] == grid.use[j]:
            reduced = grid.cost[j] - prices[grid.need[j]]
            taken[j] = reduced < 0.0
            total += min(0.0, reduced)
    for row in range(len(grid.capacity)):
        total += _knapsack(grid, row, column, first, take, value, prices, taken)
    return total


@compiled
def _knapsack(
    grid: Grid, row: int, column: Ints, first: Ints, take: Flags, value: Floats, prices: Floats, taken: Flags
) -> float:
    capacity = grid.capacity[row]
    value[: capacity + 1] = 0.0
    items = 0
    for p in range(first[row], first[row + 1]):
        j = column[p]
        reduced = grid.cost[j] - prices[grid.need[j]]
        size = grid.amount[grid.use[j]]
        if reduced >= 0.0 or size > capacity:
            continue
        for w in range(capacity, size - 1, -1):
            better = value[w - size] + reduced
            take[items, w] = better < value[w]
            if better < value[w]:
                value[w] = better
        take[items, :size] = False
        items += 1
    at = capacity
    for p in range(first[row + 1] - 1, first[row] - 1, -1):
        j = column[p]
        taken[j] = False
        size = grid.amount[grid.use[j]]
        if grid.cost[j] - prices[grid.need[j]] >= 0.0 or size > capacity:
            continue
        items -= 1
        if take[items, at]:
            taken[j] = True
            at -= size
    return float(value[capacity])


@compiled
def _forced(grid: Grid, column: Ints, first: Ints, prices: Floats, inside: Floats, outside: Floats) -> float:
    """The sum of the least priced cost of each row; fills what it would be more with each column in and out.

    A row whose tables would be too large says nothing of its columns.
    """
    total = 0.0
    for j in range(len(grid.cost)):
        if grid.use[j + 1] == grid.use[j]:
            reduced = grid.cost[j] - prices[grid.need[j]]
            total += min(0.0, reduced)
            inside[j], outside[j] = max(0.0, reduced), max(0.0, -reduced)
    for row in range(len(grid.capacity)):
        capacity = grid.capacity[row]
        items = np.empty(first[row + 1] - first[row], np.int64)
        count = 0
        for p in range(first[row], first[row + 1]):
            j = column[p]
            if grid.cost[j] < prices[grid.need[j]] and grid.amount[grid.use[j]] <= capacity:
                items[count] = j
                count += 1
        silent = (count + 1) * (capacity + 1) > LARGEST_TABLE
        deep = 1 if silent else count + 1
        before, after = np.zeros((deep, capacity + 1)), np.zeros((deep, capacity + 1))
        if silent:
            for k in range(count):
                _with(before[0], before[0], grid, items[k], prices)
        else:
            for k in range(count):
                _with(before[k + 1], before[k], grid, items[k], prices)
            for k in range(count - 1, -1, -1):
                _with(after[k], after[k + 1], grid, items[k], prices)
        best = before[deep - 1, capacity]
        total += best
        if silent:
            continue
        for p in range(first[row], first[row + 1]):
            j = column[p]
            size = grid.amount[grid.use[j]]
            if size > capacity:
                inside[j] = np.inf
            else:
                inside[j] = grid.cost[j] - prices[grid.need[j]] + before[count, capacity - size] - best
        for k in range(count):
            j = items[k]
            room = capacity - grid.amount[grid.use[j]]
            least, without = np.inf, np.inf
            for w in range(capacity + 1):
                without = min(without, before[k, w] + after[k + 1, capacity - w])
                if w <= room:
                    least = min(least, before[k, w] + after[k + 1, room - w])
            inside[j] = grid.cost[j] - prices[grid.need[j]] + least - best
            outside[j] = without - best
    return total


@compiled
def _with(after: Floats, before: Floats, grid: Grid, j: int, prices: Floats) -> None:
    """The least cost for each capacity with one more item to choose from; both may be the same array."""
    reduced = grid.cost[j] - prices[grid.need[j]]
    size = grid.amount[grid.use[j]]
    for w in range(len(before) - 1, size - 1, -1):
        after[w] = min(before[w], before[w - size] + reduced)
    for w in range(min(size, len(before))):
        after[w] = before[w]


@compiled
def _rounds(
    grid: Grid,
    column: Ints,
    first: Ints,
    take: Flags,
    value: Floats,
    asked: Floats,
    current: Floats,
    best: Floats,
    direction: Floats,
    average: Floats,
    state: Floats,
    target: float,
    rounds: int,
) -> None:
    """Subgradient steps: state is the step's factor, the fruitless rounds, the best value."""
    needs = len(current)
    taken = np.zeros(len(grid.cost), np.bool_)
    lack = np.empty(needs)
    for _ in range(rounds):
        found = current.sum() + _all(grid, column, first, take, value, current, taken)
        lack[:] = asked
        for j in range(len(taken)):
            average[j] *= 1.0 - FORGET
            if taken[j]:
                lack[grid.need[j]] -= 1.0
                average[j] += FORGET
        if found > state[2] + 1e-7:
            state[2] = found
            best[:] = current
            state[1] = 0.0
        else:
            state[1] += 1.0
            if state[1] >= PATIENCE:
                state[0] *= SHRINK
                state[1] = 0.0
                current[:] = best
        length = 0.0
        for need in range(needs):
            direction[need] = 0.6 * direction[need] + 0.4 * lack[need]
            length += direction[need] ** 2
        if length < 1e-9 or state[0] < SMALLEST:
            return
        step = state[0] * max(0.0, target - found) / length
        for need in range(needs):
            current[need] += step * direction[need]
