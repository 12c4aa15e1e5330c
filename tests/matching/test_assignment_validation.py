"""A malformed problem is refused, with every fault named."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.assignment import (
    Assignment,
    Forbidden,
    Level,
    Need,
    Option,
    Pin,
    Policy,
    Problem,
    ProblemError,
    Resource,
    Supplier,
    Term,
    single,
    solve,
    validate,
)
from carematch.assignment.validate import find_faults
from tests.matching.assignment_cases import examples, line, problems

FINE = line(60, 60)
SOME = examples(60)


def faults(problem: Problem) -> set[tuple[str, str]]:
    """Code and place of each fault."""
    with pytest.raises(ProblemError) as caught:
        validate(problem)
    return {(fault.code, fault.where) for fault in caught.value.faults}


def changed(**fields: object) -> Problem:
    return msgspec.structs.replace(FINE, **fields)


def test_a_good_problem_has_no_fault() -> None:
    assert list(find_faults(FINE)) == []


def test_an_empty_problem_is_named() -> None:
    assert faults(Problem()) == {("EMPTY", "problem")}


def test_a_need_without_options_is_named() -> None:
    assert faults(changed(needs=(*FINE.needs, Need("n9")))) == {("NO_OPTIONS", "need n9")}


def test_a_resource_of_which_there_is_nothing_is_named() -> None:
    assert faults(changed(resources=(*FINE.resources, Resource("r", 0)))) == {("ZERO_CAPACITY", "resource r")}


def test_a_negative_number_of_moves_is_named() -> None:
    assert faults(changed(most_moves=-1)) == {("NEGATIVE", "most_moves")}


def test_solve_refuses_what_validate_refuses() -> None:
    with pytest.raises(ProblemError):
        solve(changed(needs=(*FINE.needs, Need("n9"))))


def test_a_need_given_twice_is_named() -> None:
    assert ("DUPLICATE", "need n0") in faults(changed(needs=(*FINE.needs, Need("n0"))))


def test_a_supplier_given_twice_is_named() -> None:
    assert ("DUPLICATE", "supplier A") in faults(changed(suppliers=(*FINE.suppliers, Supplier("A"))))


def test_a_resource_given_twice_is_named() -> None:
    twice = (*FINE.resources, Resource("A/hours", 1))
    assert ("DUPLICATE", "resource A/hours") in faults(changed(resources=twice))


def test_an_option_given_twice_is_named() -> None:
    assert ("DUPLICATE", "option n0/A") in faults(changed(options=(*FINE.options, Option("n0", "A"))))


def test_two_variants_of_one_supplier_are_no_duplicate() -> None:
    assert list(find_faults(changed(options=(*FINE.options, Option("n0", "A", variant="second line"))))) == []


def test_a_supplier_that_is_called_nobody_is_not_taken_for_none() -> None:
    pins = {"pins": (Pin("n0", None),), "forbidden": (Forbidden("n0", "nobody"),)}
    assert list(find_faults(changed(suppliers=(*FINE.suppliers, Supplier("nobody")), **pins))) == []


def test_an_empty_id_is_named() -> None:
    assert ("EMPTY_ID", "need") in faults(changed(needs=(*FINE.needs, Need(""))))


def test_an_option_of_an_unknown_need_is_named() -> None:
    assert ("UNKNOWN", "option x/A") in faults(changed(options=(Option("x", "A"),)))


def test_an_option_of_an_unknown_supplier_is_named() -> None:
    assert ("UNKNOWN", "option n0/X") in faults(changed(options=(Option("n0", "X"),)))


def test_the_use_of_an_unknown_resource_is_named() -> None:
    assert ("UNKNOWN", "option n0/A") in faults(changed(options=(Option("n0", "A", {"x": 1}),)))


def test_a_resource_of_an_unknown_supplier_is_named() -> None:
    assert ("UNKNOWN", "resource r") in faults(changed(resources=(*FINE.resources, Resource("r", 1, "X"))))


@pytest.mark.parametrize("goal", ["unserved", "continuity", "balance", "share", "farthest"])
def test_a_cost_under_the_name_of_another_kind_of_goal_is_named(goal: str) -> None:
    option = Option("n0", "A", costs={goal: 1})
    assert ("RESERVED", "option n0/A") in faults(changed(options=(option,)))


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"needs": (*FINE.needs, Need("n9", -1))}, "need n9"),
        ({"resources": (*FINE.resources, Resource("r", -1))}, "resource r"),
        ({"options": (Option("n0", "A", {"A/hours": -1}),)}, "option n0/A"),
        ({"options": (Option("n0", "A", costs={"travel": -1}),)}, "option n0/A"),
        ({"policy": Policy((single("unserved", -1),))}, "policy"),
        ({"policy": Policy((Level((Term("unserved", 0),)),))}, "policy"),
    ],
)
def test_a_negative_number_is_named(fields: dict[str, object], where: str) -> None:
    assert ("NEGATIVE", where) in faults(changed(**fields))


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"needs": (*FINE.needs, Need("n9", 2**53 + 1))}, "need n9"),
        ({"resources": (*FINE.resources, Resource("r", 2**53 + 1))}, "resource r"),
        ({"options": tuple(Option("n0", s, {"A/hours": 2**53}) for s in "AB")}, "resource A/hours"),
        ({"options": tuple(Option("n0", s, costs={"travel": 2**53}) for s in "AB")}, "goal travel"),
        ({"needs": (*FINE.needs, Need("n8", 2**53), Need("n9", 2**53))}, "goal unserved"),
    ],
)
def test_numbers_that_would_overflow_are_named(fields: dict[str, object], where: str) -> None:
    assert ("TOO_LARGE", where) in faults(changed(**fields))


def test_a_large_number_and_a_negative_one_that_cancel_out_are_both_named() -> None:
    options = (Option("n0", "A", {"A/hours": 2**60}), Option("n0", "B", {"A/hours": -(2**60)}))
    found = faults(changed(options=options))
    assert {("TOO_LARGE", "option n0/A"), ("NEGATIVE", "option n0/B")} <= found


def test_a_large_number_of_an_option_is_named_where_it_stands() -> None:
    found = faults(changed(options=(*FINE.options[1:], Option("n0", "A", {"A/hours": 2**53 + 1}))))
    assert found == {("TOO_LARGE", "option n0/A"), ("TOO_LARGE", "resource A/hours")}


def test_weights_that_overflow_are_named_beside_a_negative_one() -> None:
    heavy = (Need("n7", 2**53), Need("n8", 2**53), Need("n9", -(2**54)))
    assert ("TOO_LARGE", "goal unserved") in faults(changed(needs=(*FINE.needs, *heavy)))


def test_weights_whose_shares_would_overflow_are_named() -> None:
    policy = Policy((single("share"),))
    assert ("TOO_LARGE", "goal share") in faults(changed(needs=(*FINE.needs, Need("n9", 2**50)), policy=policy))


def test_more_moves_than_can_be_counted_are_named() -> None:
    assert faults(changed(most_moves=2**53 + 1)) == {("TOO_LARGE", "most_moves")}


def test_the_most_that_numbers_may_be_is_no_fault() -> None:
    assert list(find_faults(changed(most_moves=2**53))) == []
    assert list(find_faults(changed(resources=(*FINE.resources, Resource("r", 2**53))))) == []
    assert list(find_faults(changed(needs=(*FINE.needs[1:], Need("n0", 2**53 - 2))))) == []


def test_a_slack_of_more_than_a_thousand_times_the_value_is_named() -> None:
    assert list(find_faults(changed(policy=Policy((single("travel", 10**6),))))) == []
    assert faults(changed(policy=Policy((single("travel", 10**6 + 1),)))) == {("TOO_LARGE", "policy")}


#: The largest that each goal can be in FINE with two needs in force and ways of 4,500 m in all.
LARGEST_VALUES = {"unserved": 3, "travel": 906, "continuity": 2, "balance": 1000, "share": 3000, "farthest": 4500}


@pytest.mark.parametrize(("goal", "most"), LARGEST_VALUES.items())
def test_a_weight_with_which_a_goal_would_overflow_is_named(goal: str, most: int) -> None:
    options = tuple(msgspec.structs.replace(o, costs={**o.costs, "distance": 750}) for o in FINE.options)
    lived = (Assignment("n0", "A"), Assignment("n1", "B"))
    policies = [Policy((Level((Term(goal, 2**53 // most + more),)),)) for more in (0, 1)]
    fine, wrong = (changed(options=options, in_force=lived, policy=policy) for policy in policies)
    assert list(find_faults(fine)) == []
    assert faults(wrong) == {("TOO_LARGE", "level 1")}


def test_the_weight_of_a_goal_that_costs_nothing_is_limited_too() -> None:
    assert faults(changed(policy=Policy((Level((Term("cost", 2**53 + 1),)),)))) == {("TOO_LARGE", "level 1")}


def test_sums_that_overflow_are_named_though_the_policy_does_not() -> None:
    policy = Policy((single("travel"),))
    dear = tuple(msgspec.structs.replace(o, costs={"fee": 2**52}) for o in FINE.options)
    assert faults(changed(options=dear, policy=policy)) == {("TOO_LARGE", "goal fee")}
    needs = (*FINE.needs[1:], Need("n0", 2**53))
    assert faults(changed(needs=needs, policy=policy)) == {("TOO_LARGE", "goal unserved")}


def test_weights_with_which_only_the_whole_level_would_overflow_are_named() -> None:
    alone = Level((Term("travel", 2**53 // 906),)), Level((Term("balance", 2**53 // 1000),))
    assert list(find_faults(changed(policy=Policy(alone)))) == []
    together = Level((*alone[0].terms, *alone[1].terms))
    assert faults(changed(policy=Policy((single("unserved"), together)))) == {("TOO_LARGE", "level 2")}


def test_a_pin_of_an_unknown_need_is_named() -> None:
    assert ("UNKNOWN", "pin x") in faults(changed(pins=(Pin("x", "A"),)))


def test_a_pin_to_an_unknown_supplier_is_named() -> None:
    assert ("UNKNOWN", "pin n0") in faults(changed(pins=(Pin("n0", "X"),)))


def test_a_forbidden_pair_of_unknown_ids_is_named() -> None:
    assert ("UNKNOWN", "forbidden pair x") in faults(changed(forbidden=(Forbidden("x", "X"),)))


def test_a_plan_in_force_with_unknown_ids_is_named() -> None:
    assert ("UNKNOWN", "plan in force x") in faults(changed(in_force=(Assignment("x", "A"),)))


def test_a_plan_in_force_that_serves_twice_is_named() -> None:
    twice = (Assignment("n0", "A"), Assignment("n0", "B"))
    assert ("DUPLICATE", "plan in force n0") in faults(changed(in_force=twice))


def test_pins_of_one_need_to_two_suppliers_are_named() -> None:
    assert ("CONTRADICTION", "pin n0") in faults(changed(pins=(Pin("n0", "A"), Pin("n0", "B"))))


def test_a_pin_to_a_supplier_and_to_nobody_is_named() -> None:
    assert ("CONTRADICTION", "pin n0") in faults(changed(pins=(Pin("n0", "A"), Pin("n0", None))))


def test_pins_of_one_need_that_differ_are_told_with_all_their_suppliers() -> None:
    assert list(find_faults(changed(pins=(Pin("n0", "A"), Pin("n0", "A"))))) == []
    problem = changed(pins=(Pin("n0", "B"), Pin("n0", None), Pin("n0", "A")))
    assert [fault.sentence for fault in find_faults(problem)] == ["The need n0 is pinned to A and B and nobody."]


def test_a_pin_on_a_forbidden_pair_is_named() -> None:
    problem = changed(pins=(Pin("n0", "A"),), forbidden=(Forbidden("n0", "A"),))
    assert ("CONTRADICTION", "pin n0") in faults(problem)


def test_a_goal_that_nobody_knows_is_named() -> None:
    assert ("UNKNOWN", "policy") in faults(changed(policy=Policy((single("beauty"),))))


def test_a_goal_named_twice_is_named() -> None:
    assert ("DUPLICATE", "policy") in faults(changed(policy=Policy((single("travel"), single("travel")))))


def test_a_policy_without_goals_is_named() -> None:
    assert ("EMPTY_POLICY", "policy") in faults(changed(policy=Policy(())))
    assert ("EMPTY_POLICY", "policy") in faults(changed(policy=Policy((Level(()),))))


def test_every_fault_is_listed_not_only_the_first() -> None:
    problem = changed(
        needs=(*FINE.needs, Need("n0", -1)), options=(Option("x", "Y", {"z": -1}),), pins=(Pin("p", "q"),)
    )
    assert len(faults(problem)) >= 5


@given(problems(moves=True), st.data())
@SOME
def test_a_random_problem_passes_and_with_a_fault_of_each_kind_every_one_is_listed(
    problem: Problem, data: st.DataObject
) -> None:
    validate(problem)
    place = data.draw(st.integers(0, len(problem.options)))
    option = Option("nobody", "no supplier", {"nothing": -1}, {"share": 2**60})
    broken = msgspec.structs.replace(
        problem,
        needs=(*problem.needs, Need("lonely"), Need("negative", -1)),
        resources=(*problem.resources, Resource("empty", 0)),
        options=(*problem.options[:place], option, *problem.options[place:], problem.options[0]),
        most_moves=-1,
    )
    assert {
        ("UNKNOWN", "option nobody/no supplier"),
        ("NEGATIVE", "option nobody/no supplier"),
        ("TOO_LARGE", "option nobody/no supplier"),
        ("RESERVED", "option nobody/no supplier"),
        ("NO_OPTIONS", "need lonely"),
        ("NEGATIVE", "need negative"),
        ("ZERO_CAPACITY", "resource empty"),
        ("NEGATIVE", "most_moves"),
        ("DUPLICATE", "option " + "/".join(part for part in problem.options[0].key() if part)),
    } <= faults(broken)
