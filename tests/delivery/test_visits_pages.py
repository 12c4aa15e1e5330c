"""The pages of visits: who sees them, what the forms say, and that nobody else gets in."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from shangmen.delivery.visits import actions, queries
from shangmen.delivery.visits.forms import FillForm, VisitForm
from shangmen.delivery.visits.states import VisitState
from shangmen.foundation.audit import queries as audit
from tests.cast import Cast
from tests.delivery.planning import MONDAY
from tests.delivery.rows import Placed, placed_need


async def planned(cast: Cast) -> tuple[Placed, int]:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    form = VisitForm(day=MONDAY, start="09:30", worker=cast.worker_a.worker or 0)
    return placed, await actions.plan(cast.provider_a, placed.placement, form)


def typed(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {"day": MONDAY.isoformat(), "start": "14:00", "worker": cast.worker_a.worker, **changes}


async def test_the_week_shows_each_worker_with_the_visits_and_the_hours(browser: Any, cast: Cast) -> None:
    await planned(cast)
    visitor = await browser(cast.provider_a)
    answer = await visitor.get(f"/visits?week={MONDAY.isoformat()}")
    assert answer.status_code == 200
    for text in ("测试甲女", "测试甲男", "09:30", "马测试", "韦州镇", "1 小时"):
        assert text in answer.text
    before = await visitor.get(f"/visits?week={(MONDAY - timedelta(7)).isoformat()}")
    assert "09:30" not in before.text


async def test_the_bureau_sees_masked_names_and_chooses_the_supplier(browser: Any, cast: Cast) -> None:
    placed, _id = await planned(cast)
    visitor = await browser(cast.bureau)
    answer = await visitor.get(f"/visits?week={MONDAY.isoformat()}&organisation={placed.supplier}")
    assert "马**" in answer.text
    assert "马测试" not in answer.text
    assert "自动排班" not in answer.text


async def test_months_that_are_not_planned_to_the_end_are_listed_with_a_way_to_plan(browser: Any, cast: Cast) -> None:
    placed, _id = await planned(cast)
    visitor = await browser(cast.provider_a)
    answer = await visitor.get(f"/visits?week={MONDAY.isoformat()}")
    assert f"/visits/placements/{placed.placement}/new" in answer.text


async def test_the_list_filters_by_state_day_and_name(browser: Any, cast: Cast) -> None:
    _placed, id = await planned(cast)
    visitor = await browser(cast.provider_a)
    here = f"/visits/{id}"
    day = MONDAY.isoformat()
    for query, shown in (
        (f"first={day}&last={day}", True),
        ("state=planned", True),
        ("state=done", False),
        ("q=马", True),
        ("q=杨", False),
        (f"worker={cast.worker_m.worker}", False),
        ("first=nonsense&organisation=x&state=y&q=马", True),
    ):
        assert (f'href="{here}"' in (await visitor.get(f"/visits/list?{query}")).text) == shown, query


async def test_the_export_has_what_the_list_has_and_leaves_a_trace(browser: Any, cast: Cast) -> None:
    await planned(cast)
    visitor = await browser(cast.bureau)
    answer = await visitor.get("/visits/export?state=planned")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert rows[2][:3] == [MONDAY.isoformat(), "09:30", "10:30"]
    assert rows[2][5] == "马**"
    events, _total = await audit.events(cast.auditor, verb="visits.export")
    assert len(events) == 1


async def test_a_visit_is_planned_by_the_form_and_a_second_click_plans_nothing_more(browser: Any, cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    visitor = await browser(cast.provider_a)
    form = await visitor.get(f"/visits/placements/{placed.placement}/new")
    assert form.status_code == 200
    once = re.search(r'name="once" value="([^"]+)"', form.text)
    assert once is not None
    sent = typed(cast, once=once[1])
    first = await visitor.post(f"/visits/placements/{placed.placement}", sent)
    assert first.status_code == 303, first.text
    second = await visitor.post(f"/visits/placements/{placed.placement}", sent)
    assert second.headers["location"] == first.headers["location"]
    assert (await queries.visits(cast.provider_a, placement=placed.placement))[1] == 1


async def test_a_suggestion_fills_in_the_form(browser: Any, cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    visitor = await browser(cast.provider_a)
    form = await visitor.get(f"/visits/placements/{placed.placement}/new")
    found = re.search(r'href="(/visits/placements/\d+/new\?[^"#]+)', form.text)
    assert found is not None
    filled = await visitor.get(found[1].replace("&amp;", "&"))
    day = re.search(r"day=([\d-]+)", found[1])
    assert day is not None
    assert f'value="{day[1]}"' in filled.text


async def test_a_wrong_form_keeps_what_was_typed_with_the_fault_beside_its_field(browser: Any, cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.bath, cast.person_a)
    visitor = await browser(cast.provider_a)
    wrong = typed(cast, second_worker=cast.worker_m.worker, note="bring the tub")
    answer = await visitor.post(f"/visits/placements/{placed.placement}", wrong)
    assert answer.status_code == 422
    assert 'id="f-second_worker-fault"' in answer.text
    assert "须由女性提供" in answer.text
    assert "bring the tub" in answer.text
    for nonsense in ({"day": "31.12.", "start": "25:99", "worker": "x"}, {}, {"day": "9999-99-99", "minutes": "-4"}):
        assert (await visitor.post(f"/visits/placements/{placed.placement}", nonsense)).status_code == 422


async def test_a_double_booking_is_a_conflict_with_a_sentence(browser: Any, cast: Cast) -> None:
    await planned(cast)
    other = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b)
    visitor = await browser(cast.provider_a)
    answer = await visitor.post(f"/visits/placements/{other.placement}", typed(cast, start="10:00"))
    assert answer.status_code == 409
    assert "测试甲女在 09:30–10:30 已有上门服务" in answer.text


async def test_a_visit_is_confirmed_moved_and_cancelled_from_its_page(browser: Any, cast: Cast) -> None:
    _placed, id = await planned(cast)
    visitor = await browser(cast.provider_a)
    assert (await visitor.post(f"/visits/{id}/confirm")).status_code == 303
    moved = await visitor.post(f"/visits/{id}/move", typed(cast, version=2))
    assert moved.status_code == 303, moved.text
    stale = await visitor.post(f"/visits/{id}/move", typed(cast, version=2, start="15:00"))
    assert stale.status_code == 409
    assert "已有人保存了改动" in stale.text and "15:00" in stale.text
    assert (await visitor.post(f"/visits/{id}/cancel", {"reason": "nonsense"})).status_code == 422
    assert (await visitor.post(f"/visits/{id}/missed", {"note": "nobody"})).status_code == 409
    assert (await visitor.post(f"/visits/{id}/cancel", {"reason": "weather"})).status_code == 303
    page = (await visitor.get(f"/visits/{id}")).text
    for text in ("已取消", "天气", "已改期", "已确认"):
        assert text in page
    assert f"/visits/{id}/move" not in page


async def test_an_impossible_move_names_both_states_on_the_page(browser: Any, cast: Cast) -> None:
    _placed, id = await planned(cast)
    visitor = await browser(cast.provider_a)
    await visitor.post(f"/visits/{id}/cancel", {"reason": "weather"})
    for verb, sent, word in (
        ("confirm", {}, "已确认"),
        ("move", typed(cast, version=2), "已计划"),
        ("missed", {"note": "nobody came"}, "未上门"),
        ("phone", {"reason": "weather"}, "电话探访"),
    ):
        answer = await visitor.post(f"/visits/{id}/{verb}", sent)
        assert answer.status_code == 409, verb
        assert f"“已取消”不能变为“{word}”" in answer.text, verb


async def test_a_visit_is_replaced_by_a_call(browser: Any, cast: Cast) -> None:
    _placed, id = await planned(cast)
    visitor = await browser(cast.provider_a)
    assert (await visitor.post(f"/visits/{id}/phone", {"reason": "road_closed"})).status_code == 303
    assert "道路中断" in (await visitor.get(f"/visits/{id}")).text


async def test_the_station_sees_who_comes_to_its_recipient_but_changes_nothing(browser: Any, cast: Cast) -> None:
    _placed, id = await planned(cast)
    visitor = await browser(cast.station_a)
    page = await visitor.get(f"/visits/{id}")
    assert page.status_code == 200
    assert "测试甲女" in page.text
    assert "/confirm" not in page.text
    assert (await visitor.post(f"/visits/{id}/confirm")).status_code == 403
    assert (await visitor.post(f"/visits/{id}/move", typed(cast, version=1))).status_code == 403


async def test_the_filler_is_started_and_tells_what_it_did(browser: Any, cast: Cast) -> None:
    await placed_need(cast, cast.provider_a, cast.bath, cast.person_a, visits_per_month=2)
    await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=2)
    visitor = await browser(cast.provider_a)
    assert (await visitor.get("/visits/fill")).status_code == 200
    days = {"first": MONDAY.replace(day=1).isoformat(), "last": (MONDAY + timedelta(14)).isoformat()}
    answer = await visitor.post("/visits/fill", days)
    assert answer.status_code == 303, answer.text
    page = (await visitor.get(answer.headers["location"])).text
    assert "没有所需性别的人员" in page
    assert "未违反任何规则" in page
    backwards = {"first": days["last"], "last": days["first"]}
    assert (await visitor.post("/visits/fill", backwards)).status_code == 422


@pytest.mark.parametrize("person", ["provider_b", "station_b", "stranger", "stranger_station", "stranger_provider"])
async def test_a_stranger_sees_no_visit_no_form_and_no_run(browser: Any, cast: Cast, person: str) -> None:
    placed, id = await planned(cast)
    run = await actions.fill(cast.provider_a, FillForm(first=MONDAY, last=MONDAY))
    visitor = await browser(getattr(cast, person))
    expected = {403, 404}
    for path in (f"/visits/{id}", f"/visits/rosters/{run}", f"/visits/placements/{placed.placement}/new"):
        assert (await visitor.get(path)).status_code in expected, path
    for path in (
        *(f"/visits/{id}/{verb}" for verb in ("confirm", "move", "cancel", "missed", "phone")),
        f"/visits/placements/{placed.placement}",
    ):
        data = typed(cast, version=1, reason="weather", note="why not")
        assert (await visitor.post(path, data)).status_code in expected, path
    for path in ("/visits", "/visits/list?state=planned", "/visits/export?state=planned&form=csv"):
        answer = await visitor.get(path)
        assert answer.status_code == 200
        assert "马测试" not in answer.text, path
        assert "马**" not in answer.text, path
    assert (await queries.visit(cast.provider_a, id)).state is VisitState.PLANNED


async def test_workers_have_their_phone_not_the_desk(browser: Any, cast: Cast) -> None:
    _placed, id = await planned(cast)
    visitor = await browser(cast.worker_a)
    for path in ("/visits", "/visits/list", f"/visits/{id}", "/visits/fill"):
        assert (await visitor.get(path)).status_code == 403
