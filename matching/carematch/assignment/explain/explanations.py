"""Why this supplier, why not that one, why nobody, and what would change it: as data.

`sentences` turns the data into English message ids with parameters, for translation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from carematch.assignment.engine.reasons import Decisions, reasons
from carematch.assignment.explain.remedies import Move, Remedies, Remedy
from carematch.assignment.explain.standing import Standing
from carematch.assignment.goals import is_unserved
from carematch.assignment.problem import Assignment, Option, Problem
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


class Alternative(Struct, frozen=True):
    """Another option of the need, against what the plan does.

    `extra` is the change of each goal of the policy (negative is better). `blocking` is empty when it
    fits as things are; otherwise `move` is the one other need whose going elsewhere would make room, the
    one that adds least, if there is any.
    """

    supplier: str
    variant: str
    extra: dict[str, int]
    fits: bool
    blocking: tuple[Blocking, ...]
    move: Move | None
    forbidden: bool


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


def explain(problem: Problem, assignments: Iterable[Assignment], need: str) -> Explanation:
    """Explains what a plan does with one need; raises KeyError when the problem has no such need."""
    return Explainer(problem, assignments).explain(need)


def why_not(
    problem: Problem,
    assignments: Iterable[Assignment],
    need: str,
    supplier: str,
    refusal: Refusal | None = None,
) -> WhyNot:
    """Why this supplier does not serve this need; raises KeyError when there is no such need."""
    whole = explain(problem, assignments, need)
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


class Explainer:
    """Explains the needs of one plan. Make it once and ask it as often as you like."""

    def __init__(self, problem: Problem, assignments: Iterable[Assignment]) -> None:
        self._problem = problem
        self._plan = Standing(problem, assignments)
        self._remedies = Remedies(self._plan)
        self._decisions = Decisions(problem)

    def explain(self, need: str) -> Explanation:
        """Everything about one need; raises KeyError when the problem has no such need."""
        plan = self._plan
        chosen = plan.chosen.get(need)
        others = [self._alternative(option, chosen) for option in plan.options[need] if option is not chosen]
        goals = [goal for goal in self._problem.policy.goals() if not is_unserved(goal)]
        others.sort(key=lambda a: ([a.extra[goal] for goal in goals], a.supplier, a.variant))
        why: tuple[Reason, ...] = ()
        remedies: tuple[Remedy, ...] = ()
        if chosen is None:
            order = {(a.supplier, a.variant): place for place, a in enumerate(others)}
            options = sorted(plan.options[need], key=lambda o: order[o.supplier, o.variant])
            why = reasons(self._decisions, options, plan.left, need)
            remedies = self._remedies.remedies(need)
        return Explanation(
            need=need,
            supplier=chosen.supplier if chosen else None,
            variant=chosen.variant if chosen else "",
            pinned=need in plan.pins,
            alternatives=tuple(others),
            reasons=why,
            remedies=remedies,
        )

    def _alternative(self, option: Option, instead_of: Option | None) -> Alternative:
        blocking = self._blocking(option, instead_of)
        forbidden = (option.need, option.supplier) in self._plan.forbidden
        return Alternative(
            supplier=option.supplier,
            variant=option.variant,
            extra=self._plan.added_in_all(option.need, instead_of, option),
            fits=not blocking and not forbidden,
            blocking=blocking,
            move=self._remedies.move(option, instead_of) if blocking and not forbidden else None,
            forbidden=forbidden,
        )

    def _blocking(self, option: Option, gone: Option | None) -> tuple[Blocking, ...]:
        found = []
        for resource, missing in sorted(self._plan.short(option, [gone] if gone else []).items()):
            row, asked = self._plan.resources[resource], option.usage[resource]
            found.append(Blocking(resource, row.unit, row.reason, asked, asked - missing, missing))
        return tuple(found)
