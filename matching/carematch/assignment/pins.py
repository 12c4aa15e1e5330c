"""Can the pins be obeyed at all, and if not, which of them are to blame?"""

from __future__ import annotations

from collections.abc import Sequence

from carematch.assignment.model import usable_options
from carematch.assignment.problem import Option, Problem
from carematch.assignment.solution import Conflict

NO_OPTION_TO_PIN = "NO_OPTION"
OVERFULL = "OVERFULL"


def conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """The pins that cannot be obeyed, by need and resource; empty when all can be at once."""
    usable = usable_options(problem)
    pinned = sorted({(pin.need, pin.supplier) for pin in problem.pins if pin.supplier is not None})
    hopeless = [_hopeless(problem, need, supplier) for need, supplier in pinned if not usable[need]]
    if hopeless:
        return tuple(hopeless)
    choices = [(need, usable[need]) for need, _ in pinned]
    overfull = _overfull(problem, choices)
    if overfull or place(problem, choices) is not None:
        return overfull
    return (_smallest(problem, choices),)


def place(problem: Problem, choices: Sequence[tuple[str, list[Option]]]) -> dict[str, Option] | None:
    """One option of each of these needs so that all fit together; None when there is no way.

    Depth-first over the needs that have several variants, by id. The others leave no choice.
    """
    left = {resource.id: resource.capacity for resource in problem.resources}
    order = sorted(choices, key=lambda choice: (len(choice[1]), choice[0]))
    placed: dict[str, Option] = {}
    return placed if _descend(order, 0, left, placed, [200_000]) else None


def _descend(
    order: Sequence[tuple[str, list[Option]]],
    depth: int,
    left: dict[str, int],
    placed: dict[str, Option],
    patience: list[int],
) -> bool:
    if depth == len(order):
        return True
    need, options = order[depth]
    for option in options:
        patience[0] -= 1
        if patience[0] < 0 or any(amount > left[resource] for resource, amount in option.usage.items()):
            continue
        for resource, amount in option.usage.items():
            left[resource] -= amount
        placed[need] = option
        if _descend(order, depth + 1, left, placed, patience):
            return True
        for resource, amount in option.usage.items():
            left[resource] += amount
        del placed[need]
    return False


def _hopeless(problem: Problem, need: str, supplier: str) -> Conflict:
    """A need pinned to a supplier that offers nothing, or nothing that fits even by itself."""
    capacity = {resource.id: resource.capacity for resource in problem.resources}
    for option in sorted(problem.options, key=Option.key):
        if option.need == need and option.supplier == supplier:
            for resource, amount in sorted(option.usage.items()):
                if amount > capacity[resource]:
                    return Conflict(OVERFULL, (need,), supplier, resource, amount, capacity[resource])
    return Conflict(NO_OPTION_TO_PIN, (need,), supplier)


def _overfull(problem: Problem, choices: Sequence[tuple[str, list[Option]]]) -> tuple[Conflict, ...]:
    """Resources that the pins overfill even if each takes its variant that uses least of it."""
    found = []
    for resource in sorted(problem.resources, key=lambda resource: resource.id):
        least = {need: min(o.usage.get(resource.id, 0) for o in options) for need, options in choices}
        wanted = sum(least.values())
        if wanted > resource.capacity:
            needs = tuple(need for need, amount in least.items() if amount)
            found.append(Conflict(OVERFULL, needs, resource.supplier, resource.id, wanted, resource.capacity))
    return tuple(found)


def _smallest(problem: Problem, choices: Sequence[tuple[str, list[Option]]]) -> Conflict:
    """Pins that cannot be obeyed together, of which none can be spared (deletion filter)."""
    core = list(choices)
    for choice in choices:
        fewer = [other for other in core if other[0] != choice[0]]
        if place(problem, fewer) is None:
            core = fewer
    return Conflict(OVERFULL, tuple(sorted(need for need, _ in core)))
