"""Reads of workers: people who come to the door, whoever employs them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.organisations.rules import STANDING, Paper
from shangmen.foundation.organisations.states import OrganisationKind, Position, Sex
from shangmen.web import lists

Pattern = dict[str, list[tuple[int, int]]]
"""The working week: by weekday from "0" = Monday, spans in minutes after midnight."""


@dataclass(frozen=True)
class EngagementLine(database.Row):
    """An engagement of the list of workers, with the worker: kinds of papers that hold, and absent until when."""

    id: int
    name: str
    sex: Sex
    telephone: str
    birth_date: date
    background_checked: date | None
    organisation: int
    position: Position
    valid_from: date
    valid_to: date | None
    daily_minutes: int
    monthly_minutes: int
    organisation_name: str
    organisation_kind: OrganisationKind
    kinds: list[str] | None
    absent_to: date | None


@dataclass(frozen=True)
class WorkerRow(database.Row):
    """Somebody who comes to the door."""

    id: int
    county: int
    registered_by: int
    registered_by_name: str
    name: str
    id_number: str
    sex: Sex
    birth_date: date
    telephone: str
    languages: str
    latitude: Decimal | None
    longitude: Decimal | None
    background_checked: date | None
    version: int


@dataclass(frozen=True)
class EngagementRow(database.Row):
    """An engagement of a worker."""

    id: int
    organisation: int
    organisation_name: str
    position: Position
    valid_from: date
    valid_to: date | None
    pattern: Pattern
    daily_minutes: int
    monthly_minutes: int
    version: int


@dataclass(frozen=True)
class AbsenceRow(database.Row):
    """Days on which a worker cannot come."""

    id: int
    first: date
    last: date
    reason: str


@database.scoped
async def workers(
    scope: Scope,
    search: str = "",
    organisation: int | None = None,
    position: str = "",
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[EngagementLine], int]:
    """Engagements in force today or later of workers whom the viewer reaches: the county's, or one's own
    organisation's; and how many there are. A worker of two employers stands in two rows."""
    tables = "FROM worker w JOIN engagement e ON e.worker = w.id JOIN organisation o ON o.id = e.organisation"
    which = lists.where(
        f"{lists.within(scope, 'w')} AND (e.valid_to IS NULL OR e.valid_to >= :today)",
        {
            "e.organisation = :organisation": organisation,
            "e.position = :position": position,
            lists.found("w.name", named="w"): search,
        },
    )
    return await lists.part(
        EngagementLine,
        f"""
        w.id, w.name, w.sex, w.telephone, w.birth_date, w.background_checked, e.organisation, e.position,
               e.valid_from, e.valid_to, e.daily_minutes, e.monthly_minutes, o.name AS organisation_name,
               o.kind AS organisation_kind,
               (SELECT array_agg(DISTINCT q.kind ORDER BY q.kind) FROM qualification q WHERE q.worker = w.id
                  AND q.status = 'valid' AND q.valid_from <= :today AND (q.valid_to IS NULL OR q.valid_to >= :today))
                 AS kinds,
               (SELECT max(a.last) FROM absence a WHERE a.worker = w.id AND a.lifted_at IS NULL
                  AND a.first <= :today AND a.last >= :today)
                 AS absent_to
        {tables}
        """,
        f"{tables} WHERE {which}",
        "o.kind DESC, o.id, w.id, e.id",
        "e.id",
        limit=limit,
        offset=offset,
        search=lists.wanted(search),
        organisation=organisation,
        position=position,
        today=clock.today(),
        **lists.counties(scope),
    )


