"""The model as a linear program for OR-Tools' MathOpt, with fractional or with whole columns."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
from ortools.math_opt.python import mathopt

from carematch.assignment.model import Cap, Flags, LinearGoal, Model


class Program:
    """Columns, one of each need, rows, and the peaks; goal and settled levels are posed in turn.

    `columns` are the columns of the model that it has, `x` their variables, `rows` and `parts` the
    constraints of the rows and of the parts of all peaks, in the order of the model.
    """

    def __init__(self, model: Model, *, whole: bool, allowed: Flags | None = None) -> None:
        self._model = model
        self.columns = np.arange(model.width) if allowed is None else np.flatnonzero(allowed)
        self.model = mathopt.Model(name="assignment")
        if whole:
            self.x = [self.model.add_binary_variable() for _ in self.columns]
        else:
            # no upper limit: that each need has one column says it already
            self.x = [self.model.add_variable(lb=0.0) for _ in self.columns]
        self._variable = dict(zip(self.columns.tolist(), self.x, strict=True))
        self.peaks = {
            name: self.model.add_variable(lb=0.0, ub=float(peak.top), is_integer=whole)
            for name, peak in sorted(model.peaks.items())
        }
        of_need: list[list[mathopt.Variable]] = [[] for _ in model.needs]
        for need, x in zip(model.need[self.columns].tolist(), self.x, strict=True):
            of_need[need].append(x)
        for mine in of_need:
            self.model.add_linear_constraint(mathopt.fast_sum(mine) == 1.0)
        uses: list[list[mathopt.LinearTerm]] = [[] for _ in model.capacity]
        row, amount, use = model.row.tolist(), model.amount.tolist(), model.use.tolist()
        for column, x in self._variable.items():
            for k in range(use[column], use[column + 1]):
                uses[row[k]].append(amount[k] * x)
        self.rows = [
            self.model.add_linear_constraint(mathopt.fast_sum(mine) <= float(capacity))
            for mine, capacity in zip(uses, model.capacity.tolist(), strict=True)
        ]
        self.parts = [
            self.model.add_linear_constraint(
                mathopt.fast_sum(
                    peak.scale * amount * self._variable[column]
                    for column, amount in zip(part.columns.tolist(), part.amounts.tolist(), strict=True)
                    if column in self._variable
                )
                - float(part.capacity) * self.peaks[name]
                <= float(-peak.scale * part.fixed)
            )
            for name, peak in sorted(model.peaks.items())
            for part in peak.parts
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
        costs = goal.costs[self.columns].tolist()
        terms = [cost * x for cost, x in zip(costs, self.x, strict=True) if cost]
        return mathopt.fast_sum([*terms, *(float(weight) * self.peaks[name] for name, weight in goal.peaks.items())])


def time_limit(seconds: float | None) -> datetime.timedelta | None:
    """A limit that MathOpt accepts; None for none."""
    return None if seconds is None else datetime.timedelta(seconds=max(0.01, seconds))
