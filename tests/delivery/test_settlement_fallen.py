"""Visits that are rejected or held after a statement took them in: dropped, blocked, or clawed back."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from shangmen import clock, database
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement import actions, inputs, queries
from shangmen.delivery.settlement.forms import PaymentForm, ReasonForm, ReviewForm
from shangmen.delivery.settlement.states import StatementState
from shangmen.errors import Conflict
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.settlement_rows import (
    FIRST,
    LAST,
    brought_to,
    cleaned,
    counters,
    delivered,
    drafted,
    overturn,
    set_verdict,
)

D = Decimal
DAY = date(2026, 3, 5)


async def test_a_visit_rejected_while_it_is_in_a_draft_falls_out_at_once(cast: Cast) -> None:
    placed = await cleaned(cast)
    visit = await delivered(cast, placed, DAY)
    await delivered(cast, placed, DAY + timedelta(1), 90)
    id = await drafted(cast, placed)
    await overturn(cast, placed, visit)
    statement = await queries.statement(cast.provider_a, id)
    assert (statement.lines, statement.gross) == (1, D("90.00"))
    await brought_to(cast, id, StatementState.PAID)
    assert await counters(cast, placed) == (D("90.00"),) * 3


async def test_a_draft_with_a_visit_that_is_held_again_is_not_submitted_until_it_is_refreshed(cast: Cast) -> None:
    placed = await cleaned(cast)
    visit = await delivered(cast, placed, DAY)
    await delivered(cast, placed, DAY + timedelta(1))
    id = await drafted(cast, placed)
    await set_verdict(cast, visit, VerdictState.HELD)
    with pytest.raises(Conflict, match="2026-03-05"):
        await actions.submit(cast.provider_a, id)
    await actions.refresh(cast.provider_a, id)
    await actions.submit(cast.provider_a, id)
    assert (await queries.statement(cast.provider_a, id)).lines == 1


@pytest.mark.parametrize("state", [StatementState.SUBMITTED, StatementState.REVIEWED, StatementState.APPROVED])
async def test_a_visit_rejected_later_blocks_the_statement_until_it_is_sent_back(
    cast: Cast, state: StatementState
) -> None:
    """Scenario 3: a death on the 4th, reported after the March statement was handed in."""
    placed = await cleaned(cast)
    dead = await delivered(cast, placed, DAY)
    await delivered(cast, placed, DAY - timedelta(3), 90)
    id = await brought_to(cast, await drafted(cast, placed), state)
    await overturn(cast, placed, dead)
    (fell,) = await inputs.fallen(cast.bureau, id)
    assert (fell.visit, fell.reason) == (dead.visit, "服务对象已于服务前去世")
    steps: dict[StatementState, Callable[[], Awaitable[object]]] = {
        StatementState.SUBMITTED: lambda: actions.review(cast.bureau, id, ReviewForm()),
        StatementState.REVIEWED: lambda: actions.approve(cast.approver, id),
        StatementState.APPROVED: lambda: actions.pay(cast.finance, id, PaymentForm("ZF-1")),
    }
    with pytest.raises(Conflict, match="not verified any more"):
        await steps[state]()
    await actions.send_back(cast.bureau, id, ReasonForm("服务对象去世"))
    assert await counters(cast, placed) == (D("90.00"), D(0), D(0))
    statement = await queries.statement(cast.provider_a, id)
    assert (statement.state, statement.lines, statement.gross) == (StatementState.DRAFT, 1, D("90.00"))
    assert statement.submitted_by is statement.reviewed_by is statement.approved_by is None
    await brought_to(cast, id, StatementState.PAID)
    assert await counters(cast, placed) == (D("90.00"),) * 3


async def test_a_paid_visit_that_was_rejected_since_is_clawed_back_once(cast: Cast) -> None:
    """Scenario 3 with the March statement paid already: the money comes back with April's."""
    placed = await cleaned(cast)
    dead = await delivered(cast, placed, DAY)
    await delivered(cast, placed, DAY - timedelta(3), 90)
    march = await brought_to(cast, await drafted(cast, placed), StatementState.PAID)
    await overturn(cast, placed, dead)
    clock.set_to(clock.at(date(2026, 6, 2), 600))
    await delivered(cast, placed, date(2026, 4, 3), 80)
    april = await drafted(cast, placed, date(2026, 4, 1), date(2026, 4, 30))
    statement = await queries.statement(cast.provider_a, april)
    assert (statement.gross, statement.deducted, statement.payable) == (D("80.00"), D("60.00"), D("20.00"))
    (taken,) = await queries.deductions(cast.provider_a, april)
    assert (taken.rule, taken.from_number) == (
        "clawback",
        (await queries.statement(cast.provider_a, march)).number,
    )
    await brought_to(cast, april, StatementState.PAID)
    assert await counters(cast, placed) == (D("170.00"), D("170.00"), D("170.00"))  # 90 + 80: the 60 are free again
    assert await queries.paid_total(cast.system) == D("170.00")
    await delivered(cast, placed, date(2026, 5, 3))
    may = await drafted(cast, placed, date(2026, 5, 1), date(2026, 5, 31))
    assert (await queries.statement(cast.provider_a, may)).deducted == 0


async def test_a_clawback_larger_than_the_statement_waits_for_the_next(cast: Cast) -> None:
    placed = await cleaned(cast)
    dead = await delivered(cast, placed, DAY, 120)
    await brought_to(cast, await drafted(cast, placed, FIRST, DAY), StatementState.PAID)
    await overturn(cast, placed, dead)
    await delivered(cast, placed, DAY + timedelta(1), 60)
    second = await drafted(cast, placed, DAY + timedelta(1), DAY + timedelta(7))
    assert (await queries.statement(cast.provider_a, second)).deducted == 0
    await brought_to(cast, second, StatementState.PAID)
    await delivered(cast, placed, DAY + timedelta(8), 150)
    third = await drafted(cast, placed, DAY + timedelta(8), LAST)
    assert (await queries.statement(cast.provider_a, third)).payable == D("30.00")


async def test_a_station_rejects_a_record_that_stands_in_the_draft_of_a_provider(
    browser: OpenBrowser, cast: Cast
) -> None:
    placed = await cleaned(cast)
    one = await delivered(cast, placed, date(2026, 3, 6))
    await drafted(cast, placed)
    answer = await (await browser(cast.station_a)).post(f"/records/{one.record}/reject", {"reason": "nobody came"})
    assert answer.status_code == 303, answer.text
    async with database.transaction(cast.provider_a):
        assert await database.exists("SELECT 1 FROM audit_event WHERE verb = 'settlement.drop'")


async def test_a_paid_statement_with_a_rejected_visit_says_what_follows_and_not_that_it_cannot_go_on(
    browser: OpenBrowser, cast: Cast
) -> None:
    placed = await cleaned(cast)
    dead = await delivered(cast, placed, DAY)
    march = await drafted(cast, placed)
    desk = await browser(cast.bureau)
    assert "刷新草稿" not in (await desk.get(f"/statements/{march}")).text
    await brought_to(cast, march, StatementState.PAID)
    await overturn(cast, placed, dead)
    page = (await desk.get(f"/statements/{march}")).text
    assert "下一张结算单" in page and "不能继续办理" not in page
