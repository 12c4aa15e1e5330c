"""Money and buckets: exact sums, counters that move with them, every delivered visit in one bucket."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records import actions as records
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement import actions, buckets, inputs, ledger, queries
from shangmen.delivery.settlement.forms import PaymentForm, ReviewForm, StatementForm
from shangmen.delivery.settlement.payment.capitals import capitals
from shangmen.delivery.settlement.states import Bucket, StatementState
from shangmen.errors import Conflict, Faults, Refused
from tests.cast import Cast, make_cast
from tests.conftest import NewDatabase
from tests.delivery.rows import placed_need
from tests.delivery.settlement_rows import (
    FIRST,
    LAST,
    TODAY,
    brought_to,
    cleaned,
    counters,
    delivered,
    drafted,
    overturn,
    set_verdict,
)

D = Decimal
VERIFIED, HELD, REJECTED = VerdictState.VERIFIED, VerdictState.HELD, VerdictState.REJECTED
PAID = StatementState.PAID


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("1800000", "壹佰捌拾万元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("10", "壹拾元整"),
        ("10000000", "壹仟万元整"),
        ("10001", "壹万零壹元整"),
        ("100000001", "壹亿零壹元整"),
        ("100050000", "壹亿零伍万元整"),
        ("20030", "贰万零叁拾元整"),
        ("1000000000000", "壹万亿元整"),
    ],
)
def test_an_amount_in_capital_figures(amount: str, words: str) -> None:
    assert capitals(D(amount)) == words


@pytest.mark.parametrize("amount", ["-1", "0.001", "10000000000000000"])
def test_what_is_no_amount_has_no_capital_figures(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        capitals(D(amount))


def _read(words: str) -> Decimal:
    """Capital figures read back, by another way than they were written."""
    digits = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
    units = {"拾": 10, "佰": 100, "仟": 1000}
    total = group = digit = 0
    whole, _, rest = words.removesuffix("整").partition("元")
    if "元" not in words:
        whole, rest = "", whole
    for sign in whole:
        if sign in digits:
            digit = digits[sign]
        elif sign in units:
            group, digit = group + digit * units[sign], 0
        elif sign == "万":
            total, group, digit = total + (group + digit) * 10_000, 0, 0
        else:  # 亿
            total, group, digit = (total + group + digit) * 10**8, 0, 0
    cents = 0
    for sign in rest:
        if sign in digits:
            digit_now = digits[sign]
        else:
            cents += digit_now * (10 if sign == "角" else 1)
    return D(total + group + digit) + D(cents) / 100


@given(st.decimals(min_value=0, max_value=D("99999999999.99"), places=2))
def test_capital_figures_say_the_amount(amount: Decimal) -> None:
    words = capitals(amount)
    assert _read(words) == amount
    assert "零零" not in words


MINUTES = st.lists(
    st.tuples(
        st.integers(1, 300),
        st.sampled_from([VERIFIED, VERIFIED, HELD, REJECTED]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    visits=MINUTES,
    rate=st.decimals(1, 200, places=2),
    taken=st.lists(st.decimals(D("0.01"), 90, places=2), max_size=3),
)
async def test_lines_gross_deductions_and_counters_agree_to_the_fen(
    cast: Cast, visits: list[tuple[int, VerdictState]], rate: Decimal, taken: list[Decimal]
) -> None:
    outer = database.ENGINE.current_transaction.get()
    assert outer is not None
    savepoint = await outer.savepoint()
    try:
        placed = await cleaned(cast, rate=rate)
        made = [
            await delivered(cast, placed, FIRST + timedelta(number), minutes, state)
            for number, (minutes, state) in enumerate(visits)
        ]
        sums = sum((one.amount for one, (_m, state) in zip(made, visits, strict=True) if state is VERIFIED), D(0))
        before = await counters(cast, placed)
        assert before == (sums, D(0), D(0))
        if not any(state is VERIFIED for _m, state in visits):
            with pytest.raises(Refused):
                await drafted(cast, placed)
            return
        id = await brought_to(cast, await drafted(cast, placed), StatementState.SUBMITTED)
        amounts: dict[str, Any] = {f"amount_{n}": amount for n, amount in enumerate(taken, 1)}
        reasons: dict[str, Any] = {f"reason_{n}": "扣减" for n in range(1, len(taken) + 1)}
        form = ReviewForm(**amounts, **reasons)
        if sum(taken, D(0)) > sums:
            with pytest.raises(Faults):
                await actions.review(cast.bureau, id, form)
            return
        await actions.review(cast.bureau, id, form)
        statement = await queries.statement(cast.finance, id)
        rows, _total = await ledger.lines(cast.finance, id)
        items = await ledger.by_item(cast.finance, id)
        people, _total = await ledger.by_person(cast.finance, id)
        assert sum(row.amount for row in rows) == statement.gross == sums
        assert sum(row.amount for row in items) == sum(row.amount for row in people) == sums
        assert statement.deducted == sum(taken, D(0))
        assert statement.payable == statement.gross - statement.deducted
        await actions.approve(cast.approver, id)
        assert await counters(cast, placed) == (sums, statement.payable, D(0))
        await actions.pay(cast.finance, id, PaymentForm("ZF-1"))
        assert await counters(cast, placed) == (sums, statement.payable, statement.payable)
        assert await queries.paid_total(cast.system) == statement.payable
    finally:
        await savepoint.rollback_to()  # type: ignore[no-untyped-call]  # Piccolo's


async def test_the_last_line_under_the_ceiling_is_settled_with_what_the_ceiling_left(cast: Cast) -> None:
    """Domain §4.6: 12,107 lines at 40 make 484,280; of the next one 20.00 are payable."""
    placed = await cleaned(cast)

    @database.scoped
    async def narrow(scope: Scope) -> None:
        await database.execute(
            "UPDATE contract SET reserved = 0, ceiling = 100, original_ceiling = 100 WHERE id = :id",
            id=placed.contract,
        )
        await database.execute("UPDATE contract_line SET reserved = 0 WHERE id = :id", id=placed.contract_line)
        await database.execute(
            "UPDATE placement SET reserved_units = 0, reserved_yuan = 0 WHERE id = :id", id=placed.placement
        )

    await narrow(cast.system)
    for number in range(3):
        await delivered(cast, placed, FIRST + timedelta(number))
    id = await brought_to(cast, await drafted(cast, placed), PAID)
    rows, _total = await ledger.lines(cast.finance, id)
    assert [row.amount for row in rows] == [D("60.00"), D("40.00"), D("0.00")]
    assert await queries.paid_total(cast.system) == D("100.00")


async def test_every_delivered_visit_is_in_exactly_one_bucket_with_its_reason(cast: Cast) -> None:
    placed = await cleaned(cast)
    own = await placed_need(cast, cast.station_b, cast.home_visit, cast.person_b)
    day = iter(FIRST + timedelta(number) for number in range(31))
    settled = await delivered(cast, placed, next(day))
    await drafted(cast, placed, FIRST, FIRST)
    waits = await delivered(cast, placed, next(day))
    held = await delivered(cast, placed, next(day), state=HELD)
    rejected = await delivered(cast, placed, next(day), state=REJECTED)
    early = await delivered(cast, placed, TODAY - timedelta(1))
    station = await delivered(cast, own, next(day), start=600)
    clawed = await delivered(cast, placed, FIRST + timedelta(20))
    await brought_to(cast, await drafted(cast, placed, FIRST + timedelta(20), FIRST + timedelta(20)), PAID)
    await overturn(cast, placed, clawed)
    rows = await buckets.buckets(cast.bureau, None, FIRST, TODAY)
    assert sorted((row.visit, row.bucket, row.reason) for row in rows) == sorted(
        [
            (settled.visit, Bucket.SETTLED, "draft"),
            (waits.visit, Bucket.NOT_DUE, "in_no_statement_yet"),
            (held.visit, Bucket.HELD, "没有定位"),
            (rejected.visit, Bucket.REJECTED, "没有定位"),
            (early.visit, Bucket.NOT_DUE, "month_not_over"),
            (station.visit, Bucket.NOT_PAYABLE, "own_visit_of_the_station"),
            (clawed.visit, Bucket.REJECTED, "服务对象已于服务前去世"),
        ]
    )
    assert {row.bucket for row in rows} == set(Bucket)
    assert len(await buckets.buckets(cast.provider_a, placed.contract, FIRST, TODAY)) == 6
    assert await buckets.buckets(cast.provider_b, None, FIRST, TODAY) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([VERIFIED, HELD, REJECTED]),
            st.booleans(),
            st.sampled_from([None, HELD, REJECTED, VERIFIED]),
        ),
        max_size=10,
    )
)
async def test_no_visit_is_in_no_bucket_or_in_two(
    cast: Cast, history: list[tuple[VerdictState, bool, VerdictState | None]]
) -> None:
    """Whatever became of the visits: verified or not, in a statement or not, and another verdict afterwards."""
    outer = database.ENGINE.current_transaction.get()
    assert outer is not None
    savepoint = await outer.savepoint()
    try:
        placed = await cleaned(cast)
        made = []
        for number, (state, stated, _later) in enumerate(history):
            visit = await delivered(cast, placed, FIRST + timedelta(number), state=state)
            made.append(visit)
            if stated and state is VERIFIED:
                await drafted(cast, placed, FIRST + timedelta(number), FIRST + timedelta(number))
        for visit, (_state, _stated, later) in zip(made, history, strict=True):
            if later:
                await set_verdict(cast, visit, later, "later")
        rows = await buckets.buckets(cast.bureau, None, FIRST, LAST)
        assert sorted(row.visit for row in rows) == sorted(visit.visit for visit in made)
        assert all(row.reason for row in rows)
        sums = await buckets.bucket_sums(cast.bureau, None, FIRST, LAST)
        assert sum(one.visits for one in sums.values()) == len(made)
    finally:
        await savepoint.rollback_to()  # type: ignore[no-untyped-call]  # Piccolo's


@pytest_asyncio.fixture(loop_scope="session")
async def apart(engine: str, new_database: NewDatabase, servers: Any) -> AsyncIterator[Cast]:
    """The cast in a database of its own, committed, over a pool of several connections."""
    before = dict(database.ENGINE.config)
    await database.close_pool()
    database.use(servers.application(await new_database()))
    await database.open_pool()
    try:
        yield await make_cast()
    finally:
        clock.set_to(None)
        await database.close_pool()
        database.use(before["dsn"])
        await database.open_pool()


async def test_of_two_drafts_at_once_one_wins_and_every_line_is_in_one_statement(apart: Cast) -> None:
    """The loser gets a Conflict; nothing is doubled or half-written, and nothing is paid twice."""
    placed = await cleaned(apart)
    for number in range(6):
        await delivered(apart, placed, FIRST + timedelta(number))
    form = StatementForm(placed.contract or 0, FIRST, LAST)
    tries = await asyncio.gather(*(actions.draft(apart.provider_a, form) for _ in range(5)), return_exceptions=True)
    (id,) = [one for one in tries if isinstance(one, int)]
    assert sum(isinstance(one, Conflict) for one in tries) == 4
    assert (await ledger.lines(apart.provider_a, id))[1] == 6
    await brought_to(apart, id, StatementState.APPROVED)
    pays = [actions.pay(apart.finance, id, PaymentForm(f"ZF-{number}")) for number in range(4)]
    paid = await asyncio.gather(*pays, return_exceptions=True)
    assert sum(one == id for one in paid) == 1
    assert await counters(apart, placed) == (D("360.00"),) * 3


async def test_a_rejection_and_an_approval_at_once_never_both_stand(apart: Cast) -> None:
    """Either the approval counts the visit and the rejection has to be claimed back, or the approval is refused."""
    placed = await cleaned(apart)
    for number in range(6):
        day = FIRST + timedelta(number)
        visit = await delivered(apart, placed, day)
        id = await brought_to(apart, await drafted(apart, placed, day, day), StatementState.REVIEWED)
        results = await asyncio.gather(
            actions.approve(apart.approver, id),
            records.reject(apart.station_a, visit.record, ReasonForm(reason="无法证实")),
            return_exceptions=True,
        )
        assert [isinstance(one, Conflict) for one in results].count(True) == 1, results
    rows, _total = await queries.statements(apart.bureau, queries.Asked(state=StatementState.APPROVED))
    settled = sum((row.payable for row in rows), D(0))
    assert await counters(apart, placed) == (settled, settled, D(0))


async def test_a_draft_that_breaks_off_leaves_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, date(2026, 3, 5))

    async def broken(*_args: object) -> None:
        raise ConnectionError("the worker was killed")

    monkeypatch.setattr(inputs, "total", broken)
    with pytest.raises(ConnectionError):
        await drafted(cast, placed)
    monkeypatch.undo()
    assert (await queries.statements(cast.provider_a))[1] == 0
    assert (await ledger.lines(cast.provider_a, await drafted(cast, placed)))[1] == 1
