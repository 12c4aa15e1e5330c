"""Divisions: a county from the gazetteer, codes that change, positions that say that they are made up."""

from dataclasses import replace
from datetime import date

import pytest
from shapely.geometry import Point, shape

from shangmen import access, clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound, Refused
from shangmen.foundation.regions import actions, distance, gazetteer, points, queries, synthetic_positions
from shangmen.foundation.regions.states import Level, PositionSource, Terrain
from shangmen.foundation.regions.tables import Division
from tests.cast import Cast
from tests.conftest import OpenBrowser

ON = date(2026, 1, 1)
NOBODY = access.system(purpose="set-up")


async def county(cast: Cast, code: str = "640303") -> Scope:
    """红寺堡区, loaded, as its own system sees it."""
    return replace(cast.system, counties=(await actions.load_county(NOBODY, code, ON),))


def test_the_gazetteer_knows_the_22_counties_and_their_townships() -> None:
    assert len(gazetteer.COUNTIES) == 22
    for code in gazetteer.COUNTIES:
        names = gazetteer.townships(code)
        assert len(names) >= 3, code
        assert all(len(township) == 12 and township.startswith(code) for township in names)
    assert "韦州镇" in gazetteer.townships("640324").values()


def test_an_unknown_county_is_loud() -> None:
    with pytest.raises(LookupError):
        gazetteer.townships("110101")
    with pytest.raises(LookupError):
        gazetteer.outline("999999")


@pytest.mark.parametrize("code", ["640324", "640303"])
def test_an_outline_is_small_and_holds_the_county_seat(code: str) -> None:
    outline = gazetteer.outline(code)
    seat = gazetteer.COUNTIES[code]
    assert shape(outline).buffer(0.02).contains(Point(seat.longitude, seat.latitude))
    assert len(str(outline)) < 40_000


SEAT = (37.426, 106.062)


def test_made_up_centres_lie_inside_apart_and_are_the_same_each_time() -> None:
    outline = gazetteer.outline("640303")
    centres = synthetic_positions.centres(outline, [SEAT], 4, seed=1)
    assert centres == synthetic_positions.centres(outline, [SEAT], 4, seed=1)
    assert centres != synthetic_positions.centres(outline, [SEAT], 4, seed=2)
    assert len({*centres, SEAT}) == 5
    assert all(shape(outline).buffer(0.01).contains(Point(lon, lat)) for lat, lon in centres)


def test_known_centres_are_geonames_and_the_others_keep_away_from_them() -> None:
    known = {code for county in gazetteer.COUNTIES for code in gazetteer.townships(county) if gazetteer.point(code)}
    assert len(known) == 63
    placed = actions.positions("640425")
    assert {code for code, (_at, source) in placed.items() if source is PositionSource.GEONAMES} == {
        code for code in known if code.startswith("640425")
    }
    assert set(placed) == set(gazetteer.townships("640425"))
    made = [at for at, source in placed.values() if source is PositionSource.SYNTHETIC]
    assert made and all(
        distance.metres(*at, *other) > 1000 for at in made for other, _source in placed.values() if other != at
    )


@pytest.mark.parametrize("code", sorted(gazetteer.COUNTIES))
def test_every_township_has_a_centre_in_its_county(code: str) -> None:
    county = points.County("", gazetteer.outline(code))
    placed = actions.positions(code)
    assert set(placed) == set(gazetteer.townships(code))
    assert all(county.holds(*at) for at, _source in placed.values())


def test_made_up_homes_lie_nearest_to_their_own_centre() -> None:
    outline = gazetteer.outline("640303")
    (other,) = synthetic_positions.centres(outline, [SEAT], 1, seed=1)
    own = SEAT
    homes = synthetic_positions.homes(outline, own, 30, seed=3, others=[other])
    assert len(homes) == 30
    assert all(synthetic_positions._flat(home, own) <= synthetic_positions._flat(home, other) for home in homes)


