"""Problems as a register gives them: with needs that nobody may serve and resources that are used up.

`solve` refuses those, because they leave nothing to decide. Here they are set aside, the rest is
solved, and the answer is about all of it: who is set aside is unserved, with the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from carematch.assignment import pins, reasons
from carematch.assignment.check import score
from carematch.assignment.engine import solve, without_plan
from carematch.assignment.goals import CONTINUITY, SHARE, UNSERVED, Level, gap
from carematch.assignment.problem import Assignment, Limits, Option, Problem, input_hash
from carematch.assignment.solution import (
    CONTRADICTORY,
    FEASIBLE,
    OPTIMAL,
    GoalResult,
    LevelResult,
    ProgressCallback,
    Solution,
)
from carematch.assignment.validate import ProblemError, find_faults

#: Faults that are none here.
SET_ASIDE = frozenset({"EMPTY", "NO_OPTIONS", "ZERO_CAPACITY"})


def decidable(problem: Problem) -> Problem:
    """The part of a problem that leaves something to decide.

    Without resources that have nothing left and the options that would use them, and without the needs
    that then have no option. The same object when there is nothing to leave out.
    """
    empty = {resource.id for resource in problem.resources if resource.capacity == 0}
    options = tuple(_without(option, empty) for option in problem.options if not _uses(option, empty))
    reached = {option.need for option in options}
    aside = {need.id for need in problem.needs if need.id not in reached}
    if not empty and not aside:
        return problem
    return msgspec.structs.replace(
        problem,
        needs=tuple(need for need in problem.needs if need.id not in aside),
        resources=tuple(resource for resource in problem.resources if resource.id not in empty),
        options=options,
        pins=tuple(pin for pin in problem.pins if pin.need not in aside),
        forbidden=tuple(pair for pair in problem.forbidden if pair.need not in aside),
        in_force=tuple(row for row in problem.in_force if row.need not in aside),
    )


def solve_whole(
    problem: Problem,
    limits: Limits = Limits(),
    *,
    seed: int = 1,
    progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
    start: Sequence[Assignment] = (),
) -> Solution:
    """`solve`, for a problem that may have needs without options and resources without capacity.

    The solution answers the whole problem: values, bounds and unmet needs include those that nobody
    can serve. Raises ProblemError for every other fault.
    """
    faults = tuple(fault for fault in find_faults(problem) if fault.code not in SET_ASIDE)
    if faults:
        raise ProblemError(faults)
    part = decidable(problem)
    if part is problem and problem.needs:
        return solve(problem, limits, seed=seed, progress=progress, should_stop=should_stop, start=start)
    conflicts = pins.conflicts(problem) if problem.pins else ()
    if conflicts:
        return without_plan(problem, CONTRADICTORY, conflicts, seed=seed)
    if not part.needs:
        return _widened(problem, part, without_plan(problem, OPTIMAL, (), seed=seed))
    found = solve(part, limits, seed=seed, progress=progress, should_stop=should_stop, start=start)
    return _widened(problem, part, found)


def _uses(option: Option, resources: set[str]) -> bool:
    return any(amount and resource in resources for resource, amount in option.usage.items())


def _without(option: Option, resources: set[str]) -> Option:
    if resources.isdisjoint(option.usage):
        return option
    usage = {resource: amount for resource, amount in option.usage.items() if resource not in resources}
    return msgspec.structs.replace(option, usage=usage)


def _widened(problem: Problem, part: Problem, solution: Solution) -> Solution:
    """The solution of a part as one of the whole.

    Who is set aside adds a constant to what is unserved and to what loses its supplier. It can only
    raise a share (a group's unserved and its whole weight grow alike), so a bound of that holds too.
    """
    if solution.status == CONTRADICTORY:
        return msgspec.structs.replace(solution, input_hash=input_hash(problem))
    values = score(problem, solution.assignments)
    before = score(part, solution.assignments)
    added = {goal: values[goal] - before[goal] if goal in (UNSERVED, CONTINUITY) else 0 for goal in values}
    bounds = {goal.goal: goal.bound + added[goal.goal] for goal in solution.goals} or values
    goals = []
    levels = []
    for number, wanted in enumerate(problem.policy.levels):
        for term in wanted.terms:
            value, bound = values[term.goal], bounds[term.goal]
            goals.append(GoalResult(term.goal, number + 1, value, bound, gap(value, bound), value == bound))
        known = solution.levels[number] if solution.levels else None
        levels.append(_level(wanted, known, values, added))
    proven = all(level.proven for level in levels)
    return msgspec.structs.replace(
        solution,
        status=OPTIMAL if proven else FEASIBLE,
        unmet=reasons.unmet(problem, solution.assignments),
        goals=tuple(goals),
        levels=tuple(levels),
        input_hash=input_hash(problem),
    )


def _level(wanted: Level, known: LevelResult | None, values: dict[str, int], added: dict[str, int]) -> LevelResult:
    value = sum(term.weight * values[term.goal] for term in wanted.terms)
    constant = sum(term.weight * added[term.goal] for term in wanted.terms)
    bound = known.bound + constant if known else value
    best = known.best + constant if known else value
    if any(term.goal == SHARE for term in wanted.terms):
        best = value  # the best share found for the part may belong to another plan than this one
    limit = max(best, bound * (1000 + wanted.slack_permille) // 1000)
    goals = tuple(term.goal for term in wanted.terms)
    proof = {"proof": known.proof} if known else {}
    return LevelResult(goals, value, best, bound, limit, gap(value, bound), best == bound, **proof)
