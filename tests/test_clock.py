"""Days, months and ages: the arithmetic that everything with a date rests on."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shangmen import clock

DAYS = some.dates(date(1900, 3, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 29), 13, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), -12, date(2027, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 2, 28), 1, date(2026, 3, 28)),
    ],
)
async def test_months_keep_to_the_end_of_short_months(day: date, months: int, then: date) -> None:
    assert clock.months_after(day, months) == then


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 2, 1), 18, date(2027, 7, 31)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 1, 30), 1, date(2026, 2, 28)),
        (date(2026, 1, 29), 1, date(2026, 2, 28)),
        (date(2026, 1, 28), 1, date(2026, 2, 27)),
        (date(2028, 1, 29), 1, date(2028, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
async def test_a_period_of_months_ends_before_the_same_day_or_at_the_end_of_the_month(
    first: date, months: int, last: date
) -> None:
    assert clock.period_end(first, months) == last


@given(DAYS, some.integers(1, 60))
async def test_the_later_a_period_begins_the_later_it_ends(first: date, months: int) -> None:
    last = clock.period_end(first, months)
    assert first < last
    assert last <= clock.period_end(clock.month_of(first)[1], months)
    assert last <= clock.months_after(first, months)


@given(DAYS)
async def test_a_month_begins_on_the_first_and_ends_before_the_next_begins(day: date) -> None:
    first, last = clock.month_of(day)
    assert first <= day <= last
    assert first.day == 1
    assert clock.next_month(day).toordinal() - last.toordinal() == 1


async def test_the_months_of_a_period_are_cut_to_it() -> None:
    assert list(clock.months(date(2026, 11, 20), date(2027, 1, 2))) == [
        (date(2026, 11, 20), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 2)),
    ]
    assert list(clock.months(date(2026, 1, 2), date(2026, 1, 1))) == []


@given(DAYS, some.integers(-2, 100))
async def test_the_days_of_a_period_are_as_many_as_its_length(first: date, more: int) -> None:
    last = date.fromordinal(first.toordinal() + more)
    days = list(clock.days(first, last))
    assert len(days) == clock.length(first, last) == max(0, more + 1)
    assert days[:1] + days[-1:] == ([first, last] if days else [])


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(1966, 12, 31), date(2026, 12, 30), 59),
        (date(1966, 12, 31), date(2026, 12, 31), 60),
    ],
)
async def test_an_age_is_reached_on_the_birthday_and_never_early(born: date, on: date, years: int) -> None:
    assert clock.age(born, on) == years


async def test_who_was_born_on_29_february_comes_of_age_on_1_march_of_a_common_year() -> None:
    assert clock.birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert clock.birthday(date(2008, 2, 29), 20) == date(2028, 2, 29)


@given(DAYS, some.integers(0, 110))
async def test_the_day_before_a_birthday_is_the_last_of_the_age_before(born: date, years: int) -> None:
    day = clock.birthday(born, years)
    assert clock.age(born, day) == years
    assert clock.age(born, date.fromordinal(day.toordinal() - 1)) == years - 1


async def test_weeks_begin_on_monday_and_years_on_new_year() -> None:
    assert clock.monday_of(date(2026, 11, 29)) == date(2026, 11, 23)
    assert clock.monday_of(date(2026, 11, 30)) == date(2026, 11, 30)
    assert clock.year_of(date(2028, 2, 29)) == (date(2028, 1, 1), date(2028, 12, 31))


YEARS = (14, 16, 18, 60)  # consent, work, of age, elder
LEAP_TO_LEAP = [date(2004, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 1 + 366)]  # two leap years


@pytest.mark.parametrize("years", YEARS)
async def test_on_every_day_of_birth_all_ways_of_asking_for_an_age_agree(years: int) -> None:
    for born in LEAP_TO_LEAP:
        first = clock.birthday(born, years)
        for day in (first - timedelta(days=1), first, first + timedelta(days=1)):
            old = day >= first
            assert (clock.age(born, day) >= years) is old, (born, day)
            assert (born <= clock.months_after(day, -12 * years)) is old, (born, day)  # as upkeep asks the database


async def test_sixteen_is_reached_on_the_29th_to_31st_of_its_own_month() -> None:
    for born in LEAP_TO_LEAP:
        if born.day >= 29 and (born.month, born.day) != (2, 29):
            assert clock.birthday(born, 16) == born.replace(year=born.year + 16)


async def test_from_every_day_months_stay_in_their_month_and_periods_meet() -> None:
    for first in LEAP_TO_LEAP:
        for months in (1, 6, 12, 18):
            then, last = clock.months_after(first, months), clock.period_end(first, months)
            at = first.year * 12 + first.month - 1 + months
            assert (then.year, then.month) == (at // 12, at % 12 + 1), (first, months)
            assert then.day == min(first.day, clock.month_of(then)[1].day), (first, months)
            assert then - last in (timedelta(), timedelta(days=1)), (first, months)
            assert (last == then) is (then.day < first.day), (first, months)
    assert clock.months_after(date(2025, 8, 31), 6) == clock.period_end(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert clock.months_after(date(2027, 8, 31), 6) == date(2028, 2, 29)
