"""Who of an organisation can be sent on a day: engagement, hours, absences, certificates, bookings."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.organisations import rules
from shangmen.foundation.organisations.states import Sex
from shangmen.foundation.organisations.workers import queries

Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Engagement:
    """On which days and hours an organisation may send somebody."""

    valid_from: date
    valid_to: date | None
    pattern: dict[str, Spans]  # by weekday, minutes after midnight
    daily_minutes: int
    monthly_minutes: int


@dataclass(frozen=True)
class Staff:
    """A worker as one organisation engages them; all dates are inclusive."""

    id: int
    name: str
    sex: Sex
    latitude: Decimal | None  # the base, where the working day starts
    longitude: Decimal | None
    background_checked: date | None
    engagements: tuple[Engagement, ...]
    papers: tuple[rules.Paper, ...]
    absences: tuple[tuple[date, date], ...]
    languages: str = ""

    def engagement(self, day: date) -> Engagement | None:
        """The engagement in force on a day."""
        return next((row for row in self.engagements if _holds(row.valid_from, row.valid_to, day)), None)

    def hours(self, day: date) -> Spans:
        """From and to in minutes after midnight, by the weekly pattern; nothing where not engaged or absent."""
        row = self.engagement(day)
        if row is None or self.absent(day):
            return []
        return row.pattern.get(str(day.weekday()), [])

    def absent(self, day: date) -> bool:
        """Whether an absence was noted for the day."""
        return any(first <= day <= last for first, last in self.absences)

    def on(self, day: date) -> rules.Worker:
        """What the rules about workers ask of them on a day."""
        return rules.Worker.of(
            self.papers,
            day,
            self.name,
            self.sex,
            self.background_checked,
            engaged=self.engagement(day) is not None,
            absent=self.absent(day),
            languages=self.languages,
            id=self.id,
        )


def _holds(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)


@database.scoped
async def of_organisation(scope: Scope, organisation: int, first: date, last: date) -> dict[int, Staff]:
    """The workers whom an organisation engages on some day of a period, by id."""
    rows = defaultdict(list)
    for row in await queries.roster_workers(scope, organisation, first, last):
        rows[row.id].append(row)
    return {
        id: Staff(
            id=id,
            name=one.name,
            sex=one.sex,
            latitude=one.latitude,
            longitude=one.longitude,
            background_checked=one.background_checked,
            engagements=tuple(
                Engagement(each.valid_from, each.valid_to, each.pattern, each.daily_minutes, each.monthly_minutes)
                for each in engagements
            ),
            papers=one.papers,
            absences=one.absences,
            languages=one.languages,
        )
        for id, engagements in rows.items()
        for one in engagements[:1]
    }


@dataclass(frozen=True)
class Booking(database.Row):
    """A time for which somebody stands booked."""

    worker: int
    starts: datetime
    ends: datetime
    supplier: int
    visit: int
    latitude: Decimal | None
    longitude: Decimal | None
    placement: int
    person: int


BOOKINGS = """
SELECT w.worker, w.starts, w.ends, w.supplier, w.visit, coalesce(v.latitude, h.latitude) AS latitude,
       coalesce(v.longitude, h.longitude) AS longitude, v.placement, v.person
FROM visit_worker w JOIN visit v ON v.id = w.visit JOIN home h ON h.person = v.person
WHERE w.stands AND w.starts < :end AND w.ends > :begin AND w.visit <> :ignoring
"""


@database.scoped
async def bookings(
    scope: Scope, workers: list[int], begin: datetime, end: datetime, ignoring: int = 0
) -> list[Booking]:
    """When these people stand booked between two moments, for whichever employer.

    Read beyond the viewer's rows, so the caller shows the time alone: never whose visit it is, nor where.
    """
    async with database.elevated(scope):
        return await database.rows(
            Booking,
            f"{BOOKINGS} AND w.worker = ANY(:workers) ORDER BY w.starts, w.visit, w.worker",
            workers=workers,
            begin=begin,
            end=end,
            ignoring=ignoring,
        )


@database.scoped
async def bookings_of_people(
    scope: Scope, people: list[int], but: list[int], begin: datetime, end: datetime, ignoring: int = 0
) -> list[Booking]:
    """When these recipients are visited between two moments, by whomever but these workers."""
    async with database.elevated(scope):
        return await database.rows(
            Booking,
            f"{BOOKINGS} AND v.person = ANY(:people) AND w.worker <> ALL(:workers)"
            " ORDER BY w.starts, w.visit, w.worker",
            people=people,
            workers=but,
            begin=begin,
            end=end,
            ignoring=ignoring,
        )


async def minutes_on(scope: Scope, worker: int, day: date, ignoring: int = 0) -> int:
    """Minutes of visits that somebody already has on a day, over all employers."""
    found = await bookings(scope, [worker], clock.at(day), clock.at(day, 24 * 60), ignoring)
    return sum(int((one.ends - one.starts).total_seconds()) // 60 for one in found)
