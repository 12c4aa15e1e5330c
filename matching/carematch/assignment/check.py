"""The checker: is a plan feasible, and what is its score? It is the specification.

It knows no solver and shares no arithmetic with one: everything is recomputed from the problem.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from carematch.assignment.goals import (
    BALANCE,
    CONTINUITY,
    DISTANCE,
    FARTHEST,
    FULL_PERMILLE,
    SHARE,
    counts,
    gap,
    is_unserved,
    level_values,
)
from carematch.assignment.problem import NO_OPTION, Assignment, Option, Problem, input_hash
from carematch.assignment.recheck import Rechecked, recheck
from carematch.assignment.solution import (
    CONTRADICTORY,
    MOVES,
    OPTIMAL,
    OVERFULL,
    Conflict,
    LevelResult,
    Solution,
)


class Violation(Struct, frozen=True):
    """Something that a plan breaks: a code for programs, what it is about, a sentence for people."""

    code: str
    subject: str
    sentence: str


class CheckReport(Struct, frozen=True):
    """All violations (none when the plan may stand) and the value of each goal of the policy.

    `rechecked` is how far each level can be from its best, by the checker's own reckoning (see `recheck`).
    """

    violations: tuple[Violation, ...]
    values: dict[str, int]
    rechecked: tuple[Rechecked, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is broken."""
        return not self.violations


def check_plan(problem: Problem, assignments: Iterable[Assignment]) -> CheckReport:
    """Checks who serves whom against options, capacities, pins, forbidden pairs and moves, and scores it."""
    plan = tuple(assignments)
    options = chosen_options(problem, plan)
    chosen = [options[row.key()] for row in plan if row.key() in options]
    violations = (
        *_choices(plan, options),
        *_capacities(problem, chosen),
        *_decisions(problem, plan),
        *_moves(problem, plan),
    )
    return CheckReport(violations, goal_values(problem, chosen, problem.policy.goals()))


def check(problem: Problem, solution: Solution, *, bounds: bool = True) -> CheckReport:
    """Checks a whole solution: the plan, that what is claimed of it is so, and (with `bounds`) how far it can be from

    the best.

    A solution that only names what contradicts must not carry a plan, and what it names must contradict
    as far as that shows without a search: that pins clash only together, or that moves cannot be
    fewer, is refused when it is plainly false and not proven again.
    """
    if solution.status == CONTRADICTORY:
        return CheckReport((*_input(problem, solution), *_contradiction(problem, solution)), {})
    report = check_plan(problem, solution.assignments)
    claims = (*_input(problem, solution), *_claims(problem, solution, report.values), *_unmet(problem, solution))
    rechecked: tuple[Rechecked, ...] = ()
    if bounds:
        values = level_values(problem.policy, report.values)
        rechecked = recheck(problem, solution.levels, values, keepable(problem))
    return CheckReport(report.violations + claims, report.values, rechecked)


def released(problem: Problem, assignments: Iterable[Assignment], decided: Collection[str]) -> Problem:
    """The problem without the decisions that a plan overrules: pins and forbidden pairs of the needs that a person

    has `decided` since, and the limit on moves. It is the same object where the plan overrules none.
    """
    plan = tuple(assignments)
    served_by = {row.need: row.supplier for row in plan}
    pins = tuple(p for p in problem.pins if p.need not in decided or served_by.get(p.need) == p.supplier)
    forbidden = tuple(f for f in problem.forbidden if f.need not in decided or served_by.get(f.need) != f.supplier)
    moves = None if any(True for _ in _moves(problem, plan)) else problem.most_moves
    if (pins, forbidden, moves) == (problem.pins, problem.forbidden, problem.most_moves):
        return problem
    return msgspec.structs.replace(problem, pins=pins, forbidden=forbidden, most_moves=moves)


def check_changed(problem: Problem, levels: Sequence[LevelResult], assignments: Iterable[Assignment]) -> CheckReport:
    """Checks a plan that people changed after a solve, and how far it can be from the best as it stands now.

    `levels` are those of the solve: their prices prove a bound for any plan, whatever was made of theirs.
    """
    report = check_plan(problem, assignments)
    values = level_values(problem.policy, report.values)
    return CheckReport(report.violations, report.values, recheck(problem, levels, values, keepable(problem)))


