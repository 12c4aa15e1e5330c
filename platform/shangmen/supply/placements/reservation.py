"""What a placement reserves on its contract line: pure arithmetic over the term and the need.

Units and yuan are those of one visit of the planned length, times the visits expected in the term. More visits than
that, or longer ones, are paid from what is free on the line.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from shangmen.demand.needs.frequency import visits_between
from shangmen.supply.contracts import pricing


@dataclass(frozen=True)
class Demand:
    """What a need asks for: visits a month, of so many minutes, with so many workers at once."""

    visits_per_month: int
    minutes: int
    staff_count: int


class Reservation(NamedTuple):
    """Expected visits of a term, and the units and yuan held for them."""

    visits: int
    units: Decimal
    yuan: Decimal


def units_between(demand: Demand, terms: pricing.Terms, first: date, last: date) -> Reservation:
    """What serving a need under a line takes from `first` to `last`, both included."""
    visits = visits_between(demand.visits_per_month, first, last)
    units, yuan = terms.price(demand.minutes, demand.staff_count)
    return Reservation(visits, units * visits, yuan * visits)


def last_day(*limits: date | None) -> date | None:
    """The earliest of the ends that there are; None is no end."""
    return min((limit for limit in limits if limit is not None), default=None)
