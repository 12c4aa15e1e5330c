"""The pages of recipients: who may open them, what they show, and what they say to bad input."""

import re
from datetime import timedelta

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.recipients import actions, queries
from shangmen.demand.recipients.states import Doubt, PersonGroup, SelfCare, Support
from shangmen.demand.recipients.tables import Person
from shangmen.foundation.accounts import queries as accounts
from shangmen.foundation.audit import queries as audit
from tests.cast import Cast
from tests.demand.conftest import Browsing, Elder, there
from tests.filled_forms import form_of
from tests.sheets import cells

GOOD = {
    "name": "曾小兰", "category": "DIBAO", "id_number": "640402196311059052", "living": "alone", "township": "",
    "system": "GCJ02", "latitude": "37.2995", "longitude": "106.4861", "telephone": "138 1234 5678",
}  # fmt: skip


async def test_the_list_shows_the_own_station_and_nothing_else(browser: Browsing, cast: Cast) -> None:
    page = await (await browser(cast.station_a)).get("/recipients/")
    assert page.status_code == 200
    assert "马测试" in page.text
    assert "杨测试" not in page.text
    assert "王测试" not in page.text


async def test_the_bureau_reads_masked_names(browser: Browsing, cast: Cast) -> None:
    page = await (await browser(cast.bureau)).get("/recipients/")
    assert "马**" in page.text
    assert "马测试" not in page.text
    assert "640324194406129029" not in page.text


async def test_a_stranger_finds_no_file(browser: Browsing, cast: Cast) -> None:
    for stranger in (cast.stranger, cast.stranger_station, cast.station_b, cast.provider_a):
        assert (await (await browser(stranger)).get(f"/recipients/{cast.person_a}")).status_code == 404
    assert (await (await browser(cast.finance)).get("/recipients/")).status_code == 403


async def test_a_filter_narrows_the_list(browser: Browsing, cast: Cast, elder: Elder) -> None:
    await actions.register(cast.station_a, elder(category="EDGE"))
    visitor = await browser(cast.station_a)
    page = await visitor.get("/recipients/", params={"category": "EDGE", "q": "zxl", "township": "x"})
    assert "曾小兰" in page.text
    assert "马测试" not in page.text


async def test_somebody_is_registered_by_the_form_and_a_second_click_registers_nobody(
    browser: Browsing, cast: Cast
) -> None:
    visitor = await browser(cast.station_a)
    form = await visitor.get("/recipients/new")
    once = there(re.search(r'name="once" value="([^"]+)"', form.text))[1]
    first = await visitor.post("/recipients/", {**GOOD, "once": once})
    second = await visitor.post("/recipients/", {**GOOD, "once": once})
    assert first.status_code == second.status_code == 303, first.text
    assert first.headers["location"] == second.headers["location"]
    page = await visitor.get(first.headers["location"])
    assert "曾小兰" in page.text
    assert "640402********9052" in page.text
    assert "640402196311059052" not in page.text
    assert "13812345678" not in page.text


