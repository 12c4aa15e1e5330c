"""Re-matching moves as few as can be, within what is allowed; forcing a supplier tells what follows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from carematch.assignment import (
    CONTRADICTORY,
    MOVES,
    Assignment,
    Forbidden,
    Limits,
    Need,
    Option,
    Pin,
    Policy,
    Problem,
    Resource,
    Supplier,
    check,
    check_plan,
    consequence_sentences,
    force,
    moved,
    moves_curve,
    rematch,
    score,
    single,
    solve,
    staying,
)
from carematch.bench.synthetic import county
from tests.matching.assignment_cases import (
    assert_best,
    best_by_force,
    every_plan,
    examples,
    level_values,
    line,
    problems,
)

QUICK = Limits(seconds=None, work=20.0, workers=1)
SOME = examples(30)
LIVED = (Assignment("n0", "A"), Assignment("n1", "A"), Assignment("n2", "B"))


def test_a_rematch_moves_only_whom_it_must() -> None:
    problem = line(60, 600, in_force=LIVED, policy=Policy((single("unserved"), single("travel"))))
    solution = rematch(problem, QUICK)
    assert check(staying(problem), solution).ok
    assert solution.goal("continuity").value == 1
    assert ("n2", "B", "") in [row.key() for row in solution.assignments]


def test_a_rematch_keeps_the_goals_after_continuity_in_their_order() -> None:
    policy = Policy((single("travel", 5), single("continuity"), single("unserved"), single("cost")))
    assert staying(line(60, policy=policy)).policy.goals() == ("unserved", "continuity", "travel", "cost")
    assert staying(line(60, policy=policy)).policy.levels[2].slack_permille == 5


@given(problems())
@SOME
def test_no_plan_that_serves_as_much_moves_fewer(problem: Problem) -> None:
    solution = rematch(problem, QUICK)
    assert_best(staying(problem), solution)


@given(problems(moves=True))
@SOME
def test_a_limit_on_moves_is_obeyed_as_well_as_brute_force_can(problem: Problem) -> None:
    solution = solve(problem, QUICK)
    assert_best(problem, solution)


def test_a_limit_on_moves_that_cannot_be_kept_is_named() -> None:
    lived = tuple(Assignment(f"n{i}", "A") for i in range(3))
    solution = solve(line(120, 600, in_force=lived, most_moves=0), QUICK)
    assert (solution.status, solution.assignments) == (CONTRADICTORY, ())
    assert [conflict.code for conflict in solution.conflicts] == [MOVES]


def heavy_first(most_moves: int) -> Problem:
    """A can keep either the heavy need or the two light ones; greedy keeps the heavy one and moves both."""
    problem = line(120, 600, weights=(9, 1, 1), in_force=tuple(Assignment(f"n{i}", "A") for i in range(3)))
    twice = tuple(
        msgspec.structs.replace(o, usage={r: 2 * n for r, n in o.usage.items()}) if o.need == "n0" else o
        for o in problem.options
    )
    return msgspec.structs.replace(problem, options=twice, most_moves=most_moves)


def test_a_limit_on_moves_that_greedy_does_not_keep_is_kept() -> None:
    solution = solve(heavy_first(1), QUICK)
    assert moved(heavy_first(1), solution.assignments) == ("n0",)


def test_what_is_not_proven_to_be_too_many_moves_is_not_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carematch.assignment.engine.lexicographic.FEWEST", 0.0)
    hasty = solve(heavy_first(1), Limits(seconds=0, workers=1))
    assert (hasty.status, hasty.stopped) == (CONTRADICTORY, "seconds")
    assert check(heavy_first(1), hasty).ok
    assert solve(heavy_first(0), QUICK).stopped == "proved"


def test_told_to_stop_it_does_not_go_on_to_look_for_the_fewest_moves() -> None:
    solution = solve(heavy_first(1), Limits(seconds=None), should_stop=lambda: True)
    assert solution.stopped == "cancelled"


PINNED = Problem(
    needs=(Need("a"), Need("b")),
    suppliers=(Supplier("s"),),
    resources=(Resource("r", 5),),
    options=(Option("a", "s", {"r": 3}), Option("a", "s", {}, variant="x"), Option("b", "s", {"r": 3})),
    pins=(Pin("a", "s"),),
    in_force=(Assignment("b", "s"),),
    most_moves=0,
)


@pytest.mark.parametrize("limits", [Limits(seconds=0, workers=1), QUICK])
def test_a_pinned_need_takes_the_variant_that_lets_others_stay(limits: Limits) -> None:
    assert solve(PINNED, limits).assignments == (
        Assignment("a", "s", "x"),
        Assignment("b", "s"),
    )


@given(problems(moves=True))
@examples(60)
def test_without_time_a_limit_on_moves_is_called_contradictory_only_when_it_is(problem: Problem) -> None:
    solution = solve(problem, Limits(seconds=0, workers=1))
    assert (solution.status == CONTRADICTORY) == (best_by_force(problem) is None)


@given(problems(), st.sets(st.integers(0, 4), min_size=1))
@SOME
def test_each_point_of_the_curve_is_the_best_for_its_moves_and_more_are_never_worse(
    problem: Problem, counts: set[int]
) -> None:
    levels = tuple(msgspec.structs.replace(level, slack_permille=0) for level in problem.policy.levels)
    problem = msgspec.structs.replace(problem, policy=Policy(levels))
    points = moves_curve(problem, counts, QUICK)
    assert [point.most_moves for point in points] == sorted(counts)
    last: tuple[int, ...] | None = None
    for point in points:
        asked = msgspec.structs.replace(problem, most_moves=point.most_moves)
        best = best_by_force(asked)
        assert point.possible == (best is not None)
        if best is None:
            continue
        mine = level_values(asked, point.assignments)
        assert mine == best
        assert last is None or mine <= last
        assert check_plan(asked, point.assignments).ok
        assert point.moves == len(moved(problem, point.assignments)) <= point.most_moves
        assert all(point.bounds[goal] <= value for goal, value in point.values.items())
        last = mine


def test_the_curve_says_what_each_further_move_buys() -> None:
    policy = Policy((single("unserved"), single("travel")))
    lived = tuple(Assignment(f"n{i}", "B") for i in range(3))
    points = moves_curve(line(180, 180, in_force=lived, policy=policy), range(5), QUICK)
    assert [point.moves for point in points] == [0, 1, 2, 3, 3]
    assert [point.buys.get("travel") for point in points] == [None, 100, 100, 100, 0]


def test_a_need_that_fits_elsewhere_moves_nobody_else() -> None:
    answer = force(line(180, 180), LIVED, "n0", "B", QUICK)
    assert (answer.possible, answer.proven, answer.shifts) == (True, True, ())
    assert answer.extra == {"unserved": 0, "travel": 100, "continuity": 0}


def test_who_must_make_room_is_told_with_where_it_goes() -> None:
    answer = force(line(120, 120, needs=3), LIVED, "n2", "A", QUICK)
    assert [(s.from_supplier, s.to_supplier) for s in answer.shifts] == [("A", "B")]
    assert answer.extra["unserved"] == 0


def test_who_has_nowhere_to_go_is_told_to_be_left_out() -> None:
    answer = force(line(60, 10, 60, needs=2), (Assignment("n0", "A"),), "n1", "A", QUICK)
    assert [(s.need, s.to_supplier) for s in answer.shifts] == [("n0", "C")]
    answer = force(line(60, needs=2), (Assignment("n0", "A"),), "n1", "A", QUICK)
    assert [(s.need, s.to_supplier) for s in answer.shifts] == [("n0", None)]


def test_a_supplier_that_is_no_option_or_has_too_little_is_not_possible() -> None:
    answer = force(line(180), LIVED[:2], "n0", "Z", QUICK)
    assert (answer.possible, answer.conflicts[0].code) == (False, "NO_OPTION")
    answer = force(line(180, 10), LIVED[:2], "n0", "B", QUICK)
    assert (answer.possible, answer.conflicts[0].code) == (False, "OVERFULL")


def test_earlier_words_on_the_need_give_way_and_those_on_others_stand() -> None:
    words: dict[str, Any] = {"pins": (Pin("n0", "A"), Pin("n1", "B")), "forbidden": (Forbidden("n0", "B"),)}
    plan = (Assignment("n0", "A"), Assignment("n1", "B"))
    answer = force(line(60, 60, 60, needs=2, **words), plan, "n0", "B", QUICK)
    assert not answer.possible
    answer = force(line(60, 120, needs=2, **words), plan, "n0", "B", QUICK)
    assert (answer.possible, answer.shifts) == (True, ())


def test_an_unknown_need_is_refused() -> None:
    with pytest.raises(KeyError):
        force(line(180), (), "unknown", "A")


@given(problems(), st.data())
@SOME
def test_no_plan_with_that_supplier_serves_more_or_moves_fewer(problem: Problem, data: st.DataObject) -> None:
    plans = every_plan(problem)
    assume(plans)
    plan = data.draw(st.sampled_from(plans))
    option = data.draw(st.sampled_from(problem.options))
    answer = force(problem, plan, option.need, option.supplier, QUICK)
    others = msgspec.structs.replace(
        problem,
        pins=(*(pin for pin in problem.pins if pin.need != option.need), Pin(option.need, option.supplier)),
        forbidden=tuple(p for p in problem.forbidden if (p.need, p.supplier) != (option.need, option.supplier)),
        in_force=tuple(row for row in plan if row.need != option.need),
        policy=Policy((single("unserved"), single("continuity"))),
    )
    best = best_by_force(others)
    assert answer.possible == (best is not None)
    if best is None:
        assert answer.conflicts
        return
    assert answer.proven
    assert level_values(others, answer.assignments) == best
    before, after = score(problem, plan), score(problem, answer.assignments)
    assert answer.extra == {goal: after[goal] - before[goal] for goal in before}


def test_consequences_can_be_told_in_words() -> None:
    problem = county(60, 5, seed=3, tightness=1.3)
    plan = solve(problem, Limits(seconds=0)).assignments
    for option in problem.options[:40]:
        told = consequence_sentences(force(problem, plan, option.need, option.supplier, Limits(seconds=0)))
        assert told
        assert all(s.render().endswith(".") and "{" not in s.render() for s in told)
