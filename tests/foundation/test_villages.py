"""The villages of a township, and points as they are typed."""

from decimal import Decimal

import pytest

from shangmen import database
from shangmen.errors import Conflict, NotFound, Refused, Stale
from shangmen.foundation.regions import gazetteer, points
from shangmen.foundation.regions.coordinates import ReferenceSystem
from shangmen.foundation.regions.events import DivisionReplaced
from shangmen.foundation.regions.points import Meant
from shangmen.foundation.regions.states import PositionSource
from shangmen.foundation.villages import actions, effects, queries
from shangmen.foundation.villages.forms import VillageForm
from tests.cast import Cast
from tests.conftest import OpenBrowser

TONGXIN = points.County("同心县", gazetteer.outline("640324"))


def form(township: int, name: str = "石塘村", **more: object) -> VillageForm:
    return VillageForm(township=township, name=name, **more)  # type: ignore[arg-type]  # fields by name


async def test_a_village_is_noted_once_a_township_under_its_bare_name(cast: Cast) -> None:
    id = await actions.note(cast.bureau, form(cast.township_a, " 石塘村委会"))
    (row,) = await queries.villages(cast.bureau, cast.township_a)
    assert (row.id, row.name, row.latitude) == (id, "石塘村", None)
    with pytest.raises(Refused, match="of this name"):
        await actions.note(cast.bureau, form(cast.township_a))
    other = await actions.note(cast.bureau, form(cast.township_b))
    assert other != id


async def test_a_group_of_a_village_is_no_village(cast: Cast) -> None:
    with pytest.raises(Refused, match="without its groups"):
        await actions.note(cast.bureau, form(cast.township_a, "石塘村3组"))


async def test_a_station_notes_the_villages_of_its_own_townships(cast: Cast) -> None:
    await actions.note(cast.station_a, form(cast.township_a))
    with pytest.raises(Refused):
        await actions.note(cast.station_a, form(cast.township_b))
    with pytest.raises(Refused):
        await actions.note(cast.stranger, form(cast.township_a))


async def test_a_stranger_sees_no_village(cast: Cast) -> None:
    id = await actions.note(cast.bureau, form(cast.township_a))
    assert await queries.villages(cast.stranger) == []
    with pytest.raises(NotFound):
        await actions.correct(cast.stranger, id, form(cast.township_a, "改名村"))


async def test_a_point_of_gcj02_is_kept_in_wgs84(cast: Cast) -> None:
    await actions.note(
        cast.bureau,
        form(cast.township_a, latitude=Decimal("36.98"), longitude=Decimal("105.92"), system=ReferenceSystem.GCJ02),
    )
    (row,) = await queries.villages(cast.bureau, cast.township_a)
    assert row.position_source is PositionSource.GCJ02
    assert row.longitude is not None and abs(row.longitude - Decimal("105.92")) > Decimal("0.002")


async def test_a_village_that_was_merged_is_closed_and_chosen_no_more(cast: Cast) -> None:
    id = await actions.note(cast.bureau, form(cast.township_a))
    (before,) = await queries.villages(cast.bureau, cast.township_a)
    await actions.correct(cast.bureau, id, form(cast.township_a, closed=True, version=before.version))
    assert await queries.villages(cast.bureau, cast.township_a) == []
    assert [row.id for row in await queries.villages(cast.bureau, cast.township_a, closed=True)] == [id]
    with pytest.raises(Stale):
        await actions.correct(cast.bureau, id, form(cast.township_a, version=before.version))
    with pytest.raises(Conflict):
        await actions.correct(cast.bureau, id, form(cast.township_b))


async def test_a_village_is_not_deleted_by_hand(cast: Cast) -> None:
    await actions.note(cast.bureau, form(cast.township_a))
    async with database.transaction(cast.bureau):
        assert await database.execute("DELETE FROM village") == 0


def test_swapped_coordinates_are_asked_about_and_swapped_on_wish() -> None:
    with pytest.raises(Refused, match="swapped") as asked:
        points.placed(105.914, 36.981, county=TONGXIN)
    assert asked.value.parameters == {"latitude": 36.981, "longitude": 105.914}
    point = points.placed(105.914, 36.981, county=TONGXIN, meant=Meant.SWAP)
    assert point == points.Point(Decimal("36.981000"), Decimal("105.914000"), PositionSource.SURVEYED)


def test_a_point_outside_the_county_is_asked_about_and_kept_on_wish() -> None:
    with pytest.raises(Refused, match="outside"):
        points.placed(38.474, 106.289, county=TONGXIN)
    assert points.placed(38.474, 106.289, county=TONGXIN, meant=Meant.KEEP) is not None


@pytest.mark.parametrize(("north", "east"), [(0.0, 0.0), (36.98, -105.9), (float("nan"), 105.9), (36.98, 1059.0)])
def test_what_is_no_point_of_china_is_refused_whatever_is_meant(north: float, east: float) -> None:
    for meant in Meant:
        with pytest.raises(Refused):
            points.placed(north, east, county=TONGXIN, meant=meant)


def test_half_a_point_is_refused_and_none_is_none() -> None:
    assert points.placed(None, None) is None
    with pytest.raises(Refused) as half:
        points.placed(36.98, None)
    assert half.value.field == "longitude"


def test_just_over_the_simplified_border_is_not_asked_about() -> None:
    seat = (36.981, 105.914)
    assert TONGXIN.metres_outside(*seat) == 0
    assert TONGXIN.metres_outside(38.474, 106.289) > 100_000


async def test_an_officer_notes_and_corrects_a_village_on_its_pages(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    fields = {"township": str(cast.township_a), "name": "石塘村", "latitude": "106.01", "longitude": "37.01"}
    asked = await visitor.post("/villages", fields)
    assert (asked.status_code, "对调" in asked.text) == (422, True)
    assert (await visitor.post("/villages", fields | {"meant": "swap"})).status_code == 303
    (row,) = await queries.villages(cast.bureau)
    assert (row.latitude, row.longitude) == (Decimal("37.010000"), Decimal("106.010000"))
    assert "石塘村" in (await visitor.get(f"/villages?township={cast.township_a}")).text
    fields = {"township": str(cast.township_a), "name": "石塘新村", "version": str(row.version)}
    assert (await visitor.post(f"/villages/{row.id}", fields)).status_code == 303
    assert (await visitor.post(f"/villages/{row.id}", fields | {"name": "石塘老村"})).status_code == 409
    stranger = await browser(cast.stranger)
    assert (await stranger.get(f"/villages/{row.id}")).status_code == 404
    assert "石塘" not in (await stranger.get("/villages")).text


async def test_villages_follow_their_township_to_its_new_code(cast: Cast) -> None:
    id = await actions.note(cast.bureau, form(cast.township_a))
    async with database.transaction(cast.administrator):
        await effects.on_division_replaced(cast.administrator, DivisionReplaced(cast.township_a, cast.township_b))
    assert [(row.id, row.township) for row in await queries.villages(cast.bureau)] == [(id, cast.township_b)]
