"""How many visits a placement asks for in a period."""

from datetime import date

from shangmen import clock


def wanted_by(visits_per_month: int, valid_from: date, valid_to: date | None, day: date) -> int:
    """Visits that should have been planned in the month of `day` up to and including it.

    A share of the month asks for a share of its visits, rounded up: a placement that begins on the 16th of a month
    of 30 days with 4 visits a month asks for 2 in that month.
    """
    first, last = clock.month_of(day)
    days = clock.length(max(first, valid_from), min(day, valid_to or day))
    return -(-visits_per_month * days // clock.length(first, last))
