"""Where every option uses one unit of one row at most, the level is a flow, and flows are whole by themselves."""

from __future__ import annotations

import numpy as np
from ortools.graph.python import min_cost_flow

from carematch.assignment.formulation.arrays import Choice, Ints
from carematch.assignment.formulation.grid import Grid, single


def is_flow(grid: Grid) -> bool:
    """Whether the grid is a transportation problem with one unit a need."""
    return single(grid) and bool((grid.amount == 1).all())


def cheapest_flow(grid: Grid) -> Choice | None:
    """The cheapest choice, proven by prices (cost scaling); None when no choice fits."""
    needs, rows = len(grid.first) - 1, len(grid.capacity)
    sink = needs + rows
    head: Ints = np.full(len(grid.cost), sink, np.int64)
    using = np.flatnonzero(np.diff(grid.use))
    head[using] = needs + grid.row[grid.use[using]]
    flow = min_cost_flow.SimpleMinCostFlow()
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        grid.need, head, np.ones(len(head), np.int64), grid.cost.astype(np.int64)
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(needs, sink), np.full(rows, sink), grid.capacity, np.zeros(rows, np.int64)
    )
    flow.set_nodes_supplies(np.arange(needs), np.ones(needs, np.int64))
    flow.set_nodes_supplies(np.array([sink]), np.array([-needs]))
    if flow.solve() != flow.OPTIMAL:
        return None
    taken = np.flatnonzero(flow.flows(arcs) > 0)
    choice = np.empty(needs, np.int64)
    choice[grid.need[taken]] = taken
    return choice
