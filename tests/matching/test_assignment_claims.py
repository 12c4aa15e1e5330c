"""The checker finds each thing that a certificate, a list of unmet needs or a contradiction can get wrong."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from carematch.assignment import (
    CONTRADICTORY,
    MOVES,
    OPTIMAL,
    Assignment,
    Conflict,
    Level,
    Limits,
    Option,
    Pin,
    Policy,
    Problem,
    Resource,
    Solution,
    Supplier,
    Term,
    Unmet,
    check,
    input_hash,
    solve,
)
from carematch.assignment.goals import gap
from tests.matching.assignment_cases import line

QUICK = Limits(seconds=None, work=20.0, workers=1)
PROBLEM = line(120, 60)
SHORT = line(60, needs=2, weights=(5, 3))


@pytest.fixture(scope="module")
def solution() -> Solution:
    return solve(PROBLEM, QUICK)


@pytest.fixture(scope="module")
def short() -> Solution:
    """A solution that leaves out n1, of weight 3."""
    return solve(SHORT, QUICK)


def broken(solution: Solution, problem: Problem = PROBLEM, **fields: object) -> list[str]:
    changed = msgspec.structs.replace(solution, **fields)
    return [violation.subject for violation in check(problem, changed).violations]


def with_level(solution: Solution, **fields: Any) -> dict[str, Any]:
    """The second level (travel; value and bound 403, slack 3 permille) said to be otherwise."""
    level = msgspec.structs.replace(solution.levels[1], **fields)
    level = msgspec.structs.replace(level, gap=fields.get("gap", gap(level.value, level.bound)))
    status = OPTIMAL if level.proven else "feasible"
    return {"levels": (solution.levels[0], level, solution.levels[2]), "status": status}


def with_travel(solution: Solution, **fields: Any) -> dict[str, Any]:
    goals = tuple(
        msgspec.structs.replace(goal, **fields) if goal.goal == "travel" else goal for goal in solution.goals
    )
    return {"goals": goals}


def test_a_true_certificate_passes(solution: Solution) -> None:
    assert broken(solution) == []


def test_a_solution_of_another_problem_is_found(solution: Solution) -> None:
    assert broken(solution, input_hash="0") == ["input_hash"]


def test_a_plan_that_breaks_something_is_found_behind_a_true_certificate(solution: Solution) -> None:
    tight = line(60, 60)
    assert broken(solution, tight, input_hash=input_hash(tight)) == ["A/hours"]


def test_a_goal_that_is_not_reported_is_found(solution: Solution) -> None:
    goals = tuple(goal for goal in solution.goals if goal.goal != "travel")
    assert broken(solution, goals=goals) == ["travel"]


@pytest.mark.parametrize("value", [402, 404])
def test_a_value_reported_too_low_or_too_high_is_found(solution: Solution, value: int) -> None:
    wrong = with_travel(solution, value=value, bound=value, gap=0.0)
    assert broken(solution, **wrong) == ["travel"]


@pytest.mark.parametrize(
    "wrong", [{"bound": 404, "gap": gap(403, 404), "proven": False}, {"gap": 0.5}, {"bound": 402}, {"proven": False}]
)
def test_a_wrong_bound_or_gap_of_a_goal_is_found(solution: Solution, wrong: dict[str, Any]) -> None:
    assert broken(solution, **with_travel(solution, **wrong)) == ["travel"]


def test_a_goal_with_a_lower_bound_and_its_gap_passes(solution: Solution) -> None:
    assert broken(solution, **with_travel(solution, bound=300, gap=103 / 403, proven=False)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"value": 402, "gap": 0.0}, id="its value is another"),
        pytest.param({"goals": ("cost",)}, id="its goals are others"),
        pytest.param({"gap": 0.5}, id="its gap is another"),
        pytest.param({"bound": 404, "limit": 405, "proven": False}, id="its bound is above its best"),
        pytest.param({"best": 404, "limit": 404, "proven": False}, id="its best is worse than the plan"),
        pytest.param({"best": 400, "bound": 400, "limit": 401}, id="the plan is beyond its limit"),
        pytest.param({"limit": 403}, id="its limit is less than its slack"),
        pytest.param({"limit": 405}, id="its limit is more than its slack"),
        pytest.param({"bound": 402, "limit": 403}, id="it is called proven and is not"),
        pytest.param({"proven": False}, id="it is proven and called unproven"),
    ],
)
def test_a_level_is_reported_wrongly_when(solution: Solution, wrong: dict[str, Any]) -> None:
    assert broken(solution, **with_level(solution, **wrong)) == ["level 2"]


def test_the_slack_of_a_level_is_measured_from_its_bound(solution: Solution) -> None:
    assert solution.levels[1].limit == 404
    assert broken(solution, **with_level(solution, bound=300, limit=403, proven=False)) == []


def test_a_level_of_weighted_goals_has_the_value_of_their_weighted_sum() -> None:
    problem = line(120, 60, policy=Policy((Level((Term("travel", 3), Term("unserved", 5000))),)))
    solution = solve(problem, QUICK)
    assert solution.levels[0].value == 3 * 403
    assert broken(solution, problem) == []


def test_levels_that_are_missing_or_too_many_are_found(solution: Solution) -> None:
    assert broken(solution, levels=solution.levels[:2]) == ["levels"]
    assert broken(solution, levels=(*solution.levels, solution.levels[2])) == ["levels"]


def test_a_plan_called_optimal_without_proof_is_found(solution: Solution) -> None:
    unproven = with_level(solution, bound=402, limit=403, proven=False)
    assert broken(solution, **unproven) == []
    assert broken(solution, **{**unproven, "status": OPTIMAL}) == ["status"]


def test_a_served_need_that_is_dropped_silently_is_found(solution: Solution) -> None:
    assert "unmet" in broken(solution, assignments=solution.assignments[1:])


def test_a_true_list_of_unmet_needs_passes(short: Solution) -> None:
    assert [(row.need, row.weight) for row in short.unmet] == [("n1", 3)]
    assert broken(short, SHORT) == []


def test_an_unmet_need_that_is_not_listed_is_found(short: Solution) -> None:
    assert broken(short, SHORT, unmet=()) == ["unmet"]


def test_an_unmet_need_with_another_weight_is_found(short: Solution) -> None:
    assert broken(short, SHORT, unmet=(msgspec.structs.replace(short.unmet[0], weight=1),)) == ["unmet"]


def test_an_unmet_need_listed_twice_is_found(short: Solution) -> None:
    assert broken(short, SHORT, unmet=(*short.unmet, *short.unmet)) == ["unmet"]


def test_a_served_need_listed_as_unmet_is_found(short: Solution) -> None:
    assert broken(short, SHORT, unmet=(*short.unmet, Unmet("n0", 5, short.unmet[0].reasons))) == ["unmet"]


def test_an_unmet_need_without_a_reason_is_found(short: Solution) -> None:
    assert broken(short, SHORT, unmet=(msgspec.structs.replace(short.unmet[0], reasons=()),)) == ["n1"]


#: Supplier A has an hour, everybody asks for one.
TWO_PINS = line(60, 600, pins=(Pin("n0", "A"), Pin("n1", "A"), Pin("n2", "B")))
TOO_LONG = line(60, 600, minutes=61, pins=(Pin("n0", "A"), Pin("n1", "B")))
#: An hour or fifty minutes for each of two who are pinned.
EITHER = line(90, 600, pins=(Pin("n0", "A"), Pin("n1", "A"), Pin("n2", None)))
EITHER = msgspec.structs.replace(
    EITHER, options=(*EITHER.options, *(Option(need, "A", {"A/hours": 50}, {}, "brief") for need in ("n0", "n1")))
)
ABSENT = msgspec.structs.replace(
    line(600, pins=(Pin("n0", "Z"), Pin("n1", "A"))), suppliers=(Supplier("A"), Supplier("Z"))
)
#: Two places in two rooms, for three who are pinned and take either.
THREE_FOR_TWO = Problem(
    needs=PROBLEM.needs,
    suppliers=(Supplier("A"),),
    resources=(Resource("east", 1, "A"), Resource("west", 1, "A")),
    options=tuple(Option(need.id, "A", {room: 1}, {}, room) for need in PROBLEM.needs for room in ("east", "west")),
    pins=tuple(Pin(need.id, "A") for need in PROBLEM.needs),
)
LIVED = (Assignment("n0", "A"), Assignment("n1", "A"), Assignment("n2", "A"), Assignment("n3", "gone"))
CROWDED = line(60, 600, needs=4, most_moves=1)
CROWDED = msgspec.structs.replace(CROWDED, suppliers=(*CROWDED.suppliers, Supplier("gone")), in_force=LIVED)

CLASH = Conflict("OVERFULL", ("n0", "n1"), "A", "A/hours", 120, 60)
LEAST = Conflict("OVERFULL", ("n0", "n1"), "A", "A/hours", 100, 90)
ALONE = Conflict("OVERFULL", ("n0",), "A", "A/hours", 61, 60)
NOBODY = Conflict("NO_OPTION", ("n0",), "Z")
TANGLE = Conflict("OVERFULL", ("n0", "n1", "n2"))
MOVED = Conflict(MOVES, ("n0", "n1"), wanted=2, capacity=1)


def refused(problem: Problem, *conflicts: Conflict, **fields: object) -> list[str]:
    """What the checker says of these conflicts instead of those that a solve names."""
    return broken(solve(problem, QUICK), problem, **{"conflicts": conflicts, **fields})


TRUE = [(TWO_PINS, CLASH), (EITHER, LEAST), (TOO_LONG, ALONE), (ABSENT, NOBODY)]
TRUE += [(THREE_FOR_TWO, TANGLE), (CROWDED, MOVED)]


@pytest.mark.parametrize(("problem", "true"), TRUE)
def test_a_true_conflict_of_each_kind_passes(problem: Problem, true: Conflict) -> None:
    solution = solve(problem, QUICK)
    assert solution.status == CONTRADICTORY
    assert [conflict.code for conflict in solution.conflicts] == [true.code]
    assert broken(solution, problem, conflicts=(true,)) == []


def test_pins_called_contradictory_without_showing_it_are_found(solution: Solution) -> None:
    assert broken(solution, status=CONTRADICTORY, assignments=()) == ["status"]


def test_a_contradiction_that_carries_a_plan_is_found() -> None:
    assert refused(TWO_PINS, CLASH, assignments=(Assignment("n2", "B"),)) == ["status"]


def test_a_contradiction_of_another_problem_is_found() -> None:
    assert refused(TWO_PINS, CLASH, input_hash="0") == ["input_hash"]


def test_each_conflict_is_looked_at_by_itself() -> None:
    assert refused(TWO_PINS, CLASH, Conflict("OTHER", ("n0", "n1"), "A", "A/hours", 120, 60)) == ["conflict 2"]


@pytest.mark.parametrize(
    ("problem", "wrong"),
    [
        pytest.param(CROWDED, {"needs": (), "wanted": 0, "capacity": 0}, id="nobody moves"),
        pytest.param(CROWDED, {"needs": ("n0",), "wanted": 1}, id="as many move as may"),
        pytest.param(CROWDED, {"wanted": 3}, id="more move than are named"),
        pytest.param(CROWDED, {"capacity": 0}, id="fewer may move than are allowed"),
        pytest.param(CROWDED, {"needs": ("n0", "n0")}, id="a need moves twice"),
        pytest.param(CROWDED, {"needs": ("n0", "n3")}, id="a need that cannot stay is counted"),
        pytest.param(TWO_PINS, {}, id="moves are not limited"),
    ],
)
def test_a_limit_on_moves_is_no_conflict_when(problem: Problem, wrong: dict[str, Any]) -> None:
    assert refused(problem, msgspec.structs.replace(MOVED, **wrong)) == ["conflict 1"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"needs": ()}, id="no need is named"),
        pytest.param({"supplier": "A"}, id="another supplier is named"),
        pytest.param({"needs": ("n1",), "supplier": "A"}, id="there is an option"),
        pytest.param({"needs": ("n2",)}, id="the need is not pinned"),
    ],
)
def test_a_pin_without_an_option_is_no_conflict_when(wrong: dict[str, Any]) -> None:
    assert refused(ABSENT, msgspec.structs.replace(NOBODY, **wrong)) == ["conflict 1"]


@pytest.mark.parametrize(
    ("problem", "true", "wrong"),
    [
        pytest.param(TWO_PINS, CLASH, {"needs": ()}, id="no need is named"),
        pytest.param(TWO_PINS, CLASH, {"needs": ("n0", "n9")}, id="a need is not pinned"),
        pytest.param(TWO_PINS, CLASH, {"needs": ("n0", "n0")}, id="a need is counted twice"),
        pytest.param(TWO_PINS, CLASH, {"needs": ("n0", "n1", "n2")}, id="a need is blamed that uses none"),
        pytest.param(TWO_PINS, CLASH, {"needs": ("n0",), "wanted": 60}, id="they fit"),
        pytest.param(TWO_PINS, CLASH, {"wanted": 180}, id="they do not use that much"),
        pytest.param(TWO_PINS, CLASH, {"capacity": 90}, id="there is not that much"),
        pytest.param(TWO_PINS, CLASH, {"resource": "Z/hours"}, id="the resource does not exist"),
        pytest.param(TWO_PINS, CLASH, {"resource": "B/hours", "capacity": 600}, id="the resource has room"),
        pytest.param(EITHER, LEAST, {"wanted": 120}, id="they could use less"),
        pytest.param(EITHER, LEAST, {"needs": ("n0", "n2")}, id="one of them is pinned to nobody"),
        pytest.param(TOO_LONG, ALONE, {"wanted": 62}, id="one does not use that much alone"),
        pytest.param(TOO_LONG, ALONE, {"needs": ("n1",)}, id="another need fits"),
        pytest.param(THREE_FOR_TWO, TANGLE, {"needs": ()}, id="nobody clashes"),
        pytest.param(THREE_FOR_TWO, TANGLE, {"needs": ("n0",)}, id="they fit whichever way they take"),
        pytest.param(TOO_LONG, TANGLE, {"needs": ("n0", "n1")}, id="one of those that clash does not fit alone"),
    ],
)
def test_pins_do_not_overfill_anything_when(problem: Problem, true: Conflict, wrong: dict[str, Any]) -> None:
    assert refused(problem, msgspec.structs.replace(true, **wrong)) == ["conflict 1"]


@pytest.mark.parametrize("third", ["B", "gone"])
def test_nothing_contradicts_when_all_who_can_keep_their_supplier_may(third: str) -> None:
    lived = (Assignment("n0", "A"), Assignment("n1", "A"), Assignment("n2", third))
    problem = msgspec.structs.replace(PROBLEM, in_force=lived, most_moves=1)
    answer = solve(TWO_PINS, QUICK)
    assert broken(answer, problem, conflicts=(MOVED,), input_hash=input_hash(problem)) == ["conflict 1"]
