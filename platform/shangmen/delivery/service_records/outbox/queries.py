"""Reads of the outbox: what a telephone keeps of the days ahead, and what came from one and could not be booked."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.states import EventState, EventVerb
from shangmen.web import lists

AHEAD = timedelta(days=13)  # beside today


@dataclass(frozen=True)
class AheadRow(database.Row):
    """A visit of the days ahead."""

    id: int
    day: date


@database.scoped
async def ahead(scope: Scope) -> list[AheadRow]:
    """The worker's visits of today and of the 13 days after it that are still to be logged."""
    today = clock.today()
    return await database.rows(
        AheadRow,
        "SELECT v.id, v.day FROM visit v JOIN visit_worker w ON w.visit = v.id AND w.stands"
        " WHERE w.worker = :worker AND v.supplier = :organisation AND v.day BETWEEN :first AND :last"
        " AND v.state IN ('planned', 'confirmed', 'in_progress') ORDER BY v.planned_start, v.id",
        worker=scope.worker or 0,
        organisation=scope.organisation or 0,
        first=today,
        last=today + AHEAD,
    )


@dataclass(frozen=True)
class Asked:
    """What the list of what could not be booked is asked for; `mine` of the viewer's own visits."""

    state: str = ""
    mine: bool = False


@dataclass(frozen=True)
class EventRow(database.Row):
    """Something that a telephone sent later and that could not be booked when it came."""

    id: int
    visit: int
    verb: EventVerb
    happened_at: datetime
    received_at: datetime
    sentence: str
    state: EventState
    worker_name: str
    person_name: str
    supplier_name: str
    item_name: str
    item_english: str
    settled_note: str
    settled_by_name: str | None
    settled_at: datetime | None


_SHOWN = """
e.id, e.visit, e.verb, e.happened_at, e.received_at, e.sentence, e.state, coalesce(w.name, '') AS worker_name,
       coalesce(p.name, '') AS person_name, o.name AS supplier_name, i.name AS item_name, i.english AS item_english,
       e.settled_note, u.name AS settled_by_name, e.settled_at
FROM phone_event e JOIN visit v ON v.id = e.visit LEFT JOIN worker w ON w.id = e.worker
JOIN organisation o ON o.id = e.supplier JOIN service_item i ON i.id = v.service_item
LEFT JOIN person p ON p.id = v.person LEFT JOIN app_user u ON u.id = e.settled_by
"""


@database.scoped
async def events(
    scope: Scope, asked: Asked | None = None, limit: int | None = lists.PAGE, offset: int = 0
) -> tuple[list[EventRow], int]:
    """What could not be booked, open ones first, the latest first; and how many there are."""
    asked = asked or Asked()
    which = lists.where(
        lists.within(scope, "e"),
        {"e.state = :state": asked.state, "e.supplier = :organisation": asked.mine or None},
    )
    return await lists.part(
        EventRow,
        _SHOWN,
        f"FROM phone_event e WHERE {which}",
        "e.state = 'refused' DESC, e.id DESC",
        "e.id",
        limit=limit,
        offset=offset,
        organisation=scope.organisation or 0,
        state=asked.state,
        **lists.counties(scope),
    )
