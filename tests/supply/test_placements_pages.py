"""Pages of offers and placements."""

from decimal import Decimal
from typing import Any

import pytest

from shangmen.foundation.organisations import actions as organisations
from shangmen.foundation.organisations.forms import ReasonForm as LossForm
from shangmen.supply.contracts import ledger
from shangmen.supply.placements import actions
from shangmen.supply.placements.forms import EndForm
from shangmen.supply.placements.tables import Placement
from tests.cast import Cast
from tests.sheets import cells
from tests.supply.rows import Bought, bought, days, offered, placed, row, waiting_need
from tests.supply.test_contracts import qualification

D = Decimal


async def one_offer(cast: Cast, **changes: Any) -> tuple[Bought, int]:
    made = await bought(cast, cast.provider_a, **changes)
    return made, await offered(cast, await waiting_need(cast), cast.provider_a, made.line)


async def test_a_supplier_accepts_from_the_list_and_then_reads_the_name(browser: Any, cast: Cast) -> None:
    _made, offer = await one_offer(cast)
    manager = await browser(cast.provider_a)
    listed = (await manager.get("/offers?state=offered")).text
    assert "马**" in listed and "马测试" not in listed
    answer = await manager.post(f"/offers/{offer}/accept", {"back": "list"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/offers?state=offered")
    assert "没有等待答复的派单" in (await manager.get("/offers?state=offered")).text
    assert "马测试" in (await manager.get("/placements")).text
    officer = await browser(cast.bureau)
    assert "马测试" not in (await officer.get("/placements")).text


async def test_the_page_of_an_offer_says_what_it_takes_and_what_is_short(browser: Any, cast: Cast) -> None:
    made, offer = await one_offer(cast, ceiling=D("5000"))
    manager = await browser(cast.provider_a)
    assert "占用合同" in (await manager.get(f"/offers/{offer}")).text
    await ledger.deliver(cast.system, made.line, D("124"), D("4960"))
    assert "签补充合同前不能接受" in (await manager.get(f"/offers/{offer}")).text
    answer = await manager.post(f"/offers/{offer}/accept", {})
    assert answer.status_code == 409
    assert "余额 ¥40.00" in answer.text


async def test_accepting_all_says_how_many_were_not(browser: Any, cast: Cast) -> None:
    made, _offer = await one_offer(cast, quantity=D("42"))
    await offered(cast, await waiting_need(cast, cast.person_b), cast.provider_a, made.line)
    manager = await browser(cast.provider_a)
    assert (await manager.post("/offers/accept-all", {})).status_code == 303
    text = (await manager.get("/offers?state=offered")).text
    assert "已接受 1 单" in text and "有 1 单未能接受" in text


async def test_declining_wants_a_reason(browser: Any, cast: Cast) -> None:
    _made, offer = await one_offer(cast)
    manager = await browser(cast.provider_a)
    answer = await manager.post(f"/offers/{offer}/decline", {"reason": " "})
    assert answer.status_code == 422 and "f-reason-fault" in answer.text
    assert (await manager.post(f"/offers/{offer}/decline", {"reason": "路程太远"})).status_code == 303
    officer = await browser(cast.bureau)
    assert "路程太远" in (await officer.get(f"/offers/{offer}")).text
    assert "路程太远" in (await officer.get("/offers?state=declined")).text


async def test_the_bureau_withdraws_and_the_supplier_does_not(browser: Any, cast: Cast) -> None:
    _made, offer = await one_offer(cast)
    manager = await browser(cast.provider_a)
    assert (await manager.post(f"/offers/{offer}/withdraw", {})).status_code == 403
    officer = await browser(cast.bureau)
    assert (await officer.post(f"/offers/{offer}/accept", {})).status_code == 403
    assert (await officer.post(f"/offers/{offer}/withdraw", {})).status_code == 303
    assert (await manager.post(f"/offers/{offer}/accept", {})).status_code == 409


async def test_a_second_click_gets_the_first_answer(browser: Any, cast: Cast) -> None:
    _made, offer = await one_offer(cast)
    manager = await browser(cast.provider_a)
    for _ in range(2):
        assert (await manager.post(f"/offers/{offer}/accept", {"once": "token"})).status_code == 303


async def test_the_recipients_station_reads_the_offer_but_does_not_answer_it(browser: Any, cast: Cast) -> None:
    _made, offer = await one_offer(cast)
    station = await browser(cast.station_a)
    text = (await station.get(f"/offers/{offer}")).text
    assert "马测试" in text and f"/offers/{offer}/accept" not in text and "派单" in text
    assert (await station.post(f"/offers/{offer}/accept", {})).status_code == 403
    assert (await station.post(f"/offers/{offer}/decline", {"reason": "x"})).status_code == 403


async def test_a_placement_shows_its_history_and_is_ended_with_a_reason(browser: Any, cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    placement = await placed(cast, cast.provider_a, made.line)
    station = await browser(cast.station_a)
    text = (await station.get(f"/placements/{placement}")).text
    assert "服务安排开始" in text and "接受派单" in text and "承接主体的合同" in text
    assert (await station.post(f"/placements/{placement}/end", {"on": "soon", "reason": ""})).status_code == 422
    answer = await station.post(f"/placements/{placement}/end", {"on": days(500).isoformat(), "reason": "搬家"})
    assert answer.status_code == 422 and "截止" in answer.text and "搬家" in answer.text
    typed = {"on": days(2).isoformat(), "reason": "搬家"}
    asked = await station.post(f"/placements/{placement}/end", typed)
    assert asked.status_code == 200 and "重新等待服务方的需求1项" in asked.text
    answer = await station.post(f"/placements/{placement}/end", {**typed, "sure": "yes"})
    assert answer.status_code == 303
    assert "搬家" in (await station.get(f"/placements/{placement}")).text
    assert (await row(cast.bureau, Placement, placement)).state == "ended"
    manager = await browser(cast.provider_a)
    assert (await manager.post(f"/placements/{placement}/end", {"on": days(0).isoformat()})).status_code == 403
    assert (await manager.get("/placements?state=ended")).status_code == 200


async def test_the_list_names_suppliers_that_take_on_no_new_work(browser: Any, cast: Cast) -> None:
    """Scenario 5: which placements are affected, and how many visits lie ahead."""
    made = await bought(cast, cast.provider_a)
    assert cast.provider_a.organisation is not None
    paper = await qualification(cast.system, cast.provider_a.organisation, cast.county)
    await placed(cast, cast.provider_a, made.line)
    officer = await browser(cast.bureau)
    assert "不再向其派单" not in (await officer.get("/placements")).text
    await organisations.suspend_qualification(cast.bureau, paper, LossForm(reason="年检不合格"))
    text = (await officer.get("/placements?affected=yes")).text
    assert "不再向其派单" in text and "受影响的服务安排 1 项" in text and "马**" in text
    station = await browser(cast.station_a)
    assert "不再向其派单" not in (await station.get("/placements")).text


async def test_both_lists_are_exported_with_the_viewers_names(browser: Any, cast: Cast) -> None:
    made = await bought(cast, cast.provider_a)
    placement = await placed(cast, cast.provider_a, made.line)
    for person, name in ((cast.bureau, "马**"), (cast.provider_a, "马测试")):
        visitor = await browser(person)
        for path in ("/offers/export", "/placements/export"):
            assert [line[0] for line in cells((await visitor.get(path)).content)[2:]] == [name]
    await actions.end(cast.bureau, placement, EndForm(days(0), "=cmd"))
    officer = await browser(cast.bureau)
    csv = (await officer.get("/placements/export?form=csv&state=ended")).content.decode("utf-8-sig")
    assert "'=cmd" in csv


@pytest.mark.parametrize("person", ["stranger", "station_b", "provider_b", "stranger_station", "stranger_provider"])
async def test_a_stranger_finds_neither_offer_nor_placement(browser: Any, cast: Cast, person: str) -> None:
    made = await bought(cast, cast.provider_a)
    placement = await placed(cast, cast.provider_a, made.line)
    offer = (await row(cast.bureau, Placement, placement)).offer
    visitor = await browser(getattr(cast, person))
    assert (await visitor.get(f"/offers/{offer}")).status_code == 404
    assert (await visitor.get(f"/placements/{placement}")).status_code == 404
    for path in ("/offers", "/placements", "/offers/export?form=csv", "/placements/export?form=csv"):
        answer = await visitor.get(path)
        assert answer.status_code == 200
        assert cast.provider_a.organisation_name not in answer.content.decode("utf-8-sig"), path
    for path in (f"/offers/{offer}/decline", f"/placements/{placement}/end", f"/offers/{offer}/withdraw"):
        fields = {"reason": "x", "on": days(0).isoformat()}
        assert (await visitor.post(path, fields)).status_code in (403, 404), path


async def test_an_assistant_and_finance_have_no_offers_page(browser: Any, cast: Cast) -> None:
    for person in (cast.assistant_a, cast.finance, cast.worker_a):
        visitor = await browser(person)
        assert (await visitor.get("/offers")).status_code == 403
        assert (await visitor.get("/placements")).status_code == 403
