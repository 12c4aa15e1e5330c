"""The time of day, replaceable by the demo and by tests; days, months and ages. Business days are Asia/Shanghai.

Arithmetic of months keeps to the month: a day that the month does not have becomes its last, so that six months
after 31 August are the last of February, and a period of six months from that day ends on it (民法典 article 202).
Somebody born on 29 February is a year older on 1 March of common years: an age is never reached early.
"""

import functools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from shangmen.access import Scope

SHANGHAI = ZoneInfo("Asia/Shanghai")

EARLIEST = date(1900, 1, 1)  # nobody whom this is about was born before
MONTHS_AHEAD = 120  # nothing is agreed for longer

UPKEEP_MINUTE = 30  # the day that upkeep brings begins half an hour after midnight

_set_to: datetime | None = None
_kept: ContextVar[date | None] = ContextVar("kept", default=None)


def now() -> datetime:
    """The present moment, in UTC. While a day to come is kept, that day's beginning."""
    present = _set_to if _set_to is not None else datetime.now(UTC)
    kept = _kept.get()
    return present if kept is None else max(present, at(kept, UPKEEP_MINUTE))


def today() -> date:
    """The present business day, or the day that upkeep is keeping."""
    return _kept.get() or now().astimezone(SHANGHAI).date()


@contextmanager
def keeping(day: date) -> Iterator[None]:
    """Inside the block `day` is today, for this task alone: missed days are caught up with beside other work.

    Moments stay true: what is recorded while a past day is caught up with carries the time at which it was done.
    """
    token = _kept.set(day)
    try:
        yield
    finally:
        _kept.reset(token)


class Contradiction(NamedTuple):
    """A row whose state its dates contradict: by which rule, in which table."""

    rule: str
    table: str
    id: int


@dataclass(frozen=True)
class Daily:
    """What a date brings in one feature (its `daily.py`), for one county at a time.

    `bring` does everything that is due on a day or was due before it and not done, in the transaction in progress,
    and counts what it did by rule; run again for the same day it finds nothing to do. `contradictions` lists what a
    kept county does not have.
    """

    feature: str
    bring: Callable[[Scope, date], Awaitable[Counter[str]]]
    contradictions: Callable[[Scope, date], Awaitable[list[Contradiction]]]


def set_to(moment: datetime | None) -> None:
    """Stop the clock at `moment`, or let it run again with None."""
    global _set_to
    _set_to = moment


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """The clock stands at `moment` inside the block."""
    before = _set_to
    set_to(moment)
    try:
        yield
    finally:
        set_to(before)


def at(day: date, minute: int = 0) -> datetime:
    """The moment `minute` minutes after midnight of a business day."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(minutes=minute)


def day_of(moment: datetime) -> date:
    """The business day of a moment."""
    return moment.astimezone(SHANGHAI).date()


def minute_of(moment: datetime) -> int:
    """Minutes since midnight of the business day."""
    local = moment.astimezone(SHANGHAI)
    return local.hour * 60 + local.minute


def latest() -> date:
    """The last day that somebody may type: ten years from now."""
    return months_after(today(), MONTHS_AHEAD)


def believable(day: date) -> bool:
    """Whether a day that somebody typed can be meant: from 1900 to ten years from now."""
    return EARLIEST <= day <= latest()


def monday_of(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of the calendar month of a day."""
    return day.replace(day=1), day + relativedelta(day=31)


def next_month(day: date) -> date:
    """The first day of the month after the one of a day."""
    return day + relativedelta(day=1, months=1)


def year_of(day: date) -> tuple[date, date]:
    """The first and the last day of the calendar year of a day."""
    return day.replace(month=1, day=1), day.replace(month=12, day=31)


def days(first: date, last: date) -> Iterator[date]:
    """The days of a period, both ends included; none when the last lies before the first."""
    return (first + timedelta(days=n) for n in range(length(first, last)))


def length(first: date, last: date) -> int:
    """How many days a period has, both ends included; 0 when the last lies before the first."""
    return max(0, (last - first).days + 1)


def months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The calendar months of a period, each cut to the period."""
    while first <= last:
        end = min(month_of(first)[1], last)
        yield first, end
        first = end + timedelta(days=1)


@functools.lru_cache(maxsize=4096)  # rules ask for each worker and need
def months_after(day: date, months: int) -> date:
    """The same day of a later month (an earlier one for months below 0), or that month's last."""
    return day + relativedelta(months=months)


def period_end(first: date, months: int) -> date:
    """The last day of a period of whole months: 18 from 2026-02-01 end on 2027-07-31."""
    after = months_after(first, months)
    return after if after.day < first.day else after - timedelta(days=1)


def age(born: date, on: date) -> int:
    """Whole years on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def birthday(born: date, years: int) -> date:
    """The first day on which somebody is `years` old."""
    day = born + relativedelta(years=years)
    return day if day.day == born.day else day + timedelta(days=1)
