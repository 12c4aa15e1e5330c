"""The linear relaxation: bounds that are exact integers, prices, and which columns can matter.

The solver's floating-point prices are only taken as a hint. They are rounded to integers over a
common scale, and the Lagrangean bound at those prices is computed in integers: for any prices
y >= 0, sum over needs of min over columns (c_j + y a_j) - y b is a lower bound (Geoffrion 1974,
"Lagrangean relaxation for integer programming"), whatever the solver did. At the relaxation's
optimal prices it equals the relaxation's value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from ortools.math_opt.python import mathopt

from carematch.assignment.goals import FULL_PERMILLE
from carematch.assignment.model import LinearGoal, Model
from carematch.assignment.program import Cap, Program, time_limit

#: Prices are integers over this scale.
SCALE = 2**24


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
        self._program = Program(model, whole=False)

    def minimise(self, goal: LinearGoal, caps: Sequence[Cap], seconds: float | None) -> Relaxed:
        """Relaxes `goal` under the settled levels; out of time, the bound is weak but still valid."""
        program = self._program
        rows = program.pose(goal, caps)
        result = mathopt.solve(
            program.model,
            mathopt.SolverType.GLOP,
            params=mathopt.SolveParameters(time_limit=time_limit(seconds), threads=1),
        )
        duals: list[float] = [0.0] * (len(program.rows) + len(program.peaks) + len(rows))
        shares = [0.0] * len(program.x)
        if result.has_dual_feasible_solution():
            duals = list(result.dual_values([*program.rows, *program.peaks, *rows]))
        if result.has_primal_feasible_solution():
            shares = list(result.variable_values(program.x))
        program.withdraw(rows)
        return self._certified(goal, caps, duals, shares)

    def trivial_bound(self, goal: LinearGoal) -> int:
        """The bound at prices of zero: every need at its cheapest, as if capacity had no end."""
        nothing = [0.0] * (len(self._program.rows) + len(self._program.peaks))
        return self._certified(goal, (), nothing, [0.0] * len(self._program.x)).bound

    def _certified(self, goal: LinearGoal, caps: Sequence[Cap], duals: list[float], shares: list[float]) -> Relaxed:
        """The Lagrangean bound at these prices, in integers only."""
        model = self._model
        prices = [max(0, round(-dual * SCALE)) for dual in duals]
        row_prices = prices[: len(self._program.rows)]
        peak_prices = prices[len(self._program.rows) : len(self._program.rows) + len(self._program.peaks)]
        cap_prices = prices[len(self._program.rows) + len(self._program.peaks) :]
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
            bound=least_value(goal, constant),
            scaled=constant,
            reduced=reduced,
            shares=shares,
            prices=[price / SCALE for price in row_prices],
            cap_prices=[price / SCALE for price in cap_prices],
        )


def least_value(goal: LinearGoal, scaled: int) -> int:
    """The least value that the goal can take at or above a scaled bound.

    Without a peak, the goal is its constant plus a multiple of the common divisor of its costs.
    """
    step = 1 if goal.peak else max(1, gcd(*goal.costs))
    return goal.constant - (-(scaled - goal.constant * SCALE) // (step * SCALE)) * step
