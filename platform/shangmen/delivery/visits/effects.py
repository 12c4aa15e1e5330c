"""What visits do when people, needs and placements change. Wired in app.py."""

from collections import defaultdict
from datetime import date

import asyncpg

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.visits import presence
from shangmen.delivery.visits.forms import ENTITLEMENT_ENDED, NEED_PAUSED, PLACEMENT_ENDED
from shangmen.demand.needs.events import NeedPaused, NeedTermChanged
from shangmen.demand.recipients.events import FileOpened, Panel, StatusChanged
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations.events import QualificationLost
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.placements.events import PlacementEnded

MANAGERS = {"station": Role.STATION_SCHEDULER, "provider": Role.PROVIDER_MANAGER}
NOTICE = "visits_cancelled"
BLOCKED = "visits_blocked"
NOTICES = {
    "hospital": "%(name)s is in hospital: %(visits)s planned visits were cancelled.",
    "died": "%(name)s has died: %(visits)s planned visits were cancelled.",
}
OTHERWISE = "%(visits)s planned visits to %(name)s were cancelled."

_OPEN = """
SELECT v.id, v.person, v.placement, v.supplier, v.day, o.kind AS supplier_kind, s.name AS person_name
FROM visit v JOIN organisation o ON o.id = v.supplier JOIN person s ON s.id = v.person
WHERE v.state IN ('planned', 'confirmed')
"""


async def on_status_changed(scope: Scope, event: StatusChanged) -> None:
    """Planned visits fall away: those of a stay, and all after somebody died, moved or went to an institution."""
    if event.kind == "home":
        return
    async with database.elevated(scope) as system:
        # On the last day itself a visit may have taken place before: only what has not begun yet falls away.
        begin = (
            "v.day >= :on" if event.kind == "hospital" else "(v.day > :on OR (v.day = :on AND v.planned_start > :now))"
        )
        rows = await database.fetch(
            f"{_OPEN} AND v.person = :person AND {begin} AND (:until::date IS NULL OR v.day <= :until)"
            " ORDER BY v.id FOR UPDATE OF v",
            person=event.person,
            on=event.effective,
            until=event.until if event.kind in presence.STAYS else None,
            now=clock.now(),
        )
        await _drop(system, rows, event.kind)


async def on_need_paused(scope: Scope, event: NeedPaused) -> None:
    """A need that rests is not visited."""
    async with database.elevated(scope) as system:
        await _drop(system, await _of_need(event.need, event.on, event.until), NEED_PAUSED)


async def on_need_term_changed(scope: Scope, event: NeedTermChanged) -> None:
    """Nobody is visited after the last day of a need."""
    if event.valid_to is None:
        return
    async with database.elevated(scope) as system:
        rows = await _of_need(event.need, event.valid_to, None)
        await _drop(system, [row for row in rows if row["day"] > event.valid_to], ENTITLEMENT_ENDED)


async def on_placement_ended(scope: Scope, event: PlacementEnded) -> None:
    """Visits after the last day of a placement fall away."""
    async with database.elevated(scope) as system:
        rows = await database.fetch(
            f"{_OPEN} AND v.placement = :placement AND v.day > :on ORDER BY v.id FOR UPDATE OF v",
            placement=event.placement,
            on=event.on,
        )
        await _drop(system, rows, PLACEMENT_ENDED, event.reason)


async def on_qualification_lost(scope: Scope, event: QualificationLost) -> None:
    """Tell the bureau how many visits are planned that the organisation may not make; people decide who takes over."""
    async with database.elevated(scope) as system:
        row = await database.fetch_one(
            """
            SELECT o.name, count(v.id) AS visits, (SELECT b.id FROM organisation b WHERE b.county = o.county
                     AND b.kind = 'bureau' ORDER BY b.id LIMIT 1) AS bureau
            FROM organisation o JOIN visit v ON v.supplier = o.id
            WHERE o.id = :id AND v.state IN ('planned', 'confirmed') AND v.day >= :on GROUP BY o.id
            """,
            id=event.organisation,
            on=event.on,
        )
        if row is None or row["bureau"] is None:
            return
        await tasks.open(
            system,
            organisation=row["bureau"],
            role=Role.BUREAU_OFFICER,
            kind=BLOCKED,
            subject="organisation",
            subject_id=event.organisation,
            route="visits.list",
            params={"organisation": event.organisation, "state": "planned", "first": event.on.isoformat()},
            message="%(name)s lost a qualification: %(visits)s visits are planned from %(day)s on.",
            due=event.on,
            name=row["name"],
            visits=row["visits"],
            day=event.on,
        )


async def on_file_opened(scope: Scope, event: FileOpened) -> None:
    """A person's page shows the visits around today."""
    rows = await database.fetch(
        """
        SELECT v.id, v.planned_start, v.planned_end, v.state, i.code AS item_code, i.name AS item_name,
               o.name AS supplier_name
        FROM visit v JOIN service_item i ON i.id = v.service_item JOIN organisation o ON o.id = v.supplier
        WHERE v.person = :person
        ORDER BY abs(extract(epoch FROM v.planned_start - :now)), v.id LIMIT 8
        """,
        person=event.person,
        now=clock.now(),
    )
    rows.sort(key=lambda row: (row["planned_start"], row["id"]))
    event.panels.append(Panel("visits/_of_person.html", {"person": event.person, "visits": rows}))


async def _of_need(need: int, on: date, until: date | None) -> list[asyncpg.Record]:
    return await database.fetch(
        f"{_OPEN} AND v.placement IN (SELECT p.id FROM placement p WHERE p.need = :need) AND v.day >= :on"
        " AND (:until::date IS NULL OR v.day <= :until) ORDER BY v.id FOR UPDATE OF v",
        need=need,
        on=on,
        until=until,
    )


async def _drop(system: Scope, rows: list[asyncpg.Record], otherwise: str, note: str = "") -> None:
    """Cancel visits, free their workers, and tell who would have come.

    The reason is what keeps the recipient away on the day of the visit; `otherwise` where nothing does.
    """
    if not rows:
        return
    history = await presence.events(system, sorted({row["person"] for row in rows}))
    reasons: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        gone = presence.away(history.get(row["person"], []), row["day"])
        reasons[gone["kind"] if gone else otherwise].append(row["id"])
    for reason, ids in reasons.items():
        await database.execute(
            "UPDATE visit SET state = 'cancelled', reason = :reason, note = left(:note, 200), version = version + 1"
            " WHERE id = ANY(:ids)",
            reason=reason,
            note=note,
            ids=ids,
        )
        for id in ids:
            record(system, "visits.cancel", "visit", id, reason=note, cause=reason)
    await database.execute(
        "UPDATE visit_worker SET stands = false WHERE visit = ANY(:ids)", ids=[row["id"] for row in rows]
    )
    await _tell(system, rows, next(iter(reasons)))


async def _tell(system: Scope, rows: list[asyncpg.Record], reason: str) -> None:
    """Put the news on the lists of those who plan and of those who would have come."""
    by_placement: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        by_placement[row["placement"]].append(row)
    for placement, visits in by_placement.items():
        one = visits[0]
        for role, route, params in (
            (MANAGERS[one["supplier_kind"]], "visits.list", {"placement": placement}),
            (Role.WORKER, "service_records.today", {}),
        ):
            await tasks.open(
                system,
                organisation=one["supplier"],
                role=role,
                kind=NOTICE,
                subject="placement",
                subject_id=placement,
                route=route,
                params=params,
                message=NOTICES.get(reason, OTHERWISE),
                name=one["person_name"],
                visits=len(visits),
            )
