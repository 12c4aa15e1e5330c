"""The pages of needs and assessments."""

import pytest

from shangmen.demand.needs import actions, queries
from shangmen.demand.needs.assessments import scales
from shangmen.demand.needs.forms import NeedForm
from tests.cast import Cast
from tests.demand.conftest import Browsing
from tests.sheets import cells

SIGNED = {"assessed_on": "2026-01-05", "assessor": "张三", "second_assessor": "李四", "reason": "first"}


@pytest.fixture
def path(cast: Cast) -> str:
    return f"/recipients/{cast.person_a}"


async def draft(cast: Cast) -> int:
    return await actions.state(cast.station_a, cast.person_a, NeedForm(cast.cleaning, visits_per_month=4))


async def test_somebody_is_assessed_by_the_six_items(browser: Browsing, cast: Cast, path: str) -> None:
    visitor = await browser(cast.station_a)
    answers = dict.fromkeys(scales.SIX_ITEMS[:4], "1") | dict.fromkeys(scales.SIX_ITEMS[4:], "0")
    answer = await visitor.post(f"{path}/assess?scale=SIX_ITEM", {**answers, **SIGNED})
    assert answer.status_code == 303, answer.text
    page = await visitor.get(path)
    assert "全护理" in page.text


async def test_a_missing_answer_stands_beside_its_item(browser: Browsing, cast: Cast, path: str) -> None:
    visitor = await browser(cast.station_a)
    page = await visitor.post(f"{path}/assess?scale=GBT42195", {**SIGNED, "eating": "4", "stairs": "4"})
    assert page.status_code == 422
    assert 'id="f-stairs-fault"' in page.text
    assert 'id="f-grooming-fault"' in page.text
    assert 'id="f-eating-fault"' not in page.text
    assert (await visitor.post(f"{path}/assess?scale=NONE", SIGNED)).status_code == 404
    assert (await visitor.post(f"{path}/assess?scale=SIX_ITEM", SIGNED)).status_code == 422


@pytest.mark.parametrize("scale", ["SIX_ITEM", "GBT42195", "MINOR", "x"])
async def test_every_score_sheet_opens(browser: Browsing, cast: Cast, path: str, scale: str) -> None:
    page = await (await browser(cast.station_a)).get(f"{path}/assess", params={"scale": scale})
    assert page.status_code == 200


async def test_a_need_is_stated_with_typed_windows(browser: Browsing, cast: Cast, path: str) -> None:
    visitor = await browser(cast.station_a)
    assert (await visitor.get(f"{path}/needs/new")).status_code == 200
    typed = {
        "service_item": str(cast.cleaning),
        "visits_per_month": "4",
        "preset": "rows",
        "window_day": ["weekdays", "", ""],
        "window_from": ["08:30", "", ""],
        "window_to": ["11:30", "", ""],
    }
    wrong = await visitor.post(f"{path}/needs", {**typed, "window_to": ["09:00", "", ""]})
    assert wrong.status_code == 422
    assert "容不下" in wrong.text
    assert 'value="08:30"' in wrong.text
    right = await visitor.post(f"{path}/needs", typed)
    assert right.status_code == 303, right.text
    page = await visitor.get(right.headers["location"])
    assert "周一至周五 08:30–11:30" in page.text
    again = await visitor.post(f"{path}/needs", {**typed, "once": "another wish"})
    assert again.status_code == 422


async def test_the_bureau_approves_one_and_all(browser: Browsing, cast: Cast) -> None:
    one = await draft(cast)
    await actions.state(cast.station_b, cast.person_b, NeedForm(cast.home_visit))
    visitor = await browser(cast.bureau)
    assert (await visitor.post(f"/needs/{one}/approve", {"version": "1"})).status_code == 303
    assert (await visitor.post(f"/needs/{one}/approve", {"once": "another wish"})).status_code == 409
    page = await visitor.get("/needs/")
    assert "批准全部 1 条草稿" in page.text
    assert (await visitor.post("/needs/approve", {})).status_code == 303
    assert (await queries.counts(cast.bureau)) == {"waiting": 2}
    assert (await (await browser(cast.station_a)).post("/needs/approve", {})).status_code == 403


async def test_a_need_rests_resumes_and_ends_by_buttons(browser: Browsing, cast: Cast) -> None:
    id = await draft(cast)
    await actions.approve(cast.bureau, id)
    visitor = await browser(cast.station_a)
    assert (await visitor.post(f"/needs/{id}/pause", {})).status_code == 422
    assert (await visitor.post(f"/needs/{id}/pause", {"reason": "探亲"})).status_code == 303
    page = await visitor.get(f"/needs/{id}")
    assert "暂停：探亲" in page.text
    assert (await visitor.post(f"/needs/{id}/resume", {})).status_code == 303
    assert (await visitor.post(f"/needs/{id}/end", {"reason": "家人接手", "on": "x"})).status_code == 422
    assert (await visitor.post(f"/needs/{id}/end", {"reason": "家人接手"})).status_code == 303
    assert (await queries.need(cast.bureau, id)).state == "ended"


async def test_strangers_find_neither_the_need_nor_the_forms(browser: Browsing, cast: Cast, path: str) -> None:
    id = await draft(cast)
    for stranger in (cast.stranger_station, cast.station_b):
        visitor = await browser(stranger)
        assert (await visitor.get(f"/needs/{id}")).status_code == 404
        assert (await visitor.get(f"{path}/assess")).status_code == 404
        assert (await visitor.post(f"{path}/needs", {"service_item": "1"})).status_code == 404
        assert (await visitor.post(f"/needs/{id}/end", {"reason": "不是我的"})).status_code == 404
    assert (await (await browser(cast.provider_a)).get(f"/needs/{id}")).status_code == 404
    assert (await (await browser(cast.finance)).get("/needs/")).status_code == 403


async def test_the_list_filters_and_masks_for_the_bureau(browser: Browsing, cast: Cast) -> None:
    await draft(cast)
    page = await (await browser(cast.bureau)).get("/needs/", params={"state": "draft", "code": "C05", "q": "马"})
    assert "马**" in page.text
    assert "马测试" not in page.text
    page = await (await browser(cast.bureau)).get("/needs/", params={"state": "ended"})
    assert "马**" not in page.text


async def test_the_export_of_needs_is_masked(browser: Browsing, cast: Cast) -> None:
    await draft(cast)
    answer = await (await browser(cast.auditor)).get("/needs/export")
    words = [str(cell) for row in cells(answer.content) for cell in row]
    assert "马**" in words
    assert "马测试" not in words


async def test_the_pages_of_needs_open_in_english(browser: Browsing, cast: Cast, path: str) -> None:
    id = await draft(cast)
    visitor = await browser(cast.station_a)
    await visitor.post("/locale", {"locale": "en"})
    page = await visitor.get(f"/needs/{id}")
    assert "C05 cleaning" in page.text
    assert "Waiting for a supplier" in page.text
    assert (await visitor.get(f"{path}/needs/new")).status_code == 200
    assert (await visitor.get("/needs/")).status_code == 200


async def test_a_score_sheet_says_each_level_in_words_and_what_follows(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    page = await visitor.get(f"/recipients/{cast.person_a}/assess?scale=GBT42195")
    assert "4 · 独立完成" in page.text
    assert "1 · 需大量接触式协助" in page.text
    assert "data-score=" in page.text


async def test_the_scale_that_fits_the_person_comes_first(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    page = await visitor.get(f"/recipients/{cast.person_a}/assess")  # destitute: the six items, whatever the age
    assert 'name="dressing"' in page.text
    assert 'name="grooming"' not in page.text
