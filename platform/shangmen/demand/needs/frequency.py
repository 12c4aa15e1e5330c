"""How many visits a need asks for in a span of days. Pure.

A whole month holds the need's visits a month, a part of one its share by days. The shares of all months are added up
exactly and rounded up to whole visits once, at the end: a need of 4 visits a month that begins on the 16th of a month
of 30 days asks for 2 in that month.
"""

import math
from datetime import date
from fractions import Fraction

from shangmen import clock


def visits_between(visits_per_month: int, first: date, last: date) -> int:
    """Visits that are expected between two days, both included; 0 when the last lies before the first."""
    share = sum(
        (
            Fraction(clock.length(begin, end), clock.length(*clock.month_of(begin)))
            for begin, end in clock.months(first, last)
        ),
        Fraction(0),
    )
    return math.ceil(visits_per_month * share)


def visits_due(visits_per_month: int, valid_from: date, valid_to: date | None, day: date) -> int:
    """Visits that should have been planned in the month of `day` up to and including it."""
    first, _last = clock.month_of(day)
    return visits_between(visits_per_month, max(first, valid_from), min(day, valid_to or day))
