"""The pages of organisations and of workers."""

import csv
import io
from datetime import timedelta

import pytest

from shangmen import clock
from shangmen.foundation.organisations import actions
from shangmen.foundation.organisations.workers import actions as engaging
from shangmen.foundation.organisations.workers import queries as people
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.foundation.test_organisations import CODE, ID, licence, organisation_of, worker


async def test_the_list_is_filtered_and_names_who_lacks_a_paper(browser: OpenBrowser, cast: Cast) -> None:
    id = await organisation_of(cast.provider_a)
    await actions.add_qualification(cast.bureau, id, licence(valid_to=clock.today() - timedelta(days=3)))
    visitor = await browser(cast.bureau)
    page = (await visitor.get("/organisations", params={"kind": "provider", "q": "甲服务"})).text
    assert "甲服务中心" in page and "资质缺失" in page
    assert "下马关镇社工站（测试）</a>" not in page
    assert "没有符合条件的机构" in (await visitor.get("/organisations", params={"q": "无此机构"})).text
    assert "丙服务中心" not in (await visitor.get("/organisations")).text
    show = (await visitor.get(f"/organisations/{id}")).text
    assert "以下资质无有效证件" in show and "已过期" in show


async def test_the_bureau_registers_a_provider(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.bureau)
    assert (await visitor.get("/organisations/new")).status_code == 200
    typed = {"kind": "provider", "name": "丁服务中心", "credit_code": CODE[:-1] + "A", "areas": [str(cast.township_a)]}
    wrong = await visitor.post("/organisations", typed)
    assert wrong.status_code == 422 and 'id="f-credit_code-fault"' in wrong.text and "丁服务中心" in wrong.text
    made = await visitor.post("/organisations", {**typed, "credit_code": CODE})
    assert made.status_code == 303
    show = await visitor.get(made.headers["location"])
    assert "机构已登记" in show.text and "登记机构" in show.text and "韦州镇" in show.text


async def test_the_bureau_suspends_a_paper_with_a_reason(browser: OpenBrowser, cast: Cast) -> None:
    id = await organisation_of(cast.provider_a)
    paper = await actions.add_qualification(cast.bureau, id, licence())
    visitor = await browser(cast.bureau)
    nothing = await visitor.post(f"/organisations/qualifications/{paper}/suspend", {"reason": ""})
    assert nothing.status_code == 422
    assert (
        await visitor.post(f"/organisations/qualifications/{paper}/suspend", {"reason": "年检未通过"})
    ).status_code == 303
    page = (await visitor.get(f"/organisations/{id}")).text
    assert "以下资质无有效证件" in page and "年检未通过" in page


async def test_a_provider_notes_its_own_paper_and_nobody_elses(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.provider_a)
    own, other = await organisation_of(cast.provider_a), await organisation_of(cast.provider_b)
    sent = {"kind": "insurance", "valid_from": "2026-01-01", "number": "P-1"}
    assert (await visitor.post(f"/organisations/{own}/qualifications", sent)).status_code == 303
    assert "P-1" in (await visitor.get(f"/organisations/{own}")).text
    assert (await visitor.post(f"/organisations/{other}/qualifications", sent)).status_code == 404
    backwards = {**sent, "valid_to": "2025-01-01"}
    assert (await visitor.post(f"/organisations/{own}/qualifications", backwards)).status_code == 422


async def test_another_provider_sees_the_name_and_neither_papers_nor_people(browser: OpenBrowser, cast: Cast) -> None:
    id = await organisation_of(cast.provider_a)
    await actions.add_qualification(cast.bureau, id, licence(number="SECRET-7"))
    page = (await (await browser(cast.provider_b)).get(f"/organisations/{id}")).text
    assert "甲服务中心" in page and "SECRET-7" not in page and "测试甲女" not in page


