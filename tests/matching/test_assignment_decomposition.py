"""Counties that share suppliers are solved one by one and put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.assignment import (
    CONTRADICTORY,
    Assignment,
    County,
    Limits,
    Need,
    Option,
    Problem,
    ProblemError,
    Resource,
    Solution,
    Supplier,
    check,
    check_plan,
    solve,
    solve_counties,
    solve_county,
)
from carematch.assignment.engine.decomposition import divide, passed_on, shared_out, usage
from tests.matching.assignment_cases import assert_best, examples, problems

QUICK = Limits(seconds=None, work=20.0, workers=1)
SOME = examples(25)


def border(hours: int, east: Sequence[int], west: Sequence[int]) -> tuple[Problem, dict[str, str]]:
    """One supplier for needs of two counties that weigh so much and take an hour each, and the county of each."""
    needs = [Need(f"e{i}", weight) for i, weight in enumerate(east)]
    needs += [Need(f"w{i}", weight) for i, weight in enumerate(west)]
    problem = Problem(
        needs=tuple(needs),
        suppliers=(Supplier("A"),),
        resources=(Resource("A/hours", hours, "A"),),
        options=tuple(Option(need.id, "A", {"A/hours": 1}, {"travel": 1}) for need in needs),
    )
    return problem, {need.id: "east" if need.id[0] == "e" else "west" for need in needs}


def halves(problem: Problem) -> dict[str, str]:
    return {need.id: "odd" if number % 2 else "even" for number, need in enumerate(problem.needs)}


@given(st.integers(0, 1000), st.lists(st.integers(0, 50), min_size=1, max_size=6))
def test_what_is_divided_is_all_given_and_nobody_gets_a_unit_more_than_the_part(
    total: int, weights: list[int]
) -> None:
    parts = divide(total, weights)
    if not sum(weights):
        assert sum(parts) == 0
    else:
        assert sum(parts) == total
        assert all(abs(part - total * w / sum(weights)) < 1 for part, w in zip(parts, weights, strict=True))


@given(problems(moves=True))
@SOME
def test_quotas_are_no_more_than_there_is_and_plans_within_them_fit_together(problem: Problem) -> None:
    rough = solve(problem, Limits(seconds=0))
    if rough.status == CONTRADICTORY:
        return
    parts = shared_out(problem, halves(problem), rough.assignments)
    shared = [name for name in (r.id for r in problem.resources) if all(name in ids(part) for part in parts)]
    if len(parts) > 1:
        for resource in problem.resources:
            if resource.id in shared:
                assert sum(r.capacity for part in parts for r in part.resources if r.id == resource.id) <= (
                    resource.capacity
                )
    plan = [row for part in parts for row in solve_county(County(part, (), QUICK, 1)).assignments]
    assert check_plan(problem, plan).ok


def ids(problem: Problem) -> set[str]:
    return {resource.id for resource in problem.resources}


@given(problems(moves=True))
@SOME
def test_counties_put_together_are_as_good_as_brute_force(problem: Problem) -> None:
    solution = solve_counties(problem, halves(problem), QUICK)
    assert_best(problem, solution)


def test_what_a_county_leaves_over_goes_where_one_more_unit_saves_most() -> None:
    problem, county_of = border(4, east=(5, 5), west=(1, 1, 1))
    plan = [Assignment("e0", "A"), Assignment("w0", "A")]
    west, east = shared_out(problem, county_of, plan)
    assert (east.resources[0].capacity, west.resources[0].capacity) == (2, 2)
    fewer = msgspec.structs.replace(east, resources=(Resource("A/hours", 1, "A"),))
    more = msgspec.structs.replace(west, resources=(Resource("A/hours", 3, "A"),))
    two = msgspec.structs.replace(more, needs=more.needs[:2], options=more.options[:2])
    solutions = [solve(two, QUICK), solve(fewer, QUICK)]
    given_to = passed_on([two, fewer], solutions)
    assert given_to[0] is two
    assert given_to[1].resources[0].capacity == 2


@given(problems())
@SOME
def test_what_is_passed_on_is_taken_from_who_gave_it(problem: Problem) -> None:
    parts = shared_out(problem, halves(problem), ())
    solutions = [solve_county(County(part, (), QUICK, 1)) for part in parts]
    if any(solution.status == CONTRADICTORY for solution in solutions):
        return
    after = passed_on(parts, solutions)
    for resource in problem.resources:
        held = 0
        for part, now, solution in zip(parts, after, solutions, strict=True):
            standing = usage(part, solution.assignments)[resource.id]
            held += standing if now is part else sum(r.capacity for r in now.resources if r.id == resource.id)
        assert held <= resource.capacity


def test_each_county_is_asked_with_its_own_needs_alone() -> None:
    problem, county_of = border(3, east=(2, 2), west=(1, 1))
    asked: list[County] = []

    def elsewhere(work: Callable[[County], Solution], counties: Sequence[County]) -> Iterable[Solution]:
        """What another machine would do: the county goes there as JSON."""
        for county in counties:
            asked.append(county)
            yield work(msgspec.json.decode(msgspec.json.encode(county), type=County))

    solution = solve_counties(problem, county_of, QUICK, run=elsewhere)
    assert solution.goal("unserved").value == 1
    assert {tuple(sorted(need.id for need in county.problem.needs)) for county in asked} == {
        ("e0", "e1"),
        ("w0", "w1"),
    }
    assert all({row.need for row in county.start} <= {need.id for need in county.problem.needs} for county in asked)


def test_a_problem_with_faults_is_refused_before_it_is_divided() -> None:
    problem, county_of = border(-1, east=(1,), west=(1,))
    with pytest.raises(ProblemError):
        solve_counties(problem, county_of, QUICK)


def test_told_to_stop_it_gives_the_common_plan_and_asks_no_county() -> None:
    problem, county_of = border(3, east=(2, 2), west=(1, 1))
    asked: list[County] = []

    def elsewhere(work: Callable[[County], Solution], counties: Sequence[County]) -> Iterable[Solution]:
        asked.extend(counties)
        return map(work, counties)

    solution = solve_counties(problem, county_of, QUICK, run=elsewhere, should_stop=lambda: True)
    assert check(problem, solution).ok
    assert asked == []
