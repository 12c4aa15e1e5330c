"""The types of what people type, each with its limits. Every form takes its fields from here; a test sees to it.

Addresses (`lists.py`), imports and the command line keep to the same days (`clock.believable`).
"""

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from shangmen import clock

Fault = tuple[str, dict[str, object]]  # a message id and what fills it

LARGEST_ID = 2**63 - 1  # what a bigint holds


@dataclass(frozen=True)
class Between:
    """Limits of a Decimal field, both inclusive, and its decimals (msgspec itself limits only int and float)."""

    least: Decimal
    most: Decimal
    decimals: int = 2

    def fault(self, value: object) -> Fault | None:
        """What is wrong with a number."""
        if not isinstance(value, Decimal):
            return None
        if not value.is_finite():
            return "Give an amount such as 120.50.", {}
        if value < self.least:
            return "This number is too small.", {}
        if value > self.most:
            return "This number is too large.", {}
        if value != round(value, self.decimals):
            return "This has too many decimals.", {}
        return None


@dataclass(frozen=True)
class Believable:
    """Limits of a day, or of a moment by its day: from 1900 to ten years ahead."""

    def fault(self, value: object) -> Fault | None:
        """What is wrong with a day."""
        day = value.date() if isinstance(value, datetime) else value  # a moment's own day: no zone, no overflow
        if not isinstance(day, date) or clock.believable(day):
            return None
        return "Give a day between %(first)s and %(last)s.", {
            "first": clock.EARLIEST.isoformat(),
            "last": clock.latest().isoformat(),
        }


# Days and times
Day = Annotated[date, Believable()]
Moment = Annotated[datetime, Believable()]  # of the business day's zone
Minute = Annotated[int, msgspec.Meta(ge=0, le=1440)]  # after midnight
Minutes = Annotated[int, msgspec.Meta(ge=5, le=1440)]  # of a visit
ClockTime = Annotated[str, msgspec.Meta(max_length=8)]  # "08:30", "" for none; read by needs.windows.minute

# Yuan as somebody types them: never negative, to the fen.
Money = Annotated[Decimal, Between(Decimal(0), Decimal("999999999.99"))]

# Numbers
Id = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)]
Latitude = Annotated[Decimal, Between(Decimal(-90), Decimal(90), decimals=15)]
Longitude = Annotated[Decimal, Between(Decimal(-180), Decimal(180), decimals=15)]
Degrees = Longitude  # of a point that may be typed the wrong way round

# Words
Code = Annotated[str, msgspec.Meta(max_length=40)]
Line = Annotated[str, msgspec.Meta(max_length=200)]


def fault(hint: object, value: object) -> Fault | None:
    """What the limits of a type, with or without None, object to in a value; None for nothing."""
    return next((found for limits in _limits(hint) if (found := limits.fault(value)) is not None), None)


def _limits(hint: object) -> Iterator[Between | Believable]:
    for part in (hint, *typing.get_args(hint)):  # the limits of `Money | None` stand on its first part
        for limits in getattr(part, "__metadata__", ()):
            if isinstance(limits, Between | Believable):
                yield limits
