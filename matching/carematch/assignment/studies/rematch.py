"""Matching again after a change: keep what is lived today, move as few as asked, and say what moves buy."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from carematch.assignment.check import keepable, score
from carematch.assignment.goals import (
    CONTINUITY,
    Level,
    Policy,
    is_unserved,
    level_values,
    single,
    unserved_levels,
)
from carematch.assignment.problem import Assignment, Limits, Problem
from carematch.assignment.solution import CONTRADICTORY, ProgressCallback, Solution
from carematch.assignment.solve import solve_whole


class MovesPoint(Struct, frozen=True):
    """The best plan with at most `most_moves` moves.

    `values` and `bounds` are by goal of the policy; `bounds` hold for this number of moves with the
    goals before fixed at what the solver found. `moves` is how many the plan uses, `buys` what each goal
    gains against the point before (negative: it pays). A number of moves that cannot be obeyed is not
    `possible` and has no plan.
    """

    most_moves: int
    possible: bool
    moves: int
    values: dict[str, int]
    bounds: dict[str, int]
    buys: dict[str, int]
    assignments: tuple[Assignment, ...]


def staying(problem: Problem) -> Problem:
    """The problem under the policy of a re-match: nobody left out who need not be, rank by rank where the policy goes
    by ranks; then as few changes of supplier as can be, then the other goals as they are.
    """
    rest = (
        Level(terms, level.slack_permille)
        for level in problem.policy.levels
        if (terms := tuple(term for term in level.terms if not is_unserved(term.goal) and term.goal != CONTINUITY))
    )
    return msgspec.structs.replace(
        problem, policy=Policy((*unserved_levels(problem.policy), single(CONTINUITY), *rest))
    )


def rematch(
    problem: Problem,
    limits: Limits = Limits(),
    *,
    seed: int = 1,
    progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Solution:
    """The plan that serves as much as can be served and moves the fewest; it answers `staying(problem)`.

    The plan in force is what the search starts from. Raises ProblemError as `solve_whole` does.
    """
    return solve_whole(staying(problem), limits, seed=seed, progress=progress, should_stop=should_stop)


def moves_curve(
    problem: Problem,
    most_moves: Iterable[int],
    limits: Limits = Limits(),
    *,
    seed: int = 1,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[MovesPoint, ...]:
    """What each further move buys: the best plan for each number of moves, fewest first.

    The policy is that of the problem, without slack, so that more moves are never worse: a plan with
    fewer moves is carried on when nothing better is found. `limits` are for all points together.
    """
    counts = sorted(set(most_moves))
    each = limits.fraction(1 / max(1, len(counts)))
    strict = Policy(tuple(msgspec.structs.replace(level, slack_permille=0) for level in problem.policy.levels))
    present = keepable(problem)
    points: list[MovesPoint] = []
    for count in counts:
        asked = msgspec.structs.replace(problem, most_moves=count, policy=strict)
        before = next((point for point in reversed(points) if point.possible), None)
        known = before.assignments if before else ()
        solution = solve_whole(asked, each, seed=seed, should_stop=should_stop, start=known)
        plan = solution.assignments
        possible = solution.status != CONTRADICTORY
        values = score(asked, plan) if possible else {}
        if before and (not possible or level_values(strict, before.values) <= level_values(strict, values)):
            plan, values, possible = before.assignments, before.values, True
        served_by = {row.need: row.supplier for row in plan}
        moves = sum(served_by.get(need) != supplier for need, supplier in present.items())
        buys = {goal: before.values[goal] - value for goal, value in values.items()} if before else {}
        bounds = {result.goal: min(result.bound, values[result.goal]) for result in solution.goals}
        points.append(MovesPoint(count, possible, moves if possible else 0, values, bounds, buys, plan))
    return tuple(points)
