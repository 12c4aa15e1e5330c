"""The checker finds each thing that a plan or a certificate can get wrong."""

from __future__ import annotations

import msgspec
import pytest
from assignment_cases import line

from carematch.assignment import (
    Assignment,
    Forbidden,
    Limits,
    Pin,
    Policy,
    Problem,
    Solution,
    check,
    check_plan,
    single,
    solve,
)

PROBLEM = line(120, 60)
PLAN = (Assignment("n0", "A"), Assignment("n1", "A"), Assignment("n2", "B"))


def codes(problem: Problem, *plan: Assignment) -> list[str]:
    return [violation.code for violation in check_plan(problem, plan).violations]


def test_a_plan_that_stands_has_no_violation() -> None:
    assert codes(PROBLEM, *PLAN) == []


def test_an_overfull_resource_is_found() -> None:
    assert codes(PROBLEM, *PLAN[:2], Assignment("n2", "A")) == ["OVER_CAPACITY"]


def test_a_need_served_twice_is_found() -> None:
    assert codes(line(500, 500), *PLAN, Assignment("n0", "B")) == ["TWICE"]


def test_a_supplier_that_is_no_option_is_found() -> None:
    assert codes(PROBLEM, Assignment("n0", "Z")) == ["NOT_AN_OPTION"]


def test_a_variant_that_does_not_exist_is_found() -> None:
    assert codes(PROBLEM, Assignment("n0", "A", "other")) == ["NOT_AN_OPTION"]


def test_a_pin_not_obeyed_is_found() -> None:
    assert codes(msgspec.structs.replace(PROBLEM, pins=(Pin("n0", "B"),)), *PLAN) == ["PIN"]


def test_a_need_pinned_to_nobody_and_served_is_found() -> None:
    assert codes(msgspec.structs.replace(PROBLEM, pins=(Pin("n0", None),)), *PLAN) == ["PIN"]


def test_a_forbidden_pair_is_found() -> None:
    assert codes(msgspec.structs.replace(PROBLEM, forbidden=(Forbidden("n0", "A"),)), *PLAN) == ["FORBIDDEN"]


def test_each_goal_is_scored_by_its_definition() -> None:
    policy = Policy(tuple(single(goal) for goal in ("unserved", "travel", "continuity", "balance", "cost")))
    rows = tuple(msgspec.structs.replace(r, balanced=True) for r in line(130, 600).resources)
    problem = msgspec.structs.replace(
        line(130, 600, weights=(1, 2, 4)),
        resources=rows,
        policy=policy,
        in_force=(Assignment("n0", "A"), Assignment("n1", "B"), Assignment("n2", "B")),
    )
    report = check_plan(problem, (Assignment("n0", "A"), Assignment("n1", "A")))
    assert report.ok
    assert report.values == {
        "unserved": 4,
        "travel": 201,
        "continuity": 2,
        "balance": 924,
        "cost": 0,
    }


@pytest.fixture(scope="module")
def solution() -> Solution:
    return solve(PROBLEM, Limits(seconds=20, workers=1))


def broken(solution: Solution, **fields: object) -> list[str]:
    changed = msgspec.structs.replace(solution, **fields)
    return [violation.subject for violation in check(PROBLEM, changed).violations]


def test_a_true_certificate_passes(solution: Solution) -> None:
    assert broken(solution) == []


def test_a_solution_of_another_problem_is_found(solution: Solution) -> None:
    assert broken(solution, input_hash="0") == ["input_hash"]


@pytest.mark.parametrize("wrong", [{"value": 999}, {"bound": 10**6}, {"gap": 0.5}])
def test_a_goal_reported_wrongly_is_found(solution: Solution, wrong: dict[str, object]) -> None:
    goals = tuple(msgspec.structs.replace(goal, **wrong) if goal.goal == "travel" else goal for goal in solution.goals)
    assert "travel" in broken(solution, goals=goals)


@pytest.mark.parametrize("wrong", [{"value": 999}, {"bound": 999}, {"proven": False}, {"limit": 0}])
def test_a_level_reported_wrongly_is_found(solution: Solution, wrong: dict[str, object]) -> None:
    levels = (solution.levels[0], msgspec.structs.replace(solution.levels[1], **wrong), solution.levels[2])
    assert "level 2" in broken(solution, levels=levels)


def test_a_plan_called_optimal_without_proof_is_found(solution: Solution) -> None:
    level = solution.levels[1]
    weaker = msgspec.structs.replace(level, bound=level.bound - 1, proven=False)
    assert "status" in broken(solution, levels=(solution.levels[0], weaker, solution.levels[2]))


def test_a_served_need_that_is_dropped_silently_is_found(solution: Solution) -> None:
    assert "unmet" in broken(solution, assignments=solution.assignments[1:])


def test_pins_called_contradictory_without_showing_it_are_found(solution: Solution) -> None:
    assert broken(solution, status="contradictory") == ["status"]
