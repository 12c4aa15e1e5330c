"""How many visits a placement asks for in a period."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of the calendar month of a day."""
    first = day.replace(day=1)
    return first, first.replace(day=monthrange(day.year, day.month)[1])


def months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The calendar months of a period, each cut to the period."""
    while first <= last:
        end = min(month_of(first)[1], last)
        yield first, end
        first = end + timedelta(1)


def wanted_by(visits_per_month: int, valid_from: date, valid_to: date | None, day: date) -> int:
    """Visits that should have been planned in the month of `day` up to and including it.

    A share of the month asks for a share of its visits, rounded up: a placement that begins on the 16th of a month
    of 30 days with 4 visits a month asks for 2 in that month.
    """
    first, last = month_of(day)
    begin, end = max(first, valid_from), min(day, valid_to or day)
    days = (end - begin).days + 1
    if days <= 0:
        return 0
    return -(-visits_per_month * days // ((last - first).days + 1))
