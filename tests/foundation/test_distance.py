"""Straight distances between positions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from carematch.travel import Place, straight_metres
from shangmen.foundation.regions import distance

SOMEWHERE = some.tuples(some.integers(18_000_000, 53_000_000), some.integers(74_000_000, 134_000_000))


async def test_a_degree_of_latitude_is_111_195_metres() -> None:
    assert round(distance.metres(36, 106, 37, 106)) == round(distance.METRES_A_DEGREE) == 111_195


async def test_decimals_from_the_database_are_as_far_apart_as_floats() -> None:
    there = distance.metres(Decimal("36.1"), Decimal("106.2"), Decimal("36.3"), Decimal("106.5"))
    assert there == pytest.approx(distance.metres(36.1, 106.2, 36.3, 106.5))


@given(SOMEWHERE, SOMEWHERE)
async def test_it_is_the_distance_that_plans_are_made_with(a: tuple[int, int], b: tuple[int, int]) -> None:
    own = distance.metres(a[0] / 1e6, a[1] / 1e6, b[0] / 1e6, b[1] / 1e6)
    assert own == pytest.approx(straight_metres(Place(*a), Place(*b)), abs=1)


async def test_an_offset_is_flat_and_agrees_with_the_distance_near_by() -> None:
    east, north = distance.offset(36, 106, 36.01, 105.98)
    assert east < 0 < north
    assert (east**2 + north**2) ** 0.5 == pytest.approx(distance.metres(36, 106, 36.01, 105.98), rel=1e-3)
