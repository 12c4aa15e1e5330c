"""Malformed days: every fault is named, and those of a day are listed together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from carematch.rostering.day import (
    Break,
    DayProblem,
    MalformedDay,
    Policy,
    Service,
    Span,
    Together,
    named_sum,
    validate,
)
from carematch.rostering.day.policy import Level
from carematch.rostering.day.validate import find_faults
from tests.matching.assignment_cases import examples
from tests.matching.day_cases import LINE, a_day, a_visit, a_worker, days

PAIR = (Service("one", 30), Service("two", 20))


def codes(problem: DayProblem) -> list[str]:
    return [fault.code for fault in find_faults(problem)]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"id": ""}, "NO_ID"),
        ({"place": 4}, "PLACE"),
        ({"services": ()}, "SERVICES"),
        ({"services": (Service("a", 1), Service("a", 1))}, "DUPLICATE"),
        ({"services": (Service("a", -1),)}, "DURATION"),
        ({"weight": -1}, "WEIGHT"),
        ({"windows": ()}, "NO_WINDOW"),
        ({"windows": (Span(2, 1),)}, "SPAN"),
        ({"windows": (Span(0, 5), Span(4, 9))}, "OVERLAP"),
        ({"wished": Span(2, 1)}, "SPAN"),
        ({"pinned_start": 99}, "PINNED_START"),
        ({"pinned_start": 201, "hard": True}, "PINNED_START"),
        ({"together": Together.SAME_MOMENT}, "TOGETHER"),
        ({"services": PAIR, "together": Together.SEQUENCE}, "DISTANCE"),
        ({"services": PAIR, "distance": Span(1, 2)}, "DISTANCE"),
        ({"usual": ("Q",)}, "UNKNOWN_WORKER"),
        ({"avoided": ("W", "X")}, "NOBODY"),
        ({"services": PAIR, "together": Together.SAME_MOMENT, "avoided": ("X",)}, "NOBODY"),
    ],
)
def test_a_fault_of_a_visit_is_named(more: dict[str, Any], code: str) -> None:
    assert codes(a_day(a_visit(**more), a_worker(), a_worker("X"))) == [code]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"starts_at": -1}, "PLACE"),
        ({"shift": Span(2, 1)}, "SPAN"),
        ({"rest": Break(Span(2, 1), 1)}, "SPAN"),
        ({"rest": Break(Span(1, 2), -1)}, "DURATION"),
        ({"absences": (Span(0, 9), Span(5, 10))}, "OVERLAP"),
        ({"most_work": -1}, "LIMIT"),
        ({"most_overtime": -1}, "LIMIT"),
    ],
)
def test_a_fault_of_a_worker_is_named(more: dict[str, Any], code: str) -> None:
    assert codes(a_day(a_worker(**more))) == [code]


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        (Policy(()), "NO_GOAL"),
        (named_sum(), "NO_GOAL"),
        (named_sum(kindness=1), "UNKNOWN_GOAL"),
        (named_sum(travel=-1), "WEIGHT"),
        (Policy((Level({"travel": 1}), Level({"travel": 1}))), "DUPLICATE"),
        (Policy(tuple(Level({goal: 2**30}) for goal in ("left_out", "lateness", "travel"))), "TOO_LARGE"),
    ],
)
def test_a_fault_of_the_policy_is_named(policy: Policy, code: str) -> None:
    assert codes(a_day(a_visit(), a_worker(), policy=policy)) == [code]


def test_ways_are_a_square_without_ways_to_itself() -> None:
    travel = ((0, 1), (1,), (-1, 0, 2))
    found = codes(DayProblem((), (), travel, named_sum(travel=1)))
    assert found == ["NOT_SQUARE", "NOT_SQUARE", "WAY_TO_ITSELF", "TRAVEL"]


def test_all_faults_of_a_day_are_listed_together() -> None:
    problem = DayProblem((a_visit(), a_visit(place=9)), (a_worker(), a_worker()), LINE, named_sum(kindness=1))
    with pytest.raises(MalformedDay) as caught:
        validate(problem)
    listed = [fault.code for fault in caught.value.faults]
    assert listed == ["DUPLICATE", "DUPLICATE", "PLACE", "UNKNOWN_GOAL"]


@given(days())
@examples(60)
def test_a_random_day_has_no_fault(problem: DayProblem) -> None:
    assert codes(problem) == []
