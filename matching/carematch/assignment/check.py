"""The checker: is a plan feasible, and what is its score? It is the specification.

It knows no solver and shares no arithmetic with one: everything is recomputed from the problem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from carematch.assignment.goals import BALANCE, CONTINUITY, FULL_PERMILLE, UNSERVED, gap
from carematch.assignment.problem import Assignment, Option, Problem, input_hash
from carematch.assignment.solution import CONTRADICTORY, OPTIMAL, Solution


class Violation(Struct, frozen=True):
    """Something that a plan breaks: a code for programs, what it is about, a sentence for people."""

    code: str
    subject: str
    sentence: str


class CheckReport(Struct, frozen=True):
    """All violations (none when the plan may stand) and the value of each goal of the policy."""

    violations: tuple[Violation, ...]
    values: dict[str, int]

    @property
    def ok(self) -> bool:
        """Whether nothing is broken."""
        return not self.violations


def check_plan(problem: Problem, assignments: Iterable[Assignment]) -> CheckReport:
    """Checks who serves whom against options, capacities, pins and forbidden pairs, and scores it."""
    plan = tuple(assignments)
    options = {option.key(): option for option in problem.options}
    chosen = [options[row.key()] for row in plan if row.key() in options]
    violations = (
        *_choices(plan, options),
        *_capacities(problem, chosen),
        *_decisions(problem, plan),
    )
    return CheckReport(violations, score(problem, plan))


def check(problem: Problem, solution: Solution) -> CheckReport:
    """Checks a whole solution: the plan, and that what is claimed of it is what it is worth.

    A solution that only names contradictory pins must not carry a plan.
    """
    if solution.status == CONTRADICTORY:
        found: tuple[Violation, ...] = ()
        if solution.assignments or not solution.conflicts:
            found = (Violation("CLAIM", "status", "The pins are called contradictory, without showing it."),)
        return CheckReport(found, {})
    report = check_plan(problem, solution.assignments)
    claims = (*_claims(problem, solution, report.values), *_unmet(problem, solution))
    return CheckReport(report.violations + claims, report.values)


def score(problem: Problem, assignments: Iterable[Assignment]) -> dict[str, int]:
    """The value of each goal of the policy, by the definitions in `goals`."""
    options = {option.key(): option for option in problem.options}
    plan = [row for row in assignments if row.key() in options]
    served_by = {row.need: row.supplier for row in plan}
    values: dict[str, int] = {}
    for goal in problem.policy.goals():
        if goal == UNSERVED:
            values[goal] = sum(need.weight for need in problem.needs if need.id not in served_by)
        elif goal == CONTINUITY:
            values[goal] = sum(served_by.get(row.need) != row.supplier for row in problem.in_force)
        elif goal == BALANCE:
            values[goal] = _fullest(problem, [options[row.key()] for row in plan])
        else:
            values[goal] = sum(options[row.key()].costs.get(goal, 0) for row in plan)
    return values


def used(options: Iterable[Option]) -> Counter[str]:
    """How much of each resource these options use together."""
    total: Counter[str] = Counter()
    for option in options:
        for resource, amount in option.usage.items():
            total[resource] += amount
    return total


def _fullest(problem: Problem, chosen: list[Option]) -> int:
    total = used(chosen)
    loads = [
        -(-FULL_PERMILLE * total[resource.id] // resource.capacity)
        for resource in problem.resources
        if resource.balanced and resource.capacity > 0
    ]
    return max(loads, default=0)


def _choices(plan: tuple[Assignment, ...], options: dict[tuple[str, str, str], Option]) -> Iterator[Violation]:
    times = Counter(row.need for row in plan)
    for need, count in sorted(times.items()):
        if count > 1:
            yield Violation("TWICE", need, f"The need {need} is served {count} times.")
    for row in sorted(plan):
        if row.key() not in options:
            yield Violation("NOT_AN_OPTION", row.need, f"{row.supplier} is not an option of the need {row.need}.")


def _capacities(problem: Problem, chosen: list[Option]) -> Iterator[Violation]:
    total = used(chosen)
    for resource in sorted(problem.resources, key=lambda resource: resource.id):
        over = total[resource.id] - resource.capacity
        if over > 0:
            yield Violation(
                "OVER_CAPACITY",
                resource.id,
                f"{resource.id} is used {total[resource.id]} of {resource.capacity}: {over} too many.",
            )


def _decisions(problem: Problem, plan: tuple[Assignment, ...]) -> Iterator[Violation]:
    served_by = {row.need: row.supplier for row in plan}
    for pin in problem.pins:
        actual = served_by.get(pin.need)
        if actual != pin.supplier:
            yield Violation(
                "PIN",
                pin.need,
                f"The need {pin.need} is pinned to {pin.supplier or 'nobody'} and served by {actual or 'nobody'}.",
            )
    for pair in problem.forbidden:
        if served_by.get(pair.need) == pair.supplier:
            yield Violation("FORBIDDEN", pair.need, f"{pair.supplier} is forbidden for the need {pair.need}.")


def _claims(problem: Problem, solution: Solution, values: dict[str, int]) -> Iterator[Violation]:
    if solution.input_hash != input_hash(problem):
        yield Violation("INPUT", "input_hash", "The solution answers another problem.")
    claimed = {result.goal: result for result in solution.goals}
    for goal, value in values.items():
        if goal not in claimed:
            yield Violation("CLAIM", goal, f"The goal {goal} is not reported.")
            continue
        result = claimed[goal]
        if result.value != value:
            yield Violation("CLAIM", goal, f"The goal {goal} is reported as {result.value} and is {value}.")
        if result.bound > result.value or result.gap != gap(result.value, result.bound):
            yield Violation("CLAIM", goal, f"The bound or the gap of the goal {goal} is wrong.")
    for place, (level, wanted) in enumerate(zip(solution.levels, problem.policy.levels, strict=False), 1):
        value = sum(term.weight * values[term.goal] for term in wanted.terms)
        limit = max(level.best, level.bound * (1000 + wanted.slack_permille) // 1000)
        ordered = level.bound <= level.best <= value <= level.limit == limit
        if level.value != value or not ordered or level.proven != (level.bound == level.best):
            yield Violation("CLAIM", f"level {place}", f"The certificate of level {place} is wrong.")
    if len(solution.levels) != len(problem.policy.levels):
        yield Violation("CLAIM", "levels", "The levels reported are not those of the policy.")
    if solution.status == OPTIMAL and not all(level.proven for level in solution.levels):
        yield Violation("CLAIM", "status", "The plan is called optimal and not every level is proven.")


def _unmet(problem: Problem, solution: Solution) -> Iterator[Violation]:
    served = {row.need for row in solution.assignments}
    missing = {need.id: need.weight for need in problem.needs if need.id not in served}
    listed = {row.need: row.weight for row in solution.unmet}
    if listed != missing or len(solution.unmet) != len(missing):
        yield Violation("CLAIM", "unmet", "The needs listed as unserved are not those that nobody serves.")
    for row in solution.unmet:
        if not row.reasons:
            yield Violation("CLAIM", row.need, f"The need {row.need} is unserved without a reason.")
