"""Is the question well put? Every fault is found and named, not only the first.

Options are many: `sums` looks at all of them once and cheaply, and only when something is wrong does
`find_faults` go through them one by one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct

from carematch.assignment.goals import (
    BALANCE,
    CONTINUITY,
    DISTANCE,
    FARTHEST,
    FULL_PERMILLE,
    SHARE,
    STRUCTURAL,
    UNSERVED,
    counts,
    is_unserved,
    known_goals,
)
from carematch.assignment.problem import Problem

#: No number, and no sum that the goals or resources can reach, may be larger: floats stay exact.
LARGEST = 2**53
#: Faults that are none in a problem as a register gives it.
ACCEPTED = frozenset({"EMPTY", "NO_OPTIONS", "ZERO_CAPACITY"})
#: A level may lose so many times its value at most.
WIDEST_SLACK = 1000


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


class Sums(Struct, frozen=True):
    """What all options use and cost together; `negative` when some number of theirs is below zero."""

    usage: dict[str, int]
    costs: dict[str, int]
    negative: bool


def validate(problem: Problem) -> None:
    """Raises ProblemError with all faults; returns nothing when there is none."""
    faults = tuple(find_faults(problem))
    if faults:
        raise ProblemError(faults)


def validate_whole(problem: Problem) -> None:
    """The same, but needs that nobody may serve, resources that are used up and having no needs are no faults."""
    faults = tuple(fault for fault in find_faults(problem) if fault.code not in ACCEPTED)
    if faults:
        raise ProblemError(faults)


def find_faults(problem: Problem) -> Iterator[Fault]:
    """All faults, in a fixed order."""
    totals = sums(problem)
    if not problem.needs:
        yield Fault("EMPTY", "problem", "The problem has no needs.")
    yield from _ids(problem)
    yield from _numbers(problem)
    yield from _options(problem, totals)
    yield from _without_options(problem)
    yield from _decisions(problem)
    yield from _policy(problem, totals)
    yield from _too_much(problem, totals)


def sums(problem: Problem) -> Sums:
    """Adds up all options, negative numbers as they are."""
    usage: defaultdict[str, int] = defaultdict(int)
    costs: defaultdict[str, int] = defaultdict(int)
    negative = False
    for option in problem.options:
        for resource, amount in option.usage.items():
            usage[resource] += amount
            if amount < 0:
                negative = True
        for goal, amount in option.costs.items():
            costs[goal] += amount
            if amount < 0:
                negative = True
    return Sums(usage, costs, negative)


def _repeated(keys: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return sorted(key for key, count in Counter(keys).items() if count > 1)


def _ids(problem: Problem) -> Iterator[Fault]:
    for kind, rows in (
        ("need", problem.needs),
        ("supplier", problem.suppliers),
        ("resource", problem.resources),
    ):
        ids = {row.id for row in rows}
        if len(ids) < len(rows):
            for (repeated,) in _repeated((row.id,) for row in rows):
                yield Fault("DUPLICATE", f"{kind} {repeated}", f"The {kind} {repeated} is given more than once.")
        if "" in ids:
            yield Fault("EMPTY_ID", kind, f"A {kind} has an empty id.")
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
        if not 0 <= need.weight <= LARGEST:
            yield _number(need.weight, f"need {need.id}", "weight")
    for resource in problem.resources:
        if not 0 <= resource.capacity <= LARGEST:
            yield _number(resource.capacity, f"resource {resource.id}", "capacity")
        elif not resource.capacity:
            where = f"resource {resource.id}"
            yield Fault("ZERO_CAPACITY", where, f"There is nothing of the {where}: leave it and its options out.")
    most = problem.most_moves
    if most is not None and not 0 <= most <= LARGEST:
        code, word = ("NEGATIVE", "negative") if most < 0 else ("TOO_LARGE", "too large")
        yield Fault(code, "most_moves", f"The number of moves allowed is {word}: {most}.")


def _number(value: int, where: str, what: str) -> Fault:
    """The fault of a number out of range."""
    if value < 0:
        return Fault("NEGATIVE", where, f"The {what} of {where} is negative: {value}.")
    return Fault("TOO_LARGE", where, f"The {what} of {where} is too large: {value}.")


def _options(problem: Problem, totals: Sums) -> Iterator[Fault]:
    """Options given twice, numbers out of range, unknown and reserved names."""
    if _may_repeat(problem):
        for key in _repeated(option.key() for option in problem.options):
            where = "/".join(part for part in key if part)
            yield Fault("DUPLICATE", f"option {where}", f"The option {where} is given more than once.")
    needs = {need.id for need in problem.needs}
    suppliers = {supplier.id for supplier in problem.suppliers}
    resources = {resource.id for resource in problem.resources}
    if (
        not totals.negative
        and all(total <= LARGEST for total in (*totals.usage.values(), *totals.costs.values()))
        and totals.usage.keys() <= resources
        and not any(_structural(goal) for goal in totals.costs)
        and {option.need for option in problem.options} <= needs
        and {option.supplier for option in problem.options} <= suppliers
    ):
        return
    for option in problem.options:
        where = f"option {option.need}/{option.supplier}"
        numbers = [(f"use of {resource}", amount) for resource, amount in sorted(option.usage.items())]
        for what, value in (*numbers, *sorted(option.costs.items())):
            if not 0 <= value <= LARGEST:
                yield _number(value, where, what)
        if option.need not in needs:
            yield Fault("UNKNOWN", where, f"The {where} names an unknown need {option.need}.")
        if option.supplier not in suppliers:
            yield Fault("UNKNOWN", where, f"The {where} names an unknown supplier {option.supplier}.")
        for resource in sorted(option.usage.keys() - resources):
            yield Fault("UNKNOWN", where, f"The {where} uses an unknown resource {resource}.")
        for goal in sorted(filter(_structural, option.costs)):
            yield Fault("RESERVED", where, f"The {where} gives a cost under the reserved name {goal}.")


def _structural(goal: str) -> bool:
    """Whether the name of a goal is taken: no option may give a cost under it."""
    return goal in STRUCTURAL or is_unserved(goal)


def _may_repeat(problem: Problem) -> bool:
    """Whether two options have one key, or keys of one hash; in eight bytes an option."""
    keys = (hash((option.need, option.supplier, option.variant)) for option in problem.options)
    hashes = np.sort(np.fromiter(keys, np.int64, len(problem.options)))
    return bool((hashes[1:] == hashes[:-1]).any())


def _without_options(problem: Problem) -> Iterator[Fault]:
    reached = {option.need for option in problem.options}
    for need in problem.needs:
        if need.id not in reached:
            yield Fault("NO_OPTIONS", f"need {need.id}", f"The need {need.id} has no option: leave it out.")


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
    pinned: dict[str, set[str | None]] = {}
    for pin in problem.pins:
        pinned.setdefault(pin.need, set()).add(pin.supplier)
    for need, wanted in sorted(pinned.items()):
        if len(wanted) > 1:
            names = " and ".join(sorted("nobody" if supplier is None else supplier for supplier in wanted))
            yield Fault("CONTRADICTION", f"pin {need}", f"The need {need} is pinned to {names}.")
    for pair in sorted({(pair.need, pair.supplier) for pair in problem.forbidden}):
        if pair[1] in pinned.get(pair[0], ()):
            yield Fault(
                "CONTRADICTION",
                f"pin {pair[0]}",
                f"The need {pair[0]} is pinned to {pair[1]}, and that pair is forbidden.",
            )


def _policy(problem: Problem, totals: Sums) -> Iterator[Fault]:
    known = known_goals(totals.costs)
    named = set(problem.policy.goals())
    if any(is_unserved(goal) for goal in named):
        for rank in sorted({need.rank for need in problem.needs}):
            if not any(counts(goal, rank) for goal in named):
                sentence = f"The policy goes by ranks and does not name the rank {rank or 'of needs without one'}."
                yield Fault("UNRANKED", "policy", sentence)
    for (repeated,) in _repeated((goal,) for goal in problem.policy.goals()):
        yield Fault("DUPLICATE", "policy", f"The policy names the goal {repeated} more than once.")
    if not problem.policy.levels:
        yield Fault("EMPTY_POLICY", "policy", "The policy has no level.")
    for level in problem.policy.levels:
        if not level.terms:
            yield Fault("EMPTY_POLICY", "policy", "A level of the policy has no goal.")
        if level.slack_permille < 0:
            yield Fault("NEGATIVE", "policy", f"The slack of a level is negative: {level.slack_permille}.")
        if level.slack_permille > WIDEST_SLACK * FULL_PERMILLE:
            yield Fault("TOO_LARGE", "policy", f"The slack of a level is too large: {level.slack_permille}.")
        for term in level.terms:
            if term.goal not in known and not is_unserved(term.goal):
                yield Fault("UNKNOWN", "policy", f"The policy names an unknown goal {term.goal}.")
            if term.weight < 1:
                yield Fault("NEGATIVE", "policy", f"The weight of the goal {term.goal} is below 1.")


def _too_much(problem: Problem, totals: Sums) -> Iterator[Fault]:
    """Sums that could leave the range in which the solver's arithmetic is exact."""
    for resource, total in sorted(totals.usage.items()):
        if total > LARGEST:
            yield Fault("TOO_LARGE", f"resource {resource}", f"All use of {resource} adds up to too much: {total}.")
    weight = sum(need.weight for need in problem.needs if need.weight > 0)
    costs = totals.costs | {
        UNSERVED: weight,
        **{goal: weight for goal in problem.policy.goals() if is_unserved(goal)},
        SHARE: FULL_PERMILLE * weight,
        CONTINUITY: len(problem.in_force),
        BALANCE: FULL_PERMILLE,
        FARTHEST: totals.costs.get(DISTANCE, 0),
    }
    named = set(problem.policy.goals())
    for goal, total in sorted(costs.items()):
        if total > LARGEST and (goal in named or goal in totals.costs or goal == UNSERVED):
            yield Fault("TOO_LARGE", f"goal {goal}", f"The goal {goal} can add up to too much: {total}.")
    for number, level in enumerate(problem.policy.levels, 1):
        total = sum(term.weight * max(1, costs.get(term.goal, 0)) for term in level.terms)
        if total > LARGEST:
            goals = " + ".join(term.goal for term in level.terms)
            yield Fault(
                "TOO_LARGE", f"level {number}", f"The goals {goals} with their weights add up to too much: {total}."
            )
