"""Scales, weights, windows, names, coordinates: the pure parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs import phrases, priority, windows
from shangmen.demand.needs.assessments import scales
from shangmen.demand.recipients.states import Living, PersonGroup
from shangmen.errors import Faults, Refused
from shangmen.foundation import names
from shangmen.foundation.regions import coordinates


def six(failed: int) -> dict[str, int]:
    return {item: int(index < failed) for index, item in enumerate(scales.SIX_ITEMS)}


@pytest.mark.parametrize(
    ("failed", "level"), [(0, "SELF"), (1, "PARTIAL"), (3, "PARTIAL"), (4, "TOTAL"), (6, "TOTAL")]
)
async def test_the_six_items_decide_the_class(failed: int, level: str) -> None:
    assert scales.six_item(six(failed)) == scales.Result(failed, AbilityLevel(level))


def sheet(total: int, **more: int) -> dict[str, int]:
    """A GB/T 42195 sheet with this many points."""
    scores: dict[str, int] = {}
    for item, most in scales.GBT_ITEMS.items():
        scores[item] = min(most, total - sum(scores.values()))
    return {**scores, **more}


async def test_the_standard_has_26_items_of_90_points_in_four_groups() -> None:
    assert len(scales.GBT_ITEMS) == 26  # a name used in two groups would lose points
    sums = {name: sum(group.values()) for name, group in scales.GBT_GROUPS.items()}
    assert sums == {"self_care": 32, "movement": 15, "mind": 28, "senses": 15}


@pytest.mark.parametrize(
    ("total", "level"),
    [
        (90, "INTACT"),
        (89, "MILD"),
        (66, "MILD"),
        (65, "MODERATE"),
        (46, "MODERATE"),
        (45, "SEVERE"),
        (30, "SEVERE"),
        (29, "COMPLETE"),
        (0, "COMPLETE"),
    ],
)
async def test_the_points_decide_the_level(total: int, level: str) -> None:
    assert scales.gbt42195(sheet(total)) == scales.Result(total, AbilityLevel(level))


@pytest.mark.parametrize(
    ("total", "more", "level"),
    [
        (90, {"mental_disorder": 1}, "MILD"),
        (66, {"risk_events": 2}, "MODERATE"),
        (66, {"risk_events": 1}, "MILD"),
        (66, {"risk_events": 2, "mental_disorder": 1}, "SEVERE"),
        (30, {"risk_events": 5, "mental_disorder": 1}, "COMPLETE"),
        (0, {"mental_disorder": 1}, "COMPLETE"),
        (90, {"coma": 1}, "COMPLETE"),
    ],
)
async def test_disorder_and_risk_lower_the_level_and_a_coma_is_complete(
    total: int, more: dict[str, int], level: str
) -> None:
    assert scales.gbt42195(sheet(total, **more)).level == level


async def test_a_missing_or_impossible_answer_is_named() -> None:
    with pytest.raises(Faults) as refused:
        scales.gbt42195({**sheet(90), "stairs": 4})
    assert set(refused.value.faults) == {"stairs"}
    with pytest.raises(Faults) as refused:
        scales.six_item({"eating": 0})
    assert set(refused.value.faults) == set(scales.SIX_ITEMS) - {"eating"}


async def test_a_guardianship_gap_outweighs_the_rest_of_a_minors_situation() -> None:
    assert scales.minor({"under_six": 1, "disability": 0, "guardianship_gap": 1}).level == "GUARDIANSHIP"
    assert scales.minor({"under_six": 1, "disability": 0, "guardianship_gap": 0}).level == "PARTIAL"
    assert scales.minor({"under_six": 0, "disability": 0, "guardianship_gap": 0}).level == "SELF"


@pytest.mark.parametrize(
    ("level", "group", "living", "weight"),
    [
        ("TOTAL", "elder", "children", 8),
        ("SEVERE", "elder", "alone", 8),
        ("COMPLETE", "elder", "alone", 8),
        ("PARTIAL", "disabled", "alone", 4),
        ("MODERATE", "elder", "spouse", 4),
        ("SELF", "minor", "relatives", 4),
        (None, "minor", "relatives", 4),
        ("SELF", "elder", "alone", 2),
        ("SELF", "elder", "spouse", 1),
        (None, "elder", "spouse", 1),
    ],
)
async def test_the_level_decides_the_weight(level: str | None, group: str, living: str, weight: int) -> None:
    assert priority.weight(AbilityLevel(level) if level else None, PersonGroup(group), Living(living)) == weight


async def test_typed_windows_spread_over_their_days() -> None:
    assert windows.typed(["weekdays", "", "6"], ["8:00", "", "09:30"], ["12:00", "", "11：00"]) == [
        *((day, 480, 720) for day in range(5)),
        (6, 570, 660),
    ]


@pytest.mark.parametrize(
    ("day", "first", "last"), [("1", "8", "12:00"), ("9", "08:00", "12:00"), ("1", "", ""), ("1", "24:30", "24:00")]
)
async def test_windows_that_make_no_sense_are_refused(day: str, first: str, last: str) -> None:
    with pytest.raises(Refused):
        windows.typed([day], [first], [last])


async def test_a_window_must_hold_a_visit() -> None:
    with pytest.raises(Refused):
        windows.check([(0, 480, 520)], 60)
    with pytest.raises(Refused):
        windows.check([(0, 520, 480)], 5)
    assert windows.check([(1, 480, 540), (0, 480, 540)], 60) == [(0, 480, 540), (1, 480, 540)]


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("曾小兰", "zengxiaolan", "zxl"),
        ("单雄", "shanxiong", "sx"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("马阿西娅", "maaxiya", "maxy"),
        ("阿依·古丽", "ayiguli", "aygl"),
    ],
)
async def test_names_read_as_people_type_them(name: str, full: str, initials: str) -> None:
    assert names.pinyin(name) == (full, initials)


@given(st.floats(35.0, 39.5), st.floats(104.0, 108.0))
async def test_gcj02_and_back_moves_less_than_a_tenth_of_a_metre(latitude: float, longitude: float) -> None:
    north, east = coordinates.gcj02_to_wgs84(*coordinates.wgs84_to_gcj02(latitude, longitude))
    assert abs(north - latitude) < 1e-6
    assert abs(east - longitude) < 1e-6


async def test_the_shift_is_that_of_the_published_vectors() -> None:
    # 天安门: WGS-84 39.907375, 116.391349 appears on 高德 near 39.908778, 116.397591 (own computation, ± 2 m).
    north, east = coordinates.wgs84_to_gcj02(39.907375, 116.391349)
    assert abs(north - 39.908778) < 2e-5
    assert abs(east - 116.397591) < 2e-5
    north, east = coordinates.to_wgs84(coordinates.ReferenceSystem.BD09, 39.915, 116.404)
    assert abs(north - 39.9072) < 2e-3
    assert abs(east - 116.3913) < 2e-3


def test_every_point_of_every_item_is_told_in_words() -> None:
    for item, most in scales.GBT_ITEMS.items():
        told = phrases.points(item, most)
        assert [value for value, _word in told] == [str(value) for value in range(most, -1, -1)]
        assert len({word for _value, word in told}) == most + 1
