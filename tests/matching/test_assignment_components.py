"""Independent components are found, solved apart, and put together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from msgspec.structs import replace

from carematch.assignment import OPTIMAL, Assignment, Limits, Policy, Problem, single, solve
from carematch.assignment.engine.components import components, separable, split
from carematch.assignment.formulation.model import build, weighted_sum
from tests.matching.assignment_cases import POLICIES, assert_best, examples, line, problems


def beside(one: Problem, other: Problem) -> Problem:
    """Two problems that have nothing to do with each other, as one."""

    def named(problem: Problem, mark: str) -> Problem:
        return replace(
            problem,
            needs=tuple(replace(need, id=mark + need.id) for need in problem.needs),
            suppliers=tuple(replace(supplier, id=mark + supplier.id) for supplier in problem.suppliers),
            resources=tuple(replace(r, id=mark + r.id, supplier=mark + r.supplier) for r in problem.resources),
            options=tuple(
                replace(
                    o, need=mark + o.need, supplier=mark + o.supplier, usage={mark + k: v for k, v in o.usage.items()}
                )
                for o in problem.options
            ),
        )

    left, right = named(one, "a"), named(other, "b")
    return replace(
        left,
        needs=left.needs + right.needs,
        suppliers=left.suppliers + right.suppliers,
        resources=left.resources + right.resources,
        options=left.options + right.options,
    )


def test_two_counties_without_a_common_supplier_are_two_components() -> None:
    both = beside(line(60, 60), line(120, 60, needs=4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carematch.assignment.engine.components.LEAST", 0)
        sizes = [len(part.needs) for part in split(build(both))]
    assert sizes == [4, 3]


def test_a_county_in_which_everybody_competes_is_one_part() -> None:
    problem = line(60, 60, needs=3)
    assert split(build(problem)) == [problem]


def test_the_numbers_of_parts_follow_the_order_of_the_needs() -> None:
    assert components(build(beside(line(60, 60), line(60, 60)))).tolist() == [0, 0, 0, 1, 1, 1]


def apart(problem: Problem) -> bool:
    model = build(problem)
    levels = [
        weighted_sum([(term.weight, model.goal(term.goal)) for term in level.terms]) for level in problem.policy.levels
    ]
    return separable(problem, levels)


def test_a_slack_that_parts_would_have_to_share_keeps_them_together() -> None:
    lived = line(60, 60, in_force=(Assignment("n0", "A"),))
    assert apart(replace(lived, policy=POLICIES[0]))
    assert not apart(replace(lived, policy=POLICIES[1]))
    assert not apart(replace(lived, policy=POLICIES[3]))
    assert not apart(replace(lived, most_moves=1))


def test_a_slack_that_no_later_goal_could_spend_keeps_nothing_together() -> None:
    policy = Policy((single("unserved"), single("travel", 3), single("continuity")))
    assert apart(line(60, 60, policy=policy))
    assert not apart(line(60, 60, policy=policy, in_force=(Assignment("n0", "A"),)))


def test_small_parts_are_put_together_until_they_are_worth_a_solve() -> None:
    problem = line(60, 60)
    for _ in range(3):
        problem = beside(problem, line(60, 60))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carematch.assignment.engine.components.LEAST", 0)
        assert len(split(build(problem))) == 4
        patch.setattr("carematch.assignment.engine.components.LEAST", 15)
        pieces = split(build(problem))
    assert [len(piece.needs) for piece in pieces] == [6, 6]
    assert {need.id for piece in pieces for need in piece.needs} == {need.id for need in problem.needs}


@given(problems(policies=(POLICIES[0],), most_needs=4))
@examples(40)
def test_parts_solved_apart_are_as_good_as_brute_force(problem: Problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carematch.assignment.engine.lexicographic.APART", 0)
        patch.setattr("carematch.assignment.engine.components.LEAST", 0)
        solution = solve(problem, Limits(seconds=None, work=20.0, workers=1))
    assert_best(problem, solution)


def test_a_goal_that_only_one_component_names_is_known_to_all() -> None:
    problem = beside(line(60, 60), line(120, 60, needs=4))
    first = replace(problem.options[0], costs={**problem.options[0].costs, "money": 3})
    asked = replace(
        problem, options=(first, *problem.options[1:]), policy=Policy((single("unserved"), single("money")))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carematch.assignment.engine.lexicographic.APART", 0)
        patch.setattr("carematch.assignment.engine.components.LEAST", 0)
        solution = solve(asked, Limits(seconds=None, work=20.0, workers=1))
    assert solution.status == OPTIMAL
    assert solution.goal("money").value == 0
