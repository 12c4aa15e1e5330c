"""How many visits a span of days holds."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shangmen.demand.needs.frequency import visits_between, visits_due

DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def test_whole_months_hold_exactly_their_visits() -> None:
    assert visits_between(4, date(2026, 1, 1), date(2026, 12, 31)) == 48
    assert visits_between(4, date(2026, 2, 1), date(2026, 2, 28)) == 4


def test_a_part_of_a_month_counts_by_its_days_and_rounds_up_once() -> None:
    assert visits_between(4, date(2026, 4, 16), date(2026, 4, 30)) == 2
    assert visits_between(4, date(2026, 3, 31), date(2026, 4, 1)) == 1  # 4/31 + 4/30
    assert visits_between(1, date(2026, 1, 31), date(2026, 1, 31)) == 1


def test_a_term_that_is_over_holds_nothing() -> None:
    assert visits_between(4, date(2026, 3, 2), date(2026, 3, 1)) == 0


def test_what_is_due_in_a_month_begins_and_ends_with_the_term() -> None:
    last = date(2026, 11, 30)
    assert visits_due(4, date(2026, 1, 1), None, last) == 4
    assert visits_due(4, date(2026, 1, 1), None, date(2026, 11, 15)) == 2
    assert visits_due(4, date(2026, 11, 16), None, last) == 2
    assert visits_due(4, date(2026, 1, 1), date(2026, 10, 31), last) == 0


@given(visits=st.integers(1, 62), first=DAYS, middle=st.integers(0, 500), more=st.integers(1, 500))
@settings(max_examples=200, deadline=None)
def test_two_parts_of_a_term_hold_at_least_the_whole_and_at_most_one_visit_more(
    visits: int, first: date, middle: int, more: int
) -> None:
    cut, last = first + timedelta(days=middle), first + timedelta(days=middle + more)
    whole = visits_between(visits, first, last)
    parts = visits_between(visits, first, cut) + visits_between(visits, cut + timedelta(days=1), last)
    assert whole <= parts <= whole + 1
