"""Can the pins be obeyed at all, and if not, which of them are to blame?"""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from carematch.assignment.formulation.model import usable_options
from carematch.assignment.problem import NO_OPTION, Option, Problem
from carematch.assignment.solution import OVERFULL, Conflict


def conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """The pins that cannot be obeyed, by need and resource; empty when all can be at once."""
    if not problem.pins:
        return ()
    usable: dict[str, list[Option]] = {need.id: [] for need in problem.needs}
    for option in usable_options(problem):
        usable[option.need].append(option)
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
    """One option of each of these needs so that all fit together; None when there is no way."""
    cp = cp_model.CpModel()
    uses: dict[str, list[tuple[cp_model.IntVar, int]]] = {}
    literals: list[tuple[Option, cp_model.IntVar]] = []
    for _, options in choices:
        mine = [(option, cp.new_bool_var("")) for option in options]
        cp.add_exactly_one([literal for _, literal in mine])
        literals += mine
        for option, literal in mine:
            for resource, amount in option.usage.items():
                uses.setdefault(resource, []).append((literal, amount))
    for limited in problem.resources:
        pairs = uses.get(limited.id, [])
        if pairs:
            total = cp_model.LinearExpr.weighted_sum([literal for literal, _ in pairs], [a for _, a in pairs])
            cp.add(total <= limited.capacity)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(cp) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return {option.need: option for option, literal in literals if solver.boolean_value(literal)}


def _hopeless(problem: Problem, need: str, supplier: str) -> Conflict:
    """A need pinned to a supplier that offers nothing, or nothing that fits even by itself."""
    capacity = {resource.id: resource.capacity for resource in problem.resources}
    for option in sorted(problem.options, key=Option.key):
        if option.need == need and option.supplier == supplier:
            for resource, amount in sorted(option.usage.items()):
                if amount > capacity[resource]:
                    return Conflict(OVERFULL, (need,), supplier, resource, amount, capacity[resource])
    return Conflict(NO_OPTION, (need,), supplier)


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
