"""Days of a household: until when its members may be served."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def grace_end(first: date, months: int) -> date:
    """The last day of a grace period of whole months: 18 from 2026-02-01 end on 2027-07-31."""
    return months_after(first, months) - timedelta(days=1)


def last_day(household: Any) -> date | None:
    """The last day on which members may be served, None for none.

    In a grace period (渐退期) a household keeps its standing until the period ends, whatever its category says.
    """
    if household is None:
        return None
    end: date | None = household["grace_until"] or household["valid_to"]
    return end
