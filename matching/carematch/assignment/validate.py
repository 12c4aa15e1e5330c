"""Is the question well put? Every fault is found and named, not only the first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from carematch.assignment.goals import STRUCTURAL, known_goals
from carematch.assignment.problem import Problem

#: No number, and no sum that the goals or resources can reach, may be larger: floats stay exact.
LARGEST = 2**53


class Fault(Struct, frozen=True):
    """One thing that is wrong: a code for programs, where it is, and a sentence for people."""

    code: str
    where: str
    sentence: str


class ProblemError(ValueError):
    """The problem cannot be solved as it is put; `faults` lists everything that is wrong."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(fault.sentence for fault in faults))


def validate(problem: Problem) -> None:
    """Raises ProblemError with all faults; returns nothing when there is none."""
    faults = tuple(find_faults(problem))
    if faults:
        raise ProblemError(faults)


def find_faults(problem: Problem) -> Iterator[Fault]:
    """All faults, in a fixed order. An empty problem has none."""
    yield from _duplicate_ids(problem)
    yield from _numbers(problem)
    yield from _options(problem)
    yield from _decisions(problem)
    yield from _policy(problem)
    yield from _sums(problem)


def _repeated(keys: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(key for key, count in Counter(keys).items() if count > 1)


def _duplicate_ids(problem: Problem) -> Iterator[Fault]:
    for kind, rows in (
        ("need", problem.needs),
        ("supplier", problem.suppliers),
        ("resource", problem.resources),
    ):
        ids = [row.id for row in rows]
        for (repeated,) in _repeated((row_id,) for row_id in ids):
            yield Fault("DUPLICATE", f"{kind} {repeated}", f"The {kind} {repeated} is given more than once.")
        if "" in ids:
            yield Fault("EMPTY_ID", kind, f"A {kind} has an empty id.")
    for key in _repeated(option.key() for option in problem.options):
        where = "/".join(part for part in key if part)
        yield Fault("DUPLICATE", f"option {where}", f"The option {where} is given more than once.")
    suppliers = {supplier.id for supplier in problem.suppliers}
    for resource in problem.resources:
        if resource.supplier and resource.supplier not in suppliers:
            yield Fault(
                "UNKNOWN",
                f"resource {resource.id}",
                f"The resource {resource.id} belongs to an unknown supplier {resource.supplier}.",
            )


def _numbers(problem: Problem) -> Iterator[Fault]:
    for need in problem.needs:
        yield from _number(need.weight, f"need {need.id}", "weight")
    for resource in problem.resources:
        yield from _number(resource.capacity, f"resource {resource.id}", "capacity")
    for option in problem.options:
        where = f"option {option.need}/{option.supplier}"
        for resource_id, amount in sorted(option.usage.items()):
            yield from _number(amount, where, f"use of {resource_id}")
        for goal, amount in sorted(option.costs.items()):
            yield from _number(amount, where, goal)


def _number(value: int, where: str, what: str) -> Iterator[Fault]:
    if value < 0:
        yield Fault("NEGATIVE", where, f"The {what} of {where} is negative: {value}.")
    elif value > LARGEST:
        yield Fault("TOO_LARGE", where, f"The {what} of {where} is too large: {value}.")


def _options(problem: Problem) -> Iterator[Fault]:
    needs = {need.id for need in problem.needs}
    suppliers = {supplier.id for supplier in problem.suppliers}
    resources = {resource.id for resource in problem.resources}
    for option in problem.options:
        where = f"option {option.need}/{option.supplier}"
        if option.need not in needs:
            yield Fault("UNKNOWN", where, f"The {where} names an unknown need {option.need}.")
        if option.supplier not in suppliers:
            yield Fault("UNKNOWN", where, f"The {where} names an unknown supplier {option.supplier}.")
        for resource in sorted(set(option.usage) - resources):
            yield Fault("UNKNOWN", where, f"The {where} uses an unknown resource {resource}.")
        for goal in sorted(set(option.costs) & STRUCTURAL):
            yield Fault("RESERVED", where, f"The {where} gives a cost under the reserved name {goal}.")


def _decisions(problem: Problem) -> Iterator[Fault]:
    needs = {need.id for need in problem.needs}
    suppliers = {supplier.id for supplier in problem.suppliers}
    lists: tuple[tuple[str, list[tuple[str, str | None]]], ...] = (
        ("pin", [(pin.need, pin.supplier) for pin in problem.pins]),
        ("forbidden pair", [(pair.need, pair.supplier) for pair in problem.forbidden]),
        ("plan in force", [(row.need, row.supplier) for row in problem.in_force]),
    )
    for kind, pairs in lists:
        for need, supplier in pairs:
            if need not in needs:
                yield Fault("UNKNOWN", f"{kind} {need}", f"The {kind} names an unknown need {need}.")
            if supplier is not None and supplier not in suppliers:
                yield Fault("UNKNOWN", f"{kind} {need}", f"The {kind} names an unknown supplier {supplier}.")
    for (need,) in _repeated((row.need,) for row in problem.in_force):
        yield Fault("DUPLICATE", f"plan in force {need}", f"The plan in force has {need} more than once.")
    pinned: dict[str, set[str]] = {}
    for pin in problem.pins:
        pinned.setdefault(pin.need, set()).add("nobody" if pin.supplier is None else pin.supplier)
    for need, wanted in sorted(pinned.items()):
        if len(wanted) > 1:
            names = " and ".join(sorted(wanted))
            yield Fault("CONTRADICTION", f"pin {need}", f"The need {need} is pinned to {names}.")
    for pair in sorted({(pair.need, pair.supplier) for pair in problem.forbidden}):
        if pair[1] in pinned.get(pair[0], ()):
            yield Fault(
                "CONTRADICTION",
                f"pin {pair[0]}",
                f"The need {pair[0]} is pinned to {pair[1]}, and that pair is forbidden.",
            )


def _policy(problem: Problem) -> Iterator[Fault]:
    known = known_goals(goal for option in problem.options for goal in option.costs)
    for (repeated,) in _repeated((goal,) for goal in problem.policy.goals()):
        yield Fault("DUPLICATE", "policy", f"The policy names the goal {repeated} more than once.")
    if not problem.policy.levels:
        yield Fault("EMPTY_POLICY", "policy", "The policy has no level.")
    for level in problem.policy.levels:
        if not level.terms:
            yield Fault("EMPTY_POLICY", "policy", "A level of the policy has no goal.")
        if level.slack_permille < 0:
            yield Fault("NEGATIVE", "policy", f"The slack of a level is negative: {level.slack_permille}.")
        for term in level.terms:
            if term.goal not in known:
                yield Fault("UNKNOWN", "policy", f"The policy names an unknown goal {term.goal}.")
            if term.weight < 1:
                yield Fault("NEGATIVE", "policy", f"The weight of the goal {term.goal} is below 1.")


def _sums(problem: Problem) -> Iterator[Fault]:
    """Sums that could leave the range in which the solver's arithmetic is exact."""
    use: Counter[str] = Counter()
    cost: Counter[str] = Counter()
    for option in problem.options:
        use.update({resource: max(0, amount) for resource, amount in option.usage.items()})
        cost.update({goal: max(0, amount) for goal, amount in option.costs.items()})
    cost["unserved"] = sum(max(0, need.weight) for need in problem.needs)
    for resource, total in sorted(use.items()):
        if total > LARGEST:
            yield Fault("TOO_LARGE", f"resource {resource}", f"All use of {resource} adds up to too much: {total}.")
    weights = {term.goal: term.weight for level in problem.policy.levels for term in level.terms}
    for goal, total in sorted(cost.items()):
        if total * weights.get(goal, 1) > LARGEST:
            yield Fault("TOO_LARGE", f"goal {goal}", f"The goal {goal} can add up to too much: {total}.")
