"""The period that a new statement is filled in with: the earliest that is due, and never one that is refused."""

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from shangmen.delivery.settlement import periods
from shangmen.delivery.settlement.states import StatementState
from tests.cast import Cast
from tests.delivery.rows import placed_need
from tests.delivery.settlement_rows import TODAY, brought_to, cleaned, delivered, drafted

Browsers = Callable[[Any], Awaitable[Any]]
MARCH = date(2026, 3, 1), date(2026, 3, 31)
YESTERDAY = TODAY - timedelta(days=1)
FEBRUARY = date(2026, 2, 1), date(2026, 2, 28)


def in_march(day: int) -> date:
    return date(2026, 3, day)


# name: visits that stand in statements (with their period and state), visits in none, the period that is due
CASES: dict[str, tuple[list[tuple[date, date, date, StatementState | None]], list[date], tuple[date, date] | None]] = {
    "a month that is over": ([], [in_march(6)], MARCH),
    "the earliest of two months": ([], [in_march(6), date(2026, 2, 3)], FEBRUARY),
    "this month up to yesterday": ([], [YESTERDAY], (date(2026, 4, 1), YESTERDAY)),
    "today, when it is all there is": ([], [TODAY], (date(2026, 4, 1), TODAY)),
    "what is left of a month": (
        [(in_march(1), in_march(1), in_march(10), StatementState.SUBMITTED)], [in_march(20)], (in_march(11), MARCH[1]),
    ),
    "between two statements": (
        [(in_march(1), in_march(1), in_march(10), None), (in_march(25), in_march(25), in_march(31), None)],
        [in_march(15)], (in_march(11), in_march(24)),
    ),
    "verified late, within days that were handed in": (
        [(in_march(1), *MARCH, StatementState.SUBMITTED)], [in_march(5)], (date(2026, 4, 1), YESTERDAY),
    ),
    "within days of a draft, which is to be refreshed": ([(in_march(1), *MARCH, None)], [in_march(5)], None),
    "verified late, and stated up to today": (
        [(in_march(1), in_march(1), TODAY, StatementState.SUBMITTED)], [in_march(5)], None,
    ),
    "stated up to yesterday, one of today": (
        [(in_march(1), in_march(1), YESTERDAY, StatementState.SUBMITTED)], [TODAY], (TODAY, TODAY),
    ),
    "nothing": ([(in_march(1), *MARCH, None)], [], None),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
async def test_the_period_filled_in_is_the_earliest_due_and_makes_a_statement(
    cast: Cast, browser: Browsers, name: str
) -> None:
    stated, left, expected = CASES[name]
    placed = await cleaned(cast)
    for day, first, last, state in stated:
        await delivered(cast, placed, day)
        id = await drafted(cast, placed, first, last)
        if state:
            await brought_to(cast, id, state)
    for day in left:
        await delivered(cast, placed, day, start=700)
    assert placed.contract
    assert await periods.due(cast.provider_a, placed.contract) == expected

    provider = await browser(cast.provider_a)
    page = (await provider.get("/statements/new")).text
    filled = dict(re.findall(r'<input type="hidden" name="(contract|period_from|period_to)" value="([^"]*)"', page))
    assert bool(filled) == (expected is not None)
    if expected:
        assert (filled["period_from"], filled["period_to"]) == tuple(day.isoformat() for day in expected)
        assert (await provider.post("/statements/", filled)).status_code == 303


async def test_the_contract_filled_in_is_one_under_which_something_is_due(cast: Cast, browser: Browsers) -> None:
    """Not the one with the most money in a draft."""
    placed = await cleaned(cast)
    await delivered(cast, placed, in_march(3), 300)
    await drafted(cast, placed)
    other = await placed_need(cast, cast.provider_b, cast.cleaning, cast.person_b)
    await delivered(cast, other, in_march(4))
    page = (await (await browser(cast.provider_b)).get("/statements/new")).text
    assert f'name="contract" value="{other.contract}"' in page
    assert 'action="/statements/"' not in (await (await browser(cast.provider_a)).get("/statements/new")).text


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (in_march(1), in_march(20), "已包含其中部分日期"),
        (date(2026, 1, 1), date(2026, 1, 31), "没有可结算"),
        (date(2026, 4, 1), date(2026, 4, 30), "尚未结束"),
    ],
)
async def test_a_period_that_would_be_refused_is_not_offered(
    cast: Cast, browser: Browsers, first: date, last: date, sentence: str
) -> None:
    placed = await cleaned(cast)
    await delivered(cast, placed, in_march(5))
    await drafted(cast, placed, in_march(1), in_march(10))
    await delivered(cast, placed, in_march(15))
    provider = await browser(cast.provider_a)
    asked = {"contract": str(placed.contract), "period_from": first.isoformat(), "period_to": last.isoformat()}
    page = (await provider.get("/statements/new", params=asked)).text
    assert 'action="/statements/"' not in page
    assert (await provider.post("/statements/", asked)).status_code in (409, 422)
    assert sentence in page
