"""Distance and travel time between places."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.travel import (
    LOESS_HILLS,
    PLAIN,
    UNKNOWN,
    DetourModel,
    MatrixModel,
    Place,
    TravelFallbackWarning,
    TravelModel,
    UnknownLeg,
    straight_metres,
)

YINCHUAN = Place.from_degrees(38.4872, 106.2309, "yinchuan")
TONGXIN = Place.from_degrees(36.9806, 105.9144, "tongxin")
places = st.builds(Place, st.integers(35_000_000, 40_000_000), st.integers(104_000_000, 108_000_000))


def a_matrix(**changes: object) -> MatrixModel:
    values: dict[str, Any] = {
        "source": "survey 2026",
        "ids": ("yinchuan", "tongxin"),
        "metre_rows": ((0, 210_000), (215_000, 0)),
        "minute_rows": ((0, 150), (155, 0)),
    }
    return MatrixModel(**{**values, **changes})


def test_a_degree_of_latitude_is_111_195_metres_on_the_mean_sphere() -> None:
    assert round(straight_metres(Place(36_000_000, 106_000_000), Place(37_000_000, 106_000_000))) == 111_195


def test_a_degree_of_longitude_shrinks_with_the_cosine_of_the_latitude() -> None:
    at_equator = straight_metres(Place(0, 0), Place(0, 1_000_000))
    at_sixty = straight_metres(Place(60_000_000, 0), Place(60_000_000, 1_000_000))
    assert at_sixty / at_equator == pytest.approx(0.5, abs=1e-4)


def test_places_on_opposite_sides_of_the_earth_are_half_a_circumference_apart() -> None:
    assert round(straight_metres(Place(0, 0), Place(0, 180_000_000)) / 1000) == 20_015


@given(places, places)
def test_the_detour_model_is_the_same_both_ways(a: Place, b: Place) -> None:
    assert (PLAIN.metres(a, b), PLAIN.minutes(a, b)) == (PLAIN.metres(b, a), PLAIN.minutes(b, a))


@given(places, places, places)
def test_a_way_round_is_never_much_shorter_than_the_direct_way(a: Place, b: Place, c: Place) -> None:
    assert PLAIN.metres(a, c) <= PLAIN.metres(a, b) + PLAIN.metres(b, c) + 2


def test_the_road_is_the_straight_line_times_the_detour_factor() -> None:
    straight = straight_metres(YINCHUAN, TONGXIN)
    assert DetourModel(1.7, 32).metres(YINCHUAN, TONGXIN) == round(straight * 1.7)


def test_driving_minutes_are_rounded_up_and_access_is_added_once() -> None:
    a, b = Place(36_000_000, 106_000_000), Place(36_009_000, 106_000_000)
    assert DetourModel(1.0, 60).metres(a, b) == 1001
    assert DetourModel(1.0, 60).minutes(a, b) == 2
    assert DetourModel(1.0, 60, 5).minutes(a, b) == 7


def test_staying_where_one_is_takes_no_time() -> None:
    assert LOESS_HILLS.minutes(TONGXIN, TONGXIN) == 0


def test_the_loess_hills_take_longer_than_the_plain() -> None:
    assert LOESS_HILLS.minutes(YINCHUAN, TONGXIN) > PLAIN.minutes(YINCHUAN, TONGXIN)


def test_distances_and_times_are_whole_numbers() -> None:
    assert type(PLAIN.metres(YINCHUAN, TONGXIN)) is int
    assert type(PLAIN.minutes(YINCHUAN, TONGXIN)) is int


def test_the_name_says_the_parameters() -> None:
    assert PLAIN.name == "straight line × 1.25 at 50 km/h + 5 min"


@pytest.mark.parametrize("parameters", [(0.9, 50, 0), (float("nan"), 50, 0), (1.2, 0, 0), (1.2, 50, -1)])
def test_impossible_parameters_are_refused(parameters: tuple[float, int, int]) -> None:
    with pytest.raises(ValueError):
        DetourModel(*parameters)


def test_degrees_given_instead_of_micro_degrees_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="micro-degrees"):
        Place(91_000_000, 0)


def test_the_matrix_answers_by_id_and_direction() -> None:
    model = a_matrix()
    assert (model.metres(YINCHUAN, TONGXIN), model.minutes(TONGXIN, YINCHUAN)) == (210_000, 155)


def test_the_matrix_without_fallback_raises_for_an_unknown_place() -> None:
    with pytest.raises(UnknownLeg, match="nowhere"):
        a_matrix().minutes(YINCHUAN, Place(0, 0, "nowhere"))


def test_the_matrix_falls_back_with_a_warning_and_remembers_the_pair() -> None:
    model = a_matrix(fallback=PLAIN)
    somewhere = Place(37_000_000, 106_000_000)
    with pytest.warns(TravelFallbackWarning, match="straight line"):
        assert model.minutes(YINCHUAN, somewhere) == PLAIN.minutes(YINCHUAN, somewhere)
    assert model.missing == (("yinchuan", "37000000,106000000"),)


def test_a_hole_in_the_matrix_falls_back_too() -> None:
    model = a_matrix(metre_rows=((0, UNKNOWN), (1, 0)), fallback=PLAIN)
    with pytest.warns(TravelFallbackWarning):
        assert model.metres(YINCHUAN, TONGXIN) == PLAIN.metres(YINCHUAN, TONGXIN)


def test_the_matrix_names_its_source_and_its_fallback() -> None:
    assert a_matrix(fallback=PLAIN).name == f"matrix survey 2026 (2 places), otherwise {PLAIN.name}"


@pytest.mark.parametrize(
    "changes",
    [{"metre_rows": ((0,),)}, {"minute_rows": ((0, -2), (1, 0))}, {"ids": ("yinchuan", "yinchuan")}],
)
def test_a_crooked_matrix_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        a_matrix(**changes)


def test_both_models_keep_the_protocol() -> None:
    assert isinstance(PLAIN, TravelModel)
    assert isinstance(a_matrix(), TravelModel)
