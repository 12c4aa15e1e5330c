"""Heaviest first: ranks of needs as levels of the policy, in every answer about a plan."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from carematch.assignment import (
    OPTIMAL,
    Assignment,
    CheckReport,
    Limits,
    Need,
    Option,
    Policy,
    Problem,
    ProblemError,
    Resource,
    Solution,
    Supplier,
    check,
    explain,
    fairness_price,
    force,
    heaviest_first,
    left_out,
    moves_curve,
    rematch,
    single,
    solve,
    unserved_of,
)

HEAVIEST_FIRST = Policy((*heaviest_first(("wholly", "partly", "visits")), single("travel")))
BY_WEIGHT = Policy((single("unserved"), single("travel")))


def county(policy: Policy, hours: int = 2_400, way: int = 20) -> Problem:
    """Five wholly dependent people of eight hours a month each, forty who live alone of half an hour; one supplier.

    Every visit takes `way` minutes more of it.
    """
    heavy = [Need(f"h{i}", 8, rank="wholly") for i in range(5)]
    light = [Need(f"l{i:02}", 2, rank="visits") for i in range(40)]
    return Problem(
        needs=(*light, *heavy),
        suppliers=(Supplier("S"),),
        resources=(Resource("S/hours", hours, "S", "minutes"),),
        options=(
            *(Option(need.id, "S", {"S/hours": 8 * (60 + way)}, {"travel": 8_000}) for need in heavy),
            *(Option(need.id, "S", {"S/hours": 30 + way}, {"travel": 1_000}) for need in light),
        ),
        policy=policy,
    )


def served(solution: Solution, letter: str) -> int:
    return sum(row.need.startswith(letter) for row in solution.assignments)


def out(solution: Solution, letter: str) -> str:
    return next(row.need for row in solution.unmet if row.need.startswith(letter))


def solved(problem: Problem) -> tuple[Solution, CheckReport]:
    solution = solve(problem, Limits(seconds=None))
    assert solution.status == OPTIMAL
    return solution, check(problem, solution)


def test_as_many_of_the_heavy_as_fit_are_served_before_the_first_light_one() -> None:
    solution, report = solved(county(HEAVIEST_FIRST))
    assert (served(solution, "h"), served(solution, "l")) == (3, (2_400 - 3 * 8 * 80) // 50)
    assert report.ok and [level.bound for level in report.rechecked[:2]] == [16, 0]


def test_weights_alone_serve_the_light_ones_first() -> None:
    solution, _ = solved(county(BY_WEIGHT))
    assert (served(solution, "h"), served(solution, "l")) == (0, 40)


def test_each_rank_has_its_value_and_its_bound_with_those_before_it_fixed() -> None:
    solution, _ = solved(county(HEAVIEST_FIRST))
    told = {goal.goal: (goal.level, goal.value, goal.bound) for goal in solution.goals}
    assert told["unserved:wholly"] == (1, 16, 16)
    assert told["unserved:partly"] == (2, 0, 0)
    assert told["unserved:visits"] == (3, 62, 62)
    assert left_out({goal.goal: goal.value for goal in solution.goals}) == 78


def test_within_a_rank_weight_decides() -> None:
    problem = county(HEAVIEST_FIRST, hours=700)
    urgent = tuple(replace(need, weight=9) if need.id == "h4" else need for need in problem.needs)
    solution, _ = solved(replace(problem, needs=urgent))
    assert [row.need for row in solution.assignments if row.need.startswith("h")] == ["h4"]


def test_the_checker_refuses_a_plan_that_claims_a_rank_is_better_served_than_it_is() -> None:
    problem = county(HEAVIEST_FIRST)
    solution, _ = solved(problem)
    heavy = next(row for row in solution.assignments if row.need.startswith("h"))
    fewer = replace(solution, assignments=tuple(row for row in solution.assignments if row != heavy))
    assert "unserved:wholly" in {violation.subject for violation in check(problem, fewer).violations}


def test_an_explanation_counts_what_a_need_adds_to_its_own_rank_alone() -> None:
    problem = county(HEAVIEST_FIRST)
    solution, _ = solved(problem)
    (other,) = explain(problem, solution.assignments, out(solution, "h")).alternatives
    assert {goal: other.extra[goal] for goal in HEAVIEST_FIRST.goals()} == {
        "unserved:wholly": -8, "unserved:partly": 0, "unserved:visits": 0, "travel": 8_000,
    }  # fmt: skip


def test_a_decision_for_a_light_one_never_costs_a_heavy_one() -> None:
    problem = county(HEAVIEST_FIRST)
    solution, _ = solved(problem)
    answer = force(problem, solution.assignments, out(solution, "l"), "S", Limits(seconds=None))
    assert answer.possible and answer.proven and answer.extra["unserved:wholly"] == 0
    assert [shift.need[0] for shift in answer.shifts] == ["l"]


def test_matched_again_the_heavy_come_before_whoever_has_a_supplier_today() -> None:
    problem = county(HEAVIEST_FIRST)
    today = replace(problem, in_force=tuple(Assignment(f"l{i:02}", "S") for i in range(40)))
    again = rematch(today, Limits(seconds=None))
    assert served(again, "h") == 3
    assert [level.goals[0] for level in again.levels] == [
        "unserved:wholly", "unserved:partly", "unserved:visits", "continuity", "travel",
    ]  # fmt: skip


def test_where_moves_are_limited_they_go_to_the_heavy() -> None:
    problem = county(HEAVIEST_FIRST)
    today = replace(problem, in_force=tuple(Assignment(f"l{i:02}", "S") for i in range(40)))
    none, some = moves_curve(today, (0, 13), Limits(seconds=None))
    assert sum(row.need.startswith("h") for row in none.assignments) == 0
    assert sum(row.need.startswith("h") for row in some.assignments) == 1
    assert some.buys["unserved:wholly"] == 8


def test_fairness_has_a_price_in_ranks() -> None:
    problem = county(HEAVIEST_FIRST)
    towns = tuple(replace(need, group="north" if need.id.startswith("h") else "south") for need in problem.needs)
    points = fairness_price(replace(problem, needs=towns), "share", Limits(seconds=None), steps=3)
    assert points[0].values["unserved:wholly"] == 16
    assert points[-1].reached < points[0].reached
    assert sum(points[-1].costs.values()) != 0


def test_a_policy_of_ranks_must_name_every_rank_that_there_is() -> None:
    with pytest.raises(ProblemError, match="does not name the rank visits"):
        solve(county(Policy((*heaviest_first(("wholly",)), single("travel")))))


def test_no_option_may_give_a_cost_under_the_name_of_a_rank() -> None:
    problem = county(HEAVIEST_FIRST)
    taken = Option("h0", "S", {}, {unserved_of("wholly"): 1}, "x")
    with pytest.raises(ProblemError, match="reserved name unserved:wholly"):
        solve(replace(problem, options=(*problem.options, taken)))
