"""How a contract's money burns down: a straight line through what was delivered. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from shangmen import clock
from shangmen.supply.contracts.pricing import half_up


@dataclass(frozen=True)
class Forecast:
    """At the pace so far: yuan a day, delivered by the end of this month, and the day on which the ceiling is met.

    `runs_out` is None when the term ends first, or when nothing has been delivered yet.
    """

    daily: Decimal
    month_end: date
    by_month_end: Decimal
    runs_out: date | None


def forecast(ceiling: Decimal, delivered: Decimal, first: date, last: date, today: date) -> Forecast | None:
    """The forecast of a contract in its term; None before it begins and after it ends."""
    if not first <= today <= last:
        return None
    daily = delivered / clock.length(first, today)
    month_end = min(last, clock.month_of(today)[1])
    by_month_end = min(ceiling, half_up(delivered + daily * (month_end - today).days))
    runs_out = None
    if daily > 0:
        days = int(max(Decimal(0), ceiling - delivered) / daily)
        if days <= (last - today).days:
            runs_out = today + timedelta(days=days)
    return Forecast(half_up(daily), month_end, by_month_end, runs_out)


def warning(committed: Decimal, ceiling: Decimal, shares: list[Decimal]) -> Decimal | None:
    """The highest warning share of the ceiling that the committed yuan have passed, or None."""
    return max((share for share in shares if ceiling and committed >= share * ceiling), default=None)
