"""Townships that get another name or code, are merged or split, from a day on; the past keeps what it knew."""

from datetime import date, timedelta

import pytest

from shangmen import clock, database
from shangmen.delivery.service_records import queries as records
from shangmen.delivery.settlement import ledger
from shangmen.demand.recipients import queries as recipients
from shangmen.errors import Conflict, NotFound, Refused, Stale
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.regions import daily, queries
from shangmen.foundation.regions.changes import actions
from shangmen.foundation.regions.forms import DivisionForm, MergeForm, RenameForm, SplitForm
from shangmen.foundation.regions.states import Terrain
from shangmen.foundation.villages import actions as villages
from shangmen.foundation.villages import queries as village_queries
from shangmen.foundation.villages.forms import VillageForm
from shangmen.supply.contracts.lots import actions as lots
from shangmen.supply.contracts.lots import queries as lot_queries
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.settlement_rows import LAST, TODAY, cleaned, delivered, drafted
from tests.filled_forms import form_of
from tests.supply.rows import lot_form

CODE = "640324188"


def renamed(on: date | None = None, **more: object) -> RenameForm:
    return RenameForm(**{"name": "韦州新镇", "code": CODE, "valid_from": on or clock.today(), **more})  # type: ignore[arg-type]  # as typed


async def test_papers_of_before_print_the_old_name_and_both_codes_are_found(browser: OpenBrowser, cast: Cast) -> None:
    lot = await lots.create(cast.bureau, lot_form(cast))
    new = await actions.rename(cast.administrator, cast.township_a, renamed())
    yesterday = await queries.as_of(cast.bureau, new, clock.today() - timedelta(days=1))
    today = await queries.as_of(cast.bureau, cast.township_a, clock.today())
    assert (yesterday.name, yesterday.code) == ("韦州镇", "640324102000")
    assert (today.name, today.code) == ("韦州新镇", f"{CODE}000")
    assert [row.id for row in await queries.lineage(cast.bureau, new)] == [
        cast.township_a,
        new,
    ]  # statistics join both
    assert (await recipients.person(cast.station_a, cast.person_a)).township == new
    station = await organisations.station_of(cast.bureau, new)
    assert station.id == cast.station_a.organisation and station.township == new
    assert new in [row.id for row in await lot_queries.areas(cast.bureau, lot)]
    visitor = await browser(cast.bureau)
    for sought in ("640324102", CODE, "韦州镇", "韦州新镇"):
        page = (await visitor.get("/regions", params={"q": sought})).text
        assert "640324102000" in page and f"{CODE}000" in page, sought
    assert "640324102000" not in (await visitor.get("/regions", params={"q": "下马关"})).text


async def test_a_change_that_is_decided_ahead_comes_on_its_day(cast: Cast) -> None:
    ahead = clock.today() + timedelta(days=10)
    new = await actions.rename(cast.administrator, cast.township_a, renamed(ahead))
    assert (await recipients.person(cast.station_a, cast.person_a)).township == cast.township_a
    assert cast.township_a in [row.id for row in await queries.townships(cast.bureau)]
    with clock.stopped_at(clock.at(ahead, 60)):
        for _twice in range(2):
            async with database.transaction(cast.system):
                await daily.bring(cast.system, ahead)
        assert (await recipients.person(cast.station_a, cast.person_a)).township == new
        assert new in [row.id for row in await queries.townships(cast.bureau)]


async def test_merged_townships_are_one_with_everybody(cast: Cast) -> None:
    form = MergeForm(name="韦关镇", code=CODE, valid_from=clock.today(), others=[cast.township_b])
    new = await actions.merge(cast.administrator, cast.township_a, form)
    for scope, person in ((cast.station_a, cast.person_a), (cast.station_b, cast.person_b)):
        assert (await recipients.person(scope, person)).township == new
    assert {row.id for row in await queries.lineage(cast.bureau, new)} == {cast.township_a, cast.township_b, new}
    assert [row.name for row in await queries.townships(cast.bureau)] == ["韦关镇"]
    assert len([row for row in await queries.divisions(cast.bureau, past=True) if row.id == new]) == 1


async def test_the_people_of_the_villages_go_with_the_part_that_is_split_off(cast: Cast) -> None:
    async with database.transaction(cast.system):
        await database.execute("UPDATE person SET village = '红星村' WHERE id = :id", id=cast.person_a)
        second = await database.number(
            "INSERT INTO service_area (organisation, division) VALUES (:o, :d) RETURNING id",
            o=cast.provider_a.organisation,
            d=cast.township_a,
        )
    assert second
    form = SplitForm(name="红星镇", code=CODE, valid_from=clock.today(), villages="红星村、石塘村")
    new = await actions.split(cast.administrator, cast.township_a, form)
    assert (await recipients.person(cast.station_a, cast.person_a)).township == new
    assert {row.name for row in await queries.townships(cast.bureau)} >= {"韦州镇", "红星镇"}
    assert new in {row.id for row in await organisations.areas(cast.bureau, cast.provider_a.organisation or 0)}
    assert (await queries.division(cast.bureau, new)).split_from == cast.township_a


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "640324103"}, "code"),
        ({"code": "640521102"}, "code"),
        ({"code": "12"}, "code"),
        ({"valid_from": date(1990, 1, 1)}, "valid_from"),
    ],
)
async def test_a_change_that_cannot_be_is_refused(cast: Cast, change: dict[str, object], field: str) -> None:
    taken = (await queries.division(cast.bureau, cast.township_b)).code
    if change.get("code") == "640324103":
        change = {"code": taken}
    with pytest.raises(Refused) as refused:
        await actions.rename(cast.administrator, cast.township_a, renamed(**change))  # type: ignore[arg-type]  # as typed
    assert refused.value.field == field


