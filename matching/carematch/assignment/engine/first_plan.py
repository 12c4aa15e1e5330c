"""The first plan: what people decided, then the best of several greedy plans and of what is in force."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carematch.assignment.engine import infeasible_pins
from carematch.assignment.engine.incumbent import Incumbent
from carematch.assignment.formulation.arrays import NOBODY, Choice
from carematch.assignment.formulation.model import LinearGoal, Model, weighted_sum
from carematch.assignment.heuristics import greedy
from carematch.assignment.problem import Assignment


def level_goals(model: Model) -> list[LinearGoal]:
    """The weighted sum of each level of the policy."""
    return [
        weighted_sum([(term.weight, model.goal(term.goal)) for term in level.terms])
        for level in model.problem.policy.levels
    ]


def pinned_columns(model: Model) -> Choice:
    """The column of each pinned need, -1 for the others."""
    pinned = np.full(len(model.needs), -1, np.int64)
    wanted = {pin.need for pin in model.problem.pins if pin.supplier is not None}
    if not wanted:
        return pinned
    columns = {
        need: [j for j in range(model.first[i], model.first[i + 1]) if model.option[j] != NOBODY]
        for i, need in enumerate(model.needs)
        if need in wanted
    }
    placed = infeasible_pins.place(
        model.problem, [(need, [model.options[model.option[j]] for j in mine]) for need, mine in columns.items()]
    )
    assert placed is not None, "contradictory pins are answered before"
    for i, need in enumerate(model.needs):
        if need in placed:
            pinned[i] = next(j for j in columns[need] if model.options[model.option[j]] is placed[need])
    return pinned


def first_plan(
    model: Model, levels: list[LinearGoal], pinned: Choice, start: Sequence[Assignment]
) -> Incumbent | None:
    """The best of the greedy plans and of the plan in force or a known start, completed by greedy.

    None when none of them keeps within the moves allowed.
    """
    taste = greedy.preference(model)
    plans = [greedy.follow(model, pinned, taste, plan) for plan in (start, model.problem.in_force) if plan]
    if start:  # who is left out in it may be left out on purpose
        plans.append(greedy.follow(model, pinned, taste, start, alone=True))
    plans += [greedy.greedy(model, pinned, order, taste) for order in greedy.orders(model, taste)]
    if not len(model.needs):
        plans = [np.zeros(0, np.int64)]
    incumbent: Incumbent | None = None
    for plan in plans:
        if (model.free(plan) < 0).any():
            continue  # greedy keeps all rows but the one of moves
        if incumbent is None:
            incumbent = Incumbent(model, levels, plan)
        else:
            incumbent.offer(plan, ())
    return incumbent
