"""Compiling everything beforehand, so that nobody's first plan waits for it."""

from __future__ import annotations

import numpy as np

from carematch.assignment.bounds.knapsack_relaxation import Knapsacks
from carematch.assignment.bounds.subgradient import ascend
from carematch.assignment.engine.budget import Budget
from carematch.assignment.engine.components import components
from carematch.assignment.engine.lexicographic import answer
from carematch.assignment.formulation.grid import Framed, Grid
from carematch.assignment.formulation.model import build
from carematch.assignment.heuristics.diving import Dives
from carematch.assignment.heuristics.local_search import Local
from carematch.assignment.problem import Limits, Need, Option, Problem, Resource, Supplier


def warm_up() -> None:
    """Calls every compiled function once. Takes about twenty seconds on a new machine, then the time of loading."""
    problem = Problem(
        needs=tuple(Need(f"n{i}") for i in range(4)),
        suppliers=(Supplier("A"), Supplier("B")),
        resources=(Resource("A", 2, "A"), Resource("B", 2, "B")),
        options=tuple(Option(f"n{i}", s, {s: 1}, {"travel": i + 1}) for i in range(4) for s in "AB"),
    )
    answer(problem, Budget(Limits(seconds=0), None))
    model = build(problem)
    components(model)
    columns = np.arange(model.width)
    grid = Grid(model.first, model.need, np.ones(model.width), model.use, model.row, model.amount, model.capacity)
    nothing = np.zeros(len(model.capacity))
    ascend(grid, nothing, 1, np.inf)
    items = Knapsacks(grid, np.ones(4))
    items.ascend(10.0, 1)
    items.bound()
    items.possible(10.0)
    list(Dives(items, 1).run(10.0, 1, lambda: False))
    local = Local(Framed(grid, columns), nothing, grid.cost, model.nobody(), 1, 1)
    local.run(1e-6, 1.0, lambda: False, lambda choice: True)
    local.run(1e-6, 1.0, lambda: False, lambda choice: True)
