"""What a placement reserves."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from shangmen.supply.placements.reservation import expected_visits, last_day, units_between

D = Decimal
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
NEED = {"visits_per_month": 4, "minutes": 90, "staff_count": 2}
LINE = {"pricing": "per_hour", "rate": D("30"), "two_workers_pay_twice": False}


async def test_whole_months_hold_exactly_their_visits() -> None:
    assert expected_visits(4, date(2026, 1, 1), date(2026, 12, 31)) == 48
    assert expected_visits(4, date(2026, 2, 1), date(2026, 2, 28)) == 4


async def test_a_part_of_a_month_counts_by_its_days_and_rounds_up_once() -> None:
    assert expected_visits(4, date(2026, 4, 16), date(2026, 4, 30)) == 2
    assert expected_visits(4, date(2026, 3, 31), date(2026, 4, 1)) == 1  # 4/31 + 4/30
    assert expected_visits(1, date(2026, 1, 31), date(2026, 1, 31)) == 1


async def test_a_term_that_is_over_holds_nothing() -> None:
    assert expected_visits(4, date(2026, 3, 2), date(2026, 3, 1)) == 0


async def test_units_and_yuan_are_those_of_one_visit_times_the_visits() -> None:
    assert units_between(NEED, LINE, date(2026, 1, 1), date(2026, 1, 31)) == (4, D("6.00"), D("180.00"))
    twice = {**LINE, "two_workers_pay_twice": True}
    assert units_between(NEED, twice, date(2026, 1, 1), date(2026, 1, 31)) == (4, D("12.00"), D("360.00"))


async def test_the_earliest_end_counts() -> None:
    assert last_day(None, date(2026, 5, 1), date(2026, 4, 1)) == date(2026, 4, 1)
    assert last_day(None, None) is None


@given(visits=st.integers(1, 62), first=DAYS, middle=st.integers(0, 500), more=st.integers(1, 500))
@settings(max_examples=200, deadline=None)
def test_two_parts_of_a_term_hold_at_least_the_whole_and_at_most_one_visit_more(
    visits: int, first: date, middle: int, more: int
) -> None:
    cut, last = first + timedelta(days=middle), first + timedelta(days=middle + more)
    whole = expected_visits(visits, first, last)
    parts = expected_visits(visits, first, cut) + expected_visits(visits, cut + timedelta(days=1), last)
    assert whole <= parts <= whole + 1
