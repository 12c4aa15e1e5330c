"""Pages of statements: each role does its step in the browser; strangers get 404 for rows and 403 for functions."""

import io
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from python_calamine import CalamineWorkbook

from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement import actions, queries
from shangmen.delivery.settlement.forms import ObjectionForm, ReviewForm
from shangmen.delivery.settlement.states import StatementState
from tests.cast import Cast
from tests.delivery.settlement_rows import FIRST, LAST, brought_to, cleaned, delivered, drafted, set_verdict

Browsers = Callable[[Any], Awaitable[Any]]


async def three_visits(cast: Cast) -> Any:
    placed = await cleaned(cast)
    await delivered(cast, placed, FIRST)
    await delivered(cast, placed, FIRST + timedelta(1), 90)
    await delivered(cast, placed, FIRST + timedelta(2), state=VerdictState.HELD)
    return placed


async def test_a_statement_goes_from_the_preview_to_the_payment_by_four_people(cast: Cast, browser: Browsers) -> None:
    placed = await three_visits(cast)
    provider, officer = await browser(cast.provider_a), await browser(cast.bureau)
    approver, finance = await browser(cast.approver), await browser(cast.finance)
    preview = await provider.get("/statements/new")
    assert "¥150.00" in preview.text
    assert "没有定位" in preview.text, "the held visit is listed with its reason"
    sent = {"contract": placed.contract, "period_from": FIRST, "period_to": LAST}
    made = await provider.post("/statements/", sent)
    assert made.status_code == 303
    path = made.headers["location"]
    steps = (
        (provider, "submit", {"seen": "150.00"}),
        (officer, "review", {"seen": "150.00", "note": "抽查一致"}),
        (approver, "approve", {"seen": "150.00"}),
        (finance, "pay", {"seen": "150.00", "payment_reference": "ZF-2026-0401"}),
    )
    for visitor, verb, data in steps:
        shown = await visitor.get(path)
        assert shown.status_code == 200
        assert f'action="{path}/{verb}"' in shown.text
        done = await visitor.post(f"{path}/{verb}", data)
        assert done.status_code == 303, verb
    paid = (await finance.get(path)).text
    assert "壹佰伍拾元整" in paid
    assert "ZF-2026-0401" in paid
    assert "<form" not in paid[paid.index("<main") : paid.index("</main>")]


async def test_an_impossible_move_comes_back_as_a_conflict_that_names_both_states(
    cast: Cast, browser: Browsers
) -> None:
    id = await drafted(cast, await three_visits(cast))
    for visitor, verb, data, sentence in (
        (cast.approver, "approve", {}, "“草稿”不能变为“已批准”"),
        (cast.finance, "pay", {"payment_reference": "ZF-1"}, "“草稿”不能变为“已支付”"),
    ):
        answer = await (await browser(visitor)).post(f"/statements/{id}/{verb}", data)
        assert answer.status_code == 409
        assert sentence in answer.text


async def test_a_second_click_pays_once(cast: Cast, browser: Browsers) -> None:
    id = await brought_to(cast, await drafted(cast, await three_visits(cast)), StatementState.APPROVED)
    finance = await browser(cast.finance)
    sent = {"payment_reference": "ZF-1", "seen": "150.00", "once": "token-1"}
    for _click in range(2):
        assert (await finance.post(f"/statements/{id}/pay", sent)).status_code == 303
    again = await finance.post(f"/statements/{id}/pay", {**sent, "once": "token-2"})
    assert again.status_code == 409
    assert len([e for e in await queries.history(cast.finance, id) if e.verb == "settlement.pay"]) == 1


async def test_a_stale_page_is_refused_and_says_so(cast: Cast, browser: Browsers) -> None:
    placed = await three_visits(cast)
    id = await brought_to(cast, await drafted(cast, placed), StatementState.SUBMITTED)
    officer = await browser(cast.bureau)
    stale = await officer.post(f"/statements/{id}/review", {"seen": "90.00"})
    assert stale.status_code == 409
    assert "打开之后内容已有变化" in stale.text


async def test_the_reviewer_reads_why_a_second_officer_is_waited_for(cast: Cast, browser: Browsers) -> None:
    placed = await three_visits(cast)
    id = await brought_to(cast, await drafted(cast, placed), StatementState.REVIEWED)
    officer, provider = await browser(cast.bureau), await browser(cast.provider_a)
    shown = (await officer.get(f"/statements/{id}")).text
    assert "须由第二经办人批准" in shown
    assert f"/statements/{id}/approve" not in shown
    refused = await officer.post(f"/statements/{id}/approve", {"seen": "150.00"})
    assert (refused.status_code, "须由第二经办人批准" in refused.text) == (422, True)
    assert "等待第二经办人批准" in (await provider.get(f"/statements/{id}")).text


async def test_a_wrong_deduction_keeps_what_was_typed_and_names_its_field(cast: Cast, browser: Browsers) -> None:
    placed = await three_visits(cast)
    id = await brought_to(cast, await drafted(cast, placed), StatementState.SUBMITTED)
    officer = await browser(cast.bureau)
    sent = {"amount_1": "999.00", "reason_1": "迟到三次", "note": "见附件"}
    faulty = await officer.post(f"/statements/{id}/review", sent)
    assert faulty.status_code == 422
    assert 'id="review-amount_1-fault"' in faulty.text
    for typed in ("999.00", "迟到三次", "见附件"):
        assert typed in faulty.text
    negative = await officer.post(f"/statements/{id}/review", {"amount_1": "-5", "reason_1": "x y"})
    assert negative.status_code == 422
    assert (await queries.statement(cast.bureau, id)).state is StatementState.SUBMITTED


