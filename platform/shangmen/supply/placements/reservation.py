"""What a placement reserves on its contract line: pure arithmetic over the term and the need.

Expected visits are the visits a month, pro rata by days in the months that the term only touches, added up over the
term and rounded up to whole visits once, at the end. Units and yuan are those of one visit of the planned length,
times the expected visits. More visits than that, or longer ones, are paid from what is free on the line.
"""

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from shangmen import clock
from shangmen.supply.contracts import pricing


class Reservation(NamedTuple):
    """Expected visits of a term, and the units and yuan held for them."""

    visits: int
    units: Decimal
    yuan: Decimal


def expected_visits(visits_per_month: int, first: date, last: date) -> int:
    """Visits between two days, both included; 0 when the last lies before the first."""
    shares = (
        Fraction(clock.length(begin, end), clock.length(*clock.month_of(begin)))
        for begin, end in clock.months(first, last)
    )
    return math.ceil(visits_per_month * sum(shares, Fraction(0)))


def units_between(need: Mapping[str, Any], line: Mapping[str, Any], first: date, last: date) -> Reservation:
    """What serving `need` under `line` takes from `first` to `last`, both included.

    `need` has visits_per_month, minutes, staff_count; `line` has pricing, rate, two_workers_pay_twice.
    """
    visits = expected_visits(need["visits_per_month"], first, last)
    units, yuan = pricing.price(
        line["pricing"], line["rate"], need["minutes"], need["staff_count"], line["two_workers_pay_twice"]
    )
    return Reservation(visits, units * visits, yuan * visits)


def last_day(*limits: date | None) -> date | None:
    """The earliest of the ends that there are; None is no end."""
    return min((limit for limit in limits if limit is not None), default=None)
