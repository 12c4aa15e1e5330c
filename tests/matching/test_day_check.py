"""Each rule of a day, kept and broken, and each goal, on plans made by hand."""

from __future__ import annotations

import pytest

from carematch.rostering.day import (
    Break,
    DayProblem,
    Plan,
    Service,
    Span,
    Together,
    Visit,
    Worker,
    check,
    named_sum,
)
from tests.matching.day_cases import a_day, a_plan, a_visit, a_worker

NURSE = Service("nurse", 30, ("lift",))
PAIR = (Service("one", 30), Service("two", 20))
#: V at place 1 from 100: leaves base at 90, is back at 141.
PLAIN = a_plan(W=[("V", "care", 100)])


def broken(problem: DayProblem, plan: Plan) -> list[str]:
    report = check(problem, plan)
    assert all("{" not in violation.text() for violation in report.violations)
    return [violation.rule for violation in report.violations]


def values(problem: DayProblem, plan: Plan) -> dict[str, int]:
    report = check(problem, plan)
    assert report.ok
    return {goal: value for goal, value in report.values.items() if value}


def test_an_ordinary_visit_breaks_no_rule_and_costs_its_ways_and_the_idle_rest_of_the_shift() -> None:
    assert values(a_day(a_visit(), a_worker()), PLAIN) == {"travel": 21, "largest_idle": 340 - 30 - 21}


@pytest.mark.parametrize(
    ("visit", "worker", "rule"),
    [
        (a_visit("V", 1, Service("care", 30, ("lift",))), a_worker(), "skill"),
        (a_visit("V", 1, Service("care", 30, sex="female")), a_worker(sex="male"), "sex"),
        (a_visit(avoided=("W",)), a_worker(), "avoided"),
        (a_visit(pinned_workers=("X",)), a_worker(), "pinned_workers"),
        (a_visit(pinned_start=110), a_worker(), "pinned_start"),
        (a_visit(windows=(Span(101, 200),)), a_worker(), "early"),
        (a_visit(windows=(Span(50, 99),), hard=True), a_worker(), "closed"),
        (a_visit(), a_worker(shift=Span(91, 400)), "shift"),
        (a_visit(), a_worker(shift=Span(60, 140), most_overtime=0), "overtime"),
        (a_visit(), a_worker(most_work=50), "work"),
        (a_visit(), a_worker(absences=(Span(95, 120),)), "travel"),
        (a_visit(), a_worker(absences=(Span(130, 150),)), "absent"),
    ],
)
def test_a_rule_about_one_visit_is_broken_alone(visit: Visit, worker: Worker, rule: str) -> None:
    assert broken(a_day(visit, worker), PLAIN) == [rule]


def test_the_same_rules_hold_where_they_are_kept() -> None:
    visit = a_visit(
        "V",
        1,
        Service("care", 30, ("lift",), "female"),
        windows=(Span(90, 100),),
        hard=True,
        pinned_workers=("W",),
        pinned_start=100,
        avoided=("X",),
    )
    worker = a_worker(
        skills=("lift", "cook"),
        sex="female",
        shift=Span(90, 141),
        most_overtime=0,
        most_work=51,
    )
    assert broken(a_day(visit, worker), PLAIN) == []


def test_what_the_problem_does_not_know_or_knows_once_is_named() -> None:
    problem = a_day(a_visit(), a_worker())
    assert broken(problem, a_plan(W=[("V", "care", 100)], X=[])) == ["unknown"]
    assert broken(problem, a_plan(W=[("V", "care", 100), ("V", "walk", 160)])) == ["unknown"]
    assert broken(problem, a_plan(W=[("V", "care", 100), ("V", "care", 160)])) == ["twice"]
    assert broken(problem, a_plan()) == ["missing"]
    assert broken(a_day(a_visit("V", 1, *PAIR), a_worker()), a_plan(W=[("V", "one", 100)])) == ["part"]


def test_nobody_is_sooner_than_the_way_lets() -> None:
    problem = a_day(a_visit("A", 1), a_visit("B", 3), a_worker())
    assert broken(problem, a_plan(W=[("A", "care", 100), ("B", "care", 150)])) == []
    assert broken(problem, a_plan(W=[("A", "care", 100), ("B", "care", 149)])) == ["travel"]
    assert broken(problem, a_plan(W=[("B", "care", 100), ("A", "care", 150)])) == ["travel"]


