"""The same instance as anybody would write it for an integer programme: one binary variable an option.

Minimise cost, with a price for everybody who is left out unless all must be served. This is what the peers get;
what they answer is counted here in integers, so that tolerances of theirs do not make a plan better.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carematch.assignment import Problem
from carematch.bench.recording import Point, counted_level

Ints = npt.NDArray[np.int64]

#: Leaving out a need of weight 1 costs so many times the dearest option: more than any few moves save, and still
#: kind to floats. (A price that outweighs all plans would be exact, and slows the peers down.)
DEAR = 10


@dataclass(frozen=True)
class PlainModel:
    """Columns (options) by need and cost; what they use, as triples; capacities; price of leaving each need.

    `prices` is None when every need must be served.
    """

    need: Ints
    cost: Ints
    use_column: Ints
    use_resource: Ints
    use_amount: Ints
    capacities: Ints
    weights: Ints
    prices: Ints | None

    @property
    def needs(self) -> int:
        """Number of needs."""
        return len(self.weights)

    def judged(self, chosen: npt.NDArray[np.bool_]) -> tuple[int, int] | None:
        """Weight of who is left out, and cost; None when the choice of columns breaks anything."""
        served = np.bincount(self.need[chosen], minlength=self.needs)
        used = np.zeros_like(self.capacities)
        mine = chosen[self.use_column]
        np.add.at(used, self.use_resource[mine], self.use_amount[mine])
        left_out = served == 0
        if served.max(initial=0) > 1 or (used > self.capacities).any() or (self.prices is None and left_out.any()):
            return None
        return int(self.weights[left_out].sum()), int(self.cost[chosen].sum())


def plain_model(problem: Problem, *, all_served: bool) -> PlainModel:
    """The model of a problem whose objective is one goal (besides who is left out)."""
    needs = {need.id: number for number, need in enumerate(problem.needs)}
    resources = {resource.id: number for number, resource in enumerate(problem.resources)}
    (term,) = problem.policy.levels[counted_level(problem.policy)].terms
    uses = [
        (column, resources[resource], amount)
        for column, option in enumerate(problem.options)
        for resource, amount in option.usage.items()
    ]
    column, resource, amount = np.array(uses, np.int64).reshape(-1, 3).T
    cost = np.array([option.costs.get(term.goal, 0) for option in problem.options], np.int64)
    weights = np.array([need.weight for need in problem.needs], np.int64)
    return PlainModel(
        need=np.array([needs[option.need] for option in problem.options], np.int64),
        cost=cost,
        use_column=column,
        use_resource=resource,
        use_amount=amount,
        capacities=np.array([resource.capacity for resource in problem.resources], np.int64),
        weights=weights,
        prices=None if all_served else weights * (DEAR * int(cost.max(initial=0)) + 1),
    )


class Notes:
    """What a peer found out and when; its clock starts with it, that is, after the model was built.

    With a price for those left out, the bound is that of cost and prices together.
    """

    def __init__(self, model: PlainModel, send: Callable[[Point], None]) -> None:
        self._model = model
        self._send = send
        self._start = time.monotonic()
        self._best: tuple[int, int] | None = None
        self._bound = 0

    def plan(self, values: npt.ArrayLike) -> None:
        """A plan was found, as the values of the columns."""
        judged = self._model.judged(np.asarray(values, np.float64) > 0.5)
        if judged is not None and (self._best is None or judged < self._best):
            self._best = judged
            self._tell()

    def bound(self, value: float) -> None:
        """A bound was proven; the objective is an integer, so that it may be rounded up."""
        if math.isfinite(value) and abs(value) < 1e18 and math.ceil(value - 1e-6) > self._bound:
            self._bound = math.ceil(value - 1e-6)
            self._tell()

    def _tell(self) -> None:
        unserved, value = self._best if self._best else (int(self._model.weights.sum()), None)
        self._send(Point(time.monotonic() - self._start, unserved, value, self._bound))
