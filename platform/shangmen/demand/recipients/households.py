"""Days of a household: until when its members may be served."""

from datetime import date
from typing import Any


def last_day(household: Any) -> date | None:
    """The last day on which members may be served, None for none.

    In a grace period (渐退期) a household keeps its standing until the period ends, whatever its category says.
    """
    if household is None:
        return None
    end: date | None = household["grace_until"] or household["valid_to"]
    return end
