"""Reads of what was told from the door."""

from dataclasses import dataclass, replace
from datetime import datetime

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records.door_reports.notices import ALARMS, OPEN
from shangmen.delivery.service_records.states import Next, Told
from shangmen.web import lists


@dataclass(frozen=True)
class Asked:
    """What the list is asked for: `about` alarms or visits not made; `mine`: what is for the viewer to look at."""

    about: str = ""
    open: bool = False
    mine: bool = False


@dataclass(frozen=True)
class ReportRow(database.Row):
    """What a worker told, and what was done about it."""

    id: int
    visit: int
    told: Told
    next: Next
    note: str
    at: datetime
    server_at: datetime
    metres_off: int | None
    worker_name: str
    worker_telephone: str
    person_name: str
    supplier_name: str
    answer: str | None
    answered_by_name: str | None
    answered_at: datetime | None


_SHOWN = """
r.id, r.visit, r.told, r.next, r.note, coalesce(r.happened_at, r.server_at) AS at, r.server_at, r.metres_off,
       '' AS worker_name, '' AS worker_telephone, coalesce(p.name, '') AS person_name, o.name AS supplier_name,
       a.note AS answer, u.name AS answered_by_name, a.answered_at
FROM door_report r JOIN organisation o ON o.id = r.supplier LEFT JOIN person p ON p.id = r.person
LEFT JOIN door_answer a ON a.report = r.id LEFT JOIN app_user u ON u.id = a.answered_by
"""


@dataclass(frozen=True)
class _Worker(database.Row):
    report: int
    name: str
    telephone: str


@database.scoped
async def reports(
    scope: Scope, asked: Asked | None = None, limit: int | None = lists.PAGE, offset: int = 0
) -> tuple[list[ReportRow], int]:
    """What was told at visits that the viewer reaches: open alarms first, then the latest; and how many there are."""
    asked = asked or Asked()
    column = "station" if asked.about == "alarm" else "supplier"
    which = lists.where(
        lists.within(scope, "r"),
        {
            ALARMS: asked.about == "alarm" or None,
            f"NOT {ALARMS}": asked.about == "not_made" or None,
            OPEN: asked.open or None,
            f"r.{column} = :organisation": asked.mine or None,
        },
    )

    async def named(rows: list[ReportRow]) -> list[ReportRow]:
        # Who came is told to whoever sees the report, the station too; and how to reach them.
        async with database.elevated(scope):
            found = await database.rows(
                _Worker,
                "SELECT r.id AS report, w.name, w.telephone FROM door_report r JOIN worker w ON w.id = r.worker"
                " WHERE r.id = ANY(:ids)",
                ids=[row.id for row in rows],
            )
        who = {one.report: one for one in found}
        return [replace(row, worker_name=who[row.id].name, worker_telephone=who[row.id].telephone) for row in rows]

    return await lists.part(
        ReportRow,
        _SHOWN,
        f"FROM door_report r WHERE {which}",
        f"({ALARMS} AND {OPEN}) DESC, r.id DESC",
        "r.id",
        named,
        limit=limit,
        offset=offset,
        organisation=scope.organisation or 0,
        **lists.counties(scope),
    )


@dataclass(frozen=True)
class ToldRow(database.Row):
    """What was told of a visit, as the telephone shows it."""

    told: Told
    next: Next
    note: str
    at: datetime


@database.scoped
async def of_visit(scope: Scope, visit: int) -> list[ToldRow]:
    """What was told of a visit, the oldest first."""
    return await database.rows(
        ToldRow,
        "SELECT told, next, note, coalesce(happened_at, server_at) AS at FROM door_report WHERE visit = :visit"
        " ORDER BY id",
        visit=visit,
    )
