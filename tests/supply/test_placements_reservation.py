"""What a placement reserves."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from shangmen.supply.contracts.pricing import Terms
from shangmen.supply.contracts.states import Pricing
from shangmen.supply.placements.reservation import Demand, last_day, units_between

D = Decimal
DEMAND = Demand(visits_per_month=4, minutes=90, staff_count=2)
TERMS = Terms(Pricing.PER_HOUR, D("30"), two_workers_pay_twice=False)
JANUARY = date(2026, 1, 1), date(2026, 1, 31)


def test_units_and_yuan_are_those_of_one_visit_times_the_visits() -> None:
    assert units_between(DEMAND, TERMS, *JANUARY) == (4, D("6.00"), D("180.00"))
    twice = replace(TERMS, two_workers_pay_twice=True)
    assert units_between(DEMAND, twice, *JANUARY) == (4, D("12.00"), D("360.00"))


def test_the_earliest_end_counts() -> None:
    assert last_day(None, date(2026, 5, 1), date(2026, 4, 1)) == date(2026, 4, 1)
    assert last_day(None, None) is None
