"""Goals of fairness are solved as brute force solves them, and their price is told."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given

from carematch.assignment import (
    Assignment,
    Limits,
    Need,
    Option,
    Pin,
    Policy,
    Problem,
    Resource,
    Supplier,
    check_plan,
    fairness_price,
    score,
    single,
    solve,
)
from tests.matching.assignment_cases import (
    FAIR_POLICIES,
    assert_best,
    every_plan,
    examples,
    level_values,
    line,
    problems,
)

QUICK = Limits(seconds=None, work=20.0, workers=1)
SOME = examples(30)
PLAIN = Policy((single("unserved"), single("travel")))


@given(problems(policies=FAIR_POLICIES))
@SOME
def test_a_tiny_problem_with_goals_of_fairness_is_solved_as_brute_force_solves_it(problem: Problem) -> None:
    solution = solve(problem, QUICK)
    assert_best(problem, solution)


def test_the_share_of_the_worst_off_is_made_even_when_the_weight_served_is_the_same() -> None:
    problem = line(120, needs=4, policy=Policy((single("unserved"), single("share"), single("travel"))))
    groups = ("near", "near", "far", "far")
    needs = tuple(msgspec.structs.replace(n, group=g) for n, g in zip(problem.needs, groups, strict=True))
    solution = solve(msgspec.structs.replace(problem, needs=needs), QUICK)
    assert solution.goal("share").value == 500
    assert [row.need for row in solution.assignments] == ["n0", "n2"]


def crossed() -> Problem:
    """Two needs and two suppliers: the least travel makes one way long."""
    problem = line(60, 60, needs=2, policy=PLAIN)
    ways = {("n0", "A"): (0, 0), ("n1", "B"): (10, 10), ("n0", "B"): (6, 6), ("n1", "A"): (5, 5)}
    options = tuple(
        msgspec.structs.replace(o, costs={"travel": t, "distance": d})
        for o in problem.options
        for t, d in [ways[o.need, o.supplier]]
    )
    return msgspec.structs.replace(problem, options=options)


def test_a_shorter_longest_way_has_its_price_in_travel() -> None:
    points = fairness_price(crossed(), "farthest", QUICK)
    assert [(point.reached, *point.values.values()) for point in points] == [(10, 0, 10), (6, 0, 11), (0, 1, 0)]
    assert [point.costs for point in points] == [
        {},
        {"unserved": 0, "travel": 1},
        {"unserved": 1, "travel": -11},
    ]


@given(problems(policies=(PLAIN,), pins=False))
@SOME
def test_the_longest_way_falls_while_the_policy_pays_and_nobody_reachable_loses_the_last_option(
    problem: Problem,
) -> None:
    points = fairness_price(problem, "farthest", QUICK, steps=12)
    assert points
    first = min(level_values(problem, plan) for plan in every_plan(problem))
    assert level_values(problem, points[0].assignments) == first
    for point in points:
        assert check_plan(problem, point.assignments).ok
        assert point.values == score(problem, point.assignments)
    for one, other in itertools.pairwise(points):
        assert one.reached > other.reached
        assert tuple(one.values.values()) <= tuple(other.values.values())


@given(problems(policies=(PLAIN,), pins=False))
@SOME
def test_the_share_falls_to_the_least_there_is_while_the_policy_pays(problem: Problem) -> None:
    points = fairness_price(problem, "share", QUICK, steps=4)
    fair = msgspec.structs.replace(problem, policy=Policy((single("share"),)))
    least = min(score(fair, plan)["share"] for plan in every_plan(problem))
    assert points[-1].reached == least
    for one, other in itertools.pairwise(points):
        assert one.reached > other.reached
        assert tuple(one.values.values()) <= tuple(other.values.values())


def test_another_goal_has_no_price_of_fairness() -> None:
    with pytest.raises(ValueError, match="fairness"):
        fairness_price(crossed(), "travel")


def test_no_pins_are_overruled_for_a_shorter_way() -> None:
    problem = msgspec.structs.replace(crossed(), pins=(Pin("n1", "B"),))
    points = fairness_price(problem, "farthest", QUICK)
    assert [point.reached for point in points] == [10]
    assert Assignment("n1", "B") in points[0].assignments


def test_a_policy_with_no_other_goal_has_nothing_to_pay_with() -> None:
    problem = msgspec.structs.replace(line(60), policy=Policy((single("share"),)))
    with pytest.raises(ValueError, match="no other goal"):
        fairness_price(problem, "share", QUICK)


def test_nobody_is_moved_beyond_the_limit_for_a_shorter_longest_way() -> None:
    far = Option("n0", "A", {}, {"travel": 9, "distance": 9_000})
    near = Option("n0", "B", {}, {"travel": 1, "distance": 1_000})
    problem = line(60, 60, needs=1, in_force=(Assignment("n0", "A"),), policy=PLAIN, most_moves=0)
    points = fairness_price(msgspec.structs.replace(problem, options=(far, near)), "farthest", QUICK)
    assert [(point.reached, point.assignments[0].supplier) for point in points] == [(9_000, "A")]


def test_one_step_is_the_plan_of_the_policy() -> None:
    assert len(fairness_price(line(60), "share", QUICK, steps=1)) == 1


def test_a_shorter_limit_may_leave_a_goal_that_no_option_names() -> None:
    """The goal of the options that are too far away is known all the same."""
    problem = Problem(
        needs=(Need("a"), Need("b")),
        suppliers=(Supplier("s"),),
        resources=(Resource("r", 5),),
        options=(
            Option("a", "s", {"r": 1}, {"distance": 9, "money": 1}),
            Option("a", "s", {"r": 1}, {"distance": 1}, variant="near"),
            Option("b", "s", {"r": 1}, {"distance": 2}),
        ),
        policy=Policy((single("unserved"), single("money"))),
    )
    assert [point.reached for point in fairness_price(problem, "farthest", QUICK)] == [2]