@database.scoped
async def worker(scope: Scope, id: int) -> WorkerRow:
    """One worker whom the viewer reaches; raises NotFound."""
    row = await database.row(
        WorkerRow,
        "SELECT w.*, o.name AS registered_by_name FROM worker w JOIN organisation o ON o.id = w.registered_by"
        " WHERE w.id = :id AND w.county = ANY(:counties)",
        id=id,
        counties=list(scope.counties),
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def engagements(scope: Scope, worker: int) -> list[EngagementRow]:
    """A worker's engagements as far as the viewer may know of them, the newest first."""
    return await database.rows(
        EngagementRow,
        "SELECT e.*, o.name AS organisation_name FROM engagement e JOIN organisation o ON o.id = e.organisation"
        " WHERE e.worker = :worker ORDER BY e.valid_from DESC, e.id DESC",
        worker=worker,
    )


@database.scoped
async def absences(scope: Scope, worker: int) -> list[AbsenceRow]:
    """A worker's absences, the latest first."""
    return await database.rows(
        AbsenceRow,
        "SELECT * FROM absence WHERE worker = :worker AND lifted_at IS NULL ORDER BY first DESC, id",
        worker=worker,
    )


@dataclass(frozen=True)
class EngagedWorker(database.Row):
    """A worker as one engagement has them: base, days and hours (`pattern` by weekday, minutes after midnight)."""

    id: int
    name: str
    sex: Sex
    latitude: Decimal | None
    longitude: Decimal | None
    background_checked: date | None
    position: Position
    valid_from: date
    valid_to: date | None
    pattern: Pattern
    daily_minutes: int
    monthly_minutes: int
    languages: str


@dataclass(frozen=True)
class RosterWorker(EngagedWorker):
    """The same with all papers, and the absences (first and last day) that touch the period asked for."""

    papers: tuple[Paper, ...]
    absences: tuple[tuple[date, date], ...]


@dataclass(frozen=True)
class _PaperRow(database.Row):
    worker: int
    kind: str
    valid_from: date
    valid_to: date | None
    mandatory: bool
    stands: bool


@dataclass(frozen=True)
class _AbsenceRow(database.Row):
    worker: int
    first: date
    last: date


@database.scoped
async def roster_workers(scope: Scope, organisation: int, on_from: date, on_to: date) -> list[RosterWorker]:
    """Workers engaged by an organisation on some day of a period, with everything a roster needs to know.

    By id, so that what is built on it is the same each time. Somebody with two engagements there stands in two rows.
    """
    rows = await database.rows(
        EngagedWorker,
        """
        SELECT w.id, w.name, w.sex, w.latitude, w.longitude, w.background_checked, e.position, e.valid_from,
               e.valid_to, coalesce(e.pattern, '{}') AS pattern, e.daily_minutes, e.monthly_minutes, w.languages
        FROM engagement e JOIN worker w ON w.id = e.worker
        WHERE e.organisation = :organisation AND e.valid_from <= :to AND (e.valid_to IS NULL OR e.valid_to >= :from)
        ORDER BY w.id, e.id
        """,
        organisation=organisation,
        **{"from": on_from, "to": on_to},
    )
    ids = [row.id for row in rows]
    papers: dict[int, list[Paper]] = defaultdict(list)
    for one in await database.rows(
        _PaperRow,
        "SELECT worker, kind, valid_from, valid_to, mandatory, status = ANY(:standing) AS stands FROM qualification"
        " WHERE worker = ANY(:ids) ORDER BY kind, valid_from, id",
        ids=ids,
        standing=list(STANDING),
    ):
        papers[one.worker].append(Paper(one.kind, one.valid_from, one.valid_to, one.mandatory, one.stands))
    away: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for days in await database.rows(
        _AbsenceRow,
        "SELECT worker, first, last FROM absence WHERE worker = ANY(:ids) AND first <= :to AND last >= :from"
        " AND lifted_at IS NULL"
        " ORDER BY first, id",
        ids=ids,
        **{"from": on_from, "to": on_to},
    ):
        away[days.worker].append((days.first, days.last))
    return [RosterWorker(**vars(row), papers=tuple(papers[row.id]), absences=tuple(away[row.id])) for row in rows]
