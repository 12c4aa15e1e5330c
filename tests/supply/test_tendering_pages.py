"""Pages of tender studies: what the bureau asks and reads, and who may not."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from shangmen import clock, database, wiring
from shangmen.access import Scope
from shangmen.supply.tendering import actions, job, queries
from shangmen.supply.tendering.forms import StudyForm
from shangmen.supply.tendering.states import StudyState
from shangmen.web.language import label
from tests.cast import Cast
from tests.conftest import Browser
from tests.sheets import cells
from tests.supply.matching_world import add_contract, add_need, add_worker, law

Open = Callable[[Scope | None], Awaitable[Browser]]


@pytest_asyncio.fixture(loop_scope="session")
async def study(cast: Cast) -> int:
    """A study that is computed: two baths, of which the money pays for some, and a visit."""
    await law(cast)
    wiring.wire()
    provider = cast.provider_a.organisation or 0
    await add_worker(cast.system, cast, provider, "female", "bath_training")
    await add_contract(cast.system, cast, provider, [cast.bath], [cast.township_a], money="20000")
    for visits in (4, 8):
        await add_need(cast.system, cast, cast.person_a, cast.bath, visits_per_month=visits)
    await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    form = StudyForm(
        name="2027年采购", starts_on=clock.today(), money_from=0, money_to=200, steps=3, seconds=2,
        townships=[cast.township_a], township_percent=[100], suppliers=[provider], hours_percent=[110],
        price_percent=[100], new_place=cast.station_b.organisation, new_women=2, new_yuan=1000,
    )  # fmt: skip
    id = await actions.start(cast.bureau, form)
    await job.compute(cast.system, id)
    return id


def fields(cast: Cast, **more: str | list[str]) -> dict[str, Any]:
    """The form as the page sends it."""
    suppliers = [str(scope.organisation) for scope in (cast.station_a, cast.station_b, cast.provider_a)]
    return {
        "name": "测算一", "starts_on": clock.today().isoformat(), "money_from": "50", "money_to": "150", "steps": "3",
        "seconds": "2", "seed": "1", "townships": [str(cast.township_a), str(cast.township_b)],
        "township_percent": ["120", "100"], "suppliers": suppliers, "hours_percent": ["100", "90", "100"],
        "price_percent": ["100", "100", "105"], "dropped": [suppliers[1]], "new_women": "0", "new_men": "0",
        "new_hours": "160", "new_yuan": "0", "new_price_percent": "100", **more,
    }  # fmt: skip


async def test_the_page_shows_the_curve_the_table_and_the_hours(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    text = (await visitor.get(f"/tendering/{study}")).text
    for word in (
        "2027年采购",
        "资金与可安排需求",
        "逐档明细",
        "值得购买的工时",
        "新服务方",
        "110\u00a0%",
        "已证明最优",
    ):
        assert word in text
    assert text.count('role="img"') == 2
    assert text.count("<desc ") == 2


async def test_the_auditor_reads_and_changes_nothing(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.auditor)
    for path in ("/tendering/", f"/tendering/{study}", f"/tendering/{study}/export"):
        assert (await visitor.get(path)).status_code == 200
    assert (await visitor.get("/tendering/new")).status_code == 403
    assert (await visitor.post("/tendering/", fields(cast))).status_code == 403
    assert (await visitor.post(f"/tendering/{study}/cancel")).status_code == 403
    assert "/tendering/new" not in (await visitor.get("/tendering/")).text


async def test_the_officer_of_another_county_finds_nothing(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.stranger)
    for path in ("", "/progress", "/export"):
        answer = await visitor.get(f"/tendering/{study}{path}", headers={"HX-Request": "true"})
        assert answer.status_code == 404
    assert (await visitor.post(f"/tendering/{study}/cancel")).status_code == 404
    assert "2027年采购" not in (await visitor.get("/tendering/")).text


@pytest.mark.parametrize("who", ["finance", "station_a", "provider_a", "worker_a", "assistant_a", "administrator"])
async def test_who_has_no_part_in_tenders_is_refused(cast: Cast, browser: Open, study: int, who: str) -> None:
    visitor = await browser(getattr(cast, who))
    for path in ("/tendering/", "/tendering/new", f"/tendering/{study}", f"/tendering/{study}/export"):
        assert (await visitor.get(path)).status_code == 403
    assert (await visitor.post("/tendering/", fields(cast))).status_code == 403


async def test_a_study_is_asked_for_by_the_form(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    assert (await visitor.get("/tendering/new")).status_code == 200
    answer = await visitor.post("/tendering/", fields(cast))
    assert answer.status_code == 303
    made = (await queries.studies(cast.bureau))[0][0]
    assert made.state is StudyState.QUEUED
    assert made.question.township_percent == [120, 100]
    assert made.question.dropped == [cast.station_b.organisation]
    assert "等待后台处理" in (await visitor.get(answer.headers["location"])).text


async def test_sending_the_form_twice_makes_one_study(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    first = await visitor.post("/tendering/", fields(cast, once="tender-once"))
    second = await visitor.post("/tendering/", fields(cast, once="tender-once"))
    assert first.headers["location"] == second.headers["location"]
    assert (await queries.studies(cast.bureau))[1] == 2


async def test_a_form_with_faults_comes_back_with_what_was_typed(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    answer = await visitor.post(
        "/tendering/", fields(cast, money_to="40", name="我的测算", township_percent=["137", "x"])
    )
    assert answer.status_code == 422
    for kept in ('value="我的测算"', 'value="137"', 'value="x"', 'value="40"', 'value="90"', " checked"):
        assert kept in answer.text
    answer = await visitor.post("/tendering/", fields(cast, money_to="40", new_place=str(cast.station_a.organisation)))
    assert answer.status_code == 422
    assert "最多资金应大于最少资金" in answer.text
    assert "新服务方须有服务人员" in answer.text
    assert (await queries.studies(cast.bureau))[1] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"townships": ["99999999", "1"]},
        {"suppliers": ["a", "b", "c"]},
        {"township_percent": ["100"]},
        {"township_percent": ["100", "900"]},
        {"levels": ["NONE"], "level_percent": ["100"]},
        {"steps": "13"},
        {"dropped": ["%00"]},
        {"new_place": "0"},
        {"starts_on": "2020-01-01"},
    ],
    ids=lambda wrong: ",".join(wrong),
)
async def test_nonsense_is_refused(cast: Cast, browser: Open, study: int, wrong: dict[str, Any]) -> None:
    visitor = await browser(cast.bureau)
    assert (await visitor.post("/tendering/", fields(cast, **wrong))).status_code == 422


async def test_the_progress_is_a_fragment_and_ends_with_a_refresh(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    await visitor.post("/tendering/", fields(cast))
    queued = (await queries.studies(cast.bureau))[0][0].id
    answer = await visitor.get(f"/tendering/{queued}/progress", headers={"HX-Request": "true"})
    assert 'hx-trigger="every 2s"' in answer.text
    assert "HX-Refresh" not in answer.headers
    over = await visitor.get(f"/tendering/{study}/progress", headers={"HX-Request": "true"})
    assert over.headers["HX-Refresh"] == "true"
    assert (await visitor.get(f"/tendering/{study}/progress")).status_code == 303


async def test_a_study_is_stopped_by_a_button(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    await visitor.post("/tendering/", fields(cast))
    queued = (await queries.studies(cast.bureau))[0][0].id
    assert (await visitor.post(f"/tendering/{queued}/cancel")).status_code == 303
    assert (await queries.study(cast.bureau, queued)).state is StudyState.CANCELLED
    assert (await visitor.post(f"/tendering/{study}/cancel")).status_code == 409


@database.scoped
async def change(scope: Scope, /, sql: str, **values: Any) -> None:
    await database.execute(sql, **values)


async def test_stopping_twice_by_the_same_button_leads_back_to_the_study(
    cast: Cast, browser: Open, study: int
) -> None:
    visitor = await browser(cast.bureau)
    page = (await visitor.post("/tendering/", fields(cast))).headers["location"]
    assert 'name="once"' in (await visitor.get(page)).text.partition("停止")[0].rpartition("<form")[2]
    for _ in range(2):
        assert (await visitor.post(f"{page}/cancel", {"once": "stop-once"})).status_code == 303
    assert (await visitor.get(f"{page}/export")).status_code == 409


async def test_a_stopped_study_says_what_its_figures_are(cast: Cast, browser: Open, study: int) -> None:
    await change(
        cast.system,
        "UPDATE tender_study SET state = 'cancelled', result = jsonb_set(jsonb_set(result, '{worth}', '[]'),"
        " '{points}', jsonb_path_query_array(result, '$.points[0 to 1]')) WHERE id = :id",
        id=study,
    )
    visitor = await browser(cast.bureau)
    text = (await visitor.get(f"/tendering/{study}")).text
    for word in ("资金 100\u00a0% 时可安排", "已算出 2 / 3 档", "未计算工时", "占现有资金"):
        assert word in text
    assert "最多资金可安排" not in text
    assert "资金 100\u00a0%" in (await visitor.get("/tendering/")).text


async def test_a_study_for_a_day_without_contracts_says_so(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    assert "没有任何合同有剩余资金" not in (await visitor.get(f"/tendering/{study}")).text
    await change(
        cast.system,
        "UPDATE tender_study SET result = jsonb_set(result, '{points,2,budget}', '0') WHERE id = :id",
        id=study,
    )
    assert "没有任何合同有剩余资金" in (await visitor.get(f"/tendering/{study}")).text


async def test_a_supplier_that_has_closed_keeps_its_name_in_old_studies(cast: Cast, browser: Open, study: int) -> None:
    provider = cast.provider_a.organisation
    await change(
        cast.system, "UPDATE organisation SET status = 'closed', name = '旧名服务' WHERE id = :id", id=provider
    )
    visitor = await browser(cast.bureau)
    assert "旧名服务" in (await visitor.get(f"/tendering/{study}")).text
    assert "旧名服务" not in (await visitor.get("/tendering/new")).text
    assert "旧名服务" in (await visitor.get(f"/tendering/{study}/export?form=csv")).content.decode("utf-8-sig")


async def test_a_wrong_percentage_is_told_beside_its_own_township(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    text = (await visitor.post("/tendering/", fields(cast, township_percent=["120", "viel"]))).text
    assert text.count('aria-invalid="true"') == 1
    assert "下马关镇：请填写整数。" in text


async def test_the_list_is_filtered_by_state(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    assert "2027年采购" in (await visitor.get("/tendering/?state=done")).text
    assert "2027年采购" not in (await visitor.get("/tendering/?state=failed")).text


async def test_the_table_is_exported(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    answer = await visitor.get(f"/tendering/{study}/export")
    rows = cells(answer.content)
    assert rows[1][0] == "部分"
    curve = [row for row in rows if row[0] == "曲线"]
    assert [row[5] for row in curve] == [0, 100, 200]
    assert [row[8] for row in curve] == sorted(row[8] for row in curve)
    assert any(row[0] == "值得购买的工时" for row in rows)
    assert quote("2027年采购") in answer.headers["content-disposition"]
    table = await visitor.get(f"/tendering/{study}/export?form=csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    lines = table.content.decode("utf-8-sig").splitlines()
    assert len(lines) == len(rows) - 1


async def test_the_pages_speak_english_too(cast: Cast, browser: Open, study: int) -> None:
    visitor = await browser(cast.bureau)
    await visitor.post("/locale", {"locale": "en", "next": "/"})
    text = (await visitor.get(f"/tendering/{study}")).text
    for word in ("Served needs against money", "Hours worth buying", "Proven"):
        assert word in text
    assert "100 % leaves things as they are" in (await visitor.get("/tendering/new")).text


def test_every_state_has_its_chinese() -> None:
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in label(state)) for state in StudyState)
