"""Public instances of home health care, read as days and written as published solutions."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from carematch.bench.hhc import Instance, read_instance, write_plan
from carematch.rostering.day import Span, Together, check, validate
from tests.matching.day_cases import a_plan
from tests.matching.hhc_cases import OLD, UNIFIED


def read(raw: Any) -> Instance:
    instance = read_instance(msgspec.json.encode(raw))
    validate(instance.problem)
    return instance


def test_fractions_become_whole_numbers_of_the_smallest_unit_that_holds_them() -> None:
    old = read(OLD)
    assert old.scale == 1000
    assert old.problem.travel[0][1] == 4125
    first, second, third = old.problem.visits
    assert first.services[0].duration == 2500 and first.windows == (Span(10_000, 20_000),)
    assert second.together == Together.SEQUENCE and second.distance == Span(2000, 6000)
    assert third.together == Together.SAME_MOMENT
    assert read(UNIFIED).scale == 1


def test_the_cost_of_2014_is_a_third_of_ways_and_lateness() -> None:
    instance = read(OLD)
    plan = a_plan(
        c1=[("p2", "s1", 7000), ("p1", "s1", 12_000), ("p3", "s1", 20_000)],
        c2=[("p2", "s2", 9000), ("p3", "s2", 20_000)],
    )
    report = check(instance.problem, plan)
    assert report.ok
    travel = 3 + 2 + 5 + 6 + 3 + 4 + 6
    assert report.score[0] * instance.share == pytest.approx((travel + 1 + 1) / 3)


def test_the_cost_of_the_unified_problem_is_the_sum_that_its_file_names() -> None:
    instance = read(UNIFIED)
    plan = a_plan(
        c1=[("p0", "s0", 60), ("p1", "s0", 110), (3, 180)],
        c2=[("p1", "s1", 110), ("p2", "s1", 170)],
    )
    report = check(instance.problem, plan)
    assert report.ok
    travel = 10 + 14 + 20 + 18 + 16 + 15
    wait = (110 - 60 - 30 - 14) + (180 - 130) + (170 - 150 - 16)
    idle = max(400 - (10 + 14 + 20) - 50 - 30, 270 - (18 + 16 + 15) - 65)
    assert report.values["lateness"] == 0
    assert report.score == (2 * travel + 5 * wait + 7 * idle + 8,)


def test_a_solution_is_written_in_the_published_format() -> None:
    written = msgspec.json.decode(write_plan(read(UNIFIED), a_plan(c1=[("p0", "s0", 60), (2, 180)])))
    assert written == {
        "routes": [
            {
                "caregiver_id": "c1",
                "locations": [
                    {"patient": "p0", "service": "s0", "arrival_time": 60, "departure_time": 90},
                    {"patient": "p0", "service": "lunch_break", "arrival_time": 180, "departure_time": 210},
                ],
            },
            {"caregiver_id": "c2", "locations": []},
        ]
    }


@pytest.mark.parametrize("raw", [[], {}, {**OLD, "patients": [{"id": "p"}]}, {**OLD, "central_offices": []}])
def test_a_file_of_another_kind_is_refused(raw: Any) -> None:
    with pytest.raises(ValueError, match="no instance of home health care"):
        read_instance(msgspec.json.encode(raw))


def test_a_part_of_the_cost_that_is_unknown_is_refused() -> None:
    raw = {**UNIFIED, "metadata": {"cost_components": {"smiles": 3}}}
    with pytest.raises(ValueError, match="smiles"):
        read_instance(msgspec.json.encode(raw))
