"""Faults in a problem are refused, and a problem survives JSON."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from carematch.rostering import (
    Absence,
    Holding,
    ProblemError,
    Shift,
    Standing,
    Weights,
    Window,
    decode_problem,
    decode_roster,
    encode_problem,
    encode_roster,
    fill,
    problem_hash,
)
from carematch.rostering.samples import HOME, MONDAY, a_demand, a_problem, a_worker, county_month
from carematch.travel import PLAIN, MatrixModel

FAULTS: dict[str, Callable[[], object]] = {
    "a window that ends before it begins": lambda: Window(0, 600, 540),
    "a window on an eighth weekday": lambda: Window(7, 540, 600),
    "a shift past midnight": lambda: Shift(0, 1380, 1500),
    "a date that does not exist": lambda: Absence("2026-02-30"),
    "a date in another spelling": lambda: Holding("nurse", "20260301"),
    "three workers at a visit": lambda: a_demand(staff_count=3),
    "a visit without length": lambda: a_demand(minutes=0),
    "fewer than no visits": lambda: a_demand(visits=-1),
    "overlapping shifts": lambda: a_worker(shifts=(Shift(0, 480, 720), Shift(0, 700, 900))),
    "a negative limit": lambda: a_worker(daily_minutes=-1),
    "a negative weight": lambda: Weights(travel=-1),
    "two demands with one id": lambda: a_problem(a_demand(), a_demand()),
    "two workers with one id": lambda: a_problem(a_worker(), a_worker()),
    "a demand without an id": lambda: a_problem(a_demand("")),
    "days out of order": lambda: replace(a_problem(), days=("2026-03-03", "2026-03-02")),
    "a day twice": lambda: replace(a_problem(), days=(MONDAY, MONDAY)),
    "a grid of no minutes": lambda: replace(a_problem(), step_minutes=0),
    "standing visits that overlap": lambda: a_problem(
        standing=(Standing("W1", MONDAY, 540, 600, HOME), Standing("W1", MONDAY, 599, 640, HOME))
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_contradictory_problem_is_refused(fault: str) -> None:
    with pytest.raises(ProblemError):
        FAULTS[fault]()


def test_the_same_minute_ends_one_standing_visit_and_begins_the_next() -> None:
    touching = (Standing("W1", MONDAY, 540, 600, HOME), Standing("W1", MONDAY, 600, 640, HOME))
    assert a_problem(standing=touching).standing == touching


def test_a_problem_comes_back_from_json_as_it_was() -> None:
    problem = county_month(60, 4, seed=1)
    assert decode_problem(encode_problem(problem)) == problem


def test_an_uploaded_matrix_comes_back_from_json_too() -> None:
    travel = MatrixModel("survey", ("a", "b"), ((0, 1), (1, 0)), ((0, 1), (1, 0)), PLAIN)
    problem = a_problem(travel=travel)
    assert decode_problem(encode_problem(problem)) == problem


def test_a_roster_comes_back_from_json_as_it_was() -> None:
    roster = fill(county_month(60, 4, seed=1))
    assert decode_roster(encode_roster(roster)) == roster


def test_equal_problems_have_equal_hashes_and_others_do_not() -> None:
    assert problem_hash(county_month(60, 4, 1)) == problem_hash(county_month(60, 4, 1))
    assert problem_hash(county_month(60, 4, 1)) != problem_hash(county_month(60, 4, 2))


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"travel": {"kind": "teleport"}}'])
def test_json_that_is_no_problem_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_problem(data)


def test_a_fault_in_json_is_refused_like_any_other() -> None:
    data = encode_problem(a_problem(a_demand())).replace(b'"minutes":60', b'"minutes":0')
    with pytest.raises((ProblemError, msgspec.ValidationError), match="length of a visit"):
        decode_problem(data)


def test_sets_are_written_in_order_so_that_every_process_writes_the_same_bytes() -> None:
    needed = frozenset("abcdefgh")
    data = encode_problem(a_problem(a_demand(required_qualifications=needed)))
    assert b'"required_qualifications":["a","b","c","d","e","f","g","h"]' in data
