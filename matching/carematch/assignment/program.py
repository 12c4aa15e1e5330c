"""The model as a linear program for OR-Tools' MathOpt, with fractional or with whole columns."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from ortools.math_opt.python import mathopt

from carematch.assignment.goals import FULL_PERMILLE
from carematch.assignment.model import LinearGoal, Model


@dataclass(frozen=True)
class Cap:
    """A level that is settled: its goal may not exceed `limit`."""

    goal: LinearGoal
    limit: int


class Program:
    """Columns, one of each need, rows, and the peak load; goal and settled levels are posed in turn.

    `x` are the columns, `rows` and `peaks` the constraints in the order of the model.
    """

    def __init__(self, model: Model, *, whole: bool) -> None:
        self.model = mathopt.Model(name="assignment")
        if whole:
            self.x = [self.model.add_binary_variable() for _ in model.columns]
        else:
            # no upper limit: that each need has one column says it already
            self.x = [self.model.add_variable(lb=0.0) for _ in model.columns]
        self._peak = self.model.add_variable(lb=0.0, ub=float(FULL_PERMILLE), is_integer=whole)
        for columns in model.columns_of:
            self.model.add_linear_constraint(mathopt.fast_sum([self.x[j] for j in columns]) == 1.0)
        uses: list[list[tuple[int, int]]] = [[] for _ in model.rows]
        for number, column in enumerate(model.columns):
            for row, amount in column.usage:
                uses[row].append((number, amount))
        self.rows = [
            self.model.add_linear_constraint(
                mathopt.fast_sum([amount * self.x[j] for j, amount in uses[index]]) <= float(row.capacity)
            )
            for index, row in enumerate(model.rows)
        ]
        self.peaks = [
            self.model.add_linear_constraint(
                mathopt.fast_sum([FULL_PERMILLE * amount * self.x[j] for j, amount in peak_uses])
                - float(capacity) * self._peak
                <= 0.0
            )
            for capacity, peak_uses in model.peaks
        ]

    def pose(self, goal: LinearGoal, caps: Sequence[Cap]) -> list[mathopt.LinearConstraint]:
        """Sets the objective (without its constant) and adds the settled levels; returns their rows."""
        self.model.minimize(self._expression(goal))
        return [
            self.model.add_linear_constraint(self._expression(cap.goal) <= float(cap.limit - cap.goal.constant))
            for cap in caps
        ]

    def withdraw(self, rows: Sequence[mathopt.LinearConstraint]) -> None:
        """Takes the settled levels out again."""
        for row in rows:
            self.model.delete_linear_constraint(row)

    def _expression(self, goal: LinearGoal) -> mathopt.LinearExpression:
        terms = [cost * self.x[j] for j, cost in enumerate(goal.costs) if cost]
        return mathopt.fast_sum([*terms, float(goal.peak) * self._peak])


def time_limit(seconds: float | None) -> datetime.timedelta | None:
    """A limit that MathOpt accepts; None for none."""
    return None if seconds is None else datetime.timedelta(seconds=max(0.01, seconds))