async def test_a_county_is_loaded_once_with_everything(cast: Cast) -> None:
    system = await county(cast)
    again = await actions.load_county(NOBODY, "640303", ON)
    assert again == system.counties[0]
    townships = await queries.townships(system)
    assert [row.name for row in townships] == [name for _c, name in sorted(gazetteer.townships("640303").items())]
    assert {row.position_source for row in townships} == {"SYNTHETIC", "GEONAMES"}
    whole = await queries.county(system)
    assert (whole.code, whole.position_source) == ("640303000000", "SURVEYED")
    outline = await queries.outline(system, again)
    assert outline is not None and outline["type"] in {"Polygon", "MultiPolygon"}


async def test_a_county_that_does_not_exist_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="999999"):
        await actions.load_county(NOBODY, "999999", ON)


async def test_a_changed_code_leads_both_ways_and_keeps_its_day(cast: Cast) -> None:
    async with database.transaction(cast.system):
        old = await database.add(
            Division(
                code="640324299000",
                name="旧乡",
                level=Level.TOWNSHIP,
                parent=cast.county,
                valid_from=date(2020, 1, 1),
                valid_to=date(2024, 12, 31),
                replaced_by=cast.township_a,
                position_source=PositionSource.SYNTHETIC,
                terrain=Terrain.HILLS,
            )
        )
    assert {row.id for row in await queries.lineage(cast.bureau, cast.township_a)} == {old, cast.township_a}
    assert {row.id for row in await queries.lineage(cast.bureau, old)} == {old, cast.township_a}
    assert (await queries.as_of(cast.bureau, old, date(2026, 1, 1))).id == cast.township_a
    assert old not in {row.id for row in await queries.townships(cast.bureau)}
    assert old in {row.id for row in await queries.townships(cast.bureau, date(2024, 6, 1))}


async def test_the_known_change_of_code_is_loaded_with_its_county(cast: Cast) -> None:
    (change,) = gazetteer.CHANGES
    assert change.replaced_by in gazetteer.townships("640324")
    assert change.code not in gazetteer.townships("640324")


async def test_a_replaced_township_is_listed_on_wish_and_shown_with_its_successor(
    browser: OpenBrowser, cast: Cast
) -> None:
    async with database.transaction(cast.system):
        old = await database.add(
            Division(
                code="640324299000",
                name="旧乡",
                level=Level.TOWNSHIP,
                parent=cast.county,
                valid_from=date(2020, 1, 1),
                valid_to=date(2024, 12, 31),
                replaced_by=cast.township_a,
                position_source=PositionSource.SYNTHETIC,
                terrain=Terrain.HILLS,
            )
        )
    visitor = await browser(cast.bureau)
    assert "旧乡" not in (await visitor.get("/regions")).text.split("<tbody", 1)[-1].replace("原为 旧乡", "")
    assert f'href="/regions/{old}"' in (await visitor.get("/regions?past=1")).text
    page = (await visitor.get(f"/regions/{old}")).text
    assert "用至 2024-12-31，此后为 韦州镇" in page


async def test_the_map_holds_the_township_and_its_station(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    found = (await visitor.get("/regions/map.geojson")).json()
    assert found["type"] == "FeatureCollection"
    titles = {feature["properties"]["title"] for feature in found["features"]}
    assert {"韦州镇", "韦州镇社工站（测试）"} <= titles
    assert "宁安镇" not in titles


async def test_a_township_of_another_county_is_not_found(browser: OpenBrowser, cast: Cast) -> None:
    (foreign,) = await queries.townships(replace(cast.system, counties=(cast.other_county,)))
    assert (await (await browser(cast.bureau)).get(f"/regions/{foreign.id}")).status_code == 404
    assert (await (await browser(cast.stranger)).get(f"/regions/{cast.township_a}")).status_code == 404
    assert "韦州镇" not in (await (await browser(cast.stranger)).get("/regions")).text
    with pytest.raises(NotFound):
        await queries.division(cast.stranger, cast.township_a)


async def test_the_field_has_no_use_for_regions(browser: OpenBrowser, cast: Cast) -> None:
    for scope in (cast.worker_a, cast.assistant_a):
        assert (await (await browser(scope)).get("/regions")).status_code == 403


async def test_today_decides_which_townships_are_in_force(cast: Cast) -> None:
    with clock.stopped_at(clock.at(date(2019, 6, 1))):
        assert await queries.townships(cast.bureau) == []
