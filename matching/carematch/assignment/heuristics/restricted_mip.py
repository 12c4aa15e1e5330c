"""CP-SAT on a part of the model: some needs may change, within some of their columns.

With all needs and all columns this is the whole problem and its bound is a proof; with few it is a
neighbourhood of a plan.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from carematch.assignment.formulation.arrays import Choice
from carematch.assignment.formulation.model import Cap, LinearGoal, Model


@dataclass(frozen=True)
class Effort:
    """What one call of CP-SAT may take: threads, deterministic time, seconds, seed."""

    workers: int
    work: float | None
    seconds: float | None
    seed: int
    deterministic: bool


@dataclass(frozen=True)
class Outcome:
    """What came of it: a choice for the freed needs (None when none was found), a bound on the

    objective over all needs that holds for the columns allowed (None when nothing is known),
    whether the call ran to its end, and the deterministic time that it took.
    """

    columns: dict[int, int] | None
    bound: int | None
    finished: bool
    infeasible: bool
    work: float


def solve_restricted(
    model: Model,
    base: Choice,
    allowed: Mapping[int, Sequence[int]],
    objective: LinearGoal,
    caps: Sequence[Cap],
    effort: Effort,
    *,
    floor: int | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_plan: Callable[[dict[int, int], int], None] | None = None,
) -> Outcome:
    """Minimises `objective` over the needs in `allowed`; all others keep their column of `base`.

    `floor` is a known bound of the objective (cuts off nothing). `base` is given as a hint.
    """
    restricted = _Restricted(model, base, allowed)
    cost = restricted.add(objective, caps)
    if floor is not None:
        restricted.cp.add(cost >= floor)
    restricted.cp.minimize(cost)
    for need, columns in allowed.items():
        for column in columns:
            restricted.cp.add_hint(restricted.literal[column], bool(base[need] == column))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = effort.workers
    solver.parameters.random_seed = effort.seed % 2**31
    if effort.workers > 1 and effort.deterministic:
        solver.parameters.interleave_search = True
    if effort.work is not None:
        solver.parameters.max_deterministic_time = effort.work
    if effort.seconds is not None:
        solver.parameters.max_time_in_seconds = max(0.01, effort.seconds)
    callback = _Plans(restricted, on_plan) if on_plan else None
    with _Watch(solver, should_stop):
        status = solver.solve(restricted.cp, callback)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    ended = status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
    known = found or status == cp_model.UNKNOWN
    bound = round(solver.best_objective_bound) if known else None
    return Outcome(
        columns=restricted.chosen(solver.boolean_value) if found else None,
        bound=bound,
        finished=ended,
        infeasible=status == cp_model.INFEASIBLE,
        work=solver.response_proto.deterministic_time,
    )


class _Restricted:
    """The CP-SAT model of the freed needs; what the others use is taken off beforehand."""

    def __init__(self, model: Model, base: Choice, allowed: Mapping[int, Sequence[int]]) -> None:
        self.model = model
        self.allowed = allowed
        self.cp = cp_model.CpModel()
        free = np.zeros(len(base), np.bool_)
        free[list(allowed)] = True
        self.kept = base[~free]
        self.literal: dict[int, cp_model.IntVar] = {}
        uses: dict[int, tuple[list[cp_model.IntVar], list[int]]] = {}
        use, row, amount = model.use, model.row, model.amount
        for columns in allowed.values():
            for column in columns:
                literal = self.literal[column] = self.cp.new_bool_var("")
                for k in range(use[column], use[column + 1]):
                    variables, amounts = uses.setdefault(int(row[k]), ([], []))
                    variables.append(literal)
                    amounts.append(int(amount[k]))
            self.cp.add_exactly_one([self.literal[column] for column in columns])
        left = model.free(self.kept)
        for r, (variables, amounts) in uses.items():
            self.cp.add(cp_model.LinearExpr.weighted_sum(variables, amounts) <= int(left[r]))
        self._peaks: dict[str, cp_model.IntVar] = {}

    def add(self, objective: LinearGoal, caps: Sequence[Cap]) -> cp_model.LinearExprT:
        """Adds the settled levels and returns the expression of the objective."""
        for cap in caps:
            self.cp.add(self._expression(cap.goal) <= cap.limit)
        return self._expression(objective)

    def chosen(self, true: Callable[[cp_model.IntVar], bool]) -> dict[int, int]:
        """The column that is true, of each freed need."""
        return {
            need: next(column for column in columns if true(self.literal[column]))
            for need, columns in self.allowed.items()
        }

    def _expression(self, goal: LinearGoal) -> cp_model.LinearExprT:
        fixed = goal.constant + int(goal.costs[self.kept].sum())
        costly = [column for column in self.literal if goal.costs[column]]
        total = cp_model.LinearExpr.weighted_sum(
            [self.literal[column] for column in costly], [int(goal.costs[column]) for column in costly]
        )
        return sum((weight * self._peak(name) for name, weight in goal.peaks.items()), total + fixed)

    def _peak(self, name: str) -> cp_model.IntVar:
        if name not in self._peaks:
            peak = self.model.peaks[name]
            variable = self._peaks[name] = self.cp.new_int_var(0, peak.top, "")
            kept = set(self.kept.tolist())
            for ratio in peak.ratios:
                uses = list(zip(ratio.columns.tolist(), ratio.amounts.tolist(), strict=True))
                fixed = ratio.fixed + sum(amount for column, amount in uses if column in kept)
                free = [(column, amount) for column, amount in uses if column in self.literal]
                load = cp_model.LinearExpr.weighted_sum(
                    [self.literal[column] for column, _ in free], [peak.scale * amount for _, amount in free]
                )
                self.cp.add(ratio.capacity * variable >= load + peak.scale * fixed)
        return self._peaks[name]


class _Plans(cp_model.CpSolverSolutionCallback):
    """Hands on every plan that the solver finds, with the bound at that moment."""

    def __init__(self, restricted: _Restricted, on_plan: Callable[[dict[int, int], int], None]) -> None:
        super().__init__()
        self._restricted = restricted
        self._on_plan = on_plan

    def on_solution_callback(self) -> None:
        """Called by the solver."""
        self._on_plan(self._restricted.chosen(self.boolean_value), round(self.best_objective_bound))


class _Watch:
    """Stops a solver when somebody asks for it, by looking every twentieth of a second."""

    def __init__(self, solver: cp_model.CpSolver, should_stop: Callable[[], bool] | None) -> None:
        self._solver = solver
        self._should_stop = should_stop
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        if self._should_stop is not None:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._should_stop is not None:
            self._thread.join()

    def _look(self) -> None:
        assert self._should_stop is not None
        while not self._done.wait(0.05):
            if self._should_stop():
                self._solver.stop_search()
