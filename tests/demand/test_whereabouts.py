"""Where people live whose home has no point of its own: estimated, said to be, and proving nothing."""

from decimal import Decimal

import pytest

from shangmen import clock, database
from shangmen.demand.needs import queries as needs
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients import queries
from shangmen.demand.recipients.homes import queries as homes
from shangmen.errors import Refused
from shangmen.foundation.regions.states import Accuracy
from shangmen.foundation.villages import actions
from shangmen.foundation.villages.forms import VillageForm
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.demand.conftest import Elder


async def lose_point(cast: Cast, person: int, village: str = "") -> None:
    async with database.transaction(cast.system):
        await database.execute(
            "UPDATE person SET latitude = NULL, longitude = NULL, village = :village WHERE id = :id",
            id=person,
            village=village,
        )


async def lose_centre(cast: Cast, division: int) -> None:
    async with database.transaction(cast.system):
        await database.execute("UPDATE division SET latitude = NULL, longitude = NULL WHERE id = :id", id=division)


def village(cast: Cast, latitude: str = "37.011", longitude: str = "106.011") -> VillageForm:
    return VillageForm(
        township=cast.township_a, name="石塘村", latitude=Decimal(latitude), longitude=Decimal(longitude)
    )


async def test_a_home_with_a_point_is_where_its_point_is(cast: Cast) -> None:
    person = await queries.person(cast.station_a, cast.person_a)
    home = await homes.home(cast.station_a, cast.person_a)
    assert (home.latitude, home.longitude, home.accuracy) == (person.latitude, person.longitude, Accuracy.EXACT)


async def test_village_then_township_then_county_stand_in(cast: Cast) -> None:
    await lose_point(cast, cast.person_a, "石塘村")
    assert (await homes.home(cast.station_a, cast.person_a)).accuracy is Accuracy.TOWNSHIP
    await actions.note(cast.bureau, village(cast))
    home = await homes.home(cast.station_a, cast.person_a)
    assert (home.latitude, home.accuracy) == (Decimal("37.011"), Accuracy.VILLAGE)
    await lose_point(cast, cast.person_a, "别的村")
    await lose_centre(cast, cast.township_a)
    assert (await homes.home(cast.station_a, cast.person_a)).accuracy is Accuracy.COUNTY
    await lose_centre(cast, cast.county)
    nowhere = await homes.home(cast.station_a, cast.person_a)
    assert (nowhere.latitude, nowhere.accuracy) == (None, Accuracy.UNKNOWN)


async def test_a_village_of_the_same_name_in_another_township_does_not_count(cast: Cast) -> None:
    await actions.note(cast.bureau, village(cast))
    await lose_point(cast, cast.person_b, "石塘村")
    assert (await homes.home(cast.station_b, cast.person_b)).accuracy is Accuracy.TOWNSHIP


async def test_a_village_is_found_when_its_last_character_was_left_out(cast: Cast) -> None:
    await actions.note(cast.bureau, village(cast))
    await lose_point(cast, cast.person_a, "石塘")
    assert (await homes.home(cast.station_a, cast.person_a)).accuracy is Accuracy.VILLAGE


async def test_the_page_says_that_the_place_is_an_estimate(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    assert "估计位置" not in (await visitor.get(f"/recipients/{cast.person_a}")).text
    await lose_point(cast, cast.person_a)
    assert "估计位置：所在乡镇的中心" in (await visitor.get(f"/recipients/{cast.person_a}")).text


async def test_an_organisation_without_a_point_sits_where_its_address_says(cast: Cast) -> None:
    async with database.transaction(cast.system):
        provider = cast.provider_a.organisation
        township = await database.value(str, "SELECT name FROM division WHERE id = :id", id=cast.township_a)
        for address, accuracy in ((f"某县{township}某路1号", "township"), ("某路1号", "county")):
            await database.execute(
                "UPDATE organisation SET latitude = NULL, longitude = NULL, address = :address WHERE id = :id",
                id=provider,
                address=address,
            )
            found = await database.value(str, "SELECT accuracy FROM seat WHERE organisation = :id", id=provider)
            assert found == accuracy


async def test_nobody_is_kept_from_a_run_for_a_missing_position(cast: Cast) -> None:
    await lose_point(cast, cast.person_a)
    for row in await needs.to_match(cast.system, clock.today()):
        assert row.latitude is not None


async def test_a_village_is_chosen_from_the_list_of_its_township(
    browser: OpenBrowser, cast: Cast, elder: Elder
) -> None:
    visitor = await browser(cast.station_a)
    assert "石塘村" not in (await visitor.get("/recipients/new")).text
    await actions.note(cast.bureau, village(cast))
    assert '<option value="石塘村"' in (await visitor.get("/recipients/new")).text
    with pytest.raises(Refused, match="Choose a village"):
        await recipients.register(cast.station_a, elder(village="无名村"))
    id = await recipients.register(cast.station_a, elder(village="石塘村"))
    assert (await queries.person(cast.station_a, id)).village == "石塘村"


async def test_swapped_coordinates_of_a_home_are_asked_about_on_the_form(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    answer = await visitor.post(
        "/recipients", {"name": "测试人", "category": "DIBAO", "latitude": "106.01", "longitude": "37.01"}
    )
    assert answer.status_code == 422
    assert "经纬度似乎填反" in answer.text and 'name="meant"' in answer.text
