"""What the catalogue tells later features."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HolidaysMissing:
    """The public holidays of a year ought to be in the table and are not."""

    year: int


@dataclass(frozen=True)
class HolidaysKnown:
    """The public holidays of a year are in the table."""

    year: int
