"""What must hold of every solve, on random problems."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given

from carematch.assignment import (
    CONTRADICTORY,
    OPTIMAL,
    Limits,
    Problem,
    check,
    check_plan,
    construction,
    input_hash,
    problem_from_json,
    problem_to_json,
    solution_from_json,
    solution_to_json,
    solve,
)
from tests.matching.assignment_cases import assert_best, best_by_force, examples, level_values, problems

SOME = examples(60)
FEW = examples(25)
LIMITS = Limits(seconds=None, work=20.0, workers=1)


@given(problems())
@SOME
def test_a_tiny_problem_is_solved_as_well_as_brute_force_solves_it(problem: Problem) -> None:
    solution = solve(problem, LIMITS)
    assert_best(problem, solution)


@given(problems())
@SOME
def test_the_plan_is_feasible_and_worth_what_it_claims_within_its_bounds(problem: Problem) -> None:
    solution = solve(problem, LIMITS)
    assert check(problem, solution).violations == ()
    if solution.status == CONTRADICTORY:
        return
    values = check_plan(problem, solution.assignments).values
    assert {goal.goal: goal.value for goal in solution.goals} == values
    assert all(goal.bound <= goal.value for goal in solution.goals)
    assert len(solution.assignments) + len(solution.unmet) == len(problem.needs)


@pytest.mark.parametrize("large", [0, 40_000], ids=["subgradient", "simplex"])
@given(problem=problems())
@FEW
def test_no_bound_that_is_told_on_the_way_is_above_what_a_level_comes_to(large: int, problem: Problem) -> None:
    told: list[tuple[int, ...]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carematch.assignment.bounds.lagrangian.LARGE", large)
        patch.setattr("carematch.assignment.bounds.lagrangian.FEW", large)
        solution = solve(problem, msgspec.structs.replace(LIMITS, work=0.05), progress=lambda p: told.append(p.bounds))
    best = best_by_force(problem)
    if best is not None and not any(level.slack_permille for level in problem.policy.levels):
        assert tuple(level.best for level in solution.levels) >= best
        assert all(bound <= value for bounds in told for bound, value in zip(bounds[:1], best, strict=False))
        if solution.status == OPTIMAL:
            assert all(bound <= value for bounds in told for bound, value in zip(bounds, best, strict=True))


@given(problems(pins=False))
@FEW
def test_a_plan_is_never_worse_than_the_construction(problem: Problem) -> None:
    first = level_values(problem, construction(problem))
    solution = solve(problem, LIMITS)
    limits = [level.limit for level in solution.levels]
    for mine, greedy, limit in zip(level_values(problem, solution.assignments), first, limits, strict=True):
        assert mine <= max(greedy, limit)
        if mine < greedy:
            break


@given(problems())
@FEW
def test_bounds_of_a_construction_hold_for_every_plan(problem: Problem) -> None:
    solution = solve(problem, Limits(seconds=0))
    best = best_by_force(problem)
    if best is not None:
        assert solution.levels[0].bound <= best[0] <= solution.levels[0].value


@given(problems())
@FEW
def test_the_order_in_which_a_problem_is_written_changes_nothing(problem: Problem) -> None:
    rng = random.Random(5)
    shuffled = msgspec.structs.replace(
        problem,
        **{
            name: tuple(rng.sample(rows, len(rows)))
            for name in ("needs", "suppliers", "resources", "options", "pins", "forbidden", "in_force")
            if (rows := getattr(problem, name)) is not None
        },
    )
    one = solve(problem, Limits(seconds=None, work=5, workers=1), seed=3)
    two = solve(shuffled, Limits(seconds=None, work=5, workers=1), seed=3)
    assert input_hash(problem) == input_hash(shuffled)
    assert msgspec.structs.replace(one, seconds=0) == msgspec.structs.replace(two, seconds=0)


@given(problems())
@FEW
def test_problem_and_solution_survive_json(problem: Problem) -> None:
    assert problem_from_json(problem_to_json(problem)) == problem
    solution = solve(problem, Limits(seconds=0))
    assert solution_from_json(solution_to_json(solution)) == solution