def score(problem: Problem, assignments: Iterable[Assignment]) -> dict[str, int]:
    """The value of each goal of the policy, by the definitions in `goals`."""
    plan = tuple(assignments)
    options = chosen_options(problem, plan)
    chosen = [options[row.key()] for row in plan if row.key() in options]
    return goal_values(problem, chosen, problem.policy.goals())


def chosen_options(problem: Problem, assignments: Iterable[Assignment]) -> dict[tuple[str, str, str], Option]:
    """The options that a plan chooses, by key; without those that do not exist."""
    wanted = {row.key() for row in assignments}
    return {key: option for option in problem.options if (key := option.key()) in wanted}


def goal_values(problem: Problem, chosen: Sequence[Option], goals: Iterable[str]) -> dict[str, int]:
    """The value of each of these goals when these options are chosen."""
    served_by = {option.need: option.supplier for option in chosen}
    values: dict[str, int] = {}
    for goal in goals:
        if is_unserved(goal):
            values[goal] = sum(n.weight for n in problem.needs if n.id not in served_by and counts(goal, n.rank))
        elif goal == CONTINUITY:
            values[goal] = sum(served_by.get(row.need) != row.supplier for row in problem.in_force)
        elif goal == BALANCE:
            values[goal] = _fullest(problem, chosen)
        elif goal == SHARE:
            values[goal] = _worst_share(problem, served_by.keys())
        elif goal == FARTHEST:
            values[goal] = max((option.costs.get(DISTANCE, 0) for option in chosen), default=0)
        else:
            values[goal] = sum(option.costs.get(goal, 0) for option in chosen)
    return values


def keepable(problem: Problem) -> dict[str, str]:
    """The needs of the plan in force that could keep their supplier, and that supplier.

    Some option of it must be allowed by pins and forbidden pairs and must fit the capacities by itself.
    """
    forbidden = {(pair.need, pair.supplier) for pair in problem.forbidden}
    pinned = {pin.need: pin.supplier for pin in problem.pins}
    present = {
        row.need: row.supplier
        for row in problem.in_force
        if (row.need, row.supplier) not in forbidden and pinned.get(row.need, row.supplier) == row.supplier
    }
    capacity = {resource.id: resource.capacity for resource in problem.resources}
    mine = (option for option in problem.options if present.get(option.need) == option.supplier)
    able = {option.need for option in mine if _fits(option, capacity)}
    return {need: supplier for need, supplier in present.items() if need in able}


def moved(problem: Problem, assignments: Iterable[Assignment]) -> tuple[str, ...]:
    """The needs that lose a supplier they could keep, by id: what `Problem.most_moves` limits."""
    served_by = {row.need: row.supplier for row in assignments}
    return tuple(sorted(need for need, supplier in keepable(problem).items() if served_by.get(need) != supplier))


def used(options: Iterable[Option]) -> Counter[str]:
    """How much of each resource these options use together."""
    total: Counter[str] = Counter()
    for option in options:
        for resource, amount in option.usage.items():
            total[resource] += amount
    return total


def _fits(option: Option, capacity: Mapping[str, int]) -> bool:
    return all(amount <= capacity[resource] for resource, amount in option.usage.items())


