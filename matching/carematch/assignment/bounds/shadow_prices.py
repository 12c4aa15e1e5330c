"""What one more unit of each resource would save."""

from __future__ import annotations

from msgspec import Struct

from carematch.assignment.bounds.lagrangian import Relaxation
from carematch.assignment.formulation.model import Cap, build
from carematch.assignment.goals import CONTINUITY, PEAKS
from carematch.assignment.problem import Problem
from carematch.assignment.solution import Solution


class Price(Struct, frozen=True):
    """What one more unit of a resource would save, by the relaxation: for each single-goal level.

    A price holds for small changes. A resource with room to spare has prices of zero.
    """

    resource: str
    unit: str
    saves: dict[str, float]


def prices(problem: Problem, solution: Solution, seconds: float | None = 30.0) -> tuple[Price, ...]:
    """The price of one more unit of each resource, from the dual of the relaxation of each level.

    Levels before are fixed at what the solution reached, where they are single sums. A contradictory solution has no
    prices. Resources come in the order of their ids; one
    of which there is nothing has no price, because nobody knows who would use it first.
    """
    if not solution.levels:
        return ()
    model = build(problem)
    relaxation = Relaxation(model)
    caps: list[Cap] = []
    saves: dict[str, dict[str, float]] = {resource.id: {} for resource in problem.resources}
    for level, result in zip(problem.policy.levels, solution.levels, strict=True):
        if len(level.terms) == 1 and level.terms[0].goal not in (CONTINUITY, *PEAKS):
            goal = model.goal(level.terms[0].goal)
            relaxed = relaxation.minimise(goal, caps, seconds)
            for resource, divisor, price in zip(model.resources, model.divisor, relaxed.prices, strict=True):
                if resource:  # the last row may be the limit on moves
                    saves[resource][level.terms[0].goal] = round(float(price) / int(divisor), 9)
            weight = level.terms[0].weight
            caps.append(Cap(goal, result.limit // weight))
    names = [level.terms[0].goal for level in problem.policy.levels if len(level.terms) == 1]
    wanted = [name for name in names if name not in (CONTINUITY, *PEAKS)]
    return tuple(
        Price(resource.id, resource.unit, {name: saves[resource.id].get(name, 0.0) for name in wanted})
        for resource in sorted(problem.resources, key=lambda resource: resource.id)
    )
