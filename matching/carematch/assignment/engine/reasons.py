"""Why a need is unserved: for each of its options what is in the way, or why it has none."""

from __future__ import annotations

from collections.abc import Iterable

from carematch.assignment.check import chosen_options, used
from carematch.assignment.goals import TRAVEL
from carematch.assignment.problem import NO_OPTION, Assignment, Option, Problem
from carematch.assignment.solution import Reason, Unmet

PINNED = "PINNED"
FORBIDDEN = "FORBIDDEN"
#: An option fits and was not taken: the plan is not proven, or serving would break a better use.
NOT_CHOSEN = "NOT_CHOSEN"


def unmet(problem: Problem, assignments: Iterable[Assignment]) -> tuple[Unmet, ...]:
    """The needs that a plan leaves out, by id, each with its reasons."""
    plan = tuple(assignments)
    total = used(chosen_options(problem, plan).values())
    left = {resource.id: resource.capacity - total[resource.id] for resource in problem.resources}
    served = {row.need for row in plan}
    missing = sorted((need for need in problem.needs if need.id not in served), key=lambda need: need.id)
    options: dict[str, list[Option]] = {need.id: [] for need in missing}
    for option in problem.options:
        if option.need in options:
            options[option.need].append(option)
    decisions = Decisions(problem)
    return tuple(
        Unmet(need.id, need.weight, reasons(decisions, sorted(options[need.id], key=_nearness), left, need.id))
        for need in missing
    )


def _nearness(option: Option) -> tuple[int, tuple[str, str, str]]:
    return (option.costs.get(TRAVEL, 0), option.key())


class Decisions:
    """What people decided and what the resources are labelled, looked up once for many needs."""

    def __init__(self, problem: Problem) -> None:
        self.nobody = {pin.need for pin in problem.pins if pin.supplier is None}
        self.forbidden = {(pair.need, pair.supplier) for pair in problem.forbidden}
        self.label = {resource.id: resource.reason for resource in problem.resources}


def reasons(decisions: Decisions, options: list[Option], left: dict[str, int], need: str) -> tuple[Reason, ...]:
    """The reasons of one need: the options in the order given, each with what it lacks most.

    For an option with several short resources, the one that lacks the largest part of what is asked
    for; its label (`Resource.reason`) is the code.
    """
    if need in decisions.nobody:
        return (Reason(PINNED),)
    if not options:
        return (Reason(NO_OPTION),)
    found: list[Reason] = []
    for option in options:
        if (need, option.supplier) in decisions.forbidden:
            found.append(Reason(FORBIDDEN, option.supplier))
            continue
        short = [
            (-(amount - left[resource]) / amount, resource, amount - left[resource])
            for resource, amount in option.usage.items()
            if amount and amount > left[resource]
        ]
        if not short:
            found.append(Reason(NOT_CHOSEN, option.supplier))
            continue
        _, resource, missing = min(short)
        found.append(Reason(decisions.label[resource], option.supplier, resource, missing))
    return tuple(found)