def _fullest(problem: Problem, chosen: Iterable[Option]) -> int:
    total = used(chosen)
    loads = [
        -(-FULL_PERMILLE * total[resource.id] // resource.capacity)
        for resource in problem.resources
        if resource.balanced and resource.capacity > 0
    ]
    return max(loads, default=0)


def _worst_share(problem: Problem, served: Collection[str]) -> int:
    whole: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for need in problem.needs:
        if need.group:
            whole[need.group] += need.weight
            left_out[need.group] += 0 if need.id in served else need.weight
    shares = [-(-FULL_PERMILLE * left_out[group] // weight) for group, weight in whole.items() if weight > 0]
    return max(shares, default=0)


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


def _moves(problem: Problem, plan: tuple[Assignment, ...]) -> Iterator[Violation]:
    if problem.most_moves is None:
        return
    count = len(moved(problem, plan))
    if count > problem.most_moves:
        sentence = f"{count} needs lose a supplier that they could keep; at most {problem.most_moves} may."
        yield Violation(MOVES, "most_moves", sentence)


def _input(problem: Problem, solution: Solution) -> Iterator[Violation]:
    if solution.input_hash != input_hash(problem):
        yield Violation("INPUT", "input_hash", "The solution answers another problem.")


def _contradiction(problem: Problem, solution: Solution) -> Iterator[Violation]:
    if solution.assignments or not solution.conflicts:
        yield Violation("CLAIM", "status", "Decisions are called contradictory, without showing it.")
    keep = keepable(problem)
    stands = check_plan(problem, (row for row in problem.in_force if row.need in keep)).ok
    pinned = {pin.need: pin.supplier for pin in problem.pins}
    offered: dict[str, list[Option]] = {need: [] for need in pinned}
    for option in problem.options:
        if pinned.get(option.need) == option.supplier:
            offered[option.need].append(option)
    missing = {pair for pair in pinned.items() if not offered[pair[0]]}
    for place, conflict in enumerate(solution.conflicts, 1):
        needs = set(conflict.needs)
        shown = not stands and len(needs) == len(conflict.needs)
        if conflict.code == MOVES:
            shown &= len(needs) == conflict.wanted > conflict.capacity == problem.most_moves and needs <= keep.keys()
        elif conflict.code == NO_OPTION:
            shown &= set() < {(need, conflict.supplier) for need in needs} <= missing
        else:
            shown &= conflict.code == OVERFULL and needs <= offered.keys()
            shown = shown and _overfull(problem, conflict, [offered[need] for need in conflict.needs])
        if not shown:
            yield Violation("CLAIM", f"conflict {place}", f"The conflict {place} is none.")


def _overfull(problem: Problem, conflict: Conflict, offered: list[list[Option]]) -> bool:
    """Whether pinned needs, each with these options, fill more than there is of the resource that is named.

    Where none is named they clash only together; then some resource must be short when each takes most of it.
    """
    capacity = {resource.id: resource.capacity for resource in problem.resources}
    fitting = [[option for option in mine if _fits(option, capacity)] for mine in offered]
    if not conflict.resource:
        return all(fitting) and any(
            sum(max(o.usage.get(resource, 0) for o in mine) for mine in fitting) > limit
            for resource, limit in capacity.items()
        )
    if conflict.wanted <= conflict.capacity or capacity.get(conflict.resource) != conflict.capacity:
        return False
    if len(offered) == 1 and not fitting[0]:  # none of its options fits even by itself
        return any(option.usage.get(conflict.resource) == conflict.wanted for option in offered[0])
    least = [min((o.usage.get(conflict.resource, 0) for o in mine), default=0) for mine in fitting]
    return all(least) and sum(least) == conflict.wanted


def _claims(problem: Problem, solution: Solution, values: dict[str, int]) -> Iterator[Violation]:
    claimed = {result.goal: result for result in solution.goals}
    for goal, value in values.items():
        if goal not in claimed:
            yield Violation("CLAIM", goal, f"The goal {goal} is not reported.")
            continue
        result = claimed[goal]
        if result.value != value:
            yield Violation("CLAIM", goal, f"The goal {goal} is reported as {result.value} and is {value}.")
        proven = result.value == result.bound
        if result.bound > result.value or result.gap != gap(result.value, result.bound) or result.proven != proven:
            yield Violation("CLAIM", goal, f"The bound or the gap of the goal {goal} is wrong.")
    for place, (level, wanted) in enumerate(zip(solution.levels, problem.policy.levels, strict=False), 1):
        value = sum(term.weight * values[term.goal] for term in wanted.terms)
        limit = max(level.best, level.bound * (1000 + wanted.slack_permille) // 1000)
        ordered = level.bound <= level.best <= value <= level.limit == limit
        told = (tuple(term.goal for term in wanted.terms), value, gap(value, level.bound), level.bound == level.best)
        if (level.goals, level.value, level.gap, level.proven) != told or not ordered:
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
