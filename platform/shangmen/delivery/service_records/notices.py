"""Whose work list a record is on: the station that looks after the recipient, or the bureau."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.service_records.door_reports import notices as door
from shangmen.delivery.service_records.homes import queries as homes
from shangmen.foundation.tasks import actions as tasks
from shangmen.foundation.tasks.waiting import Kind, own

SUBJECT = "service_record"

# Held records by who decides on them, as `verifier` has it: t is the recipient's station, o the supplier.
OWN_WORK = "coalesce(t.id = o.id OR t.operator = o.id OR o.operator = t.id OR t.operator = o.operator, false)"
WHO = " JOIN organisation o ON o.id = r.supplier JOIN organisation t ON t.id = r.station"
TO_DECIDE = {
    Role.STATION_SCHEDULER: f"d.state = 'held' AND r.station = :organisation AND NOT {OWN_WORK}",
    Role.BUREAU_OFFICER: f"d.state = 'held' AND {OWN_WORK}",
}


def _to_decide(role: Role, *instead: str) -> Kind:
    return Kind(
        "records_held", "Service records to check", "Decide", (role,),
        "service_records.queue", own(mine="yes"),
        "SELECT count(*) AS count, min((r.recorded_at AT TIME ZONE 'Asia/Shanghai')::date) AS day FROM verdict d"
        f" JOIN service_record r ON r.id = d.service_record{WHO} WHERE {TO_DECIDE[role]}",
        instead=("record_held", *instead),
    )  # fmt: skip


WAITING = (
    _to_decide(Role.STATION_SCHEDULER, "records_held_long"),
    _to_decide(Role.BUREAU_OFFICER),
    Kind(
        "phone_events",
        "What phones sent and could not be booked",
        "Look at it",
        (Role.PROVIDER_MANAGER, Role.STATION_SCHEDULER),
        "phone_events.list",
        own(state="refused", mine="yes"),
        "SELECT count(*) AS count, min((received_at AT TIME ZONE 'Asia/Shanghai')::date) AS day FROM phone_event"
        " WHERE state = 'refused' AND supplier = :organisation",
    ),
    *door.WAITING,
    Kind("homes_found", "Homes that a check-in found", "Look at it", (Role.STATION_SCHEDULER,), entries=homes.waiting),
)


@dataclass(frozen=True)
class Verifier:
    """Who decides on held records: an organisation and the role there."""

    organisation: int
    role: Role


@dataclass(frozen=True)
class _Judges(database.Row):
    own: bool | None
    bureau: int | None


@database.scoped
async def verifier(scope: Scope, station: int, supplier: int) -> Verifier:
    """The station of the recipient, or the bureau where that would be judging one's own work."""
    found = await database.row(
        _Judges,
        """
        SELECT t.id = o.id OR t.operator = o.id OR o.operator = t.id OR t.operator = o.operator AS own,
               (SELECT b.id FROM organisation b WHERE b.county = t.county AND b.kind = 'bureau' ORDER BY b.id LIMIT 1)
                 AS bureau
        FROM organisation t, organisation o WHERE t.id = :station AND o.id = :supplier
        """,
        station=station,
        supplier=supplier,
    )
    assert found is not None, "a record has a station and a supplier"
    if found.own and found.bureau is not None:
        return Verifier(found.bureau, Role.BUREAU_OFFICER)
    return Verifier(station, Role.STATION_SCHEDULER)


async def _open(
    scope: Scope, who: Verifier, kind: str, record: int, message: str, due: date | None = None, **details: str
) -> None:
    await tasks.open(
        scope,
        organisation=who.organisation,
        role=who.role,
        kind=kind,
        subject=SUBJECT,
        subject_id=record,
        route="service_records.show",
        params={"id": record},
        message=message,
        due=due,
        **details,
    )


@database.scoped
async def held(scope: Scope, record: int, station: int, supplier: int, day: date, name: str) -> None:
    """Put a held record on the work list of who decides on it; `name` is the supplier's."""
    who = await verifier(scope, station, supplier)
    message = "The service record of %(day)s by %(supplier)s is held."
    await _open(scope, who, "record_held", record, message, day=day.isoformat(), supplier=name)


@database.scoped
async def decided(scope: Scope, record: int) -> None:
    """Take a record off the work lists."""
    await tasks.close(scope, "record_held", SUBJECT, record)


@database.scoped
async def seen(scope: Scope, record: int, station: int, day: date, alerts: Sequence[str]) -> None:
    """What the worker saw and somebody has to look after goes to the station that looks after the recipient."""
    if alerts:
        message = "A worker saw something at the visit of %(day)s: please look after it."
        who = Verifier(station, Role.STATION_SCHEDULER)
        await _open(scope, who, "visit_alert", record, message, due=clock.today(), day=day.isoformat())


@database.scoped
async def claim(scope: Scope, record: int, county: int, amount: Decimal, day: date, name: str) -> None:
    """The bureau has to claim settled money back from the supplier of that name."""
    bureau = await database.value(
        int,
        "SELECT id FROM organisation WHERE county = :county AND kind = 'bureau' ORDER BY id LIMIT 1",
        county=county,
    )
    if bureau is not None:
        await _open(
            scope,
            Verifier(bureau, Role.BUREAU_OFFICER),
            "claw_back",
            record,
            "¥%(amount)s for the visit of %(day)s by %(supplier)s was settled and should be claimed back.",
            amount=f"{amount:,.2f}",
            day=day.isoformat(),
            supplier=name,
        )
