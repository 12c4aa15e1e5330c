"""Why a need is unserved: for each of its options what is in the way, or why it has none."""

from __future__ import annotations

from collections.abc import Iterable

from carematch.assignment.check import used
from carematch.assignment.goals import TRAVEL
from carematch.assignment.problem import NO_OPTION, Assignment, Option, Problem
from carematch.assignment.solution import Reason, Unmet

PINNED = "PINNED"
FORBIDDEN = "FORBIDDEN"
#: An option fits and was not taken: the plan is not proven, or serving would break a better use.
NOT_CHOSEN = "NOT_CHOSEN"


def unmet(problem: Problem, assignments: Iterable[Assignment]) -> tuple[Unmet, ...]:
    """The needs that a plan leaves out, by id, each with its reasons."""
    plan = list(assignments)
    by_key = {option.key(): option for option in problem.options}
    total = used(by_key[row.key()] for row in plan)
    left = {resource.id: resource.capacity - total[resource.id] for resource in problem.resources}
    served = {row.need for row in plan}
    options: dict[str, list[Option]] = {}
    for option in sorted(problem.options, key=lambda o: (o.costs.get(TRAVEL, 0), o.key())):
        options.setdefault(option.need, []).append(option)
    return tuple(
        Unmet(need.id, need.weight, reasons(problem, options.get(need.id, []), left, need.id))
        for need in sorted(problem.needs, key=lambda need: need.id)
        if need.id not in served
    )


def reasons(problem: Problem, options: list[Option], left: dict[str, int], need: str) -> tuple[Reason, ...]:
    """The reasons of one need: the options in the order given, each with what it lacks most.

    For an option with several short resources, the one that lacks the largest part of what is asked
    for; its label (`Resource.reason`) is the code.
    """
    if any(pin.need == need and pin.supplier is None for pin in problem.pins):
        return (Reason(PINNED),)
    if not options:
        return (Reason(NO_OPTION),)
    forbidden = {pair.supplier for pair in problem.forbidden if pair.need == need}
    label = {resource.id: resource.reason for resource in problem.resources}
    found: list[Reason] = []
    for option in options:
        if option.supplier in forbidden:
            found.append(Reason(FORBIDDEN, option.supplier))
            continue
        short = [
            (-(amount - left[resource]) / amount, resource, amount - left[resource])
            for resource, amount in option.usage.items()
            if amount > left[resource]
        ]
        if not short:
            found.append(Reason(NOT_CHOSEN, option.supplier))
            continue
        _, resource, missing = min(short)
        found.append(Reason(label[resource], option.supplier, resource, missing))
    return tuple(found)
