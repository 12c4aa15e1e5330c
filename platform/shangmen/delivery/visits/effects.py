"""What visits do when people, needs and placements change. Wired in wiring.py."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import bookings, notices, presence
from shangmen.delivery.visits.states import VisitReason, VisitState
from shangmen.demand.needs.events import NeedPaused, NeedTermChanged
from shangmen.demand.recipients.events import (
    FileOpened,
    HandingOver,
    Panel,
    RecipientAbsent,
    RecipientMoved,
    StatusChanged,
)
from shangmen.demand.recipients.states import StatusKind
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations.events import EngagementCut, QualificationLost, WorkerAbsent
from shangmen.foundation.organisations.forms import hours
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.supply.placements.events import PlacementEnded, PlacementEnding


@dataclass(frozen=True)
class OpenVisit(database.Row):
    """A visit that has not begun, and who would have come to whom."""

    id: int
    person: int
    placement: int
    supplier: int
    day: date
    supplier_kind: OrganisationKind
    person_name: str


_OPEN = """
SELECT v.id, v.person, v.placement, v.supplier, v.day, o.kind AS supplier_kind, s.name AS person_name
FROM visit v JOIN organisation o ON o.id = v.supplier JOIN person s ON s.id = v.person
WHERE v.state IN ('planned', 'confirmed')
"""


async def on_status_changed(scope: Scope, event: StatusChanged) -> None:
    """Planned visits fall away: those of a stay, and all after somebody died, moved or went to an institution."""
    kind = StatusKind(event.kind)
    if kind is StatusKind.HOME:
        return
    async with database.elevated(scope) as system:
        # On the last day itself a visit may have taken place before: only what has not begun yet falls away.
        begin = (
            "v.day >= :on"
            if kind is StatusKind.HOSPITAL
            else "(v.day > :on OR (v.day = :on AND v.planned_start > :now))"
        )
        found = await database.rows(
            OpenVisit,
            f"{_OPEN} AND v.person = :person AND {begin} AND (:until::date IS NULL OR v.day <= :until)"
            " ORDER BY v.id FOR UPDATE OF v",
            person=event.person,
            on=event.effective,
            until=event.until if kind in presence.STAYS else None,
            now=clock.now(),
        )
        await _drop(system, found, VisitReason(kind))


async def on_need_paused(scope: Scope, event: NeedPaused) -> None:
    """A need that rests is not visited."""
    async with database.elevated(scope) as system:
        await _drop(system, await _of_need(event.need, event.on, event.until), VisitReason.NEED_PAUSED)


async def on_need_term_changed(scope: Scope, event: NeedTermChanged) -> None:
    """Nobody is visited after the last day of a need."""
    if event.valid_to is None:
        return
    async with database.elevated(scope) as system:
        found = await _of_need(event.need, event.valid_to, None)
        await _drop(system, [one for one in found if one.day > event.valid_to], VisitReason.ENTITLEMENT_ENDED)


async def on_placement_ending(scope: Scope, event: PlacementEnding) -> None:
    """A placement does not end before a visit that was made under it; raises Refused."""
    made = await database.value(
        date,
        "SELECT max(day) FROM visit WHERE placement = :placement AND state IN ('in_progress', 'done')",
        placement=event.placement,
    )
    if made is not None and made > event.on:
        raise Refused("A visit was made on %(day)s; it cannot end before.", field="on", day=made.isoformat())


async def on_placement_ended(scope: Scope, event: PlacementEnded) -> None:
    """Visits after the last day of a placement fall away."""
    async with database.elevated(scope) as system:
        found = await database.rows(
            OpenVisit,
            f"{_OPEN} AND v.placement = :placement AND v.day > :on ORDER BY v.id FOR UPDATE OF v",
            placement=event.placement,
            on=event.on,
        )
        await _drop(system, found, VisitReason.PLACEMENT_ENDED, event.reason)


@dataclass(frozen=True)
class _Loss(database.Row):
    name: str
    visits: int
    bureau: int | None


async def on_qualification_lost(scope: Scope, event: QualificationLost) -> None:
    """Tell the bureau how many visits are planned that the organisation may not make; people decide who takes over."""
    async with database.elevated(scope) as system:
        loss = await database.row(
            _Loss,
            """
            SELECT o.name, count(v.id) AS visits, (SELECT b.id FROM organisation b WHERE b.county = o.county
                     AND b.kind = 'bureau' ORDER BY b.id LIMIT 1) AS bureau
            FROM organisation o JOIN visit v ON v.supplier = o.id
            JOIN placement p ON p.id = v.placement JOIN need n ON n.id = p.need
            JOIN service_item i ON i.id = n.service_item
            WHERE o.id = :id AND v.state IN ('planned', 'confirmed') AND v.day >= :on
              AND (:services::text[] = '{}' OR i.code ~ ('^(' || array_to_string(:services::text[], '|') || ')'))
            GROUP BY o.id
            """,
            id=event.organisation,
            on=event.on,
            services=list(event.services),
        )
        if loss is None or loss.bureau is None:
            return
        await notices.blocked(system, loss.bureau, event.organisation, loss.name, loss.visits, event.on)


@dataclass(frozen=True)
class _Planned(database.Row):
    """What is planned for a worker: on a day, or in the month of a day."""

    day: date
    minutes: int


async def on_engagement_cut(scope: Scope, event: EngagementCut) -> None:
    """Hours are not cut below the visits that are planned, nor days before them; raises Refused beside the field."""
    planned = await database.rows(
        _Planned,
        "SELECT v.day, (sum(extract(epoch FROM v.planned_end - v.planned_start)) / 60)::int AS minutes"
        " FROM visit v JOIN visit_worker w ON w.visit = v.id WHERE w.worker = :worker AND v.supplier = :supplier"
        " AND v.state IN ('planned', 'confirmed') AND v.day >= :today GROUP BY v.day ORDER BY v.day",
        worker=event.worker,
        supplier=event.organisation,
        today=clock.today(),
    )
    months: dict[date, int] = defaultdict(int)
    for one in planned:
        months[one.day.replace(day=1)] += one.minutes
        if one.day < event.valid_from:
            raise Refused("A visit is planned on %(day)s. Move it first.", field="valid_from", day=one.day.isoformat())
        if event.valid_to is not None and one.day > event.valid_to:
            raise Refused("A visit is planned on %(day)s. Move it first.", field="valid_to", day=one.day.isoformat())
        if one.minutes > event.daily_minutes:
            raise Refused(
                "On %(day)s %(hours)s hours of visits are planned. Move some first.",
                field="daily_hours",
                day=one.day.isoformat(),
                hours=hours(one.minutes),
            )
    for month, minutes in months.items():
        if minutes > event.monthly_minutes:
            raise Refused(
                "In %(month)s %(hours)s hours of visits are planned. Move some first.",
                field="monthly_hours",
                month=f"{month:%Y-%m}",
                hours=hours(minutes),
            )


@dataclass(frozen=True)
class VisitOnFile(database.Row):
    """A visit as a person's page tells it."""

    id: int
    planned_start: datetime
    state: VisitState
    item_code: str
    item_name: str
    supplier_name: str


