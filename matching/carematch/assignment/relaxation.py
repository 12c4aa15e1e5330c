"""The linear relaxation: bounds that are exact integers, prices, and which columns can matter.

The solver's floating-point prices are only taken as a hint. They are rounded to integers over a
common scale, and the Lagrangean bound at those prices is computed in integers: for any prices
y >= 0, sum over needs of min over columns (c_j + y a_j) - y b is a lower bound (Geoffrion 1974,
"Lagrangean relaxation for integer programming"), whatever the solver did. At the relaxation's
optimal prices it equals the relaxation's value.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from ortools.math_opt.python import mathopt

from carematch.assignment.goals import FULL_PERMILLE
from carematch.assignment.model import LinearGoal, Model

#: Prices are integers over this scale.
SCALE = 2**24


@dataclass(frozen=True)
class Cap:
    """A level that is settled: its goal may not exceed `limit`."""

    goal: LinearGoal
    limit: int


@dataclass(frozen=True)
class Relaxed:
    """Result of a relaxation of one goal.

    `bound` is a proven integer lower bound, `scaled` the same times SCALE before rounding; `reduced`
    is how much more than the bound (scaled) a plan with that column costs at least; `shares` is the
    fractional plan; `prices` what one more unit of each row would save (float, in the goal's unit,
    per unit of the row), `cap_prices` the same for each settled level.
    """

    bound: int
    scaled: int
    reduced: list[int]
    shares: list[float]
    prices: list[float]
    cap_prices: list[float]


class Relaxation:
    """The relaxation of one model, kept between goals so that each solve starts from the last."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._lp = mathopt.Model(name="relaxation")
        self._x = [self._lp.add_variable(lb=0.0) for _ in model.columns]
        self._peak = self._lp.add_variable(lb=0.0, ub=float(FULL_PERMILLE))
        for columns in model.columns_of:
            self._lp.add_linear_constraint(mathopt.fast_sum([self._x[j] for j in columns]) == 1.0)
        uses: list[list[tuple[int, int]]] = [[] for _ in model.rows]
        for number, column in enumerate(model.columns):
            for row, amount in column.usage:
                uses[row].append((number, amount))
        self._rows = [
            self._lp.add_linear_constraint(
                mathopt.fast_sum([amount * self._x[j] for j, amount in uses[index]]) <= float(row.capacity)
            )
            for index, row in enumerate(model.rows)
        ]
        self._peaks = [
            self._lp.add_linear_constraint(
                mathopt.fast_sum([FULL_PERMILLE * amount * self._x[j] for j, amount in peak_uses])
                - float(capacity) * self._peak
                <= 0.0
            )
            for capacity, peak_uses in model.peaks
        ]

    def minimise(self, goal: LinearGoal, caps: Sequence[Cap], seconds: float | None) -> Relaxed:
        """Relaxes `goal` under the settled levels; out of time, the bound is weak but still valid."""
        self._lp.minimize(self._expression(goal))
        rows = [
            self._lp.add_linear_constraint(self._expression(c.goal) <= c.limit - c.goal.constant)
            for c in caps
        ]
        limit = None if seconds is None else datetime.timedelta(seconds=max(0.01, seconds))
        result = mathopt.solve(
            self._lp, mathopt.SolverType.GLOP, params=mathopt.SolveParameters(time_limit=limit, threads=1)
        )
        duals: list[float] = [0.0] * (len(self._rows) + len(self._peaks) + len(rows))
        shares = [0.0] * len(self._x)
        if result.has_dual_feasible_solution():
            duals = list(result.dual_values([*self._rows, *self._peaks, *rows]))
        if result.has_primal_feasible_solution():
            shares = list(result.variable_values(self._x))
        for row in rows:
            self._lp.delete_linear_constraint(row)
        return self._certified(goal, caps, duals, shares)

    def trivial_bound(self, goal: LinearGoal) -> int:
        """The bound at prices of zero: every need at its cheapest, as if capacity had no end."""
        nothing = [0.0] * (len(self._rows) + len(self._peaks))
        return self._certified(goal, (), nothing, [0.0] * len(self._x)).bound

    def _expression(self, goal: LinearGoal) -> mathopt.LinearExpression:
        terms = [cost * self._x[j] for j, cost in enumerate(goal.costs) if cost]
        return mathopt.fast_sum([*terms, float(goal.peak) * self._peak])

    def _certified(
        self, goal: LinearGoal, caps: Sequence[Cap], duals: list[float], shares: list[float]
    ) -> Relaxed:
        """The Lagrangean bound at these prices, in integers only."""
        model = self._model
        prices = [max(0, round(-dual * SCALE)) for dual in duals]
        row_prices = prices[: len(self._rows)]
        peak_prices = prices[len(self._rows) : len(self._rows) + len(self._peaks)]
        cap_prices = prices[len(self._rows) + len(self._peaks) :]
        priced = [cost * SCALE for cost in goal.costs]
        peak = goal.peak * SCALE
        constant = goal.constant * SCALE
        for number, column in enumerate(model.columns):
            priced[number] += sum(row_prices[row] * amount for row, amount in column.usage)
        for price, (capacity, uses) in zip(peak_prices, model.peaks, strict=True):
            if price:
                peak -= price * capacity
                for number, amount in uses:
                    priced[number] += price * FULL_PERMILLE * amount
        for price, cap in zip(cap_prices, caps, strict=True):
            if price:
                peak += price * cap.goal.peak
                constant -= price * (cap.limit - cap.goal.constant)
                for number, cost in enumerate(cap.goal.costs):
                    priced[number] += price * cost
        constant -= sum(price * row.capacity for price, row in zip(row_prices, model.rows, strict=True))
        constant += min(0, peak * FULL_PERMILLE)
        reduced = [0] * len(priced)
        for columns in model.columns_of:
            cheapest = min(priced[j] for j in columns)
            constant += cheapest
            for j in columns:
                reduced[j] = priced[j] - cheapest
        return Relaxed(
            bound=_rounded_up(goal, constant),
            scaled=constant,
            reduced=reduced,
            shares=shares,
            prices=[price / SCALE for price in row_prices],
            cap_prices=[price / SCALE for price in cap_prices],
        )


def _rounded_up(goal: LinearGoal, scaled: int) -> int:
    """The least value that the goal can take at or above a scaled bound.

    Without a peak, the goal is its constant plus a multiple of the common divisor of its costs.
    """
    step = 1 if goal.peak else max(1, gcd(*goal.costs))
    return goal.constant - (-(scaled - goal.constant * SCALE) // (step * SCALE)) * step
