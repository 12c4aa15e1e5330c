"""Reads of the holidays: public facts of the whole country."""

from dataclasses import dataclass
from datetime import date

from shangmen import database
from shangmen.access import Scope
from shangmen.foundation.catalogue.holidays.working_days import WorkingDays
from shangmen.foundation.catalogue.states import HolidayKind

FIRST_YEAR = 1949  # the table may hold any year; a calendar is asked for a few


@dataclass(frozen=True)
class HolidayRow(database.Row):
    """A day of the table."""

    id: int
    day: date
    kind: HolidayKind
    name: str
    source: str
    version: int


@database.scoped
async def of_year(scope: Scope, year: int) -> list[HolidayRow]:
    """The days of a year, in order."""
    return await database.rows(
        HolidayRow,
        "SELECT id, day, kind, name, source, version FROM holiday WHERE day BETWEEN :first AND :last ORDER BY day",
        first=date(year, 1, 1),
        last=date(year, 12, 31),
    )


@database.scoped
async def noted(scope: Scope, day: date) -> HolidayRow | None:
    """What is noted for a day."""
    return await database.row(
        HolidayRow, "SELECT id, day, kind, name, source, version FROM holiday WHERE day = :day", day=day
    )


@database.scoped
async def years(scope: Scope) -> list[int]:
    """The years of which the table knows any day, the latest first."""
    return await database.values(
        int, "SELECT DISTINCT extract(year FROM day)::int AS year FROM holiday ORDER BY year DESC"
    )


@database.scoped
async def working_days(scope: Scope, first: date, last: date | None = None) -> WorkingDays:
    """The calendar from the year of `first` to the year after the one of `last` (or of `first`)."""
    until = (last or first).year + 1
    rows = await database.rows(
        HolidayRow,
        "SELECT id, day, kind, name, source, version FROM holiday WHERE day BETWEEN :first AND :last",
        first=date(first.year, 1, 1),
        last=date(until, 12, 31),
    )
    return WorkingDays.of(first.year, until, {row.day: row.kind for row in rows})
