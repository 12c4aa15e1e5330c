"""What is kept with a plan: value, bound and proof of each level and goal, and what it was made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from math import frexp

import numpy as np

from carematch.assignment.bounds.lagrangian import Relaxed
from carematch.assignment.engine.incumbent import Incumbent, Settled
from carematch.assignment.formulation.arrays import Floats
from carematch.assignment.formulation.model import Model
from carematch.assignment.goals import gap
from carematch.assignment.solution import GoalResult, LevelResult, Multipliers

#: Version of the engine, kept with every plan.
ENGINE_VERSION = "6"
#: Bits behind the point of a price, and of a whole price at most.
FINEST, WIDEST = 24, 62


def versions() -> dict[str, str]:
    """What a plan was made with."""
    return {
        "carematch.assignment": ENGINE_VERSION,
        "ortools": metadata.version("ortools"),
        "highspy": metadata.version("highspy"),
        "numba": metadata.version("numba"),
    }


def multipliers(model: Model, relaxed: Relaxed) -> Multipliers:
    """The prices of a relaxation in whole numbers, for one unit of each resource as the problem counts it."""
    of_row = relaxed.prices / model.divisor
    most = max(float(prices.max(initial=0.0)) for prices in (of_row, relaxed.cap_prices))
    scale = 2 ** max(0, min(FINEST, WIDEST - frexp(most)[1]))
    whole = dict(zip(model.resources, _rounded(of_row, scale), strict=True))
    moves = whole.pop("", 0)  # the last row may be the limit on moves
    resources = {name: price for name, price in whole.items() if price}
    return Multipliers(scale, resources, tuple(_rounded(relaxed.cap_prices, scale)), moves)


def _rounded(prices: Floats, scale: int) -> list[int]:
    whole: list[int] = np.rint(prices * float(scale)).astype(np.int64).tolist()
    return whole


def results(
    model: Model, incumbent: Incumbent, settled: Sequence[Settled], alone: Mapping[str, int]
) -> tuple[tuple[LevelResult, ...], tuple[GoalResult, ...]]:
    """The result of each level and goal; `alone` are the bounds of goals that share their level with others."""
    levels: list[LevelResult] = []
    goals: list[GoalResult] = []
    for number, (level, end) in enumerate(zip(model.problem.policy.levels, settled, strict=True)):
        value = incumbent.values[number]
        best = min(end.best, value)
        levels.append(
            LevelResult(
                goals=tuple(term.goal for term in level.terms),
                value=value,
                best=best,
                bound=end.bound,
                limit=max(best, end.bound * (1000 + level.slack_permille) // 1000),
                gap=gap(value, end.bound),
                proven=best == end.bound,
                proof=end.proof,
                multipliers=() if end.multipliers is None else (end.multipliers,),
            )
        )
        for term in level.terms:
            mine = model.value(model.goal(term.goal), incumbent.choice)
            bound = -(-end.bound // term.weight) if len(level.terms) == 1 else min(alone[term.goal], mine)
            goals.append(GoalResult(term.goal, number + 1, mine, bound, gap(mine, bound), mine == bound))
    return tuple(levels), tuple(goals)
