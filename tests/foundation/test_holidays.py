"""Public holidays and exchanged working days: which days are worked, deadlines, the administrator's table."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.catalogue.holidays import actions, queries
from shangmen.foundation.catalogue.holidays.forms import HolidayForm
from shangmen.foundation.catalogue.holidays.working_days import WorkingDays
from shangmen.foundation.catalogue.states import HolidayKind
from tests.cast import Cast
from tests.conftest import Browser

HOLIDAY, WORKING = HolidayKind.HOLIDAY, HolidayKind.WORKING


async def test_the_published_days_of_2026_are_known_with_their_exchanged_working_days(cast: Cast) -> None:
    calendar = await queries.working_days(cast.bureau, date(2026, 1, 1))
    assert calendar.is_holiday(date(2026, 1, 1))
    assert all(calendar.is_holiday(date(2026, 2, day)) for day in range(17, 23))
    assert calendar.is_working(date(2026, 2, 28))  # a Saturday
    assert not calendar.is_working(date(2026, 3, 7))
    assert not calendar.is_holiday(date(2026, 3, 7))  # an ordinary weekend


async def test_loading_the_holidays_again_changes_nothing(cast: Cast) -> None:
    assert await actions.load(cast.system) == 0


async def test_a_year_that_is_not_in_the_table_has_its_statutory_days_and_ordinary_weekends(cast: Cast) -> None:
    assert 2029 not in await queries.years(cast.bureau)
    calendar = await queries.working_days(cast.bureau, date(2029, 5, 1))
    assert calendar.is_holiday(date(2029, 10, 1))
    assert calendar.is_holiday(date(2029, 2, 13))  # the first day of the lunar year
    assert calendar.is_working(date(2029, 5, 9))
    assert not calendar.is_working(date(2029, 5, 12))


def test_three_working_days_before_the_spring_festival_end_after_it() -> None:
    days = {date(2026, 2, day): HOLIDAY for day in range(15, 24)} | {date(2026, 2, 28): WORKING}
    calendar = WorkingDays.of(2026, 2026, days)
    assert calendar.after(date(2026, 2, 13), 3) == date(2026, 2, 26)
    assert calendar.after(date(2026, 2, 26), 2) == date(2026, 2, 28)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 1)), st.integers(0, 40))
def test_a_deadline_is_a_working_day_with_so_many_working_days_up_to_it(day: date, count: int) -> None:
    calendar = WorkingDays.of(2025, 2028, {})
    last = calendar.after(day, count)
    between = [one for one in clock.days(day + timedelta(days=1), last) if calendar.is_working(one)]
    assert len(between) == count
    assert count == 0 or calendar.is_working(last)


async def test_the_administrators_word_replaces_what_was_noted_for_a_day(cast: Cast) -> None:
    day = date(2026, 2, 17)
    await actions.note(cast.administrator, HolidayForm(date(2026, 3, 7), WORKING, "调休", "县通知"))
    await actions.note(cast.administrator, HolidayForm(day, HOLIDAY, "春节", "县通知"))
    rows = {row.day: row for row in await queries.of_year(cast.bureau, 2026)}
    assert rows[day].source == "县通知"
    assert (await queries.working_days(cast.bureau, day)).is_working(date(2026, 3, 7))
    assert await actions.remove(cast.administrator, rows[day].id) == day
    assert not (await queries.working_days(cast.bureau, day)).is_holiday(day)


async def test_only_a_weekend_day_is_worked_in_exchange(cast: Cast) -> None:
    with pytest.raises(Refused):
        await actions.note(cast.administrator, HolidayForm(date(2026, 3, 9), WORKING, "调休", "县通知"))


async def test_the_page_lists_the_days_and_the_administrator_adds_and_removes_one(
    cast: Cast, browser: Callable[[Scope | None], Awaitable[Browser]]
) -> None:
    visitor = await browser(cast.administrator)
    page = await visitor.get("/catalogue/holidays?year=2026")
    assert page.status_code == 200
    assert "春节" in page.text
    typed: dict[str, object] = {"day": "2031-05-01", "kind": "holiday", "name": "劳动节", "source": "国办通知"}
    assert (await visitor.post("/catalogue/holidays", data=typed)).status_code == 303
    assert "劳动节" in (await visitor.get("/catalogue/holidays?year=2031")).text
    async with database.transaction(cast.system):
        id = await database.number("SELECT id FROM holiday WHERE day = '2031-05-01'")
    assert (await visitor.post(f"/catalogue/holidays/{id}/remove")).status_code == 303
    assert "劳动节" not in (await visitor.get("/catalogue/holidays?year=2031")).text


@pytest.mark.parametrize("year", ["", "abc", "0", "99999999999", "2026' OR 1=1"])
async def test_an_odd_year_shows_the_present_one(
    cast: Cast, browser: Callable[[Scope | None], Awaitable[Browser]], year: str
) -> None:
    page = await (await browser(cast.bureau)).get(f"/catalogue/holidays?year={year}")
    assert page.status_code == 200
    assert str(clock.today().year) in page.text


async def test_a_faulty_day_comes_back_with_what_was_typed(
    cast: Cast, browser: Callable[[Scope | None], Awaitable[Browser]]
) -> None:
    visitor = await browser(cast.administrator)
    typed: dict[str, object] = {"day": "2026-13-41", "kind": "holiday", "name": "劳动节", "source": "国办通知"}
    page = await visitor.post("/catalogue/holidays", data=typed)
    assert page.status_code == 422
    assert "劳动节" in page.text


async def test_a_scheduler_reads_the_days_and_may_not_change_them(
    cast: Cast, browser: Callable[[Scope | None], Awaitable[Browser]]
) -> None:
    visitor = await browser(cast.station_a)
    assert (await visitor.get("/catalogue/holidays")).status_code == 200
    typed: dict[str, object] = {"day": "2031-05-01", "kind": "holiday", "name": "劳动节", "source": "国办通知"}
    assert (await visitor.post("/catalogue/holidays", data=typed)).status_code == 403
