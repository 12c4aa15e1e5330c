"""Why this supplier, why not that one, why nobody, and what would change it: as data.

`sentences` turns the data into English message ids with parameters, for translation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from carematch.assignment.check import used
from carematch.assignment.goals import BALANCE, CONTINUITY, UNSERVED
from carematch.assignment.model import build
from carematch.assignment.problem import Assignment, Option, Pin, Problem
from carematch.assignment.program import Cap
from carematch.assignment.reasons import reasons
from carematch.assignment.relaxation import Relaxation
from carematch.assignment.rules import Verdict
from carematch.assignment.solution import Reason, Solution

#: Says which rule keeps a supplier (second) from a need (first); None when none does.
Refusal = Callable[[str, str], Verdict | None]


class Blocking(Struct, frozen=True):
    """A resource that is short for an option: what is asked for, what is free, what is missing."""

    resource: str
    unit: str
    reason: str
    asked: int
    free: int
    missing: int


class Move(Struct, frozen=True):
    """Another need that would go to another supplier, and what that costs goal by goal."""

    need: str
    from_supplier: str
    to_supplier: str
    to_variant: str
    extra: dict[str, int]


class Alternative(Struct, frozen=True):
    """Another option of the need, against what the plan does.

    `extra` is the change of each goal of the policy that is a matter of the option alone (negative
    is better). `blocking` is empty when it fits as things are; otherwise `move` is the one other need
    whose going elsewhere would make room, the one that adds least, if there is any.
    """

    supplier: str
    variant: str
    extra: dict[str, int]
    fits: bool
    blocking: tuple[Blocking, ...]
    move: Move | None
    forbidden: bool


class Remedy(Struct, frozen=True):
    """A single change after which an unserved need can be served, all else staying as it is.

    `kind` is FITS (there is room already), MOVE (one other need goes elsewhere) or MORE (`amount` more
    of `resource`). `permille` is that amount against the present capacity.
    """

    kind: str
    supplier: str
    variant: str
    move: Move | None = None
    resource: str = ""
    unit: str = ""
    amount: int = 0
    permille: int = 0


class Explanation(Struct, frozen=True):
    """All that is to say about one need. `supplier` is None when nobody serves it.

    Alternatives come best first. `reasons` and `remedies` (smallest change first) are empty for a need
    that is served.
    """

    need: str
    supplier: str | None
    variant: str
    pinned: bool
    alternatives: tuple[Alternative, ...]
    reasons: tuple[Reason, ...]
    remedies: tuple[Remedy, ...]


class WhyNot(Struct, frozen=True):
    """Why a supplier does not serve a need: the rule that it breaks, or the alternative that it is."""

    need: str
    supplier: str
    verdict: Verdict | None
    alternatives: tuple[Alternative, ...]


class Price(Struct, frozen=True):
    """What one more unit of a resource would save, by the relaxation: for each single-goal level.

    A price holds for small changes. A resource with room to spare has prices of zero.
    """

    resource: str
    unit: str
    saves: dict[str, float]


def explain(problem: Problem, assignments: Iterable[Assignment], need: str) -> Explanation:
    """Explains what a plan does with one need; raises KeyError when the problem has no such need."""
    return _Plan(problem, assignments).explanation(need)


def why_not(
    problem: Problem,
    assignments: Iterable[Assignment],
    need: str,
    supplier: str,
    refusal: Refusal | None = None,
) -> WhyNot:
    """Why this supplier does not serve this need; raises KeyError when there is no such need."""
    whole = _Plan(problem, assignments).explanation(need)
    mine = tuple(other for other in whole.alternatives if other.supplier == supplier)
    verdict = refusal(need, supplier) if refusal and not mine else None
    return WhyNot(need, supplier, verdict, mine)


def name_missing_options(solution: Solution, reason_of: Callable[[str], Reason]) -> Solution:
    """The solution with the reason of each need that has no option replaced by `reason_of(need)`."""
    unmet = tuple(
        msgspec.structs.replace(row, reasons=(reason_of(row.need),))
        if [reason.code for reason in row.reasons] == ["NO_OPTION"]
        else row
        for row in solution.unmet
    )
    return msgspec.structs.replace(solution, unmet=unmet)


def prices(problem: Problem, solution: Solution, seconds: float | None = 30.0) -> tuple[Price, ...]:
    """The price of one more unit of each resource, from the dual of the relaxation of each level.

    Levels before are fixed at what the solution reached. Resources come in the order of their ids.
    """
    model = build(problem)
    relaxation = Relaxation(model)
    caps: list[Cap] = []
    saves: dict[str, dict[str, float]] = {resource.id: {} for resource in problem.resources}
    for level, result in zip(problem.policy.levels, solution.levels, strict=True):
        if len(level.terms) == 1 and level.terms[0].goal not in (CONTINUITY, BALANCE):
            goal = model.goal(level.terms[0].goal)
            relaxed = relaxation.minimise(goal, caps, seconds)
            for row, price in zip(model.rows, relaxed.prices, strict=True):
                saves[row.resource][level.terms[0].goal] = round(price / row.divisor, 9)
            weight = level.terms[0].weight
            caps.append(Cap(goal, result.limit // weight))
    names = [level.terms[0].goal for level in problem.policy.levels if len(level.terms) == 1]
    wanted = [name for name in names if name not in (CONTINUITY, BALANCE)]
    return tuple(
        Price(resource.id, resource.unit, {name: saves[resource.id].get(name, 0.0) for name in wanted})
        for resource in sorted(problem.resources, key=lambda resource: resource.id)
    )


class _Plan:
    """A plan with what it leaves free, and the questions about one need of it."""

    def __init__(self, problem: Problem, assignments: Iterable[Assignment]) -> None:
        self._problem = problem
        by_key = {option.key(): option for option in problem.options}
        self._chosen = {row.need: by_key[row.key()] for row in assignments}
        total = used(self._chosen.values())
        self._resources = {resource.id: resource for resource in problem.resources}
        self._left = {resource.id: resource.capacity - total[resource.id] for resource in problem.resources}
        self._options: dict[str, list[Option]] = {need.id: [] for need in problem.needs}
        for option in sorted(problem.options, key=Option.key):
            self._options[option.need].append(option)
        self._weights = {need.id: need.weight for need in problem.needs}
        self._present = {row.need: row.supplier for row in problem.in_force}
        self._forbidden = {(pair.need, pair.supplier) for pair in problem.forbidden}
        self._pins = {pin.need: pin for pin in problem.pins}

    def explanation(self, need: str) -> Explanation:
        """Everything about one need."""
        chosen = self._chosen.get(need)
        others = [self._alternative(o, chosen) for o in self._options[need] if o is not chosen]
        goals = [goal for goal in self._problem.policy.goals() if goal != UNSERVED]
        others.sort(key=lambda a: ([a.extra.get(goal, 0) for goal in goals], a.supplier, a.variant))
        why: tuple[Reason, ...] = ()
        remedies: tuple[Remedy, ...] = ()
        if chosen is None:
            order = {(a.supplier, a.variant): place for place, a in enumerate(others)}
            options = sorted(self._options[need], key=lambda o: order[o.supplier, o.variant])
            why = reasons(self._problem, options, self._left, need)
            remedies = tuple(sorted(self._remedies(others, need), key=_smallness))
        return Explanation(
            need=need,
            supplier=chosen.supplier if chosen else None,
            variant=chosen.variant if chosen else "",
            pinned=need in self._pins,
            alternatives=tuple(others),
            reasons=why,
            remedies=remedies,
        )

    def _alternative(self, option: Option, instead_of: Option | None) -> Alternative:
        blocking = self._blocking(option, instead_of)
        forbidden = (option.need, option.supplier) in self._forbidden
        return Alternative(
            supplier=option.supplier,
            variant=option.variant,
            extra=self._extra(option.need, instead_of, option),
            fits=not blocking and not forbidden,
            blocking=blocking,
            move=self._move(option, instead_of) if blocking and not forbidden else None,
            forbidden=forbidden,
        )

    def _extra(self, need: str, before: Option | None, after: Option) -> dict[str, int]:
        """What changes in each goal when a need goes from one option to another."""
        extra: dict[str, int] = {}
        for goal in self._problem.policy.goals():
            if goal == UNSERVED:
                extra[goal] = -self._weights[need] if before is None else 0
            elif goal == CONTINUITY:
                present = self._present.get(need)
                was = before is not None and before.supplier == present
                extra[goal] = int(was) - int(after.supplier == present) if present is not None else 0
            elif goal != BALANCE:
                extra[goal] = after.costs.get(goal, 0) - (before.costs.get(goal, 0) if before else 0)
        return extra

    def _free(self, resource: str, gone: Option | None) -> int:
        return self._left[resource] + (gone.usage.get(resource, 0) if gone else 0)

    def _blocking(self, option: Option, gone: Option | None) -> tuple[Blocking, ...]:
        found = []
        for resource, asked in sorted(option.usage.items()):
            free = self._free(resource, gone)
            if asked > free:
                row = self._resources[resource]
                found.append(Blocking(resource, row.unit, row.reason, asked, free, asked - free))
        return tuple(found)

    def _move(self, option: Option, gone: Option | None) -> Move | None:
        """The one other need whose going elsewhere makes room for `option`, adding least to the goals."""
        short = {row.resource: row.missing for row in self._blocking(option, gone)}
        best: tuple[list[int], str, Option, Option] | None = None
        for other, present in self._chosen.items():
            if other == option.need or other in self._pins:
                continue
            if any(present.usage.get(resource, 0) < missing for resource, missing in short.items()):
                continue
            for target in self._options[other]:
                if target is present or (other, target.supplier) in self._forbidden:
                    continue
                if not self._both_fit(option, target, gone, present):
                    continue
                cost = list(self._extra(other, present, target).values())
                rank = (cost, other, target, present)
                if best is None or (cost, other, target.key()) < (best[0], best[1], best[2].key()):
                    best = rank
        if best is None:
            return None
        _, other, target, present = best
        return Move(other, present.supplier, target.supplier, target.variant, self._extra(other, present, target))

    def _both_fit(self, one: Option, two: Option, gone: Option | None, also_gone: Option) -> bool:
        return all(
            one.usage.get(resource, 0) + two.usage.get(resource, 0)
            <= self._free(resource, gone) + also_gone.usage.get(resource, 0)
            for resource in {*one.usage, *two.usage}
        )

    def _remedies(self, alternatives: list[Alternative], need: str) -> list[Remedy]:
        """Single changes; a need that a person pinned to nobody has none."""
        pin: Pin | None = self._pins.get(need)
        if pin is not None and pin.supplier is None:
            return []
        found = []
        for other in alternatives:
            if other.fits:
                found.append(Remedy("FITS", other.supplier, other.variant))
            if other.move is not None:
                found.append(Remedy("MOVE", other.supplier, other.variant, move=other.move))
            if len(other.blocking) == 1 and not other.forbidden:
                row = other.blocking[0]
                capacity = self._resources[row.resource].capacity
                found.append(
                    Remedy(
                        "MORE",
                        other.supplier,
                        other.variant,
                        resource=row.resource,
                        unit=row.unit,
                        amount=row.missing,
                        permille=-(-1000 * row.missing // max(1, capacity)),
                    )
                )
        return found


def _smallness(remedy: Remedy) -> tuple[int, list[int], int, str, str]:
    """Nothing before a move, a move before more capacity; cheaper moves and smaller shares first."""
    kind = ("FITS", "MOVE", "MORE").index(remedy.kind)
    move = list(remedy.move.extra.values()) if remedy.move else []
    return (kind, move, remedy.permille, remedy.supplier, remedy.variant)
