"""Solvers that somebody would otherwise reach for, on the plain model: HiGHS, SCIP and CP-SAT.

SCIP is a development dependency, so it is imported where it is used. Each function solves within so many
seconds, tells its notes what it finds, and returns what the solver says of itself at the end. SCIP as it comes works
on one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import highspy
import numpy as np
from ortools.sat.python import cp_model

from carematch.bench.plain import Notes, PlainModel
from carematch.bench.recording import Point

Send = Callable[[Point], None]


class PeerMissing(RuntimeError):
    """A library that is only needed for comparison is not installed."""


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise PeerMissing(
            f"{name} is not installed; it is one of the development dependencies (make setup)."
        ) from error


def highs(model: PlainModel, seconds: float, threads: int, seed: int, send: Send) -> str:
    """HiGHS: rows are the needs, then the resources; columns the options, then who is left out."""
    columns, needs, resources = len(model.cost), model.needs, len(model.capacities)
    left_out = np.arange(needs) if model.prices is not None else np.arange(0)
    row = np.concatenate([model.need, needs + model.use_resource, left_out])
    column = np.concatenate([np.arange(columns), model.use_column, columns + left_out])
    value = np.concatenate([np.ones(columns), model.use_amount, np.ones(len(left_out))]).astype(np.float64)
    order = np.lexsort((row, column))
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = columns + len(left_out), needs + resources
    prices = model.prices if model.prices is not None else model.cost[:0]
    programme.col_cost_ = np.concatenate([model.cost, prices]).astype(np.float64)
    programme.col_lower_, programme.col_upper_ = np.zeros(programme.num_col_), np.ones(programme.num_col_)
    programme.row_lower_ = np.concatenate([np.ones(needs), np.full(resources, -highspy.kHighsInf)])
    programme.row_upper_ = np.concatenate([np.ones(needs), model.capacities]).astype(np.float64)
    programme.integrality_ = [highspy.HighsVarType.kInteger] * programme.num_col_
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = np.searchsorted(column[order], np.arange(programme.num_col_ + 1))
    programme.a_matrix_.index_, programme.a_matrix_.value_ = row[order], value[order]
    solver = highspy.Highs()
    for option, setting in {
        "log_to_console": False,
        "threads": threads,
        "time_limit": seconds,
        "random_seed": seed,
        "mip_rel_gap": 0.0,
    }.items():
        solver.setOptionValue(option, setting)
    solver.passModel(programme)
    notes = Notes(model, send)
    solver.cbMipImprovingSolution.subscribe(lambda event: notes.plan(event.data_out.mip_solution[:columns]))
    solver.cbMipLogging.subscribe(lambda event: notes.bound(event.data_out.mip_dual_bound))
    solver.run()
    if solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
        notes.plan(solver.getSolution().col_value[:columns])
    notes.bound(solver.getInfo().mip_dual_bound)
    return str(solver.modelStatusToString(solver.getModelStatus()))


def scip(model: PlainModel, seconds: float, threads: int, seed: int, send: Send) -> str:
    """SCIP, on one thread."""
    pyscipopt = _library("pyscipopt")
    solver = pyscipopt.Model()
    solver.hideOutput()
    solver.setParam("limits/time", max(seconds, 0.0))
    solver.setParam("randomization/randomseedshift", seed)
    chosen = [solver.addVar(vtype="B", obj=cost) for cost in model.cost.tolist()]
    by_need: list[list[Any]] = [[] for _ in range(model.needs)]
    for need, variable in zip(model.need.tolist(), chosen, strict=True):
        by_need[need].append(variable)
    for number, variables in enumerate(by_need):
        if model.prices is not None:
            variables.append(solver.addVar(vtype="B", obj=int(model.prices[number])))
        solver.addCons(pyscipopt.quicksum(variables) == 1)
    by_resource: list[list[Any]] = [[] for _ in model.capacities]
    for use in zip(model.use_column.tolist(), model.use_resource.tolist(), model.use_amount.tolist(), strict=True):
        by_resource[use[1]].append(use[2] * chosen[use[0]])
    for terms, capacity in zip(by_resource, model.capacities.tolist(), strict=True):
        if terms:
            solver.addCons(pyscipopt.quicksum(terms) <= capacity)
    notes = Notes(model, send)
    plans, nodes = pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND, pyscipopt.SCIP_EVENTTYPE.NODESOLVED

    def happened(watched: Any, event: Any) -> None:
        if event.getType() & plans:
            best = watched.getBestSol()
            notes.plan([watched.getSolVal(best, variable) for variable in chosen])
        notes.bound(watched.getDualbound())

    solver.attachEventHandlerCallback(happened, [plans, nodes])
    solver.optimize()
    notes.bound(solver.getDualbound())
    return str(solver.getStatus())


def cp_sat(model: PlainModel, seconds: float, threads: int, seed: int, send: Send) -> str:
    """CP-SAT with its usual portfolio for so many workers."""
    programme = cp_model.CpModel()
    chosen = [programme.new_bool_var("") for _ in range(len(model.cost))]
    by_need: list[list[Any]] = [[] for _ in range(model.needs)]
    for need, variable in zip(model.need.tolist(), chosen, strict=True):
        by_need[need].append(variable)
    costs, variables = model.cost.tolist(), list(chosen)
    if model.prices is not None:
        for mine, price in zip(by_need, model.prices.tolist(), strict=True):
            mine.append(programme.new_bool_var(""))
            variables.append(mine[-1])
            costs.append(price)
    for mine in by_need:
        programme.add_exactly_one(mine)
    by_resource: list[tuple[list[Any], list[int]]] = [([], []) for _ in model.capacities]
    for use in zip(model.use_column.tolist(), model.use_resource.tolist(), model.use_amount.tolist(), strict=True):
        by_resource[use[1]][0].append(chosen[use[0]])
        by_resource[use[1]][1].append(use[2])
    for (users, amounts), capacity in zip(by_resource, model.capacities.tolist(), strict=True):
        if users:
            programme.add(cp_model.LinearExpr.weighted_sum(users, amounts) <= capacity)
    programme.minimize(cp_model.LinearExpr.weighted_sum(variables, costs))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = threads
    solver.parameters.random_seed = seed
    notes = Notes(model, send)

    class Watch(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            # The options are the first variables; asking for each by itself would hold the solver up.
            notes.plan(list(self.response_proto.solution)[: len(chosen)])

    solver.best_bound_callback = notes.bound
    status = solver.solve(programme, Watch())
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        notes.plan([solver.boolean_value(variable) for variable in chosen])
    notes.bound(solver.best_objective_bound)
    return str(solver.status_name(status))


#: By the name on the command line: the name in tables, and how to solve.
PEERS: dict[str, tuple[str, Callable[[PlainModel, float, int, int, Send], str]]] = {
    "highs": ("HiGHS", highs),
    "scip": ("SCIP", scip),
    "cp-sat": ("CP-SAT", cp_sat),
}
