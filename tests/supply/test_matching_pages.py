"""Pages of matching runs: what the bureau reads and does, and who may not."""

import re
from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest
import pytest_asyncio

from shangmen import clock, database, wiring
from shangmen.access import Scope
from shangmen.foundation.regions.states import Accuracy
from shangmen.supply.matching_runs import actions, queries
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.map import queries as map_queries
from shangmen.supply.matching_runs.map import views as map_views
from shangmen.supply.matching_runs.run import job
from shangmen.supply.matching_runs.states import RunState
from shangmen.web.language import label
from tests.cast import Cast
from tests.conftest import Browser
from tests.supply.matching_steps import answered, offers, values
from tests.supply.matching_world import add_contract, add_need, add_worker, law

Open = Callable[[Scope | None], Awaitable[Browser]]


class Run:
    """A solved run: a visit that station A serves, a bath that nobody can."""

    id: int
    visit: int
    bath: int

    def pages(self) -> list[str]:
        run = f"/matching/{self.id}"
        return [run, f"{run}/map.geojson", f"{run}/unserved", f"{run}/export", f"{run}/needs/{self.visit}/"]

    def verbs(self) -> list[str]:
        run = f"/matching/{self.id}"
        need = f"{run}/needs/{self.visit}"
        return [f"{run}/approve", f"{run}/cancel", f"{need}/pin", f"{need}/override"]


@pytest_asyncio.fixture(loop_scope="session")
async def run(cast: Cast) -> Run:
    await law(cast)
    wiring.wire()
    made = Run()
    await add_contract(cast.system, cast, cast.provider_a.organisation or 0, [cast.bath], [cast.township_a])
    made.visit = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    made.bath = await add_need(cast.system, cast, cast.person_a, cast.bath)
    made.id = await actions.start(cast.bureau, RunForm(starts_on=clock.today(), seconds=2))
    await job.solve(cast.system, made.id)
    return made


