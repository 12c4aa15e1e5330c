"""How far a plan is from the best, reckoned again without a solver from the prices kept with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from carematch.assignment import (
    CONTRADICTORY,
    Limits,
    Multipliers,
    Need,
    Option,
    Policy,
    Problem,
    Rechecked,
    Resource,
    Solution,
    Supplier,
    certificate_sentences,
    check,
    check_changed,
    released,
    single,
    solution_from_json,
    solution_to_json,
    solve,
)
from carematch.bench.synthetic import county
from tests.matching.assignment_cases import (
    FAIR_POLICIES,
    POLICIES,
    SLACK_POLICIES,
    every_plan,
    examples,
    level_values,
    line,
    problems,
)

ALL = POLICIES + SLACK_POLICIES + FAIR_POLICIES
WORK = Limits(seconds=None, work=1.0, workers=1)
PRICES = st.integers(-(2**70), 2**70) | st.integers(-50, 50)


def rechecked(problem: Problem, solution: Solution) -> tuple[Rechecked, ...]:
    report = check(problem, solution)
    assert report.ok
    return report.rechecked


def assert_no_plan_is_better(problem: Problem, solution: Solution) -> None:
    """No plan that keeps the levels before is below what is told of a level."""
    plans = [level_values(problem, plan) for plan in every_plan(problem)]
    for place, told in enumerate(check(problem, solution).rechecked):
        if told.bound is not None:
            assert told.bound <= min(values[place] for values in plans)
            assert told.bound <= told.value
        limit = max(told.value, solution.levels[place].limit)
        plans = [values for values in plans if values[place] <= limit]


@st.composite
def tampered(draw: st.DrawFn, problem: Problem) -> tuple[Multipliers, ...]:
    """Prices without sense: below zero, beyond all size, of resources that are not there, in cases that are none."""
    names = st.sampled_from([*(resource.id for resource in problem.resources), "nobody's"])
    ways = [option.key() for option in problem.options] + [(need.id,) for need in problem.needs]
    one = st.builds(
        Multipliers,
        scale=st.sampled_from((-1, 0, 1, 3, 2**24)) | PRICES,
        resources=st.dictionaries(names, PRICES, max_size=4),
        levels=st.lists(PRICES, max_size=5).map(tuple),
        moves=PRICES,
        after=st.integers(-3, 6),
        way=st.sampled_from([(), ("nobody",), *ways]),
        taken=st.booleans(),
    )
    return tuple(draw(st.lists(one, min_size=1, max_size=6)))


@given(problems(moves=True, policies=ALL))
@examples(40)
def test_no_plan_is_better_than_what_is_reckoned_again(problem: Problem) -> None:
    solution = solve(problem, WORK)
    if solution.status != CONTRADICTORY:
        assert check(problem, solution).ok
        assert_no_plan_is_better(problem, solution)


@given(st.data(), problems(moves=True, policies=ALL))
@examples(60)
def test_prices_that_somebody_tampered_with_make_the_bound_weak_and_never_false(
    data: st.DataObject, problem: Problem
) -> None:
    solution = solve(problem, Limits(seconds=0))
    levels = [replace(level, multipliers=data.draw(tampered(problem))) for level in solution.levels]
    if solution.status != CONTRADICTORY:
        assert_no_plan_is_better(problem, replace(solution, levels=tuple(levels)))


@given(st.data(), problems(moves=True, policies=ALL))
@examples(60)
def test_what_is_reckoned_of_a_plan_that_people_changed_is_true_of_every_plan(
    data: st.DataObject, problem: Problem
) -> None:
    solution = solve(problem, WORK)
    if solution.status == CONTRADICTORY:
        return
    bare = replace(problem, pins=(), forbidden=(), most_moves=None)
    plan = data.draw(st.sampled_from(list(every_plan(bare))))
    freed = released(problem, plan, {need.id for need in problem.needs})
    report = check_changed(freed, solution.levels, plan)
    assert report.ok
    plans = [level_values(freed, other) for other in every_plan(freed)]
    for place, told in enumerate(report.rechecked):
        if told.bound is not None:
            assert told.bound <= min(values[place] for values in plans)
        limit = max(told.value, solution.levels[place].limit)
        plans = [values for values in plans if values[place] <= limit]


@given(st.data(), problems(policies=POLICIES, pins=False))
@examples(25)
def test_one_price_changed_among_the_engine_s_own_makes_no_bound_false(data: st.DataObject, problem: Problem) -> None:
    solution = solve(problem, WORK)
    levels = list(solution.levels)
    place = data.draw(st.integers(0, len(levels) - 1))
    prices = list(levels[place].multipliers)
    one = data.draw(st.integers(0, len(prices) - 1))
    change = data.draw(st.sampled_from(("scale", "after", "taken", "resources", "levels")))
    value = {
        "scale": prices[one].scale * 2,
        "after": prices[one].after + 1,
        "taken": not prices[one].taken,
        "resources": {name: price * 3 for name, price in prices[one].resources.items()},
        "levels": tuple(price // 2 for price in prices[one].levels),
    }[change]
    prices[one] = replace(prices[one], **{change: value})
    levels[place] = replace(levels[place], multipliers=tuple(prices))
    assert_no_plan_is_better(problem, replace(solution, levels=tuple(levels)))


def odd_sizes() -> Problem:
    """One supplier with ten hours; needs of seven, six and five: a linear program fills it up with half of one."""
    weights = {7: 8, 6: 6, 5: 5}
    return Problem(
        needs=tuple(Need(f"n{hours}", weight) for hours, weight in weights.items()),
        suppliers=(Supplier("S"),),
        resources=(Resource("S", 10, "S"),),
        options=tuple(Option(f"n{hours}", "S", {"S": hours}, {"travel": 10 * hours}) for hours in weights),
        policy=Policy((single("unserved"), single("travel"))),
    )


def test_two_cases_prove_what_one_price_cannot() -> None:
    problem = odd_sizes()
    solution = solve(problem, WORK)
    assert [told.bound for told in rechecked(problem, solution)] == [level.value for level in solution.levels]
    assert any(prices.way for level in solution.levels for prices in level.multipliers)
    first = [replace(level, multipliers=level.multipliers[:1]) for level in solution.levels]
    alone = rechecked(problem, replace(solution, levels=tuple(first)))
    assert any(told.bound is not None and told.bound < told.value for told in alone)


def test_a_county_s_travel_is_reckoned_again_within_half_a_per_cent() -> None:
    problem = county(300, 8, seed=3)
    solution = solve(problem, Limits(seconds=None, work=10.0, workers=1))
    for told in rechecked(problem, solution)[:2]:
        assert told.bound is not None
        assert told.value - told.bound <= 0.005 * told.value


def test_the_prices_are_kept_with_the_solution() -> None:
    problem = odd_sizes()
    solution = solve(problem, WORK)
    again = solution_from_json(solution_to_json(solution))
    assert again.levels == solution.levels
    assert rechecked(problem, again) == rechecked(problem, solution)


@pytest.mark.parametrize("goal", ["share", "farthest", "balance"])
def test_the_largest_of_several_numbers_is_said_not_to_be_reckoned_again(goal: str) -> None:
    problem = line(120, 120, policy=Policy((single("unserved"), single(goal))))
    solution = solve(problem, WORK)
    first, second = rechecked(problem, solution)
    assert (first.bound, second.bound, second.gap) == (0, None, None)
    assert certificate_sentences(solution, (first, second))[2].render() == f"{goal} {second.value}: not re-checked."


def test_without_prices_nothing_is_said() -> None:
    problem = line(60, 60)
    solution = solve(problem, WORK)
    bare = replace(solution, levels=tuple(replace(level, multipliers=()) for level in solution.levels))
    assert [told.bound for told in rechecked(problem, bare)] == [None, None, None]


def test_the_certificate_says_what_was_reckoned_here_and_what_the_engine_proved() -> None:
    problem = odd_sizes()
    solution = solve(problem, WORK)
    weak = [replace(level, multipliers=(Multipliers(1),)) for level in solution.levels]
    told = certificate_sentences(solution, rechecked(problem, replace(solution, levels=tuple(weak))))
    texts = [sentence.render() for sentence in told]
    assert texts[0] == "unserved 11: at most 100.00 % from the best, re-checked here."
    assert texts[1].startswith("Proven optimal by ")
    own = certificate_sentences(solution, rechecked(problem, solution))
    assert own[0].render() == "unserved 11: the best there is, re-checked here."