def test_two_services_are_bound_as_the_visit_says() -> None:
    pair = {"one": ("V", "one", 100), "two": ("V", "two", 110)}
    apart = a_plan(W=[pair["one"]], X=[pair["two"]])
    people = (a_worker(), a_worker("X"))
    same = a_day(a_visit("V", 1, *PAIR, together=Together.SAME_MOMENT), *people)
    assert broken(same, apart) == ["same_moment"]
    sequence = {"together": Together.SEQUENCE}
    assert broken(a_day(a_visit("V", 1, *PAIR, distance=Span(10, 20), **sequence), *people), apart) == []
    assert broken(a_day(a_visit("V", 1, *PAIR, distance=Span(11, 20), **sequence), *people), apart) == ["distance"]
    assert broken(a_day(a_visit("V", 1, *PAIR, distance=Span(0, 9), **sequence), *people), apart) == ["distance"]
    alone = a_plan(W=[("V", "one", 100), ("V", "two", 130)])
    assert broken(a_day(a_visit("V", 1, *PAIR, distance=Span(0, 90), **sequence), *people), alone) == ["one_person"]
    assert broken(a_day(a_visit("V", 1, *PAIR), *people), alone) == []


def test_a_break_is_taken_once_within_its_time_and_only_where_it_is_due() -> None:
    due = a_worker(rest=Break(Span(130, 150), 20))
    problem = a_day(a_visit(), due)
    assert values(problem, PLAIN)["missed_breaks"] == 1
    assert "missed_breaks" not in values(problem, a_plan(W=[("V", "care", 100), (1, 130)]))
    assert broken(problem, a_plan(W=[("V", "care", 100), (1, 151)])) == ["break"]
    assert broken(a_day(a_visit(), a_worker()), a_plan(W=[("V", "care", 100), (1, 130)])) == ["break"]


def test_lateness_is_against_the_window_that_opened_last_at_the_moment_that_counts() -> None:
    visit = a_visit(windows=(Span(50, 80), Span(120, 140)))
    at = {start: a_plan(W=[("V", "care", start)]) for start in (110, 125, 145)}
    for late_at, expected in (("start", (30, 0, 5)), ("end", (60, 15, 35))):
        problem = a_day(visit, a_worker(), late_at=late_at)
        assert tuple(check(problem, plan).values["lateness"] for plan in at.values()) == expected


def test_waiting_counts_between_visits_and_not_before_the_first_or_after_a_break_that_opens_the_day() -> None:
    problem = a_day(a_visit("A", 1), a_visit("B", 2), a_worker(rest=Break(Span(60, 300), 20)))
    assert values(problem, a_plan(W=[("A", "care", 100), ("B", "care", 160)]))["waiting"] == 20
    opening = a_plan(W=[(0, 60), ("A", "care", 100), ("B", "care", 140)])
    assert "waiting" not in values(problem, opening)
    between = a_plan(W=[("A", "care", 100), (1, 135), ("B", "care", 170)])
    assert values(problem, between)["waiting"] == 5 + 5


def test_the_other_goals_are_counted_one_by_one() -> None:
    visit = a_visit(preferred=("X",), usual=("X",), published=("X",), wished=Span(110, 120))
    got = values(a_day(visit, a_worker(shift=Span(60, 140)), a_worker("X")), PLAIN)
    assert got == {
        "travel": 21,
        "largest_idle": 340,
        "unpreferred": 1,
        "unfamiliar": 1,
        "moved": 1,
        "off_wish": 10,
        "overtime": 1,
        "imbalance": 51,
    }


def test_who_is_left_out_counts_by_weight() -> None:
    problem = a_day(a_visit(optional=True, weight=4), a_worker(), policy=named_sum(left_out=3))
    assert check(problem, a_plan()).score == (12,)


def test_somebody_absent_all_day_is_neither_idle_nor_due_a_break() -> None:
    away = a_worker(absences=(Span(0, 500),), rest=Break(Span(130, 150), 20))
    assert values(a_day(away), a_plan()) == {}
