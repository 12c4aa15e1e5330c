"""What waits at the foundation: papers and record checks to renew, holidays to enter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.catalogue.daily import MONTH_PUBLISHED
from shangmen.foundation.catalogue.holidays import queries as holidays
from shangmen.foundation.organisations.daily import FARTHEST
from shangmen.foundation.tasks.effects import CHECK, HOLIDAYS, PAPER
from shangmen.foundation.tasks.waiting import Entry, Kind

MANAGERS = (Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER)
ENDS = "%(holder)s: %(what)s ends on %(ends)s."


@dataclass(frozen=True)
class _Paper(database.Row):
    kind: str
    holder: str
    organisation: int | None
    worker: int | None
    valid_to: date


@dataclass(frozen=True)
class _Check(database.Row):
    id: int
    name: str
    checked: date


@database.scoped
async def papers(scope: Scope) -> Sequence[Entry]:
    """Papers that end within sixty days or have ended, and after which there is none of the same kind.

    The bureau hears of organisations; these of their own papers and of those of the workers whom they engage.
    """
    rows = await database.rows(
        _Paper,
        """
        SELECT q.kind, coalesce(o.name, w.name) AS holder, q.organisation, q.worker, q.valid_to
        FROM qualification q LEFT JOIN organisation o ON o.id = q.organisation LEFT JOIN worker w ON w.id = q.worker
        WHERE q.county = ANY(:counties) AND q.status IN ('valid', 'expired') AND q.valid_to <= :until
          AND (o.status <> 'closed' AND (:bureau OR o.id = :organisation)
               OR NOT :bureau AND EXISTS (SELECT 1 FROM engagement e WHERE e.worker = q.worker
                 AND e.organisation = :organisation AND (e.valid_to IS NULL OR e.valid_to >= :today)))
          AND NOT EXISTS (
            SELECT 1 FROM qualification n WHERE n.kind = q.kind AND n.status IN ('valid', 'expired') AND n.id <> q.id
              AND (n.organisation = q.organisation OR n.worker = q.worker)
              AND (n.valid_to IS NULL OR (n.valid_to, n.id) > (q.valid_to, q.id)))
        ORDER BY q.valid_to, q.id
        """,
        counties=list(scope.counties),
        bureau=scope.role == Role.BUREAU_OFFICER,
        organisation=scope.organisation or 0,
        today=clock.today(),
        until=clock.today() + FARTHEST,
    )
    return [
        Entry(
            ENDS,
            "organisations.worker" if one.worker else "organisations.show",
            {"id": one.worker or one.organisation},
            one.valid_to,
            {"holder": one.holder, "what": one.kind, "ends": one.valid_to.isoformat()},
        )
        for one in rows
    ]


@database.scoped
async def checks(scope: Scope) -> Sequence[Entry]:
    """Record checks of one's own workers that end soon or have ended; each is good for some months."""
    months = await catalogue.parameter(scope, "background_check_months")
    rows = await database.rows(
        _Check,
        """
        SELECT w.id, w.name, w.background_checked AS checked FROM worker w
        WHERE w.background_checked <= :last AND EXISTS (
          SELECT 1 FROM engagement e WHERE e.worker = w.id AND e.organisation = :organisation
            AND (e.valid_to IS NULL OR e.valid_to >= :today))
        ORDER BY w.background_checked, w.id
        """,
        last=clock.months_after(clock.today() + FARTHEST, -months) + timedelta(days=3),  # months differ in length
        organisation=scope.organisation or 0,
        today=clock.today(),
    )
    ends = ((one, clock.months_after(one.checked, months)) for one in rows)
    return [
        Entry(
            ENDS, "organisations.worker", {"id": one.id}, day,
            {"holder": one.name, "what": "background_check", "ends": day.isoformat()},
        )
        for one, day in ends
        if day <= clock.today() + FARTHEST
    ]  # fmt: skip


@database.scoped
async def years(scope: Scope) -> Sequence[Entry]:
    """Years whose holidays nobody has entered: this one, and from November on the next."""
    known, today = await holidays.years(scope), clock.today()
    return [
        Entry(
            "The holidays of %(year)s are not in the calendar.", "catalogue.holidays", {"year": year},
            date(year - 1, 12, 31), {"year": year},
        )
        for year in [today.year, *([today.year + 1] if today.month >= MONTH_PUBLISHED else [])]
        if year not in known
    ]  # fmt: skip


WAITING = (
    Kind("holidays", "Holidays to enter", "Enter them", (Role.ADMINISTRATOR,), entries=years, instead=(HOLIDAYS,),
         due=True),
    Kind("papers", "Papers that end", "Renew them", (Role.BUREAU_OFFICER, *MANAGERS), entries=papers, instead=(PAPER,),
         due=True),
    Kind("checks", "Record checks that end", "Check again", MANAGERS, entries=checks, instead=(CHECK,), due=True),
)  # fmt: skip
