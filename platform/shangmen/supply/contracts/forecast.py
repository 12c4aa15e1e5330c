"""How a contract's money stands and burns down: one outlook, of which every page and warning speaks. Pure.

What is committed (reserved for placements, or delivered) says how much new work fits; a straight line through what was
delivered says whether the money is used up before the term ends. These are two facts: money that is committed to the
last yuan may well last until the contract ends.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

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


class Outlook(StrEnum):
    """What is to be said of a contract's money: the first that holds."""

    USED_UP = "used_up"  # at the pace so far the ceiling is met before the term ends
    ALL_COMMITTED = "all_committed"  # nothing new can be placed; what is placed is paid until the end
    NEARLY_COMMITTED = "nearly_committed"  # little that is new can be placed
    ENOUGH = "enough"


def outlook(committed: Decimal, ceiling: Decimal, shares: list[Decimal], pace: Forecast | None) -> Outlook:
    """How the money of a contract stands; `shares` are those of the ceiling from which the bureau is warned."""
    if pace is not None and pace.runs_out is not None:
        return Outlook.USED_UP
    if warning(committed, ceiling, shares) is None:
        return Outlook.ENOUGH
    return Outlook.ALL_COMMITTED if committed >= ceiling else Outlook.NEARLY_COMMITTED
