"""What a visit pays."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shangmen.supply.contracts import pricing
from shangmen.supply.contracts.forecast import Outlook, forecast, outlook, warning
from shangmen.supply.contracts.states import Pricing

D = Decimal
RATES = st.decimals(min_value=D("0.01"), max_value=D("500"), places=2)
MONEY = st.decimals(min_value=D("0"), max_value=D("100000"), places=2)
WORKERS = st.integers(1, 2)


async def test_a_visit_pays_its_rate_however_long_it_lasted() -> None:
    assert pricing.price("per_visit", D("40"), 30, 1, False) == (D("1.00"), D("40.00"))
    assert pricing.price("per_visit", D("40"), 95, 1, False) == (D("1.00"), D("40.00"))


async def test_an_hour_pays_by_the_minute_and_rounds_half_up() -> None:
    assert pricing.price("per_hour", D("30"), 90, 1, False) == (D("1.50"), D("45.00"))
    assert pricing.price("per_hour", D("30"), 20, 1, False) == (D("0.33"), D("10.00"))
    assert pricing.price("per_hour", D("30.01"), 30, 1, False)[1] == D("15.01")  # 15.005


async def test_two_workers_count_once_or_twice_as_the_line_says() -> None:
    assert pricing.price("per_visit", D("120"), 60, 2, False) == (D("1.00"), D("120.00"))
    assert pricing.price("per_visit", D("120"), 60, 2, True) == (D("2.00"), D("240.00"))
    assert pricing.price("per_hour", D("30"), 45, 2, True) == (D("1.50"), D("45.00"))


async def test_a_discount_contract_rounds_half_up() -> None:
    assert pricing.half_up(D("305.26") * D("0.95")) == D("290.00")  # 289.997


@pytest.mark.parametrize(
    ("words", "minutes", "workers"), [("per_month", 30, 1), ("per_visit", -1, 1), ("per_hour", 5, 0)]
)
async def test_what_no_line_can_be_is_refused(words: str, minutes: int, workers: int) -> None:
    with pytest.raises(ValueError, match=r"no line|unknown"):
        pricing.price(words, D("40"), minutes, workers, False)


@given(rate=RATES, minutes=st.integers(0, 1440), workers=WORKERS, twice=st.booleans())
@settings(max_examples=300, deadline=None)
def test_an_hourly_line_is_the_exact_amount_rounded_half_up(rate: D, minutes: int, workers: int, twice: bool) -> None:
    units, yuan = pricing.price("per_hour", rate, minutes, workers, twice)
    exact = Fraction(rate) * minutes * (workers if twice else 1) / 60
    fen = (2 * exact * 100 + 1) // 2  # half up in integers
    assert yuan == D(int(fen)) / 100
    assert abs(Fraction(units) - exact / Fraction(rate)) <= Fraction(1, 200)


@given(lines=st.lists(st.tuples(st.sampled_from(list(Pricing)), RATES, st.integers(0, 600), WORKERS, st.booleans())))
@settings(max_examples=200, deadline=None)
def test_the_total_is_the_sum_of_the_lines(lines: list[tuple[str, D, int, int, bool]]) -> None:
    amounts = [pricing.price(*line)[1] for line in lines]
    fen = sum(int(amount * 100) for amount in amounts)
    assert pricing.total(amounts) == D(fen) / 100
    assert all(amount == amount.quantize(D("0.01")) for amount in amounts)


@given(rate=RATES, minutes=st.integers(0, 600), twice=st.booleans(), kind=st.sampled_from(list(Pricing)))
@settings(max_examples=100, deadline=None)
def test_two_workers_pay_once_or_exactly_twice_as_much(rate: D, minutes: int, twice: bool, kind: str) -> None:
    alone, together = (pricing.price(kind, rate, minutes, workers, twice)[1] for workers in (1, 2))
    assert abs(together - alone * (2 if twice else 1)) <= D("0.01")


@given(units=st.decimals(D("0.01"), D("50"), places=2), yuan=MONEY, units_left=MONEY, yuan_left=MONEY)
@settings(max_examples=300, deadline=None)
def test_what_is_payable_fits_both_ceilings_and_is_counted_within_them(
    units: D, yuan: D, units_left: D, yuan_left: D
) -> None:
    paid = pricing.payable(units, yuan, units_left, yuan_left)
    assert 0 <= paid <= min(yuan, yuan_left)
    if yuan > 0:
        assert pricing.counted(units, yuan, paid) <= max(units_left, D(0)) or paid == yuan
    if units <= units_left and yuan <= yuan_left:
        assert paid == yuan


async def test_a_price_ceiling_holds_for_the_other_pricing_too() -> None:
    assert pricing.rate_ceiling(D("40"), "hour", 60, "per_hour") == D("40")
    assert pricing.rate_ceiling(D("40"), "hour", 90, "per_visit") == D("60.00")
    assert pricing.rate_ceiling(D("30"), "visit", 45, "per_hour") == D("40.00")
    assert pricing.rate_ceiling(None, "visit", 45, "per_hour") is None


async def test_visits_left_obey_units_and_money() -> None:
    assert pricing.visits_left(D("200"), D("5040"), D("1"), D("40")) == 126
    assert pricing.visits_left(D("12.5"), D("5040"), D("1.5"), D("45")) == 8
    assert pricing.visits_left(D("0"), D("5040"), D("1"), D("40")) == 0


async def test_the_forecast_is_a_straight_line_through_what_was_delivered() -> None:
    seen = forecast(D("3650"), D("200"), date(2026, 1, 1), date(2026, 12, 31), date(2026, 1, 10))
    assert seen is not None
    assert seen.daily == D("20.00")
    assert (seen.month_end, seen.by_month_end) == (date(2026, 1, 31), D("620.00"))
    assert seen.runs_out == date(2026, 7, 1)  # 3,450 left at 20 a day: 172 days
    slow = forecast(D("3650"), D("20"), date(2026, 1, 1), date(2026, 12, 31), date(2026, 1, 10))
    assert slow is not None and slow.runs_out is None
    assert forecast(D("1"), D("0"), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)) is None


async def test_the_highest_share_that_was_passed_warns() -> None:
    shares = [D("0.8"), D("0.9"), D("1.0")]
    assert warning(D("79.99"), D("100"), shares) is None
    assert warning(D("80"), D("100"), shares) == D("0.8")
    assert warning(D("100"), D("100"), shares) == D("1.0")


@pytest.mark.parametrize(
    ("delivered", "reserved", "expected"),
    [
        ("0", "0", Outlook.ENOUGH),
        ("100", "699", Outlook.ENOUGH),
        ("100", "700", Outlook.NEARLY_COMMITTED),
        ("100", "899", Outlook.NEARLY_COMMITTED),  # 99.9 %, and it lasts to the end
        ("100", "900", Outlook.ALL_COMMITTED),
        ("600", "100", Outlook.USED_UP),  # 600 in half of the term
        ("600", "400", Outlook.USED_UP),
    ],
)
def test_one_outlook_tells_how_the_money_of_a_contract_stands(
    delivered: str, reserved: str, expected: Outlook
) -> None:
    spent, ceiling = Decimal(delivered), Decimal(1000)
    pace = forecast(ceiling, spent, date(2026, 1, 1), date(2026, 12, 31), date(2026, 7, 1))
    shares = [Decimal("0.8"), Decimal("0.9"), Decimal("1.0")]
    assert outlook(spent + Decimal(reserved), ceiling, shares, pace) is expected
