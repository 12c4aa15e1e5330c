"""The relaxation: bounds that are exact integers, prices, and which columns can matter.

The prices come in floats, by the simplex or, where that is too slow, by subgradient steps; they are
only taken as a hint. They are rounded to integers over a common scale, and the Lagrangean bound at
those prices (see `lagrange`) is computed in integers, whatever the solver did. At the relaxation's
optimal prices it equals the relaxation's value.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import frexp, isfinite

import numpy as np

from carematch.assignment.bounds.subgradient import ascend
from carematch.assignment.formulation.arrays import Flags, Floats, Ints
from carematch.assignment.formulation.grid import frame
from carematch.assignment.formulation.linear_program import Program
from carematch.assignment.formulation.model import Cap, LinearGoal, Model

#: Largest number of bits behind the point of a price, and of a sum of priced costs.
FINEST, WIDEST = 24, 61
#: Columns above which the simplex takes too long; up to so many needs an interior point takes its place, above
#: them subgradient steps, and how many of them.
LARGE, FEW = 40_000, 4_000
STEPS = 600
#: Times that the prices along a ray are made four times as large.
RAY = 30
#: Steps of a first bound, within a few tenths of a per cent.
FIRST_STEPS = 60


@dataclass(frozen=True)
class Relaxed:
    """Result of a relaxation of one goal.

    `bound` is a proven integer lower bound, `scaled` the same times `scale` before rounding; `reduced`
    is how much more than the bound (scaled) a plan with that column costs at least; `fractions` is the
    fractional plan (all zero when none is known); `prices` what one more unit of each row would save
    (in the goal's unit, per unit of the row), `cap_prices` the same for each settled level.
    """

    bound: int
    scaled: int
    scale: int
    reduced: Ints
    fractions: Floats
    prices: Floats
    cap_prices: Floats

    def priced(self) -> Floats:
        """The reduced costs in the goal's unit."""
        return self.reduced / float(self.scale)


class Relaxation:
    """The relaxation of one model, kept between goals so that each solve starts from the last.

    Where only some columns are `allowed`, prices and bounds are for plans of those.
    """

    def __init__(self, model: Model, allowed: Flags | None = None) -> None:
        self._model = model
        self._allowed = allowed
        self._program: Program | None = None
        self._pace = 0.0

    @property
    def large(self) -> bool:
        """Whether the simplex would take too long."""
        return self._model.width > LARGE

    def minimise(
        self, goal: LinearGoal, caps: Sequence[Cap], seconds: float | None, known: Relaxed | None = None
    ) -> Relaxed:
        """Relaxes `goal` under the settled levels; out of time, the bound is weak but still valid.

        Subgradient steps go on from the prices that are `known` of the same goal and caps.
        """
        many = self.large and len(self._model.needs) > FEW
        if many and not goal.peaks and not any(cap.goal.peaks for cap in caps):
            return self._by_steps(goal, caps, self._affordable(STEPS, seconds), known)
        program = self._program = self._program or Program(
            self._model, whole=False, allowed=self._allowed, interior=self.large
        )
        program.pose(goal, caps)
        program.run(seconds)
        if self._allowed is None:
            return self._certified(goal, caps, program.prices(caps), program.fractions())
        ray = program.impossible(caps)
        if ray is not None:
            return self._outweighed(goal, caps, ray)
        return self._certified(goal, caps, program.prices(caps), program.fractions(), self._allowed)

    def _outweighed(self, goal: LinearGoal, caps: Sequence[Cap], ray: Floats) -> Relaxed:
        """The bound where no plan is possible: prices along a ray, until it is above whatever a plan could have."""
        most = goal.constant + int(np.maximum.reduceat(goal.costs, self._model.first[:-1]).sum())
        nothing = np.zeros(self._model.width)
        best = self._certified(goal, caps, ray, nothing, self._allowed)
        for power in range(1, RAY):
            if best.bound > most:
                break
            other = self._certified(goal, caps, ray * 4.0**power, nothing, self._allowed)
            best = max(best, other, key=lambda one: one.bound)
        return best

    def _affordable(self, steps: int, seconds: float | None) -> int:
        """As many steps as there is time for, by the pace of the last ones."""
        return steps if seconds is None or not self._pace else max(1, min(steps, int(seconds / self._pace)))

    def trivial_bound(self, goal: LinearGoal) -> int:
        """The bound at prices of zero: every need at its cheapest, as if capacity had no end."""
        ratios = sum(len(peak.ratios) for peak in self._model.peaks.values())
        nothing = np.zeros(len(self._model.capacity) + ratios)
        return self._certified(goal, (), nothing, np.zeros(self._model.width)).bound

    def first(self, goal: LinearGoal, caps: Sequence[Cap]) -> Relaxed | None:
        """A first bound within a second, where `minimise` would take longer; None where it does not."""
        if not self.large or goal.peaks or any(cap.goal.peaks for cap in caps):
            return None
        return self._by_steps(goal, caps, FIRST_STEPS, None)

    def _by_steps(self, goal: LinearGoal, caps: Sequence[Cap], steps: int, known: Relaxed | None) -> Relaxed:
        model = self._model
        rows, width = len(model.capacity), model.width
        ratios = sum(len(peak.ratios) for peak in model.peaks.values())
        framed = frame(model, goal, caps)
        if framed is None:  # nothing keeps the caps; zero prices are still valid
            return self._certified(goal, caps, np.zeros(rows + ratios + len(caps)), np.zeros(width))
        most = float(np.maximum.reduceat(framed.grid.cost, framed.grid.first[:-1]).sum())
        start = np.zeros(len(framed.grid.capacity))
        if known is not None:
            start = np.concatenate((known.prices, known.cap_prices))
        begun = time.monotonic()
        _, found = ascend(framed.grid, start, steps, most + 1.0)
        self._pace = (time.monotonic() - begun) / steps
        prices = np.concatenate((found[:rows], np.zeros(ratios), found[rows:]))
        kept = np.zeros(width, np.bool_)
        kept[framed.columns] = True
        return self._certified(goal, caps, prices, np.zeros(width), kept)

    def _certified(
        self,
        goal: LinearGoal,
        caps: Sequence[Cap],
        prices: Floats,
        fractions: Floats,
        kept: np.ndarray | None = None,
    ) -> Relaxed:
        """The Lagrangean bound at these prices, in integers only. Columns not `kept` break a cap by themselves."""
        model = self._model
        prices = np.where(np.isfinite(prices), np.maximum(prices, 0.0), 0.0)
        scale = self._scale(goal, caps, prices)
        if not scale:  # prices beyond all reason; none at all are valid too
            prices, scale = np.zeros(len(prices)), 1
        whole = np.rint(prices * scale).astype(np.int64)
        rows = len(model.capacity)
        row_prices, rest = whole[:rows], whole[rows:].tolist()
        priced = goal.costs * scale
        owner = np.repeat(np.arange(model.width), np.diff(model.use))
        np.add.at(priced, owner, row_prices[model.row] * model.amount)
        constant = goal.constant * scale - int(row_prices.astype(object) @ model.capacity.astype(object))
        peaks = {name: goal.peaks.get(name, 0) * scale for name in sorted(model.peaks)}
        for name, peak in sorted(model.peaks.items()):
            for ratio in peak.ratios:
                price = rest.pop(0)
                if price:
                    peaks[name] -= price * ratio.capacity
                    constant += price * peak.scale * ratio.fixed
                    np.add.at(priced, ratio.columns, price * peak.scale * ratio.amounts)
        cap_prices = rest
        for price, cap in zip(cap_prices, caps, strict=True):
            if price:
                for name, weight in cap.goal.peaks.items():
                    peaks[name] += price * weight
                constant -= price * (cap.limit - cap.goal.constant)
                priced += price * cap.goal.costs
        constant += sum(min(0, balance * model.peaks[name].top) for name, balance in peaks.items())
        eligible = priced if kept is None else np.where(kept, priced, np.iinfo(np.int64).max)
        cheapest = np.minimum.reduceat(eligible, model.first[:-1]) if len(model.needs) else eligible
        constant += int(cheapest.astype(object).sum())
        return Relaxed(
            bound=least_value(goal, constant, scale),
            scaled=constant,
            scale=scale,
            reduced=priced - cheapest[model.need],
            fractions=fractions,
            prices=row_prices / scale,
            cap_prices=np.array(cap_prices, dtype=np.float64) / scale,
        )

    def _scale(self, goal: LinearGoal, caps: Sequence[Cap], prices: Floats) -> int:
        """A power of two that keeps every priced cost within 64 bits; 0 where none does."""
        model = self._model
        rows = len(model.capacity)
        most = float(goal.costs.max(initial=0))
        if len(model.row):
            use = np.zeros(model.width)
            np.add.at(use, np.repeat(np.arange(model.width), np.diff(model.use)), prices[model.row] * model.amount)
            most += float(use.max(initial=0.0))
        most += sum(
            float(peak.scale * ratio.amounts.max(initial=0)) * float(prices[rows:].max(initial=0.0))
            for peak in model.peaks.values()
            for ratio in peak.ratios
        )
        most += sum(
            float(price) * float(cap.goal.costs.max(initial=0))
            for price, cap in zip(prices[len(prices) - len(caps) :].tolist(), caps, strict=True)
        )
        room = WIDEST - frexp(max(1.0, most))[1] if isfinite(most) else -1
        return 0 if room < 0 else int(2 ** min(FINEST, room))


def least_value(goal: LinearGoal, scaled: int, scale: int) -> int:
    """The least value that the goal can take at or above a scaled bound.

    Without a peak, the goal is its constant plus a multiple of the common divisor of its costs.
    """
    step = 1 if goal.peaks else max(1, int(np.gcd.reduce(goal.costs)) if len(goal.costs) else 1)
    least = goal.constant - (-(scaled - goal.constant * scale) // (step * scale)) * step
    return int(least)
