"""The checker finds each thing that a plan can get wrong, and scores it by the definitions."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.assignment import (
    Assignment,
    Forbidden,
    Option,
    Pin,
    Policy,
    Problem,
    check_plan,
    moved,
    score,
    single,
)
from tests.matching.assignment_cases import FAIR_POLICIES, examples, line, problems

PROBLEM = line(120, 60)
SOME = examples(80)
PLAN = (Assignment("n0", "A"), Assignment("n1", "A"), Assignment("n2", "B"))


def codes(problem: Problem, *plan: Assignment) -> list[str]:
    return [violation.code for violation in check_plan(problem, plan).violations]


def test_a_plan_that_stands_has_no_violation() -> None:
    assert codes(PROBLEM, *PLAN) == []


def test_an_overfull_resource_is_found() -> None:
    assert codes(PROBLEM, *PLAN[:2], Assignment("n2", "A")) == ["OVER_CAPACITY"]


def test_a_resource_that_is_overfull_by_one_is_found() -> None:
    assert codes(line(120, 60), *PLAN) == []
    assert codes(line(119, 60), *PLAN) == ["OVER_CAPACITY"]


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


def test_the_balance_looks_only_at_resources_that_are_balanced_and_not_empty() -> None:
    problem = line(120, 600, 0, policy=Policy((single("balance"),)))
    assert score(problem, PLAN) == {"balance": 0}
    rows = tuple(msgspec.structs.replace(r, balanced=r.id != "A/hours") for r in problem.resources)
    assert score(msgspec.structs.replace(problem, resources=rows), PLAN) == {"balance": 100}


def in_force(*plan: Assignment, most_moves: int | None = 0, **more: Any) -> Problem:
    return msgspec.structs.replace(PROBLEM, in_force=plan, most_moves=most_moves, **more)


def test_more_moves_than_allowed_are_found() -> None:
    before = (Assignment("n0", "B"), Assignment("n1", "A"), Assignment("n2", "A"))
    assert codes(in_force(*before, most_moves=1), *PLAN) == ["MOVES"]
    assert codes(in_force(*before, most_moves=2), *PLAN) == []


def test_a_need_left_without_its_supplier_has_moved() -> None:
    assert codes(in_force(*PLAN), *PLAN[:2]) == ["MOVES"]


@pytest.mark.parametrize(
    "cannot",
    [
        {"forbidden": (Forbidden("n2", "A"),)},
        {"pins": (Pin("n2", "B"),)},
        {"options": tuple(option for option in PROBLEM.options if option.key() != ("n2", "A", ""))},
        {
            "options": tuple(
                o if o.key() != ("n2", "A", "") else Option("n2", "A", {"A/hours": 121}) for o in PROBLEM.options
            )
        },
    ],
)
def test_a_need_that_cannot_keep_its_supplier_is_no_move(cannot: dict[str, Any]) -> None:
    before = (*PLAN[:2], Assignment("n2", "A"))
    assert codes(in_force(*before), *PLAN) == ["MOVES"]
    assert codes(in_force(*before, **cannot), *PLAN) == []


def test_another_variant_of_the_present_supplier_is_no_move() -> None:
    problem = in_force(*PLAN[:2], Assignment("n2", "B", "an old line"))
    assert codes(problem, *PLAN) == []


def test_the_share_is_that_of_the_worst_group_and_rounded_up() -> None:
    groups = ("west", "east", "east", "east", "", "idle")
    weights = (5, 2, 2, 3, 50, 0)
    problem = line(999, needs=6, weights=weights, policy=Policy((single("share"),)))
    needs = tuple(msgspec.structs.replace(n, group=g) for n, g in zip(problem.needs, groups, strict=True))
    problem = msgspec.structs.replace(problem, needs=needs)
    assert score(problem, (Assignment("n0", "A"), Assignment("n1", "A"))) == {"share": 715}
    assert score(problem, (Assignment("n1", "A"), Assignment("n2", "A"), Assignment("n3", "A"))) == {"share": 1000}
    assert score(problem, tuple(Assignment(f"n{i}", "A") for i in range(4))) == {"share": 0}


def test_the_farthest_is_the_longest_way_that_is_served() -> None:
    policy = Policy((single("farthest"), single("distance")))
    problem = line(120, 60, policy=policy)
    ways = {"A": 700, "B": 300}
    options = tuple(msgspec.structs.replace(o, costs={"distance": ways[o.supplier]}) for o in problem.options)
    problem = msgspec.structs.replace(problem, options=options)
    assert score(problem, PLAN) == {"farthest": 700, "distance": 1700}
    assert score(problem, ()) == {"farthest": 0, "distance": 0}


@given(problems(policies=FAIR_POLICIES, moves=True), st.data())
@SOME
def test_the_goals_and_moves_of_any_plan_are_what_their_definitions_say(problem: Problem, data: st.DataObject) -> None:
    chosen = {o.need: o for o in data.draw(st.lists(st.sampled_from(problem.options)))}
    plan = [Assignment(*option.key()) for option in chosen.values()]
    report = check_plan(problem, plan)
    if "share" in report.values:
        members = {n.group: [m for m in problem.needs if m.group == n.group] for n in problem.needs if n.group}
        shares = [
            Fraction(1000 * sum(n.weight for n in group if n.id not in chosen), sum(n.weight for n in group))
            for group in members.values()
            if any(n.weight for n in group)
        ]
        assert report.values["share"] == ceil(max(shares, default=Fraction(0)))
    if "farthest" in report.values:
        assert report.values["farthest"] == max([0, *(option.costs["distance"] for option in chosen.values())])
    kept_alone = {
        row.need: any(
            not check_plan(
                msgspec.structs.replace(problem, most_moves=None, pins=pins_of(problem, row.need)), [one]
            ).violations
            for one in (Assignment(*o.key()) for o in problem.options)
            if (one.need, one.supplier) == (row.need, row.supplier)
        )
        for row in problem.in_force
    }
    lost = [
        row.need
        for row in problem.in_force
        if kept_alone[row.need] and (row.need not in chosen or chosen[row.need].supplier != row.supplier)
    ]
    assert moved(problem, plan) == tuple(sorted(lost))
    too_many = problem.most_moves is not None and len(lost) > problem.most_moves
    assert ("MOVES" in [violation.code for violation in report.violations]) == too_many


def pins_of(problem: Problem, need: str) -> tuple[Pin, ...]:
    return tuple(pin for pin in problem.pins if pin.need == need)
