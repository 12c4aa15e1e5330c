"""Synthetic provinces: deterministic, clustered, as tight as asked, and with a place for everybody."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.assignment import Problem, validate
from carematch.bench.peers import cp_sat
from carematch.bench.plain import plain_model
from carematch.bench.province import DETOUR, VARIANTS, _nearest, province
from carematch.bench.recording import Point


def capacity(problem: Problem, kind: str) -> int:
    return sum(resource.capacity for resource in problem.resources if resource.id.endswith(f"/{kind}"))


def first_options(problem: Problem) -> dict[str, dict[str, int]]:
    """By need, what its first option uses, by kind."""
    found: dict[str, dict[str, int]] = {}
    for option in problem.options:
        found.setdefault(option.need, {name.split("/")[1]: amount for name, amount in option.usage.items()})
    return found


@pytest.mark.parametrize("resources", VARIANTS)
def test_the_same_seed_gives_the_same_province(resources: str) -> None:
    one = province(200, 12, resources=resources, seed=5)
    assert one == province(200, 12, resources=resources, seed=5) != province(200, 12, resources=resources, seed=6)


@pytest.mark.parametrize("resources", VARIANTS)
def test_a_province_is_a_valid_problem_of_the_size_asked_for(resources: str) -> None:
    problem = province(300, 20, resources=resources, counties=2)
    validate(problem)
    assert (len(problem.needs), len(problem.suppliers), len(problem.options)) == (300, 20, 2400)
    assert len(problem.resources) == 20 * len(VARIANTS[resources])
    assert set(Counter(option.need for option in problem.options).values()) == {8}


@given(st.integers(1, 1000), st.sampled_from(sorted(VARIANTS)), st.integers(1, 3))
def test_everybody_can_be_served(seed: int, resources: str, counties: int) -> None:
    problem = province(40, 9, resources=resources, seed=seed, counties=counties, options=3)
    found: list[Point] = []
    cp_sat(plain_model(problem, all_served=True), 20.0, 1, 1, found.append)
    assert found and found[-1].value is not None


@given(st.integers(1, 1000), st.integers(50, 100))
def test_demand_is_the_asked_share_of_the_capacity(seed: int, percent: int) -> None:
    problem = province(400, 10, seed=seed, tightness_percent=percent)
    demand = sum(uses["hours"] for uses in first_options(problem).values())
    idle = sum(resource.capacity == 1 for resource in problem.resources)
    assert abs(capacity(problem, "hours") - demand * 100 // percent) <= idle


def test_every_resource_is_as_tight_as_the_first() -> None:
    problem = province(2_000, 20, resources="all")
    assert capacity(problem, "caseload") == 2_000 * 100 // 96
    hours = [uses["hours"] for uses in first_options(problem).values()]
    assert capacity(problem, "hours") == sum(hours) * 100 // 96
    assert set(hours) == set(range(1, 41))


def test_hours_are_the_same_at_every_supplier_and_money_grows_with_the_way() -> None:
    problem = province(50, 10, resources="all")
    for option in problem.options:
        uses = {name.split("/")[1]: amount for name, amount in option.usage.items()}
        assert uses["hours"] == first_options(problem)[option.need]["hours"] and uses["caseload"] == 1
        assert uses["money"] == uses["hours"] * (4_000 + option.costs["travel"] * 60 // 1000)


def test_counties_share_no_supplier() -> None:
    problem = province(300, 30, counties=3)
    county = {f"s{number:02d}": number // 10 for number in range(30)}
    served_from: dict[str, set[int]] = {}
    for option in problem.options:
        served_from.setdefault(option.need, set()).add(county[option.supplier])
    assert all(len(counties) == 1 for counties in served_from.values())
    assert {next(iter(counties)) for counties in served_from.values()} == {0, 1, 2}


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 5))
def test_the_options_are_the_nearest_suppliers_nearest_first(seed: int, bases: int, towns: int) -> None:
    rng = np.random.default_rng(seed)
    where, centres = rng.uniform(0, 30_000, (bases, 2)), rng.uniform(0, 30_000, (towns, 2))
    town = np.sort(rng.integers(0, towns, 30))
    homes = centres[town] + rng.normal(0, 6_000, (30, 2))
    options = min(4, bases)
    nearest, metres = _nearest(homes, town, centres, where, options)
    for home, suppliers, ways in zip(homes, nearest.tolist(), metres.tolist(), strict=True):
        roads = [round(float(np.hypot(*(home - base))) * DETOUR) + 1 for base in where]
        ranked = sorted((way, number) for number, way in enumerate(roads))[:options]
        assert list(zip(ways, suppliers, strict=True)) == ranked


def test_what_is_equal_is_shared() -> None:
    problem = province(3_000, 30)
    costs = {id(option.costs): option.costs["travel"] for option in problem.options}
    assert len(costs) == len(set(costs.values()))
    usage = {id(option.usage): tuple(option.usage.items()) for option in problem.options}
    assert len(usage) == len(set(usage.values()))


def test_fewer_suppliers_than_options_give_as_many_options_as_there_are() -> None:
    assert len(province(10, 3).options) == 30


@pytest.mark.parametrize(
    "wrong",
    [
        {"needs": 0},
        {"suppliers": 0},
        {"options": 0},
        {"tightness_percent": 0},
        {"tightness_percent": 101},
        {"counties": 0},
        {"counties": 11},
        {"resources": "money"},
    ],
)
def test_arguments_that_make_no_province_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        province(**{"needs": 20, "suppliers": 10, **wrong})
