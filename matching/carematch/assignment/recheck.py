"""How far a plan can be from the best, recomputed from the prices kept with it: exact, and without a solver.

For any prices that are not negative, and for every plan that keeps the capacities and the levels before,

    value >= sum over needs of (least priced cost of a way to serve it, or of leaving it) - prices x limits,

because what a plan uses of a resource is never more than there is (Lagrangean relaxation: Geoffrion 1974,
"Lagrangean relaxation for integer programming"). A way whose priced cost is so much above the least that the sum
would pass the plan's own value is in no better plan and may be left out; then the next prices are tried on the rest
(reduced cost fixing). Two cases, a way taken and not taken, may have prices of their own; the worse of them holds
(branch and bound). All is counted in whole numbers over one denominator. So whatever the prices and cases are, the
bound holds: those that the engine found make it near, wrong ones only make it weak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from carematch.assignment.goals import CONTINUITY, PEAKS, Level, counts, gap, is_unserved
from carematch.assignment.problem import Option, Problem
from carematch.assignment.solution import LevelResult, Multipliers

#: No prices: every need at its cheapest, as if capacity had no end.
NONE = Multipliers(1)
#: From here on numbers are counted by Python, which has no largest one.
LARGEST = 2**62

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
#: Whole numbers of any size: 64 bits where that is surely enough, else Python's own.
Numbers = npt.NDArray[Any]


class Rechecked(Struct, frozen=True):
    """What the checker itself can say of a level: no plan that keeps the levels before has less than `bound`.

    `bound` is None where it cannot say anything: no prices are kept, or the level is the largest of several numbers,
    of which there is no bound of this form. In a level of both kinds only the sums count. `gap` is
    (value - bound) / max(1, value).
    """

    level: int
    goals: tuple[str, ...]
    value: int
    bound: int | None = None
    gap: float | None = None


def recheck(
    problem: Problem, results: Sequence[LevelResult], values: Sequence[int], keep: Mapping[str, str]
) -> tuple[Rechecked, ...]:
    """Recomputes the bound of each level from the prices in its result.

    `values` are those of the plan, level by level; the levels before are held at the larger of that and of the limit
    which the result names. `keep` are the needs that count as a move when they lose their supplier, and that
    supplier. The problem must be valid.
    """
    told: list[Rechecked] = []
    ways = Ways(problem, keep)
    limits: list[int] = []
    for number, (level, result, value) in enumerate(zip(problem.policy.levels, results, values, strict=False), 1):
        goals = tuple(term.goal for term in level.terms)
        if not result.multipliers or PEAKS.issuperset(goals):
            told.append(Rechecked(number, goals, value))
        else:
            cases = Cases(ways, limits, value)
            for prices in result.multipliers:
                cases.add(prices)
            bound = cases.bound()
            told.append(Rechecked(number, goals, value, bound, gap(value, bound)))
        limits.append(max(value, result.limit))
        ways.keep(limits, result.multipliers)
    return tuple(told)


class Ways:
    """All ways for all needs, one after the other: each usable option, and nobody. Levels are settled in turn.

    `keys` says what each way is: need, supplier and variant, or the need alone for nobody. `open` are those that a
    plan which keeps the levels settled so far could have.
    """

    def __init__(self, problem: Problem, keep: Mapping[str, str]) -> None:
        self._levels = problem.policy.levels
        self._most_moves = problem.most_moves
        options = _allowed(problem)
        must = {pin.need for pin in problem.pins if pin.supplier is not None and pin.need in options}
        present = {row.need: row.supplier for row in problem.in_force}
        weights: list[int] = []
        first: list[int] = []
        listed: list[Option | None] = []
        self.keys: list[tuple[str, ...]] = []
        for need in problem.needs:
            first.append(len(listed))
            mine: list[Option | None] = [*options.get(need.id, ())]
            if need.id not in must:
                mine.append(None)
            listed += mine
            self.keys += [option.key() if option else (need.id,) for option in mine]
            weights += [0 if option else need.weight for option in mine]
        supplier = [option.supplier if option else None for option in listed]
        need_of = [key[0] for key in self.keys]
        lost = [need in present and present[need] != who for need, who in zip(need_of, supplier, strict=True)]
        rank_of = {need.id: need.rank for need in problem.needs}
        leaving, ranks = np.array(weights, np.int64), [rank_of[need] for need in need_of]
        special = {CONTINUITY: np.array(lost, np.int64)} | {
            goal: leaving * np.array([counts(goal, rank) for rank in ranks], np.bool_)
            for goal in problem.policy.goals()
            if is_unserved(goal)
        }
        self._costs = [_costs(level, listed, special) for level in self._levels]
        moves = [need in keep and keep[need] != who for need, who in zip(need_of, supplier, strict=True)]
        self._move = np.array(moves, np.int64)
        self._first = np.array(first, np.int64)
        self._need = np.repeat(np.arange(len(first)), np.diff([*first, len(listed)]))
        names = sorted({resource.id for resource in problem.resources})
        place = {name: number for number, name in enumerate(names)}
        used = [(way, place[name], amount) for way, o in enumerate(listed) if o for name, amount in o.usage.items()]
        self._owner, self._row, self._amount = np.array(used, np.int64).reshape(-1, 3).T
        divisor = np.zeros(len(names), np.int64)
        np.gcd.at(divisor, self._row, self._amount)
        # all use is a multiple of the divisor: nobody can use what is left over
        steps = dict(zip(names, np.maximum(1, divisor).tolist(), strict=True))
        self._capacity = {r.id: r.capacity - r.capacity % steps[r.id] for r in problem.resources}
        self._place = {key: place for place, key in enumerate(self.keys)}
        self.open: Flags = np.ones(len(listed), np.bool_)

    def keep(self, limits: Sequence[int], prices: Sequence[Multipliers]) -> None:
        """Closes ways that no plan has which keeps all these limits, by the prices of the last of them."""
        for each in (NONE, *prices):
            if not each.way and each.after < 0:
                _, self.open = self.bound(limits[:-1], each, self.open, limits[-1])

    def case(self, able: Flags, way: tuple[str, ...], taken: bool) -> Flags:
        """Of the ways that are able those of plans in which this one is taken, or is not; all where it is none."""
        place = self._place.get(way)
        if place is None:
            return able
        chosen = np.arange(len(able)) == place
        other: Flags = chosen | (self._need != self._need[place]) if taken else ~chosen
        return able & other

    def known(self, way: tuple[str, ...]) -> bool:
        """Whether there is such a way."""
        return way in self._place

    def bound(self, limits: Sequence[int], prices: Multipliers, able: Flags, most: int) -> tuple[int | None, Flags]:
        """The least whole number that the level after those with limits has with the ways that are able.

        None where they make no plan. With it the ways of plans that have `most` at most.
        """
        number = len(limits)
        scale = prices.scale if prices.scale > 0 else 1
        if not len(self._first):
            return 0, able
        rows = [max(0, prices.resources.get(name, 0)) for name in sorted(self._capacity)]
        before = [(place, price) for place, price in enumerate(prices.levels[:number]) if price > 0]
        move = max(0, prices.moves) if self._most_moves is not None else 0
        fixed = sum(price * self._capacity[name] for name, price in zip(sorted(self._capacity), rows, strict=True))
        fixed += sum(price * limits[place] for place, price in before) + move * (self._most_moves or 0)
        usage = np.zeros(len(self.keys), np.float64)
        np.add.at(usage, self._owner, self._amount)
        top = scale * _most(self._costs[number]) + sum(price * _most(self._costs[place]) for place, price in before)
        top += move + max(rows, default=0) * (int(usage.max(initial=0.0)) + 1) + 1
        kind: type = np.int64 if top < LARGEST else object
        priced: Numbers = self._costs[number].astype(kind) * scale + self._move.astype(kind) * move
        for place, price in before:
            priced = priced + self._costs[place].astype(kind) * price
        np.add.at(priced, self._owner, np.array(rows, kind)[self._row] * self._amount.astype(kind))
        least = np.minimum.reduceat(np.where(able, priced, top), self._first)
        if (least >= top).any():
            return None, able
        total = sum(least.tolist()) - fixed
        room = min(top, max(-1, most * scale - total))
        return -(-total // scale), able & np.array(priced - least[self._need] <= room, np.bool_)


class Cases:
    """A bound by cases: prices, each for all ways that were able before it or for one of two cases of them.

    `prices` are those added, `bounds` and `able` what each of them makes of its ways alone, both after what holds
    without prices.
    """

    def __init__(self, ways: Ways, limits: Sequence[int], value: int) -> None:
        self.prices: list[Multipliers] = []
        self._ways, self._limits, self._value = ways, tuple(limits), value
        bound, able = ways.bound(self._limits, NONE, ways.open, value - 1)
        self.bounds = [value if bound is None else bound]
        self.able = [able]

    def add(self, prices: Multipliers) -> int:
        """Adds prices; returns their place, by which others go on from them."""
        able = self._ways.case(self.able[self._before(prices, len(self.able))], prices.way, prices.taken)
        bound, able = self._ways.bound(self._limits, prices, able, self._value - 1)
        self.prices.append(prices)
        self.bounds.append(self._value if bound is None else bound)
        self.able.append(able)
        return len(self.prices) - 1

    def bound(self) -> int:
        """What all of them prove: no plan has less than this, or than the value that is known."""
        bounds = list(self.bounds)
        sides: dict[tuple[int, tuple[str, ...]], dict[bool, int]] = {}
        for place in range(len(self.prices), 0, -1):  # what goes on from others stands after them
            prices, found = self.prices[place - 1], bounds[place]
            before = self._before(prices, place)
            if self._ways.known(prices.way):
                both = sides.setdefault((before, prices.way), {})
                both[prices.taken] = max(found, both.get(prices.taken, found))
                found = min(both.values()) if len(both) == 2 else 0
            bounds[before] = max(bounds[before], found)
        return min(bounds[0], self._value)

    def _before(self, prices: Multipliers, place: int) -> int:
        return prices.after + 1 if 0 <= prices.after < place - 1 else 0


def _most(costs: Ints) -> int:
    return int(costs.max(initial=1))


def _costs(level: Level, listed: Sequence[Option | None], special: Mapping[str, Ints]) -> Ints:
    """What each way costs in a level, without its peaks: they are never negative, so a bound without them holds."""
    total = np.zeros(len(listed), np.int64)
    for term in level.terms:
        if term.goal in special:
            total += term.weight * special[term.goal]
        elif term.goal not in PEAKS:
            total += term.weight * np.array([o.costs.get(term.goal, 0) if o else 0 for o in listed], np.int64)
    return total


def _allowed(problem: Problem) -> dict[str, list[Option]]:
    """The options that decisions allow and that fit by themselves, by need."""
    capacity = {resource.id: resource.capacity for resource in problem.resources}
    forbidden = {(pair.need, pair.supplier) for pair in problem.forbidden}
    pinned = {pin.need: pin.supplier for pin in problem.pins}
    options: dict[str, list[Option]] = {}
    for option in problem.options:
        if (
            pinned.get(option.need, option.supplier) == option.supplier
            and (option.need, option.supplier) not in forbidden
            and all(amount <= capacity[name] for name, amount in option.usage.items())
        ):
            options.setdefault(option.need, []).append(option)
    return options
