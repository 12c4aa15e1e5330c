"""What a solve does with decisions, limits and interruptions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from carematch.assignment import (
    CONTRADICTORY,
    OPTIMAL,
    Assignment,
    Forbidden,
    InternalError,
    Limits,
    Need,
    Option,
    Pin,
    Policy,
    Problem,
    Progress,
    Resource,
    Supplier,
    check,
    check_plan,
    construction,
    single,
    solve,
    solve_whole,
)
from carematch.assignment.engine import lexicographic
from carematch.bench.synthetic import county
from tests.matching.assignment_cases import line

QUICK = Limits(seconds=None, work=20.0, workers=1)


def served(problem: Problem, **more: Any) -> dict[str, str]:
    solution = solve(problem, QUICK, **more)
    return {row.need: row.supplier for row in solution.assignments}


def test_the_nearest_supplier_serves_when_it_has_room() -> None:
    assert served(line(180, 180)) == {"n0": "A", "n1": "A", "n2": "A"}


def test_the_heavier_need_is_served_when_there_is_room_for_one() -> None:
    assert served(line(60, weights=(1, 8, 2))) == {"n1": "A"}


def test_serving_comes_before_travel() -> None:
    assert sorted(served(line(60, 60, 60)).values()) == ["A", "B", "C"]


def test_a_need_without_any_option_is_unserved_and_the_rest_proven() -> None:
    problem = line(180)
    problem = msgspec.structs.replace(problem, needs=(*problem.needs, Need("n9", 4)))
    solution = solve_whole(problem, QUICK)
    assert solution.status == OPTIMAL
    assert (solution.goal("unserved").value, solution.goal("unserved").bound) == (4, 4)
    assert [reason.code for reason in solution.unmet[0].reasons] == ["NO_OPTION"]


def test_the_bound_is_rounded_up_to_what_the_weights_allow() -> None:
    problem = line(100, weights=(4, 4, 4))
    goal = solve(problem, Limits(seconds=0)).goal("unserved")
    assert goal.bound % 4 == 0


def test_a_common_divisor_of_the_hours_tightens_the_bound() -> None:
    goal = solve(line(119, needs=2), QUICK).goal("unserved")
    assert (goal.value, goal.bound) == (1, 1)


def test_a_pin_is_obeyed_though_another_supplier_is_nearer() -> None:
    assert served(line(180, 180, pins=(Pin("n0", "B"),)))["n0"] == "B"


def test_a_pinned_need_keeps_its_place_against_a_heavier_one() -> None:
    assert served(line(60, weights=(1, 8, 8), pins=(Pin("n0", "A"),))) == {"n0": "A"}


def test_a_need_pinned_to_nobody_stays_unserved() -> None:
    solution = solve(line(180, pins=(Pin("n0", None),)), QUICK)
    assert [row.need for row in solution.unmet] == ["n0"]
    assert solution.unmet[0].reasons[0].code == "PINNED"


def test_a_forbidden_pair_is_not_used() -> None:
    assert served(line(180, 180, forbidden=(Forbidden("n0", "A"),)))["n0"] == "B"


def test_a_need_whose_only_option_is_forbidden_says_so() -> None:
    solution = solve(line(180, needs=1, forbidden=(Forbidden("n0", "A"),)), QUICK)
    assert [(r.code, r.supplier) for r in solution.unmet[0].reasons] == [("FORBIDDEN", "A")]


def test_a_pin_without_an_option_is_answered_by_its_name() -> None:
    problem = line(180, 180)
    without = tuple(o for o in problem.options if o.key() != ("n0", "B", ""))
    solution = solve(msgspec.structs.replace(problem, options=without, pins=(Pin("n0", "B"),)), QUICK)
    assert solution.status == CONTRADICTORY
    assert [(c.code, c.needs, c.supplier) for c in solution.conflicts] == [("NO_OPTION", ("n0",), "B")]


def test_pins_that_overfill_a_resource_are_answered_by_their_names() -> None:
    solution = solve(line(100, 500, pins=(Pin("n0", "A"), Pin("n1", "A"), Pin("n2", "B"))), QUICK)
    conflict = solution.conflicts[0]
    assert (conflict.code, conflict.needs, conflict.resource) == ("OVERFULL", ("n0", "n1"), "A/hours")
    assert (conflict.wanted, conflict.capacity) == (120, 100)


def test_pins_that_clash_only_through_their_variants_are_named_without_bystanders() -> None:
    problem = Problem(
        needs=(Need("a"), Need("b"), Need("c")),
        suppliers=(Supplier("S"),),
        resources=(Resource("one", 10), Resource("two", 10)),
        options=(
            *(Option(need, "S", {"one": 6, "two": 5}, variant="x") for need in "ab"),
            *(Option(need, "S", {"one": 5, "two": 6}, variant="y") for need in "ab"),
            Option("c", "S"),
        ),
        pins=tuple(Pin(need, "S") for need in "abc"),
    )
    solution = solve(problem, QUICK)
    assert [(conflict.code, conflict.needs) for conflict in solution.conflicts] == [("OVERFULL", ("a", "b"))]


def test_a_time_limit_of_zero_returns_the_construction() -> None:
    problem = county(120, 6, seed=2, tightness=1.2)
    solution = solve(problem, Limits(seconds=0))
    assert solution.stopped == "construction"
    assert solution.assignments == construction(problem)
    assert check(problem, solution).ok


def test_a_solve_that_is_told_to_stop_returns_a_plan_that_stands() -> None:
    problem = county(200, 8, seed=2, tightness=1.2)
    solution = solve(problem, Limits(seconds=None), should_stop=lambda: True)
    assert solution.stopped == "cancelled"
    assert check(problem, solution).ok


def test_stopping_in_the_middle_ends_the_search_before_its_proof() -> None:
    problem = county(300, 8, seed=2, tightness=1.2)
    calls = []

    def stop() -> bool:
        calls.append(1)
        return len(calls) > 3

    solution = solve(problem, Limits(seconds=None), should_stop=stop)
    assert solution.stopped == "cancelled"


def test_the_same_seed_and_work_give_the_same_plan() -> None:
    problem = county(150, 6, seed=4, tightness=1.2)
    limits = Limits(seconds=None, work=2.0, workers=2)
    one, two = (solve(problem, limits, seed=7) for _ in range(2))
    assert msgspec.structs.replace(one, seconds=0) == msgspec.structs.replace(two, seconds=0)


def test_a_county_district_is_served_far_better_than_by_greedy() -> None:
    problem = county(200, 8, seed=5, tightness=1.15)
    greedy = check_plan(problem, construction(problem)).values["unserved"]
    solution = solve(problem, Limits(seconds=None, work=4.0, gap=0.002))
    assert solution.goal("unserved").value < greedy
    assert check(problem, solution).ok


def test_progress_is_reported_with_bounds_that_hold() -> None:
    seen: list[Progress] = []
    problem = county(150, 6, seed=4, tightness=1.2)
    solution = solve(problem, Limits(seconds=None, work=3.0), progress=seen.append)
    assert seen[0].phase == "construction"
    assert all(one.unserved >= solution.goal("unserved").bound for one in seen)
    assert all(one.unserved_bound <= solution.goal("unserved").value for one in seen)
    assert all(a.seconds <= b.seconds for a, b in pairwise(seen))


def test_the_plan_in_force_is_kept_where_it_costs_nothing() -> None:
    policy = Policy((single("unserved"), single("continuity"), single("travel")))
    present = tuple(Assignment(f"n{i}", "B") for i in range(3))
    assert set(served(line(180, 180, in_force=present, policy=policy)).values()) == {"B"}


def test_slack_lets_continuity_cost_a_little_travel_but_not_more() -> None:
    problem = Problem(
        needs=(Need("a"), Need("b")),
        suppliers=(Supplier("S"), Supplier("T")),
        options=(
            Option("a", "S", costs={"travel": 1000}),
            Option("a", "T", costs={"travel": 1010}),
            Option("b", "S", costs={"travel": 1000}),
            Option("b", "T", costs={"travel": 1011}),
        ),
        in_force=(Assignment("a", "T"), Assignment("b", "T")),
        policy=Policy((single("unserved"), single("travel", slack_permille=5), single("continuity"))),
    )
    assert served(problem) == {"a": "T", "b": "S"}


def test_balance_spreads_the_load() -> None:
    problem = line(600, 600, needs=4, policy=Policy((single("unserved"), single("balance"))))
    even = tuple(msgspec.structs.replace(r, balanced=True) for r in problem.resources)
    solution = solve(msgspec.structs.replace(problem, resources=even), QUICK)
    assert solution.goal("balance").value == 200
    assert solution.status == OPTIMAL


def test_a_plan_that_the_checker_refuses_is_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        lexicographic, "check", lambda problem, plan, **_: check_plan(problem, plan.assignments[:1] * 2)
    )
    with pytest.raises(InternalError, match="served 2 times"):
        solve(line(60, 60), QUICK)
