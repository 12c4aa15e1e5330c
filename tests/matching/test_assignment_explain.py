"""What the explanations say is true: doing as they say has the effect that they promise."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.assignment import (
    CONTRADICTORY,
    Assignment,
    Forbidden,
    Limits,
    Need,
    Option,
    Pin,
    Problem,
    Reason,
    Remedy,
    Resource,
    Supplier,
    Verdict,
    check_plan,
    explain,
    name_missing_options,
    prices,
    sentences,
    solve,
    solve_whole,
    why_not,
    why_not_sentences,
)
from carematch.assignment.goals import PEAKS
from carematch.bench.synthetic import county
from tests.matching.assignment_cases import FAIR_POLICIES, POLICIES, examples, line, problems

QUICK = Limits(seconds=None, work=20.0, workers=1)
SOME = examples(40)


def carried_out(
    problem: Problem, plan: tuple[Assignment, ...], need: str, remedy: Remedy
) -> tuple[Problem, tuple[Assignment, ...]]:
    """The problem and the plan after doing what a remedy says."""
    going = {move.need for move in remedy.moves()}
    rows = [row for row in plan if row.need not in going]
    rows += [Assignment(move.need, move.to_supplier, move.to_variant) for move in remedy.moves()]
    rows.append(Assignment(need, remedy.supplier, remedy.variant))
    more = {one.resource: one.amount for one in remedy.more}
    resources = tuple(msgspec.structs.replace(r, capacity=r.capacity + more.get(r.id, 0)) for r in problem.resources)
    pins, forbidden = problem.pins, problem.forbidden
    if remedy.kind == "LIFT" and remedy.forbidden:
        forbidden = tuple(pair for pair in forbidden if (pair.need, pair.supplier) != (need, remedy.supplier))
    elif remedy.kind == "LIFT":
        lifted = remedy.move.need if remedy.move else need
        pins = tuple(pin for pin in pins if pin.need != lifted)
    changed = msgspec.structs.replace(problem, resources=resources, pins=pins, forbidden=forbidden)
    return changed, tuple(rows)


def serves(problem: Problem, plan: tuple[Assignment, ...], need: str) -> bool:
    return check_plan(problem, plan).ok and any(row.need == need for row in plan)


@given(problems())
@SOME
def test_doing_what_a_remedy_says_serves_the_need(problem: Problem) -> None:
    solution = solve(problem, Limits(seconds=0))
    if solution.status == CONTRADICTORY:
        return
    for row in solution.unmet:
        for remedy in explain(problem, solution.assignments, row.need).remedies:
            assert serves(*carried_out(problem, solution.assignments, row.need, remedy), row.need)


@given(problems())
@SOME
def test_one_unit_less_than_a_remedy_says_does_not_serve_the_need(problem: Problem) -> None:
    solution = solve(problem, Limits(seconds=0))
    for row in solution.unmet:
        for remedy in explain(problem, solution.assignments, row.need).remedies:
            for place, one in enumerate(remedy.more):
                fewer = msgspec.structs.replace(one, amount=one.amount - 1)
                less = msgspec.structs.replace(remedy, more=(*remedy.more[:place], fewer, *remedy.more[place + 1 :]))
                after, plan = carried_out(problem, solution.assignments, row.need, less)
                assert not check_plan(after, plan).ok


@given(problems(pins=False))
@SOME
def test_solved_again_with_exactly_what_a_remedy_lists_the_need_is_served_and_nobody_loses(problem: Problem) -> None:
    solution = solve(problem, QUICK)
    for row in solution.unmet:
        remedies = explain(problem, solution.assignments, row.need).remedies
        for remedy in remedies:
            if remedy.kind == "MORE":
                after, _plan = carried_out(problem, solution.assignments, row.need, remedy)
                again = solve(msgspec.structs.replace(after, pins=(Pin(row.need, remedy.supplier),)), QUICK)
                before = sum(one.weight for one in solution.unmet)
                assert row.need in {one.need for one in again.assignments}
                assert sum(one.weight for one in again.unmet) <= before - row.weight
        allowed = {o.supplier for o in problem.options if o.need == row.need}
        allowed -= {pair.supplier for pair in problem.forbidden if pair.need == row.need}
        told = {remedy.supplier for remedy in remedies if remedy.kind in ("FITS", "MORE")}
        assert told == allowed


def test_a_remedy_lists_money_and_hours_when_both_are_short() -> None:
    option = Option("n", "S", {"hours": 120, "money": 50})
    problem = Problem(
        needs=(Need("n"),),
        suppliers=(Supplier("S"),),
        resources=(Resource("hours", 90, "S", "minutes"), Resource("money", 10, "S", "fen")),
        options=(option,),
    )
    explanation = explain(problem, (), "n")
    assert [(one.resource, one.amount) for one in explanation.remedies[0].more] == [("hours", 30), ("money", 40)]
    assert sentences(explanation)[-1].render() == (
        "S could serve it with 30 minutes more of hours and 40 fen more of money."
    )


@given(problems(), st.data())
@examples(150)
def test_every_single_change_that_serves_a_need_is_found_and_the_cheapest_move_first(
    problem: Problem, data: st.DataObject
) -> None:
    plan = data.draw(some_plan(problem))
    if not check_plan(problem, plan).ok:
        return
    served = {row.need for row in plan}
    keys = [Assignment(*option.key()) for option in problem.options]
    for need in (need.id for need in problem.needs if need.id not in served):
        remedies = explain(problem, plan, need).remedies
        mine = [key for key in keys if key.need == need]
        assert any(r.kind == "FITS" for r in remedies) == any(serves(problem, (*plan, key), need) for key in mine)
        moves = {
            (key.supplier, key.variant): costs
            for key in mine
            if not serves(problem, (*plan, key), need)
            and (costs := costs_of_moves(problem, plan, key, keys, check_plan(problem, (*plan, key)).values))
        }
        found = {(r.supplier, r.variant): list(r.move.extra.values()) for r in remedies if r.kind == "MOVE" and r.move}
        assert found == {name: min(costs) for name, costs in moves.items()}
        if not found and not any(r.kind in ("FITS", "LIFT") for r in remedies):
            chained = any(r.kind == "CHAIN" for r in remedies)
            assert chained == any(chain_exists(problem, plan, key, keys) for key in mine)


def costs_of_moves(
    problem: Problem,
    plan: tuple[Assignment, ...],
    key: Assignment,
    keys: list[Assignment],
    before: dict[str, int],
) -> list[list[int]]:
    """What each single move that makes room for `key` adds to the goals that add up."""
    pinned = {pin.need for pin in problem.pins}
    costs = []
    for row in plan:
        others = [other for other in plan if other != row]
        for target in keys:
            if target.need == row.need and target != row and row.need not in pinned:
                after = check_plan(problem, (*others, target, key))
                if after.ok:
                    costs.append([after.values[g] - v for g, v in before.items() if g not in PEAKS])
    return costs


def chain_exists(problem: Problem, plan: tuple[Assignment, ...], key: Assignment, keys: list[Assignment]) -> bool:
    """Whether one need that alone leaves room for `key` can go where a second alone leaves room for it."""
    pinned = {pin.need for pin in problem.pins}
    free = [row for row in plan if row.need not in pinned]
    for one, two in itertools.permutations(free, 2):
        rest = tuple(row for row in plan if row not in (one, two))
        if not check_plan(problem, (*rest, two, key)).ok:
            continue
        for first, second in itertools.product(keys, keys):
            if (first.need, second.need) != (one.need, two.need) or first == one or second == two:
                continue
            if check_plan(problem, (*rest, first, key)).ok and check_plan(problem, (*rest, first, second, key)).ok:
                return True
    return False


@st.composite
def some_plan(draw: st.DrawFn, problem: Problem) -> tuple[Assignment, ...]:
    """A plan that greedily takes options in any order, as far as they fit and nobody decided otherwise."""
    plan: tuple[Assignment, ...] = ()
    bare = msgspec.structs.replace(problem, pins=())
    pinned = {pin.need: pin.supplier for pin in problem.pins}
    for option in draw(st.permutations(problem.options)):
        row = Assignment(*option.key())
        allowed = pinned.get(row.need, row.supplier) == row.supplier
        if allowed and row.need not in {other.need for other in plan} and check_plan(bare, (*plan, row)).ok:
            plan = (*plan, row)
    return plan


@given(problems(policies=POLICIES + FAIR_POLICIES), st.data())
@SOME
def test_an_alternative_that_fits_can_be_taken_and_changes_each_goal_as_said(
    problem: Problem, data: st.DataObject
) -> None:
    plan = data.draw(some_plan(problem))
    if not check_plan(problem, plan).ok:
        return
    before = check_plan(problem, plan).values
    pinned = {pin.need for pin in problem.pins}
    for row in plan:
        for other in explain(problem, plan, row.need).alternatives:
            moved = [r for r in plan if r.need != row.need]
            moved.append(Assignment(row.need, other.supplier, other.variant))
            report = check_plan(problem, moved)
            assert {goal: before[goal] + extra for goal, extra in other.extra.items()} == report.values
            if row.need not in pinned:
                assert report.ok == other.fits


def test_the_reason_is_the_label_of_the_resource_that_is_short() -> None:
    problem = line(60, needs=2)
    short = msgspec.structs.replace(problem.resources[0], reason="NO_GENDER")
    solution = solve(msgspec.structs.replace(problem, resources=(short,)), QUICK)
    reason = solution.unmet[0].reasons[0]
    assert (reason.code, reason.supplier, reason.resource, reason.missing) == (
        "NO_GENDER",
        "A",
        "A/hours",
        60,
    )


def test_of_several_short_resources_the_one_lacking_the_larger_part_is_the_reason() -> None:
    problem = Problem(
        needs=(Need("a"),),
        suppliers=(Supplier("S"),),
        resources=(Resource("hours", 90, "S"), Resource("money", 10, "S", reason="BUDGET")),
        options=(Option("a", "S", {"hours": 100, "money": 100}),),
    )
    assert solve(problem, QUICK).unmet[0].reasons[0].code == "BUDGET"


def test_reasons_come_for_every_option_nearest_first() -> None:
    solution = solve(line(60, 1, needs=2), QUICK)
    assert [reason.supplier for reason in solution.unmet[0].reasons] == ["A", "B"]


def test_a_move_is_proposed_before_more_capacity() -> None:
    problem = line(60, 60, needs=2)
    only_near = tuple(o for o in problem.options if o.key() != ("n1", "B", ""))
    problem = msgspec.structs.replace(problem, options=only_near)
    remedies = explain(problem, (Assignment("n0", "A"),), "n1").remedies
    assert [remedy.kind for remedy in remedies] == ["MOVE", "MORE"]
    move = remedies[0].move
    assert move is not None
    assert (move.need, move.to_supplier, move.extra["travel"]) == ("n0", "B", 100)


def test_a_pinned_need_moves_only_when_its_pin_is_lifted() -> None:
    problem = line(60, 60, needs=2, pins=(Pin("n0", "A"),))
    problem = msgspec.structs.replace(problem, options=tuple(o for o in problem.options if o.key() != ("n1", "B", "")))
    remedies = explain(problem, (Assignment("n0", "A"),), "n1").remedies
    assert [(remedy.kind, remedy.move is None) for remedy in remedies] == [("MORE", True), ("LIFT", False)]


def test_only_lifting_the_decision_serves_a_need_pinned_to_nobody() -> None:
    remedies = explain(line(180, 10, pins=(Pin("n0", None),)), (), "n0").remedies
    assert remedies == (Remedy("LIFT", "A", ""),)


def test_a_forbidden_supplier_is_a_remedy_only_when_the_decision_is_lifted() -> None:
    problem = line(180, needs=1, forbidden=(Forbidden("n0", "A"),))
    explanation = explain(problem, (), "n0")
    assert explanation.remedies == (Remedy("LIFT", "A", "", forbidden=True),)
    assert explanation.alternatives[0].forbidden


def test_two_needs_that_move_one_after_the_other_are_found_when_one_is_not_enough() -> None:
    problem = line(60, 60, 60, needs=3)
    reach = {"n0": "AB", "n1": "BC", "n2": "A"}
    options = tuple(option for option in problem.options if option.supplier in reach[option.need])
    problem = msgspec.structs.replace(problem, options=options)
    remedies = explain(problem, (Assignment("n0", "A"), Assignment("n1", "B")), "n2").remedies
    assert [remedy.kind for remedy in remedies] == ["CHAIN", "MORE"]
    assert [(move.need, move.from_supplier, move.to_supplier) for move in remedies[0].moves()] == [
        ("n0", "A", "B"),
        ("n1", "B", "C"),
    ]


def test_an_unknown_need_is_refused() -> None:
    with pytest.raises(KeyError):
        explain(line(60), (), "x")


def test_alternatives_come_nearest_first() -> None:
    problem = line(60, 60, 60, needs=1)
    others = explain(problem, (Assignment("n0", "A"),), "n0").alternatives
    assert [(other.supplier, other.extra["travel"]) for other in others] == [("B", 100), ("C", 200)]


def test_why_not_gives_the_first_failing_rule_of_a_supplier_that_is_no_option() -> None:
    verdict = Verdict(False, "TOO_FAR", "{metres} m are too far.", {"metres": 9000})
    answer = why_not(line(60), (), "n0", "Z", lambda need, supplier: verdict)
    assert answer.verdict == verdict
    assert [s.render() for s in why_not_sentences(answer)] == ["9000 m are too far."]


def test_why_not_gives_the_alternative_of_a_supplier_that_is_an_option() -> None:
    problem = line(60, 60, needs=1)
    answer = why_not(problem, (Assignment("n0", "A"),), "n0", "B", lambda need, supplier: None)
    assert [other.supplier for other in answer.alternatives] == ["B"]


def test_a_missing_option_gets_the_reason_that_the_caller_knows() -> None:
    problem = msgspec.structs.replace(line(60), options=())
    solution = name_missing_options(solve_whole(problem, QUICK), lambda need: Reason("TOO_FAR", "A"))
    assert {row.reasons[0].code for row in solution.unmet} == {"TOO_FAR"}


def test_one_more_hour_is_worth_what_the_relaxation_says() -> None:
    problem = line(60, 600, needs=2)
    by_resource = {price.resource: price.saves for price in prices(problem, solve(problem, QUICK))}
    assert by_resource["A/hours"]["travel"] == pytest.approx(100 / 60)
    assert by_resource["B/hours"] == {"unserved": 0.0, "travel": 0.0}


def test_every_need_can_be_told_in_words() -> None:
    problem = county(80, 5, seed=3, tightness=1.4)
    solution = solve(problem, Limits(seconds=0))
    assert solution.unmet
    for need in problem.needs:
        told = [s.render() for s in sentences(explain(problem, solution.assignments, need.id))]
        assert told
        assert all(text.endswith(".") and "{" not in text for text in told)