async def test_equal_forms_without_a_token_register_somebody_once(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    unnumbered = {"id_number": "", "no_id_reason": "未落户", "sex": "male", "birth_date": "1950-01-02"}
    answers = [await visitor.post("/recipients/", {**GOOD, **unnumbered}) for _again in range(24)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert (await queries.people(cast.station_a, "曾小兰"))[1] == 1


async def test_equal_forms_are_two_wishes_when_something_else_was_asked_for_in_between(
    browser: Browsing, cast: Cast
) -> None:
    visitor = await browser(cast.administrator)
    path = f"/accounts/{cast.provider_a.user}"
    for verb, active in (("disable", False), ("enable", True), ("disable", False)):
        assert (await visitor.post(f"{path}/{verb}")).status_code == 303
        assert (await accounts.user(cast.administrator, cast.provider_a.user or 0)).active is active


async def test_equal_forms_are_two_wishes_after_a_while_and_of_two_people(browser: Browsing, cast: Cast) -> None:
    path, form = f"/recipients/{cast.person_a}/reveal?what=id_number", {"reason": "核对身份"}
    now = clock.now()

    async def reveals(scope: Scope, after: int) -> int:
        clock.set_to(now + timedelta(seconds=after))
        assert (await (await browser(scope)).post(path, form)).status_code == 200
        return sum(
            one.verb == "recipients.reveal" for one in await audit.history(cast.auditor, "person", cast.person_a)
        )

    assert await reveals(cast.station_a, 0) == 1
    assert await reveals(cast.station_a, 20) == 1
    assert await reveals(cast.bureau, 20) == 2
    assert await reveals(cast.station_a, 61) == 3


async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    page = await visitor.post(
        "/recipients/", {**GOOD, "id_number": "640324195503120018", "longitude": "nan", "accuracy": "-3"}
    )
    assert page.status_code == 422
    assert 'value="曾小兰"' in page.text
    assert 'id="f-id_number-fault"' not in page.text or "校验位" in page.text
    assert 'id="f-accuracy-fault"' in page.text
    assert 'id="f-longitude-fault"' in page.text
    again = await visitor.post("/recipients/", {**GOOD, "id_number": "640324195503120018", "longitude": ""})
    assert "校验位不符" in again.text
    assert 'id="f-longitude-fault"' in again.text


async def test_only_the_station_registers(browser: Browsing, cast: Cast) -> None:
    for other in (cast.bureau, cast.assistant_a, cast.provider_a, cast.auditor):
        assert (await (await browser(other)).post("/recipients/", GOOD)).status_code == 403


async def test_a_correction_needs_no_masked_value_and_a_stale_page_is_refused(
    browser: Browsing, cast: Cast, elder: Elder
) -> None:
    id = await actions.register(cast.station_a, elder(telephone="13812345678"))
    visitor = await browser(cast.station_a)
    form = await visitor.get(f"/recipients/{id}/edit")
    assert "640402196311059052" not in form.text
    assert "13812345678" not in form.text
    changed = {
        "name": "曾小兰",
        "category": "DIBAO",
        "household_from": "2024-01-01",
        "living": "spouse",
        "version": "1",
        "household_version": form_of(form.text, f"/recipients/{id}/edit")["household_version"],
    }
    assert (await visitor.post(f"/recipients/{id}/edit", changed)).status_code == 303
    person = await queries.person(cast.station_a, id)
    assert (person.id_number, person.telephone) == ("640402196311059052", "13812345678")
    assert person.living == "spouse"
    stale = await visitor.post(f"/recipients/{id}/edit", {**changed, "address": "乙"})
    assert stale.status_code == 409
    assert "乙" in stale.text


async def test_the_assistant_reports_and_the_page_follows(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.assistant_a)
    path = f"/recipients/{cast.person_a}"
    answer = await visitor.post(f"{path}/event", {"kind": "hospital", "effective": "2026-01-05", "note": "家属来电"})
    assert answer.status_code == 303, answer.text
    page = await visitor.get(path)
    assert "住院" in page.text
    wrong = await visitor.post(f"{path}/event", {"kind": "died", "effective": "2099-01-01"})
    assert wrong.status_code == 422
    assert 'id="f-effective-fault"' in wrong.text
    assert (await (await browser(cast.station_b)).post(f"{path}/event", {"kind": "died"})).status_code == 404


async def test_a_masked_value_is_shown_once_for_a_reason(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    path = f"/recipients/{cast.person_a}"
    assert (await visitor.post(f"{path}/reveal?what=id_number", {})).status_code == 422
    shown = await visitor.post(f"{path}/reveal?what=id_number", {"reason": "核对名单"})
    assert shown.status_code == 200
    assert "640324194406129029" in shown.text
    assert "no-store" in shown.headers["cache-control"]
    assert "640324194406129029" not in (await visitor.get(path)).text
    events = await audit.history(cast.bureau, "person", cast.person_a)
    assert [event.reason for event in events] == ["核对名单"]


async def test_a_grace_period_is_granted_within_the_limit(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    path = f"/recipients/{cast.person_a}/grace"
    seen = {"version": form_of((await visitor.get(f"/recipients/{cast.person_a}")).text, path)["version"]}
    wrong = await visitor.post(path, {"months": "19", "first": "2026-02-01", **seen})
    assert wrong.status_code == 422
    assert "最长 18 个月" in wrong.text
    right = await visitor.post(path, {"months": "18", "first": "2026-02-01", **seen})
    assert right.status_code == 303
    assert "2027-07-31" in (await visitor.get(f"/recipients/{cast.person_a}")).text


async def test_the_second_of_two_who_grant_a_grace_period_reads_what_the_first_did(
    browser: Browsing, cast: Cast
) -> None:
    visitor = await browser(cast.station_a)
    path = f"/recipients/{cast.person_a}"
    seen = {"version": there(re.search(r'name="version" value="(\d+)"', (await visitor.get(path)).text))[1]}
    assert (await visitor.post(f"{path}/grace", {"months": "18", "first": "2026-02-01", **seen})).status_code == 303
    second = await visitor.post(f"{path}/grace", {"months": "6", "first": "2026-02-01", **seen})
    assert second.status_code == 409
    assert "2027-07-31" in second.text
    assert "<td>18</td><td>6</td>" in second.text
    assert str((await queries.person(cast.station_a, cast.person_a)).grace_until) == "2027-07-31"


async def test_the_export_is_masked_and_says_who_made_it(browser: Browsing, cast: Cast, elder: Elder) -> None:
    await actions.register(cast.station_a, elder(name="=SUM(A1)", telephone="13812345678"))
    answer = await (await browser(cast.auditor)).get("/recipients/export")
    words = [str(cell) for row in cells(answer.content) for cell in row]
    text = " ".join(words)
    assert "auditor" in words[0]
    assert "640402********9052" in text
    assert "138****5678" in text
    assert "马测试" not in text
    assert not [word for word in words if word.startswith("=")]
    rows, _total = await audit.events(cast.auditor, verb="recipients.export")
    assert len(rows) == 1


async def test_the_map_speaks_geojson_of_those_whom_the_viewer_reaches(browser: Browsing, cast: Cast) -> None:
    answer = await (await browser(cast.station_a)).get("/recipients/map.geojson")
    assert answer.headers["content-type"].startswith("application/geo+json")
    people = [f for f in answer.json()["features"] if f["properties"]["kind"] == "recipient"]
    assert [f["properties"]["title"] for f in people] == ["马测试"]
    assert people[0]["geometry"]["coordinates"] == [105.92, 37.3]
    assert (await (await browser(cast.provider_a)).get("/recipients/map.geojson")).status_code == 403


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
async def test_the_pages_open_in_both_languages(browser: Browsing, cast: Cast, locale: str) -> None:
    visitor = await browser(cast.station_a)
    await visitor.post("/locale", {"locale": locale})
    for path in ("", "new", "map", f"{cast.person_a}", f"{cast.person_a}/edit"):
        page = await visitor.get(f"/recipients/{path}")
        assert page.status_code == 200, path
        if locale == "zh_CN" and path in {"", "new"}:
            assert "Living situation" not in page.text


async def test_what_a_roll_said_stands_on_the_page_and_a_note_of_a_death_is_asked_about(
    cast: Cast, browser: Browsing
) -> None:
    async with database.transaction(cast.system):
        await database.change(
            Person,
            cast.person_a,
            {
                Person.other_telephones: "13900000001、0955-0000001",
                Person.relation: "户主",
                Person.support: Support.SCATTERED,
                Person.self_care: SelfCare.PARTIAL,
                Person.doubt: Doubt.DECEASED,
            },
        )
    text = (await (await browser(cast.station_a)).get(f"/recipients/{cast.person_a}")).text
    for words in ("139****0001、095****0001", "与户主关系", "户主", "分散供养", "半护理", "花名册备注写明此人已去世"):
        assert words in text, words
    assert "13900000001" not in text


async def test_an_adult_without_a_certificate_is_registered_as_a_member(cast: Cast, browser: Browsing) -> None:
    visitor = await browser(cast.station_a)
    sent = {**GOOD, "id_number": "640402199003049059", "living": "spouse", "township": str(cast.township_a)}
    assert (await visitor.post("/recipients/", sent)).status_code == 303
    async with database.transaction(cast.system):
        row = await Person.objects().where(Person.id_number == sent["id_number"]).first()
    assert row is not None and row.group is PersonGroup.ADULT