async def test_the_code_may_stay_under_another_name(cast: Cast) -> None:
    new = await actions.rename(cast.administrator, cast.township_a, renamed(code="640324102"))
    assert (await queries.division(cast.bureau, new)).code == "640324102000"


async def test_two_administrators_do_not_change_one_township_unseen(browser: OpenBrowser, cast: Cast) -> None:
    one, other = await browser(cast.administrator), await browser(cast.administrator)
    place = f"/regions/{cast.township_a}"
    also = form_of((await other.get(f"{place}/change")).text, f"{place}/split")
    first = form_of((await one.get(f"{place}/change")).text, f"{place}/edit")
    assert (await one.post(f"{place}/edit", {**first, "terrain": "hills"})).status_code == 303
    sent = {**also, "name": "红星镇", "code": CODE, "valid_from": clock.today().isoformat()}
    late = await other.post(f"{place}/split", sent)
    assert late.status_code == 409 and 'value="红星镇"' in late.text
    assert (await other.post(f"{place}/split", form_of(late.text, f"{place}/split"))).status_code == 303
    await actions.rename(cast.administrator, cast.township_a, renamed(code="640324189"))
    with pytest.raises(Conflict):
        await actions.rename(cast.administrator, cast.township_a, renamed(code="640324190"))
    with pytest.raises(Stale):
        await actions.correct(cast.administrator, cast.township_b, DivisionForm(terrain=Terrain.HILLS, version=9))


async def test_a_division_of_another_county_is_not_there(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.administrator)
    place = f"/regions/{cast.other_county}"
    assert (await visitor.get(f"{place}/change")).status_code == 404
    for verb in ("edit", "rename", "merge", "split"):
        assert (await visitor.post(f"{place}/{verb}", {"name": "别县镇", "code": CODE})).status_code == 404
    with pytest.raises(NotFound):
        await actions.rename(cast.administrator, cast.other_county, renamed())
    assert (await (await browser(cast.bureau)).get(f"/regions/{cast.township_a}/change")).status_code == 403


async def _village(cast: Cast, name: str) -> int:
    return await villages.note(cast.bureau, VillageForm(township=cast.township_a, name=name))


async def test_the_villages_themselves_go_with_the_part_that_is_split_off(cast: Cast) -> None:
    red, other = await _village(cast, "红星村"), await _village(cast, "石塘村")
    form = SplitForm(name="红星镇", code=CODE, valid_from=clock.today(), villages="红星村委会")
    new = await actions.split(cast.administrator, cast.township_a, form)
    assert (await village_queries.village(cast.bureau, red)).township == new
    assert (await village_queries.village(cast.bureau, other)).township == cast.township_a
    assert new in await village_queries.own_townships(cast.station_a)  # who served the whole serves both parts


async def test_a_village_that_the_township_does_not_have_is_not_split_off(browser: OpenBrowser, cast: Cast) -> None:
    await _village(cast, "红星村")
    visitor = await browser(cast.administrator)
    place = f"/regions/{cast.township_a}"
    seen = form_of((await visitor.get(f"{place}/change")).text, f"{place}/split")
    sent = {"name": "红星镇", "code": CODE, "valid_from": clock.today().isoformat(), "villages": "红星村、别处村"}
    refused = await visitor.post(f"{place}/split", {**seen, **sent})
    assert refused.status_code == 422 and "别处村" in refused.text and "该乡镇没有这些村" in refused.text
    assert CODE not in {row.code[:9] for row in await queries.townships(cast.bureau)}


async def test_a_split_that_is_decided_ahead_comes_on_its_day_with_its_villages_and_people(cast: Cast) -> None:
    ahead, red = clock.today() + timedelta(days=10), await _village(cast, "红星村")
    async with database.transaction(cast.system):
        await database.execute("UPDATE person SET village = '红星村' WHERE id = :id", id=cast.person_a)
    form = SplitForm(name="红星镇", code=CODE, valid_from=ahead, villages="红星村")
    new = await actions.split(cast.administrator, cast.township_a, form)
    assert (await recipients.person(cast.station_a, cast.person_a)).township == cast.township_a
    with clock.stopped_at(clock.at(ahead, 60)):
        for _twice in range(2):
            async with database.transaction(cast.system):
                await daily.bring(cast.system, ahead)
        assert (await recipients.person(cast.station_a, cast.person_a)).township == new
        assert (await village_queries.village(cast.bureau, red)).township == new
        served = await database_count(cast, "service_area", new)
    assert served == 1  # the station, once


async def database_count(cast: Cast, table: str, division: int) -> int:
    async with database.transaction(cast.system):
        return await database.number(f"SELECT count(*) FROM {table} WHERE division = :id", id=division)


async def test_scenario_14_records_of_before_print_the_old_township_and_statistics_join_both(cast: Cast) -> None:
    """domain.md §10, 14: 田老庄乡 640324201 became 田老庄镇 640324107."""
    placed = await cleaned(cast)
    visit = await delivered(cast, placed, LAST)
    statement = await drafted(cast, placed)
    new = await actions.rename(cast.administrator, cast.township_a, renamed(TODAY))
    (line,), _total = await ledger.lines(cast.bureau, statement)
    (served,), _people = await ledger.by_person(cast.bureau, statement)
    assert line.township_name == served.township_name == "韦州镇"  # the paper of the month before
    assert (await records.record(cast.bureau, visit.record)).row.township_name == "韦州镇"
    assert (await recipients.person(cast.station_a, cast.person_a)).township_name == "韦州新镇"
    assert {row.id for row in await queries.lineage(cast.bureau, new)} == {cast.township_a, new}
