"""Statements: what goes in, and what follows on the contract."""

from datetime import date, timedelta
from decimal import Decimal

import asyncpg
import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement import actions, ledger, queries
from shangmen.delivery.settlement.forms import (
    PaymentForm,
    StatementForm,
)
from shangmen.delivery.settlement.states import StatementState
from shangmen.delivery.settlement.tables import StatementLine
from shangmen.errors import Conflict, Forbidden, NotFound, Refused
from tests.cast import Cast
from tests.delivery.settlement_rows import (
    FIRST,
    LAST,
    TODAY,
    brought_to,
    cleaned,
    counters,
    delivered,
    drafted,
    set_verdict,
)

D = Decimal
SUBMITTED, REVIEWED = StatementState.SUBMITTED, StatementState.REVIEWED
DAY = date(2026, 3, 5)


async def test_a_draft_takes_in_the_verified_visits_of_its_days_and_nothing_else(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    await delivered(cast, placed, LAST, minutes=90, start=1380)  # begins an hour before midnight of the last day
    await delivered(cast, placed, DAY + timedelta(1), state=VerdictState.HELD)
    await delivered(cast, placed, DAY + timedelta(2), state=VerdictState.REJECTED)
    await delivered(cast, placed, date(2026, 4, 1), start=0)  # the first minute after the period
    await delivered(cast, placed, date(2026, 2, 28))
    id = await drafted(cast, placed)
    statement = await queries.statement(cast.provider_a, id)
    assert (statement.lines, statement.gross, statement.payable) == (2, D("150.00"), D("150.00"))
    assert statement.number == f"TEST-{cast.provider_a.organisation}-202603-01"
    rows, _total = await ledger.lines(cast.provider_a, id)
    assert [row.amount for row in rows] == [D("60.00"), D("90.00")]


async def test_a_visit_verified_late_goes_into_the_next_statement(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, date(2026, 2, 10))
    late = await delivered(cast, placed, date(2026, 2, 11))
    await set_verdict(cast, late, VerdictState.HELD)
    await brought_to(cast, await drafted(cast, placed, date(2026, 2, 1), date(2026, 2, 28)), SUBMITTED)
    await set_verdict(cast, late, VerdictState.VERIFIED)
    await delivered(cast, placed, DAY)
    rows, _total = await ledger.lines(cast.provider_a, await drafted(cast, placed))
    assert [(row.service_line == late.line, row.late) for row in rows] == [(True, True), (False, False)]


async def test_a_month_that_was_never_stated_is_not_swallowed_by_a_later_one(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, date(2026, 2, 10))
    await delivered(cast, placed, DAY)
    assert (await queries.statement(cast.provider_a, await drafted(cast, placed))).lines == 1


async def test_a_period_that_ends_after_today_is_refused_beside_its_last_day(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    with pytest.raises(Refused) as refused:
        await drafted(cast, placed, FIRST, TODAY + timedelta(1))
    assert refused.value.field == "period_to"
    with pytest.raises(Refused):
        await drafted(cast, placed, LAST, FIRST)


async def test_a_visit_after_the_statement_of_its_day_goes_into_the_next(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, TODAY, start=480)
    await brought_to(cast, await drafted(cast, placed, FIRST, TODAY), SUBMITTED)
    later = await delivered(cast, placed, TODAY, start=900)
    clock.set_to(clock.at(TODAY + timedelta(1), 600))
    next_one = await drafted(cast, placed, TODAY + timedelta(1), TODAY + timedelta(1))
    rows, _total = await ledger.lines(cast.provider_a, next_one)
    assert [(row.service_line, row.late) for row in rows] == [(later.line, True)]


async def test_nothing_to_settle_is_refused_and_leaves_no_statement(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY, state=VerdictState.HELD)
    with pytest.raises(Refused):
        await drafted(cast, placed)
    assert (await queries.statements(cast.provider_a))[1] == 0


async def test_a_period_that_overlaps_with_a_statement_is_refused_by_its_number(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    await delivered(cast, placed, DAY + timedelta(1))
    await drafted(cast, placed, FIRST, DAY)
    with pytest.raises(Conflict, match="202603-01"):
        await drafted(cast, placed, DAY, LAST)
    second = await drafted(cast, placed, DAY + timedelta(1), LAST)
    assert (await queries.statement(cast.provider_a, second)).number.endswith("202603-02")


async def test_the_database_refuses_an_overlapping_period_and_a_line_in_two_statements(cast: Cast) -> None:
    placed = await cleaned(cast)
    visit = await delivered(cast, placed, DAY)
    id = await drafted(cast, placed, FIRST, DAY)

    @database.scoped
    async def overlap(scope: Scope) -> None:
        await database.execute(
            "INSERT INTO statement (county, provider, contract, number, period_from, period_to, gross, deducted,"
            " payable, created_at, payment_reference, note) SELECT county, provider, contract, 'X', period_to,"
            " period_to + 9, 0, 0, 0, created_at, '', '' FROM statement WHERE id = :id",
            id=id,
        )

    @database.scoped
    async def twice(scope: Scope) -> None:
        await database.add(StatementLine(statement=id, service_line=visit.line, amount=visit.amount))

    with pytest.raises(asyncpg.ExclusionViolationError):
        await overlap(cast.system)
    with pytest.raises(asyncpg.UniqueViolationError):
        await twice(cast.system)


async def test_nobody_drafts_under_the_contract_of_another(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY)
    form = StatementForm(placed.contract or 0, FIRST, LAST)
    for other in (cast.provider_b, cast.stranger_provider):
        with pytest.raises(NotFound):
            await actions.draft(other, form)
    for desk in (cast.bureau, cast.finance, cast.system):
        with pytest.raises(Forbidden):
            await actions.draft(desk, form)


async def test_the_counters_of_the_contract_follow_the_statement(cast: Cast) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, DAY, 95)
    id = await drafted(cast, placed)
    await brought_to(cast, id, REVIEWED)
    assert await counters(cast, placed) == (D("95.00"), D(0), D(0))
    await actions.approve(cast.approver, id)
    assert await counters(cast, placed) == (D("95.00"), D("95.00"), D(0))
    await actions.pay(cast.finance, id, PaymentForm("ZF-1"))
    assert await counters(cast, placed) == (D("95.00"), D("95.00"), D("95.00"))
    assert await queries.paid_total(cast.system) == D("95.00")
    assert await queries.paid_total(cast.provider_b) == D(0)
