"""What the explanations say is true: doing as they say has the effect that they promise."""

from __future__ import annotations

import msgspec
import pytest
from assignment_cases import line, problems
from hypothesis import HealthCheck, given, settings

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
    why_not,
    why_not_sentences,
)
from carematch.bench.synthetic import county

QUICK = Limits(seconds=20, workers=1)
SOME = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def carried_out(
    problem: Problem, plan: tuple[Assignment, ...], need: str, remedy: Remedy
) -> tuple[Problem, tuple[Assignment, ...]]:
    """The problem and the plan after doing what a remedy says."""
    rows = [row for row in plan if remedy.move is None or row.need != remedy.move.need]
    if remedy.move is not None:
        rows.append(Assignment(remedy.move.need, remedy.move.to_supplier, remedy.move.to_variant))
    rows.append(Assignment(need, remedy.supplier, remedy.variant))
    resources = tuple(
        msgspec.structs.replace(r, capacity=r.capacity + remedy.amount) if r.id == remedy.resource else r
        for r in problem.resources
    )
    return msgspec.structs.replace(problem, resources=resources), tuple(rows)


@given(problems())
@SOME
def test_doing_what_a_remedy_says_serves_the_need(problem: Problem) -> None:
    solution = solve(problem, Limits(seconds=0))
    if solution.status == CONTRADICTORY:
        return
    for row in solution.unmet:
        for remedy in explain(problem, solution.assignments, row.need).remedies:
            after, plan = carried_out(problem, solution.assignments, row.need, remedy)
            assert check_plan(after, plan).ok
            assert any(served.need == row.need for served in plan)


@given(problems())
@SOME
def test_one_unit_less_than_a_remedy_says_does_not_serve_the_need(problem: Problem) -> None:
    solution = solve(problem, Limits(seconds=0))
    for row in solution.unmet:
        for remedy in explain(problem, solution.assignments, row.need).remedies:
            if remedy.kind == "MORE":
                less = msgspec.structs.replace(remedy, amount=remedy.amount - 1)
                after, plan = carried_out(problem, solution.assignments, row.need, less)
                assert not check_plan(after, plan).ok


@given(problems())
@SOME
def test_an_alternative_that_fits_can_be_taken_and_changes_each_goal_as_said(problem: Problem) -> None:
    solution = solve(problem, Limits(seconds=0))
    plan = solution.assignments
    before = check_plan(problem, plan).values
    pinned = {pin.need for pin in problem.pins}
    for row in plan:
        for other in explain(problem, plan, row.need).alternatives:
            moved = [r for r in plan if r.need != row.need]
            moved.append(Assignment(row.need, other.supplier, other.variant))
            report = check_plan(problem, moved)
            assert {goal: before[goal] + extra for goal, extra in other.extra.items()} == {
                goal: report.values[goal] for goal in other.extra
            }
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
    solution = solve(line(60, 0, needs=2), QUICK)
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


def test_a_pinned_need_is_never_proposed_to_move() -> None:
    problem = line(60, 60, needs=2, pins=(Pin("n0", "A"),))
    remedies = explain(problem, (Assignment("n0", "A"),), "n1").remedies
    assert all(remedy.move is None for remedy in remedies)


def test_a_need_pinned_to_nobody_has_no_remedy() -> None:
    assert explain(line(180, pins=(Pin("n0", None),)), (), "n0").remedies == ()


def test_a_forbidden_supplier_is_no_remedy() -> None:
    problem = line(180, needs=1, forbidden=(Forbidden("n0", "A"),))
    explanation = explain(problem, (), "n0")
    assert explanation.remedies == ()
    assert explanation.alternatives[0].forbidden


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
    solution = name_missing_options(solve(problem, QUICK), lambda need: Reason("TOO_FAR", "A"))
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