async def on_worker_absent(scope: Scope, event: WorkerAbsent) -> None:
    """Visits of a worker who cannot come need another worker or another day; until then they are not confirmed."""
    async with database.elevated(scope) as system:
        await _concern(
            system,
            await database.rows(
                OpenVisit,
                f"{_OPEN} AND EXISTS (SELECT 1 FROM visit_worker w WHERE w.visit = v.id AND w.stands"
                " AND w.worker = :worker) AND v.day BETWEEN :first AND :last ORDER BY v.id FOR UPDATE OF v",
                worker=event.worker,
                first=max(event.first, clock.today()),
                last=event.last,
            ),
            VisitReason.WORKER,
        )


async def on_recipient_absent(scope: Scope, event: RecipientAbsent) -> None:
    """Visits to somebody who is away need another day; until then they are not confirmed."""
    async with database.elevated(scope) as system:
        await _concern(
            system,
            await database.rows(
                OpenVisit,
                f"{_OPEN} AND v.person = :person AND v.day BETWEEN :first AND :last ORDER BY v.id FOR UPDATE OF v",
                person=event.person,
                first=max(event.first, clock.today()),
                last=event.last,
            ),
            VisitReason.AWAY,
        )


async def on_recipient_moved(scope: Scope, event: RecipientMoved) -> None:
    """Visits that go on are planned to another home: the way is another, so they are looked at again."""
    async with database.elevated(scope) as system:
        found = await database.rows(
            OpenVisit,
            f"{_OPEN} AND v.person = :person AND v.day >= :on ORDER BY v.id FOR UPDATE OF v",
            person=event.person,
            on=max(event.on, clock.today()),
        )
        await database.execute(
            "UPDATE visit SET station = :station, latitude = NULL, longitude = NULL WHERE id = ANY(:ids)",
            station=event.station,
            ids=[one.id for one in found],
        )
        await _concern(system, found, VisitReason.MOVED)