async def test_the_run_page_says_how_many_are_served_and_how_good_that_is(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    text = (await visitor.get(f"/matching/{run.id}")).text
    for word in ("已证明最优", "50.0\u00a0%", label("NO_GENDER"), "批准并派单", "不依赖求解器独立校验", "工时"):
        assert word in text


async def test_the_auditor_reads_everything_and_changes_nothing(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.auditor)
    for path in run.pages():
        assert (await visitor.get(path)).status_code == 200
    assert "批准并派单" not in (await visitor.get(f"/matching/{run.id}")).text
    for path in run.verbs():
        assert (await visitor.post(path)).status_code == 403


async def test_the_officer_of_another_county_finds_nothing(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.stranger)
    for path in [*run.pages(), f"/matching/{run.id}/progress"]:
        assert (await visitor.get(path, headers={"HX-Request": "true"})).status_code == 404
    for path in run.verbs():
        fields = {"kind": "lift", "reason": "试一试", "option": "none"}
        assert (await visitor.post(path, fields)).status_code == 404
    assert f"/matching/{run.id}" not in (await visitor.get("/matching/")).text


@pytest.mark.parametrize("who", ["finance", "station_a", "provider_a", "worker_a", "assistant_a", "administrator"])
async def test_who_has_no_part_in_matching_is_refused(cast: Cast, browser: Open, run: Run, who: str) -> None:
    visitor = await browser(getattr(cast, who))
    for path in ["/matching/", *run.pages()]:
        assert (await visitor.get(path)).status_code == 403
    for path in ["/matching/", *run.verbs()]:
        assert (await visitor.post(path)).status_code == 403


async def test_a_run_is_started_from_the_form(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    fields = {
        "starts_on": clock.today().isoformat(),
        "seed": "3",
        "seconds": "5",
        "placed": "keep",
        "neighbours": "on",
    }
    answer = await visitor.post("/matching/", fields)
    assert answer.status_code == 303
    page = await visitor.get(answer.headers["location"])
    assert "等待后台处理" in page.text
    started = (await queries.runs(cast.bureau))[0][0]
    assert started.policy == RunForm(
        starts_on=clock.today(), seed=3, seconds=5, placed="keep", neighbours=True, most_moves=None
    )


async def test_a_form_with_faults_comes_back_with_what_was_typed(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    answer = await visitor.post("/matching/", {"starts_on": "2020-01-01", "seconds": "17"})
    assert answer.status_code == 422
    assert "请填写从今天起一年以内的日期" in answer.text
    assert 'value="17"' in answer.text
    answer = await visitor.post("/matching/", {"starts_on": "soon", "seed": "x", "seconds": "0"})
    assert answer.status_code == 422


async def test_the_number_of_changes_may_be_limited_and_must_be_a_number(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    fields = {"starts_on": clock.today().isoformat(), "placed": "free", "most_moves": "-1"}
    answer = await visitor.post("/matching/", fields)
    assert answer.status_code == 422
    assert 'value="-1"' in answer.text
    answer = await visitor.post("/matching/", {**fields, "placed": "leave", "most_moves": "4"})
    assert answer.status_code == 422
    assert "只有重新匹配已安排的需求时" in answer.text
    assert (await visitor.post("/matching/", {**fields, "most_moves": "4"})).status_code == 303
    assert (await queries.runs(cast.bureau))[0][0].policy.most_moves == 4


async def test_what_would_follow_from_another_supplier_is_asked_on_the_need_page(cast: Cast, browser: Open) -> None:
    made = await two_stations(cast)
    visitor = await browser(cast.auditor)
    page, station = f"/matching/{made.id}/needs/{made.visit}", cast.station_b.organisation
    text = (await visitor.get(page)).text
    assert "换一个服务方会怎样" in text
    assert "可行" not in text
    answer = await visitor.post(f"{page}/suppose", {"supplier": str(station)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}?suppose={station}#suppose")
    fragment = f"{page}/supposed?suppose={station}"
    for waiting in (
        await visitor.get(f"{page}?suppose={station}"),
        await visitor.get(fragment, headers={"HX-Request": "true"}),
    ):
        assert f'hx-get="{fragment}"' in waiting.text
        assert "可行" not in waiting.text
    await answered(cast)
    for told in (
        await visitor.get(f"{page}?suppose={station}"),
        await visitor.get(fragment, headers={"HX-Request": "true"}),
    ):
        assert "可行，每月多" in told.text
        assert "不影响其他人" in told.text
        assert "supposed?" not in told.text
    await visitor.post("/locale", {"locale": "en", "next": "/"})
    text = (await visitor.get(f"{page}?suppose={station}")).text
    assert "km more a month, nobody else changes" in text


async def test_a_question_about_no_supplier_of_the_county_is_refused_beside_its_field(
    cast: Cast, browser: Open
) -> None:
    made = await two_stations(cast)
    visitor = await browser(cast.bureau)
    page = f"/matching/{made.id}/needs/{made.visit}"
    for supplier, fault in (
        ("999999", "本县没有该服务方"),
        (str(cast.stranger_provider.organisation), "本县没有该服务方"),
        (str(cast.station_a.organisation), "已建议该服务方"),
        ("x", ""),
        ("", ""),
    ):
        answer = await visitor.post(f"{page}/suppose", {"supplier": supplier})
        assert answer.status_code == 422
        assert "error-summary" in answer.text and fault in answer.text
    for nobody in ("x", "999999", "%00", "9" * 40):
        assert (await visitor.get(f"{page}?suppose={nobody}")).status_code == 200
        gone = await visitor.get(f"{page}/supposed?suppose={nobody}", headers={"HX-Request": "true"})
        assert (gone.status_code, gone.headers["hx-refresh"]) == (200, "true")


async def two_stations(cast: Cast) -> Run:
    """A run in which the neighbouring station could serve the visit as well."""
    await law(cast)
    wiring.wire()
    made = Run()
    await add_worker(cast.system, cast, cast.station_b.organisation or 0, "female")
    made.visit = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    made.id = await actions.start(cast.bureau, RunForm(starts_on=clock.today(), seconds=2, neighbours=True))
    await job.solve(cast.system, made.id)
    return made


async def test_the_progress_is_a_fragment_and_ends_with_a_refresh(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    queued = await actions.start(cast.bureau, RunForm(starts_on=clock.today()))
    answer = await visitor.get(f"/matching/{queued}/progress", headers={"HX-Request": "true"})
    assert 'hx-trigger="every 2s"' in answer.text
    assert "<html" not in answer.text
    assert "HX-Refresh" not in answer.headers
    over = await visitor.get(f"/matching/{run.id}/progress", headers={"HX-Request": "true"})
    assert over.headers["HX-Refresh"] == "true"
    plain = await visitor.get(f"/matching/{run.id}/progress")
    assert plain.status_code == 303


async def test_a_run_is_stopped_by_a_button(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    queued = await actions.start(cast.bureau, RunForm(starts_on=clock.today()))
    assert (await visitor.post(f"/matching/{queued}/cancel")).status_code == 303
    assert (await queries.run(cast.bureau, queued)).state is RunState.CANCELLED


async def test_the_unserved_are_listed_with_their_reason_and_filtered(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    text = (await visitor.get(f"/matching/{run.id}/unserved")).text
    assert f"#{run.bath}" in text
    assert f"#{run.visit}<" not in text
    assert "缺少1名女性" in text
    text = (await visitor.get(f"/matching/{run.id}/unserved?reason=TOO_FAR")).text
    assert f"#{run.bath}" not in text
    text = (await visitor.get(f"/matching/{run.id}/unserved?show=all&township=x&supplier=%00")).text
    assert f"#{run.visit}<" in text


async def test_no_name_is_shown_in_full(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    for path in [*run.pages()[:3], run.pages()[4], f"/matching/{run.id}/unserved?show=all"]:
        assert "马测试" not in (await visitor.get(path)).text


async def test_the_need_page_says_why_and_who_was_ruled_out(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    text = (await visitor.get(f"/matching/{run.id}/needs/{run.bath}/")).text
    assert "缺少1名女性“上门助浴”人员" in text
    assert "最小的改变即可安排" in text
    assert "社工站只做访视和社会工作服务" in text
    text = (await visitor.get(f"/matching/{run.id}/needs/{run.visit}/")).text
    assert "韦州镇社工站（测试）" in text
    assert "该社工站服务其他乡镇" in text
    assert (await visitor.get(f"/matching/{run.id}/needs/999999/")).status_code == 404


async def test_the_page_of_a_waiting_need_leads_to_what_the_last_run_said(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    assert f'href="/matching/needs/{run.bath}"' in (await visitor.get(f"/needs/{run.bath}")).text
    answer = await visitor.get(f"/matching/needs/{run.bath}")
    assert answer.headers["location"] == f"/matching/{run.id}/needs/{run.bath}"
    new = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    assert (await visitor.get(f"/matching/needs/{new}")).headers["location"] == "/matching"


async def test_the_map_has_the_lines_and_the_unserved(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    answer = await visitor.get(f"/matching/{run.id}/map.geojson")
    assert answer.headers["content-type"].startswith("application/geo+json")
    kinds = [feature["properties"]["kind"] for feature in answer.json()["features"]]
    assert kinds.count("serves") == kinds.count("recipient") == kinds.count("unmet") == 1


async def test_the_map_of_one_supplier_has_its_needs_and_the_unserved(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    for supplier, served in ((cast.station_a.organisation, 1), (cast.provider_b.organisation, 0)):
        answer = await visitor.get(f"/matching/{run.id}/map.geojson?supplier={supplier}")
        kinds = [feature["properties"]["kind"] for feature in answer.json()["features"]]
        assert (kinds.count("serves"), kinds.count("recipient"), kinds.count("unmet")) == (served, served, 1)


async def test_the_key_names_every_supplier_that_serves_with_its_mark(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    key = (await visitor.get(f"/matching/{run.id}")).text.split('class="map-key"')[1].split("</details>")[0]
    assert "韦州镇社工站（测试）" in key and "1项需求" in key
    assert key.count('class="shape shape-0"') == 1
    features = (await visitor.get(f"/matching/{run.id}/map.geojson")).json()["features"]
    (station,) = [
        f["properties"] for f in features if f["properties"].get("group") and f["properties"].get("number") == 1
    ]
    assert (station["title"], station["mark"]) == ("韦州镇社工站（测试）", [0, 0])


async def test_a_need_at_an_estimated_place_is_drawn_as_that(cast: Cast, browser: Open, run: Run) -> None:
    async with database.transaction(cast.system):
        await database.execute("UPDATE person SET latitude = NULL, longitude = NULL, village = ''")
    features = (await (await browser(cast.bureau)).get(f"/matching/{run.id}/map.geojson")).json()["features"]
    shown = [f["properties"] for f in features if f["properties"]["kind"] in ("recipient", "unmet")]
    assert shown and all(one["estimated"] for one in shown)
    assert "估计位置：所在乡镇的中心" in shown[0]["lines"]


def test_needs_at_one_estimated_place_come_together() -> None:
    def point(need: int, supplier: int | None, accuracy: Accuracy) -> map_queries.Point:
        return map_queries.Point(need, supplier, "", 0, Decimal(37), Decimal(106), accuracy, "韦州镇", "V01", "", "")

    found = [point(n, 7 if n < 3 else None, Accuracy.TOWNSHIP) for n in range(5)]
    exact = point(9, 7, Accuracy.EXACT)
    together = map_views._together([*found, exact])
    assert together[0] == exact
    assert [(one.supplier, one.needs) for one in together if isinstance(one, map_queries.Cluster)] == [
        (7, 3),
        (None, 2),
    ]


async def test_a_map_of_very_many_needs_is_put_together_on_the_server(
    cast: Cast, browser: Open, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_queries, "MOST_POINTS", 1)
    features = (await (await browser(cast.bureau)).get(f"/matching/{run.id}/map.geojson")).json()["features"]
    shown = {f["properties"]["kind"]: f["properties"]["count"] for f in features if "count" in f["properties"]}
    assert shown == {"recipient": 1, "unmet": 1}


async def test_an_override_and_a_pin_are_made_on_the_need_page(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    need = f"/matching/{run.id}/needs/{run.visit}"
    answer = await visitor.post(f"{need}/override", {"option": "none"})
    assert answer.status_code == 422
    answer = await visitor.post(f"{need}/override", {"option": f"{cast.provider_a.organisation}:", "reason": "试一试"})
    assert answer.status_code == 422
    assert "试一试" in answer.text
    assert (await visitor.post(f"{need}/override", {"option": "none", "reason": "本人暂不需要"})).status_code == 303
    assert "本人暂不需要" in (await visitor.get(f"{need}/")).text
    fields = {"kind": "must", "supplier": str(cast.station_b.organisation), "reason": "家属要求"}
    answer = await visitor.post(f"{need}/pin", fields)
    assert answer.status_code == 422
    assert "该社工站服务其他乡镇" in answer.text
    fields["supplier"] = str(10**30)
    answer = await visitor.post(f"{need}/pin", fields)
    assert (answer.status_code, "数值过大" in answer.text) == (422, True)
    fields["supplier"] = str(cast.station_a.organisation)
    assert (await visitor.post(f"{need}/pin", fields)).status_code == 303
    assert "必须由 韦州镇社工站（测试） 承接" in (await visitor.get(f"{need}/")).text


async def test_approving_on_the_page_makes_the_offers_once(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    first = await visitor.post(f"/matching/{run.id}/approve", {"once": "approve-once"})
    assert first.status_code == 303
    again = await visitor.post(f"/matching/{run.id}/approve", {"once": "approve-once"})
    assert again.status_code == 303  # the same click: the same answer, no second offer
    assert (await visitor.post(f"/matching/{run.id}/approve")).status_code == 409
    assert len(await offers(cast.bureau, run.id)) == 1
    text = (await visitor.get(f"/matching/{run.id}")).text
    assert "已发出派单 1 份" in text


async def test_the_proposals_are_exported_and_the_export_is_on_record(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    answer = await visitor.get(f"/matching/{run.id}/export?form=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "马**" in lines[1]
    assert (await visitor.get(f"/matching/{run.id}/export")).content[:2] == b"PK"
    noted = "SELECT id FROM audit_event WHERE verb = 'matching_runs.export'"
    assert len(await values(cast.bureau, int, noted)) == 2


async def test_the_pages_speak_english_too(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.bureau)
    await visitor.post("/locale", {"locale": "en", "next": "/"})
    text = (await visitor.get(f"/matching/{run.id}")).text
    assert "Proven: no plan does better." in text
    assert "The best there is, re-checked here without a solver." in text
    text = (await visitor.get(f"/matching/{run.id}/needs/{run.bath}/")).text
    assert "1 more Female worker(s) are missing" in text


async def test_the_station_sees_why_its_need_is_unserved_and_who_must_act(cast: Cast, browser: Open, run: Run) -> None:
    visitor = await browser(cast.station_a)
    page = f"/matching/needs/{run.bath}/why"
    assert f'href="{page}"' in (await visitor.get(f"/needs/{run.bath}")).text
    text = (await visitor.get(page)).text
    assert "缺少1名女性“上门助浴”人员" in text
    assert "承接主体：增加人员，或培训现有人员" in text
    assert "马测试" not in text
    assert "最近一次匹配建议由韦州镇社工站（测试）承接" in (await visitor.get(f"/matching/needs/{run.visit}/why")).text
    assert (await (await browser(cast.station_b)).get(page)).status_code == 404
    assert (await (await browser(cast.provider_a)).get(page)).status_code == 403


async def test_the_station_sees_the_remedy_that_the_bureau_sees(cast: Cast, browser: Open, run: Run) -> None:
    bureau, station = await browser(cast.bureau), await browser(cast.station_a)
    asked = re.compile("最小的改变即可安排：</strong>(.*?)</", re.DOTALL)
    (remedy,) = asked.findall((await bureau.get(f"/matching/{run.id}/needs/{run.bath}/")).text)
    assert remedy.strip()
    assert asked.findall((await station.get(f"/matching/needs/{run.bath}/why")).text) == [remedy]


async def test_a_run_says_its_outcome_first_and_folds_away_what_it_was_made_with(
    cast: Cast, browser: Open, run: Run
) -> None:
    text = (await (await browser(cast.bureau)).get(f"/matching/{run.id}")).text
    said = [
        text.index(one) for one in ("2 项需求中，1 项已有服务方，1 项尚无", "最主要的障碍", "下一步：核对建议并批准")
    ]
    assert said == sorted(said) and said[-1] < text.index("计算依据") < text.index("随机种子")


async def test_a_run_without_offers_has_no_button_to_approve_and_make_them(cast: Cast, browser: Open) -> None:
    await law(cast)
    wiring.wire()
    await add_need(cast.system, cast, cast.person_a, cast.bath)
    id = await actions.start(cast.bureau, RunForm(starts_on=clock.today(), seconds=2))
    await job.solve(cast.system, id)
    text = (await (await browser(cast.bureau)).get(f"/matching/{id}")).text
    assert "没有可批准的内容" in text and "批准并派单" not in text
    form = text[text.index(f'action="/matching/{id}/approve"') :]
    assert "primary" not in form[: form.index("</form>")]
