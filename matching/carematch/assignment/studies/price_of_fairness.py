"""The price of fairness: what the other goals pay when the worst-off group or the longest way gets better."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from carematch.assignment.check import check_plan, score
from carematch.assignment.engine.budget import Budget
from carematch.assignment.engine.lexicographic import answer
from carematch.assignment.goals import DISTANCE, FARTHEST, SHARE, Level, Policy, Term, level_values, single
from carematch.assignment.problem import Assignment, Limits, Option, Problem
from carematch.assignment.solution import CONTRADICTORY
from carematch.assignment.validate import validate_whole


class FairPoint(Struct, frozen=True):
    """A plan on the way to fairness: `reached` is the value of the fair goal, `values` those of the policy.

    `costs` is what the goals of the policy pay against the point before (negative: they gain).
    """

    reached: int
    values: dict[str, int]
    costs: dict[str, int]
    assignments: tuple[Assignment, ...]


def fairness_price(
    problem: Problem,
    goal: str,
    limits: Limits = Limits(),
    *,
    steps: int = 6,
    seed: int = 1,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[FairPoint, ...]:
    """Brings `share` or `farthest` down step by step, from the plan of the policy to the fairest found.

    The points strictly fall in the fair goal and never fall in the levels of the policy before it; at
    most `steps` of them. `limits` are for all solves together. Raises ValueError for another goal and where the
    policy has no other, ProblemError as `solve_whole` does.
    """
    if goal not in (SHARE, FARTHEST):
        raise ValueError(f"{goal} is no goal of fairness")
    policy = _without(problem.policy, goal)
    if not policy.levels:
        raise ValueError("a policy with no other goal pays nothing for fairness")
    validate_whole(problem)
    each = limits.fraction(1 / max(1, steps))
    asked = _shares(problem, policy, steps) if goal == SHARE else _ways(problem, policy, steps)
    plans: list[tuple[int, tuple[int, ...], tuple[Assignment, ...]]] = []
    for part in asked:
        solution = answer(part, Budget(each, should_stop), seed=seed)
        plan = solution.assignments
        # where long ways are taken out, people cannot keep what they could: the limit on moves is that of the problem
        if solution.status != CONTRADICTORY and check_plan(problem, plan).ok:
            values = score(msgspec.structs.replace(problem, policy=policy), plan)
            fair = score(msgspec.structs.replace(problem, policy=Policy((single(goal),))), plan)
            plans.append((fair[goal], level_values(policy, values), plan))
    return tuple(_points(problem, policy, plans))


def _without(policy: Policy, goal: str) -> Policy:
    """The policy without the fair goal and without slack."""
    levels = (tuple(term for term in level.terms if term.goal != goal) for level in policy.levels)
    return Policy(tuple(Level(terms) for terms in levels if terms))


def _ways(problem: Problem, policy: Policy, steps: int) -> Iterator[Problem]:
    """No way longer than a limit that falls evenly to where somebody would lose the last option."""
    whole = msgspec.structs.replace(problem, policy=policy)
    yield whole
    nearest: dict[str, int] = {}
    for option in problem.options:
        way = option.costs.get(DISTANCE, 0)
        nearest[option.need] = min(way, nearest.get(option.need, way))
    ways = sorted({option.costs.get(DISTANCE, 0) for option in problem.options}, reverse=True)
    least = max(nearest.values(), default=0)
    possible = [way for way in ways[1:] if way >= least]
    for place in range(1, steps if possible else 1):
        limit = possible[(place * len(possible) - 1) // (steps - 1)]
        yield msgspec.structs.replace(whole, options=tuple(_within(problem.options, limit)))


def _within(options: tuple[Option, ...], limit: int) -> Iterator[Option]:
    return (option for option in options if option.costs.get(DISTANCE, 0) <= limit)


def _shares(problem: Problem, policy: Policy, steps: int) -> Iterator[Problem]:
    """The share beside the first level, with a weight that grows until it comes before it."""
    yield msgspec.structs.replace(problem, policy=policy)
    if steps < 2:
        return
    first, *rest = policy.levels
    weight = max(1, sum(need.weight for need in problem.needs))
    for place in range(1, steps - 1):
        mixed = Level((*first.terms, Term(SHARE, max(1, weight * 4**place // 4**steps))))
        yield msgspec.structs.replace(problem, policy=Policy((mixed, *rest)))
    yield msgspec.structs.replace(problem, policy=Policy((single(SHARE), *policy.levels)))


def _points(
    problem: Problem, policy: Policy, plans: list[tuple[int, tuple[int, ...], tuple[Assignment, ...]]]
) -> Iterator[FairPoint]:
    """The plans that no other beats in both, the cheapest first."""
    before: dict[str, int] | None = None
    reached: int | None = None
    for fair, _, plan in sorted(plans, key=lambda row: (row[1], row[0], row[2])):
        if reached is None or fair < reached:
            values = score(msgspec.structs.replace(problem, policy=policy), plan)
            costs = {goal: value - before[goal] for goal, value in values.items()} if before else {}
            yield FairPoint(fair, values, costs, plan)
            reached, before = fair, values