async def test_a_provider_registers_a_worker_and_notes_certificate_hours_and_absence(
    browser: OpenBrowser, cast: Cast
) -> None:
    visitor = await browser(cast.provider_a)
    assert (await visitor.get("/workers/new")).status_code == 200
    week = {"starts": ["08:00"] * 5 + ["", ""], "ends": ["18:00"] * 5 + ["", ""]}
    typed = {
        "name": "王小明", "id_number": ID[:-1] + "1", "sex": "female", "position": "care_worker",
        "valid_from": "2026-01-01", "daily_minutes": "480", "monthly_minutes": "9600", **week,
    }  # fmt: skip
    wrong = await visitor.post("/workers", typed)
    assert wrong.status_code == 422 and 'id="f-id_number-fault"' in wrong.text
    made = await visitor.post("/workers", {**typed, "id_number": ID})
    assert made.status_code == 303
    path = made.headers["location"]
    steps: dict[str, dict[str, object]] = {
        "qualifications": {"kind": "first_aid", "valid_from": "2026-01-01"},
        "engagement": {**typed, "position": "nurse", "version": "1"},
        "absences": {"first": "2026-03-02", "last": "2026-03-04", "reason": "病假"},
    }
    for step, sent in steps.items():
        assert (await visitor.post(f"{path}/{step}", {})).status_code == 422, step
        assert (await visitor.post(f"{path}/{step}", sent)).status_code == 303, step
    page = (await visitor.get(path)).text
    assert "病假" in page and "登记证书" in page
    assert ID not in page  # the whole number is nobody's business


async def test_a_second_click_registers_one_worker(browser: OpenBrowser, cast: Cast) -> None:
    visitor = await browser(cast.provider_a)
    typed = {
        "name": "王小明", "id_number": ID, "sex": "female", "position": "care_worker", "valid_from": "2026-01-01",
        "once": "same-token",
    }  # fmt: skip
    first = await visitor.post("/workers", typed)
    second = await visitor.post("/workers", typed)
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"]


@pytest.mark.parametrize("path", ["/organisations/export", "/workers/export"])
async def test_exports_hold_the_rows_with_masked_telephones(browser: OpenBrowser, cast: Cast, path: str) -> None:
    await engaging.register_worker(cast.provider_a, worker(telephone="13812345678"))
    visitor = await browser(cast.provider_a)
    answer = await visitor.get(path, params={"form": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) > 2
    text = answer.content.decode("utf-8-sig")
    assert "13812345678" not in text and "测试乙男" not in text
    assert (await visitor.get(path)).content[:2] == b"PK"


async def test_the_stranger_finds_nothing(browser: OpenBrowser, cast: Cast) -> None:
    id = await organisation_of(cast.provider_a)
    person = await engaging.register_worker(cast.provider_a, worker())
    for scope in (cast.stranger, cast.stranger_station, cast.stranger_provider):
        visitor = await browser(scope)
        assert (await visitor.get(f"/organisations/{id}")).status_code == 404
        assert "王小明" not in (await visitor.get("/workers")).text
        assert (await visitor.get(f"/workers/{person}")).status_code == 404
    foreign = await browser(cast.stranger_provider)
    sent = {"kind": "first_aid", "valid_from": "2026-01-01"}
    assert (await foreign.post(f"/organisations/{id}/qualifications", sent)).status_code == 404
    assert (await foreign.post(f"/workers/{person}/qualifications", sent)).status_code == 404
    assert (
        await foreign.post(f"/workers/{person}/absences", {"first": "2026-01-01", "last": "2026-01-02"})
    ).status_code == 404
    other = await browser(cast.provider_b)
    assert (await other.get(f"/workers/{person}")).status_code == 404


async def test_a_desk_that_only_looks_may_not_write(browser: OpenBrowser, cast: Cast) -> None:
    id = await organisation_of(cast.provider_a)
    for scope in (cast.auditor, cast.finance, cast.station_a):
        visitor = await browser(scope)
        assert (await visitor.post("/organisations", {})).status_code == 403
        assert (await visitor.post(f"/organisations/{id}/qualifications", {})).status_code == 403
    assert (await (await browser(cast.bureau)).post("/workers", {})).status_code == 403
    assert (await (await browser(cast.worker_a)).get("/workers")).status_code == 403


async def test_a_station_sees_its_own_workers_alone(browser: OpenBrowser, cast: Cast) -> None:
    page = (await (await browser(cast.station_a)).get("/workers")).text
    assert "测试社工" in page and "测试甲女" not in page
    rows, total = await people.workers(cast.station_a)
    assert total == len(rows) == 1
