"""A problem as a register gives it is answered whole, with whom nobody can serve."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.assignment import (
    CONTRADICTORY,
    OPTIMAL,
    Assignment,
    Limits,
    Need,
    Option,
    Pin,
    Policy,
    Problem,
    ProblemError,
    Resource,
    Supplier,
    check,
    single,
    solve_whole,
)
from tests.matching.assignment_cases import assert_best, examples, line, problems

QUICK = Limits(seconds=None, work=20.0, workers=1)
SOME = examples(40)


@st.composite
def registers(draw: st.DrawFn) -> Problem:
    """Problems of which some resources are used up and some needs have no option."""
    problem = draw(problems())
    return msgspec.structs.replace(
        problem,
        needs=(*problem.needs, *(Need(f"x{i}", i + 1, "t1") for i in range(draw(st.integers(0, 2))))),
        resources=tuple(
            msgspec.structs.replace(r, capacity=r.capacity if draw(st.booleans()) else 0) for r in problem.resources
        ),
    )


@given(registers())
@SOME
def test_the_answer_is_about_the_whole_problem_and_as_good_as_brute_force(problem: Problem) -> None:
    solution = solve_whole(problem, QUICK)
    assert_best(problem, solution)


def test_a_problem_with_nothing_to_decide_is_answered_without_a_solve() -> None:
    problem = msgspec.structs.replace(line(0, needs=2, weights=(3, 4)), in_force=(Assignment("n0", "A"),))
    solution = solve_whole(problem)
    assert check(problem, solution).ok
    assert (solution.status, solution.assignments) == (OPTIMAL, ())
    assert [row.reasons[0].code for row in solution.unmet] == ["NO_CAPACITY", "NO_CAPACITY"]
    assert (solution.goal("unserved").bound, solution.goal("continuity").value) == (7, 1)


def test_no_needs_at_all_are_an_answer_too() -> None:
    solution = solve_whole(Problem())
    assert (solution.status, solution.assignments, solution.unmet) == (OPTIMAL, (), ())


def test_a_pin_to_a_supplier_with_nothing_left_is_contradictory() -> None:
    solution = solve_whole(line(0, 60, pins=(Pin("n0", "A"),)))
    assert solution.status == CONTRADICTORY
    assert [(row.code, row.resource) for row in solution.conflicts] == [("OVERFULL", "A/hours")]


def test_every_other_fault_is_still_refused() -> None:
    with pytest.raises(ProblemError):
        solve_whole(line(0, 60, pins=(Pin("unknown", "A"),)))


def test_a_share_counts_whom_nobody_can_serve() -> None:
    problem = line(60, needs=1, policy=Policy((single("unserved"), single("share"))))
    needs = (Need("n0", 1, "t"), Need("x", 3, "t"))
    solution = solve_whole(msgspec.structs.replace(problem, needs=needs), Limits(seconds=0))
    assert solution.goal("share").value == 750
    assert solution.goal("share").bound <= 750


def test_slack_is_measured_on_the_whole_problem() -> None:
    """Whom nobody can serve counts in the level, so it counts in what may be given away of it."""
    options = tuple(Option(need, "s", {}, {"travel": 5}) for need in ("n0", "n1"))
    problem = Problem(
        needs=(Need("n0"), Need("n1"), Need("z", 10)),
        suppliers=(Supplier("s"),),
        options=options,
        policy=Policy((single("unserved", 200), single("travel"))),
    )
    solution = solve_whole(problem)
    assert (solution.levels[0].limit, solution.levels[1].best) == (12, 0)


def test_a_goal_that_only_options_without_capacity_name_is_known() -> None:
    problem = Problem(
        needs=(Need("a"), Need("b")),
        suppliers=(Supplier("s"),),
        resources=(Resource("r", 0),),
        options=(Option("a", "s", {"r": 1}, {"money": 3}), Option("b", "s")),
        policy=Policy((single("unserved"), single("money"))),
    )
    assert solve_whole(problem).assignments == (Assignment("b", "s"),)