async def test_an_empty_or_overlapping_period_comes_back_with_its_sentence(cast: Cast, browser: Browsers) -> None:
    placed = await three_visits(cast)
    await drafted(cast, placed)
    provider = await browser(cast.provider_a)
    sent = {"contract": placed.contract, "period_from": FIRST, "period_to": LAST}
    clash = await provider.post("/statements/", sent)
    assert clash.status_code == 409
    assert "202603-01" in clash.text
    missing = await provider.post("/statements/", {**sent, "period_to": "soon"})
    assert missing.status_code == 422
    assert 'id="f-period_to-fault"' in missing.text
    foreign = await (await browser(cast.provider_b)).post("/statements/", sent)
    assert foreign.status_code == 404


async def test_a_visit_that_fell_is_named_on_the_page_with_what_to_do(cast: Cast, browser: Browsers) -> None:
    placed = await cleaned(cast)
    visit = await delivered(cast, placed, FIRST)
    id = await brought_to(cast, await drafted(cast, placed), StatementState.SUBMITTED)
    await set_verdict(cast, visit, VerdictState.REJECTED, "服务对象已于服务前去世")
    shown = (await (await browser(cast.bureau)).get(f"/statements/{id}")).text
    assert "服务对象已于服务前去世" in shown
    assert "马**" in shown


async def test_the_finance_reads_masked_names_and_the_provider_its_own(cast: Cast, browser: Browsers) -> None:
    placed = await three_visits(cast)
    id = await drafted(cast, placed)
    for view in ("", "?view=visits"):
        assert "马测试" not in (await (await browser(cast.finance)).get(f"/statements/{id}{view}")).text
        assert "马测试" in (await (await browser(cast.provider_a)).get(f"/statements/{id}{view}")).text


async def test_the_ledger_carries_its_totals_and_the_lines_to_sign(cast: Cast, browser: Browsers) -> None:
    placed = await three_visits(cast)
    id = await brought_to(cast, await drafted(cast, placed), StatementState.SUBMITTED)
    await actions.review(cast.bureau, id, ReviewForm(rule_1="appraisal_good"))
    sheet = await (await browser(cast.finance)).get(f"/statements/{id}/lines")
    assert sheet.status_code == 200
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    cells = [str(cell) for row in rows for cell in row]
    assert [row[11] for row in rows[2:6]] == [60.0, 90.0, 150.0, -7.5]
    assert "壹佰肆拾贰元伍角整" in cells
    assert "马**" in cells
    assert "officer" in cells
    assert "马测试" not in cells


async def test_the_list_shows_what_waits_first_and_filters(cast: Cast, browser: Browsers) -> None:
    placed = await cleaned(cast)
    for number in range(3):
        await delivered(cast, placed, FIRST + timedelta(number))
    ids = [await drafted(cast, placed, FIRST + timedelta(n), FIRST + timedelta(n)) for n in range(3)]
    await brought_to(cast, ids[0], StatementState.SUBMITTED)
    await brought_to(cast, ids[2], StatementState.PAID)
    officer = await browser(cast.bureau)
    listed = re.findall(r"TEST-\d+-202603-0\d", (await officer.get("/statements/")).text)
    assert [number[-2:] for number in dict.fromkeys(listed)] == ["01", "03", "02"]
    waiting = (await officer.get("/statements/?state=waiting")).text
    assert "202603-01" in waiting
    assert "202603-03" not in waiting
    assert "202603-02" not in (await officer.get(f"/statements/?first={FIRST}&last={FIRST}")).text
    for odd in ("?state=nonsense", "?first=x&last=y", "?contract=abc", "?page=99999", "?q=%25"):
        assert (await officer.get(f"/statements/{odd}")).status_code == 200
    for visitor in (cast.finance, cast.auditor, cast.provider_a, cast.provider_b):
        assert (await (await browser(visitor)).get("/statements/")).status_code == 200
    for form in ("", "?form=csv"):
        assert (await officer.get(f"/statements/export{form}")).status_code == 200


async def test_strangers_get_404_for_rows_and_403_for_functions(cast: Cast, browser: Browsers) -> None:
    placed = await three_visits(cast)
    id = await brought_to(cast, await drafted(cast, placed), StatementState.REVIEWED)
    await actions.object(cast.provider_a, id, ObjectionForm("道路中断"))
    for foreign in (cast.provider_b, cast.stranger, cast.stranger_provider):
        visitor = await browser(foreign)
        assert (await visitor.get(f"/statements/{id}")).status_code == 404
        assert (await visitor.get(f"/statements/{id}/lines")).status_code == 404
        assert "202603" not in (await visitor.get("/statements/")).text
    stranger, rival = await browser(cast.stranger), await browser(cast.provider_b)
    for verb in ("review", "approve", "send-back"):
        assert (await stranger.post(f"/statements/{id}/{verb}", {"reason": "reason"})).status_code == 404
    for verb in ("submit", "refresh", "object"):
        assert (await rival.post(f"/statements/{id}/{verb}", {"text": "text"})).status_code == 404
    auditor, worker = await browser(cast.auditor), await browser(cast.worker_a)
    assert (await auditor.get(f"/statements/{id}")).status_code == 200
    assert (await auditor.post(f"/statements/{id}/approve")).status_code == 403
    assert (await worker.get("/statements/")).status_code == 403
    assert (await (await browser(cast.finance)).post(f"/statements/{id}/review")).status_code == 403
