"""A level of the policy as compiled code sees it: costs of columns, rows with the settled levels among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from carematch.assignment.formulation.arrays import Choice, Floats, Ints
from carematch.assignment.formulation.compiled import compiled
from carematch.assignment.formulation.model import Cap, LinearGoal, Model, spread
from carematch.assignment.formulation.peaks import Ratio


class Grid(NamedTuple):
    """Need i has the columns first[i] to first[i + 1] - 1; column j belongs to need[j] and costs cost[j].

    It uses amount[k] of row row[k] for k from use[j] to use[j + 1] - 1; row r holds capacity[r].
    """

    first: Ints
    need: Ints
    cost: Floats
    use: Ints
    row: Ints
    amount: Ints
    capacity: Ints


class Framed(NamedTuple):
    """A grid made of a model; `columns` are the numbers that the grid's columns have in the model.

    The first rows of the grid are the rows of the model, the others are settled levels.
    """

    grid: Grid
    columns: Ints

    def of_model(self, choice: Choice) -> Choice:
        """A choice of the grid as a choice of the model."""
        return self.columns[choice]

    def of_grid(self, choice: Choice) -> Choice:
        """A choice of the model as a choice of the grid; -1 where the grid lacks the column."""
        places = np.searchsorted(self.columns, choice)
        places[places == len(self.columns)] = 0
        return np.where(self.columns[places] == choice, places, -1)


def frame(model: Model, goal: LinearGoal, caps: Sequence[Cap]) -> Framed | None:
    """The grid of a goal without peaks, with each settled level as one row more, or several for a peak.

    Columns that use more of a row than it holds are left out: with a cap of zero on the unserved,
    nobody can be left out. None when a need has no column left.
    """
    use, row, amount = model.use, model.row, model.amount
    capacity = [model.capacity]
    owner = np.repeat(np.arange(model.width), np.diff(use))
    owners, rows, amounts = [owner], [row], [amount]
    count = len(model.capacity)
    possible = np.ones(model.width, np.bool_)
    for cap in caps:
        for ratio in cap_ratios(model, cap):
            possible[ratio.columns[ratio.amounts > ratio.capacity]] = False
            if not _is_row(model, cap, ratio):
                continue
            owners.append(ratio.columns)
            rows.append(np.full(len(ratio.columns), count, np.int64))
            amounts.append(ratio.amounts)
            capacity.append(np.array([ratio.capacity], dtype=np.int64))
            count += 1
    if len(owners) > 1:
        owner, row, amount = np.concatenate(owners), np.concatenate(rows), np.concatenate(amounts)
        order = np.lexsort((row, owner))
        owner, row, amount = owner[order], row[order], amount[order]
        use = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=model.width))))
    limits = np.concatenate(capacity)
    possible[owner[amount > limits[row]]] = False
    columns = np.flatnonzero(possible)
    need = model.need[columns]
    first = np.searchsorted(need, np.arange(len(model.needs) + 1))
    if (np.diff(first) == 0).any():
        return None
    uses = spread(use, columns)
    counts = np.diff(use)[columns]
    return Framed(
        Grid(
            first=first.astype(np.int64),
            need=need,
            cost=goal.costs[columns].astype(np.float64),
            use=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            row=row[uses],
            amount=amount[uses],
            capacity=limits,
        ),
        columns,
    )


def cap_ratios(model: Model, cap: Cap) -> list[Ratio]:
    """What a settled level limits: one sum, or each number of a peak. A blend of both has none."""
    if not cap.goal.peaks:
        mine = np.flatnonzero(cap.goal.costs)
        return [Ratio(cap.limit - cap.goal.constant, 0, mine, cap.goal.costs[mine])]
    if cap.goal.costs.any() or len(cap.goal.peaks) > 1:
        return []
    ((name, weight),) = cap.goal.peaks.items()
    peak = model.peaks[name]
    # scale x (fixed + load) <= limit x capacity, since rounding up keeps whole limits
    whole = (cap.limit - cap.goal.constant) // weight
    return [
        Ratio(whole * ratio.capacity // peak.scale - ratio.fixed, 0, ratio.columns, ratio.amounts)
        for ratio in peak.ratios
    ]


def cap_rows(model: Model, cap: Cap) -> int:
    """How many rows of a grid a settled level takes."""
    return sum(_is_row(model, cap, ratio) for ratio in cap_ratios(model, cap))


def _is_row(model: Model, cap: Cap, ratio: Ratio) -> bool:
    """Whether it becomes a row: a sum always does, a number of a peak where it limits several needs together."""
    return not cap.goal.peaks or (len(ratio.columns) > 0 and bool(np.ptp(model.need[ratio.columns])))


def single(grid: Grid) -> bool:
    """Whether every column uses one row at most, so that each row is a knapsack by itself."""
    return bool((np.diff(grid.use) <= 1).all())


def first_best(first: Ints, need: Ints, taste: Floats) -> Choice:
    """The column of least taste of each need, the first of equals.

    `first` is where the columns of each need begin (and the last end), `need` the need of each column.
    """
    least = np.minimum.reduceat(taste, first[:-1])
    columns = np.flatnonzero(taste == least[need])
    _, place = np.unique(need[columns], return_index=True)
    return columns[place]


@compiled
def price(grid: Grid, prices: Floats, priced: Floats, cheapest: Ints) -> float:
    """The Lagrangean value at these prices of the rows, in floats.

    Fills `priced` (cost of each column with what it uses) and `cheapest` (column of each need).
    """
    total = 0.0
    for row in range(len(prices)):
        total -= prices[row] * grid.capacity[row]
    for need in range(len(cheapest)):
        least = np.inf
        for column in range(grid.first[need], grid.first[need + 1]):
            dear = grid.cost[column]
            for k in range(grid.use[column], grid.use[column + 1]):
                dear += prices[grid.row[k]] * grid.amount[k]
            priced[column] = dear
            if dear < least:
                least = dear
                cheapest[need] = column
        total += least
    return total
