"""Many counties, each solved by itself, though some suppliers serve several of them.

What such a supplier has is divided among its counties before they are solved. A short solve of them all says
how: its plan is made by the prices at which all counties together use what there is. Afterwards what a county
left over goes where one more unit saves most (resource-directive decomposition: Geoffrion 1970, "Elements of
large-scale mathematical programming"). The plans put together are then bettered and bounded as one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from carematch.assignment.bounds.shadow_prices import prices
from carematch.assignment.check import check_plan, moved, used
from carematch.assignment.engine.budget import Budget
from carematch.assignment.engine.components import divided
from carematch.assignment.engine.lexicographic import answer
from carematch.assignment.goals import level_values
from carematch.assignment.problem import Assignment, Limits, Problem
from carematch.assignment.solution import CONTRADICTORY, ProgressCallback, Solution
from carematch.assignment.validate import validate_whole

#: Parts of the time: to divide, for the counties, and for those that get more afterwards.
DIVIDING, COUNTIES, AGAIN = 0.1, 0.4, 0.2
#: Fraction of the time for the prices by which what is left over is passed on.
PASSING = 0.05


class County(Struct, frozen=True):
    """What the job of one county needs: its problem with its quotas, and a plan to begin with."""

    problem: Problem
    start: tuple[Assignment, ...]
    limits: Limits
    seed: int


Run = Callable[[Callable[[County], Solution], Sequence[County]], Iterable[Solution]]


def solve_counties(
    problem: Problem,
    county_of: Mapping[str, str],
    limits: Limits = Limits(),
    *,
    seed: int = 1,
    run: Run = map,
    progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Solution:
    """The answer to the problem of several counties, found county by county and put together.

    `county_of` names the county of each need; `run` applies a function to all counties, as `map` does, and may
    use other processes or machines: nothing passes between counties while they are solved. `limits` are for
    everything, one after the other. `progress` is told of the common plan, before and after; told to stop, the
    answer is the best common plan so far, once the counties at work have ended. Raises ProblemError as
    `solve_whole` does, KeyError for a need without a county.
    """
    budget = Budget(limits, should_stop)
    validate_whole(problem)
    rough = answer(problem, Budget(limits.fraction(DIVIDING), budget.cancelled), seed=seed, progress=progress)
    budget.spend(rough.work)
    if rough.status == CONTRADICTORY or not problem.needs or budget.cancelled():
        return rough
    parts = shared_out(problem, county_of, rough.assignments)
    solutions = _solved(parts, [rough.assignments] * len(parts), limits.fraction(COUNTIES), seed, run)
    given = passed_on(parts, solutions, None if limits.seconds is None else PASSING * limits.seconds / len(parts))
    again = [place for place, part in enumerate(given) if part is not parts[place] and not budget.cancelled()]
    starts = [solutions[place].assignments for place in again]
    bettered = _solved([given[place] for place in again], starts, limits.fraction(AGAIN), seed, run)
    budget.spend(sum(solution.work for solution in (*solutions, *bettered)))
    for place, solution in zip(again, bettered, strict=True):
        solutions[place] = solution
    plan = tuple(row for solution in solutions for row in solution.assignments)
    start = min((plan, rough.assignments), key=lambda plan: _rank(problem, plan))
    whole = Budget(budget.fraction(1.0), budget.cancelled)
    return answer(problem, whole, seed=seed, progress=progress, start=start, prove=True)


def _rank(problem: Problem, plan: tuple[Assignment, ...]) -> tuple[bool, tuple[int, ...]]:
    """Plans that break something last, then by the levels of the policy."""
    report = check_plan(problem, plan)
    return not report.ok, level_values(problem.policy, report.values) if report.ok else ()


def solve_county(county: County) -> Solution:
    """One county by itself."""
    return answer(county.problem, Budget(county.limits, None), seed=county.seed, start=county.start)


def shared_out(problem: Problem, county_of: Mapping[str, str], plan: Iterable[Assignment]) -> list[Problem]:
    """The problem of each county, with what it may use of resources that others use too.

    A county gets what a plan of all uses there, and of the rest a part as large as its part of all possible
    use, in whole units (largest remainders, ties by county). A limit on moves is divided as the plan moves.
    """
    names = sorted({county_of[need.id] for need in problem.needs})
    number = {name: place for place, name in enumerate(names)}
    parts = divided(problem, {need.id: number[county_of[need.id]] for need in problem.needs})
    counties = Counter(resource.id for part in parts for resource in part.resources)
    rows = list(plan)
    taken = [usage(part, rows) for part in parts]
    wished = [Counter[str]() for _ in parts]
    for part, wish in zip(parts, wished, strict=True):
        for option in part.options:
            wish.update(option.usage)
    quota: dict[str, list[int]] = {}
    for resource in problem.resources:
        if counties[resource.id] > 1:
            mine = [one[resource.id] for one in taken]
            rest = divide(resource.capacity - sum(mine), [wish[resource.id] for wish in wished])
            quota[resource.id] = [kept + more for kept, more in zip(mine, rest, strict=True)]
    moving = Counter(county_of[need] for need in moved(problem, rows))
    return [
        msgspec.structs.replace(
            part,
            resources=tuple(
                msgspec.structs.replace(row, capacity=quota[row.id][place]) if row.id in quota else row
                for row in part.resources
            ),
            most_moves=None if problem.most_moves is None else moving[county_of[part.needs[0].id]],
        )
        for place, part in enumerate(parts)
    ]


def passed_on(parts: Sequence[Problem], solutions: Sequence[Solution], seconds: float | None = None) -> list[Problem]:
    """The counties' problems after what is left of a shared resource went where one more unit saves most.

    The same object where a county got nothing: its plan stands, and has no need of what it gave. Counties that save
    alike are taken in their order. `seconds` are for the prices of each county.
    """
    counties: dict[str, list[int]] = defaultdict(list)
    for place, part in enumerate(parts):
        for resource in part.resources:
            counties[resource.id].append(place)
    common = {name for name, places in counties.items() if len(places) > 1}
    if not common:
        return list(parts)
    saves = [
        {price.resource: tuple(price.saves.values()) for price in prices(part, solution, seconds)}
        for part, solution in zip(parts, solutions, strict=True)
    ]
    taken = [usage(part, solution.assignments) for part, solution in zip(parts, solutions, strict=True)]
    changes: list[dict[str, int]] = [{} for _ in parts]
    for name in sorted(common):
        best = max(counties[name], key=lambda place: (saves[place].get(name, ()), -place))
        if not any(saves[best].get(name, ())):
            continue
        for place in counties[name]:
            left = next(row.capacity for row in parts[place].resources if row.id == name) - taken[place][name]
            if left and place != best:
                changes[place][name] = -left
                changes[best][name] = changes[best].get(name, 0) + left
    return [
        _changed(part, change) if max(change.values(), default=0) > 0 else part
        for part, change in zip(parts, changes, strict=True)
    ]


def divide(total: int, weights: Sequence[int]) -> list[int]:
    """A whole number in parts as large as the weights say, without a remainder; ties by place."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-(total * weights[place] % whole), place))
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts


def usage(part: Problem, plan: Iterable[Assignment]) -> Counter[str]:
    """What a plan uses of each resource by the needs of one county."""
    options = {option.key(): option for option in part.options}
    return used(options[row.key()] for row in plan if row.key() in options)


def _solved(
    parts: Sequence[Problem], starts: Sequence[Iterable[Assignment]], limits: Limits, seed: int, run: Run
) -> list[Solution]:
    each = limits.fraction(1 / max(1, len(parts)))
    counties = []
    for part, start in zip(parts, starts, strict=True):
        mine = {need.id for need in part.needs}
        counties.append(County(part, tuple(row for row in start if row.need in mine), each, seed))
    return list(run(solve_county, counties))


def _changed(part: Problem, change: Mapping[str, int]) -> Problem:
    rows = (
        msgspec.structs.replace(resource, capacity=resource.capacity + change.get(resource.id, 0))
        for resource in part.resources
    )
    return msgspec.structs.replace(part, resources=tuple(rows))