async def on_handing_over(scope: Scope, event: HandingOver) -> None:
    """Another county reads how often somebody came this month: nobody is served twice over."""
    first, last = clock.month_of(clock.today())
    came = await database.number(
        "SELECT count(*) FROM visit WHERE person = :person AND day BETWEEN :first AND :last AND state = 'done'",
        person=event.person,
        first=first,
        last=last,
    )
    event.facts.append(("visits_this_month", str(came)))


async def _concern(system: Scope, found: list[OpenVisit], cause: VisitReason) -> None:
    """Note it in the history of each visit; what was agreed with the recipient is not agreed any more."""
    await database.execute(
        "UPDATE visit SET state = 'planned' WHERE id = ANY(:ids) AND state = 'confirmed'",
        ids=[one.id for one in found],
    )
    for one in found:
        record(system, "visits.concern", "visit", one.id, organisation=one.supplier, cause=cause)


async def on_file_opened(scope: Scope, event: FileOpened) -> None:
    """A person's page shows the visits around today."""
    found = await database.rows(
        VisitOnFile,
        """
        SELECT v.id, v.planned_start, v.state, i.code AS item_code, i.name AS item_name,
               o.name AS supplier_name
        FROM visit v JOIN service_item i ON i.id = v.service_item JOIN organisation o ON o.id = v.supplier
        WHERE v.person = :person
        ORDER BY abs(extract(epoch FROM v.planned_start - :now)), v.id LIMIT 8
        """,
        person=event.person,
        now=clock.now(),
    )
    found.sort(key=lambda one: (one.planned_start, one.id))
    event.panels.append(Panel("visits/_of_person.html", {"person": event.person, "visits": found}))


async def _of_need(need: int, on: date, until: date | None) -> list[OpenVisit]:
    return await database.rows(
        OpenVisit,
        f"{_OPEN} AND v.placement IN (SELECT p.id FROM placement p WHERE p.need = :need) AND v.day >= :on"
        " AND (:until::date IS NULL OR v.day <= :until) ORDER BY v.id FOR UPDATE OF v",
        need=need,
        on=on,
        until=until,
    )


async def _drop(system: Scope, found: list[OpenVisit], otherwise: VisitReason, note: str = "") -> None:
    """Cancel visits, free their workers, and tell who would have come.

    The reason is what keeps the recipient away on the day of the visit; `otherwise` where nothing does.
    """
    if not found:
        return
    history = await presence.events(system, sorted({one.person for one in found}))
    reasons: dict[VisitReason, list[int]] = defaultdict(list)
    for one in found:
        gone = presence.away(history.get(one.person, []), one.day)
        reasons[VisitReason(gone.kind) if gone else otherwise].append(one.id)
    for reason, ids in reasons.items():
        await database.execute(
            "UPDATE visit SET state = 'cancelled', reason = :reason, note = :note WHERE id = ANY(:ids)",
            reason=reason,
            note=note,
            ids=ids,
        )
        for id in ids:
            record(system, "visits.cancel", "visit", id, reason=note, cause=reason)
    await bookings.release([one.id for one in found])
    by_placement: dict[int, list[OpenVisit]] = defaultdict(list)
    for one in found:
        by_placement[one.placement].append(one)
    told = next(iter(reasons))
    for placement, visits in by_placement.items():
        one = visits[0]
        await notices.cancelled(system, placement, one.supplier, one.supplier_kind, one.person_name, len(visits), told)
