"""Files of generalised assignment: read, refused, solved and counted."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.assignment import validate
from carematch.bench.families import KINDS, gap_instance
from carematch.bench.gap import Instance, cost_of, problem_of, read_instance, write_instance
from carematch.bench.peers import cp_sat
from carematch.bench.plain import plain_model
from carematch.bench.recording import Point

TWO_BY_THREE = b"2 3\n 1 2 3\n 4 5 6\n 7 8 9\n 1 1 1\n 10 2\n"


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    agents, jobs = draw(st.integers(1, 3)), draw(st.integers(1, 5))
    rows = st.tuples(*[st.integers(0, 9)] * jobs)
    return Instance(
        draw(st.tuples(*[rows] * agents)),
        draw(st.tuples(*[rows] * agents)),
        draw(st.tuples(*[st.integers(0, 25)] * agents)),
    )


def test_costs_come_before_uses_and_both_go_agent_by_agent() -> None:
    instance = read_instance(TWO_BY_THREE)
    assert instance == Instance(((1, 2, 3), (4, 5, 6)), ((7, 8, 9), (1, 1, 1)), (10, 2))
    assert (instance.agents, instance.jobs) == (2, 3)


@given(instances())
def test_what_is_written_is_read_again(instance: Instance) -> None:
    assert read_instance(write_instance(instance)) == instance


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"", "begin with the numbers"),
        (b"2", "begin with the numbers"),
        (b"0 3", "an agent and a job"),
        (TWO_BY_THREE[:-3], "take 16 numbers, and there are 15"),
        (TWO_BY_THREE + b"4", "take 16 numbers, and there are 17"),
        (TWO_BY_THREE.replace(b"10", b"-10"), "-10 is negative"),
        (TWO_BY_THREE.replace(b"10", b"10.0"), "10.0 is not an integer"),
        (TWO_BY_THREE.replace(b"10", b"1_0"), "1_0 is not an integer"),
        (TWO_BY_THREE.replace(b"10", b"nan"), "nan is not an integer"),
        (TWO_BY_THREE.replace(b"10", b"1" * 30), "is too large"),
        (b"\xff\xfe\x00", "is not an integer"),
        (b"99999999 99999999 1", "and there are 3"),
    ],
)
def test_a_broken_file_is_refused_with_what_is_wrong(raw: bytes, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_instance(raw)


def test_a_job_has_an_option_at_every_agent_and_no_resource_is_empty() -> None:
    problem = problem_of(read_instance(TWO_BY_THREE))
    validate(problem)
    assert [option.key() for option in problem.options][:2] == [("j00000", "a0000", ""), ("j00000", "a0001", "")]
    assert len(problem.options) == 6
    assert problem.options[5].costs == {"cost": 6} and problem.options[5].usage == {"a0001/units": 1}
    assert problem.policy.goals() == ("unserved", "cost")


def test_an_agent_without_capacity_can_only_take_what_uses_nothing() -> None:
    problem = problem_of(Instance(((1, 1), (2, 2)), ((0, 1), (3, 3)), (0, 9)))
    validate(problem)
    assert [(option.need, option.supplier) for option in problem.options] == [
        ("j00000", "a0000"),
        ("j00000", "a0001"),
        ("j00001", "a0001"),
    ]


def test_a_job_that_fits_nobody_is_named() -> None:
    with pytest.raises(ValueError, match="Job 1 fits no agent"):
        problem_of(Instance(((1, 1),), ((2, 9),), (8,)))


@pytest.mark.parametrize("plan", [[0, 0, 1], [0, 1, None], [0, 1], [0, 1, 2], [0, 1, -1]])
def test_a_plan_that_breaks_the_instance_costs_nothing_at_all(plan: list[int | None]) -> None:
    assert cost_of(read_instance(TWO_BY_THREE), plan) is None


def test_a_plan_costs_what_its_pairs_cost() -> None:
    assert cost_of(read_instance(TWO_BY_THREE), [0, 1, 1]) == 1 + 5 + 6


@given(instances())
def test_the_problem_has_the_same_optimum_as_the_file(instance: Instance) -> None:
    plans = itertools.product(range(instance.agents), repeat=instance.jobs)
    best = min((cost for plan in plans if (cost := cost_of(instance, plan)) is not None), default=None)
    try:
        problem = problem_of(instance)
    except ValueError:
        assert best is None
        return
    found: list[Point] = []
    cp_sat(plain_model(problem, all_served=True), 10.0, 1, 1, found.append)
    assert (found[-1].value if found else None) == best


@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_instance_is_the_same_for_the_same_seed(kind: str) -> None:
    assert gap_instance(kind, 4, 20, 3) == gap_instance(kind, 4, 20, 3) != gap_instance(kind, 4, 20, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_capacities_are_four_fifths_of_an_even_share(kind: str) -> None:
    instance = gap_instance(kind, 5, 60, 1)
    assert all(
        5 * capacity <= 0.8 * sum(row) < 5 * (capacity + 1)
        for capacity, row in zip(instance.capacities, instance.uses, strict=True)
    )


def test_the_families_have_the_published_ranges() -> None:
    def pairs(kind: str) -> list[tuple[int, int]]:
        instance = gap_instance(kind, 10, 300, 2)
        return [
            pair
            for uses, costs in zip(instance.uses, instance.costs, strict=True)
            for pair in zip(uses, costs, strict=True)
        ]

    c, d, e = (pairs(kind) for kind in KINDS)
    assert {use for use, _ in c} == set(range(5, 26)) and {cost for _, cost in c} == set(range(10, 51))
    assert {use for use, _ in d} == set(range(1, 101)) and {use + cost for use, cost in d} == set(range(101, 122))
    assert min(use for use, _ in e) == 1 and max(use for use, _ in e) > 50
    assert all(0 <= cost <= 1000 / use and cost > 1000 / use - 11 for use, cost in e)


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="one of C, D, E"):
        gap_instance("F", 2, 2, 1)
