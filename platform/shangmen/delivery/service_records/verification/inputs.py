"""Gathering the facts of a visit from the tables, in few queries: it happens at every check-out.

Called under an elevated scope: a worker may deliver for two employers, and neither may see the other's records.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.evidence import Fix, Point, Presence, metres
from shangmen.delivery.service_records.verification.dossier import (
    PARAMETERS,
    Away,
    Certificate,
    Confirmed,
    Corrects,
    Elsewhere,
    Facts,
    Service,
)
from shangmen.delivery.visits import presence
from shangmen.errors import NotFound

_BASE = """
SELECT v.id, v.county, v.station, v.supplier, v.placement, v.person, v.service_item, v.day, v.planned_start,
       v.planned_end, v.state, coalesce(v.latitude, s.latitude) AS latitude,
       coalesce(v.longitude, s.longitude) AS longitude, s.position_accuracy, s.village, s.name AS person_name,
       i.minimum_minutes, i.proof, p.need, n.minutes AS need_minutes, n.staff_count, n.visits_per_month,
       n.minors_check OR i.minors_check AS minors_check,
       coalesce(nullif(n.required_qualification, ''), i.required_qualification) AS qualification,
       p.contract_line, l.pricing, l.rate, l.two_workers_pay_twice, o.name AS supplier_name,
       EXISTS (SELECT 1 FROM visit_worker x WHERE x.visit = v.id AND x.worker = :worker
               AND (x.stands OR v.state IN ('cancelled', 'missed', 'phone'))) AS on_it,
       (SELECT c.server_at FROM check_in c WHERE c.visit = v.id AND c.worker = :worker) AS checked_in
FROM visit v JOIN placement p ON p.id = v.placement JOIN need n ON n.id = p.need
JOIN service_item i ON i.id = v.service_item JOIN person s ON s.id = v.person JOIN organisation o ON o.id = v.supplier
LEFT JOIN contract_line l ON l.id = p.contract_line
WHERE v.id = :id FOR NO KEY UPDATE OF v
"""


@database.scoped
async def visit(scope: Scope, id: int) -> asyncpg.Record:
    """A visit with its need, item, home and contract line, locked; raises NotFound.

    `on_it` and `checked_in` say whether the viewer is one of its workers, and has checked in.
    """
    row = await database.fetch_one(_BASE, id=id, worker=scope.worker or 0)
    if row is None:
        raise NotFound
    return row


@database.scoped
async def check_ins(scope: Scope, visit: int) -> list[asyncpg.Record]:
    """The arrivals at a visit with the workers' names, by worker. Locks the workers against records of theirs that
    are written at the same time: overlaps would pass unseen."""
    rows = await database.fetch(
        "SELECT c.*, w.name, w.background_checked FROM check_in c JOIN worker w ON w.id = c.worker"
        " WHERE c.visit = :visit ORDER BY c.worker",
        visit=visit,
    )
    await lock_workers([row["worker"] for row in rows])
    return rows


async def lock_workers(workers: Sequence[int]) -> None:
    """One record of a worker at a time, until the end of the transaction."""
    await database.fetch(
        "SELECT pg_advisory_xact_lock(hashtextextended('attendance', worker))"
        " FROM unnest(:workers::bigint[]) AS worker",
        workers=sorted(workers),
    )


def point(latitude: Decimal | None, longitude: Decimal | None, accuracy: int | None = None) -> Point | None:
    """A position where both coordinates are known."""
    return None if latitude is None or longitude is None else Point(latitude, longitude, accuracy)


def home(row: Any) -> Point | None:
    """Where a visit takes place, with how well that is known."""
    return point(row["latitude"], row["longitude"], row["position_accuracy"])


def fix(row: Any, latitude: Decimal | None, longitude: Decimal | None, accuracy: int | None, reason: str) -> Fix:
    """A position with its distance from the home of `row`."""
    here = point(latitude, longitude, accuracy)
    return Fix(here, metres(here, home(row)), "" if here else reason)


async def parameters(on: date) -> dict[str, Any]:
    """The parameters of the rules on a day by name; LookupError when one is missing, as catalogue.parameter does."""
    rows = await database.fetch(
        "SELECT DISTINCT ON (name) name, value FROM parameter WHERE name = ANY(:names) AND valid_from <= :on"
        " AND (valid_to IS NULL OR valid_to >= :on) ORDER BY name, valid_from DESC",
        names=list(PARAMETERS),
        on=on,
    )
    found = {row["name"]: database.from_json(row["value"]) for row in rows}
    missing = [name for name in PARAMETERS if name not in found]
    if missing:
        raise LookupError(f"no parameter {missing[0]} on {on}; load the catalogue or set it")
    return found


async def surroundings(
    row: Any, presences: Sequence[Presence], digest: bytes | None, days: int
) -> tuple[list[Elsewhere], asyncpg.Record]:
    """The workers' other records around a visit, and the counts that the rules need."""
    workers = [here.worker for here in presences]
    begun, ended = min(here.begun_at for here in presences), max(here.ended_at for here in presences)
    near = await database.fetch(
        """
        SELECT r.id AS record, r.visit, r.supplier, a.worker, a.begun_at, a.ended_at, a.in_latitude, a.in_longitude,
               a.out_latitude, a.out_longitude, v.latitude, v.longitude
        FROM attendance a JOIN service_record r ON r.id = a.service_record
        JOIN verdict d ON d.service_record = r.id AND d.state <> 'rejected' JOIN visit v ON v.id = r.visit
        WHERE a.worker = ANY(:workers) AND r.visit <> :visit
          AND a.begun_at BETWEEN :first AND :last ORDER BY a.begun_at, r.id
        """,
        workers=workers,
        visit=row["id"],
        first=begun - timedelta(hours=24),
        last=ended + timedelta(hours=24),
    )
    points = {
        (place.point.latitude, place.point.longitude) for here in presences for place in here.fixes if place.point
    }
    month_first, month_last = clock.month_of(clock.day_of(begun))
    counts = await database.fetch_one(
        """
        SELECT (SELECT count(DISTINCT r.visit) FROM attendance a JOIN service_record r ON r.id = a.service_record
                WHERE a.worker = ANY(:workers) AND r.visit <> :visit AND a.begun_at BETWEEN :since AND :ended
                  AND (a.in_latitude::text || ' ' || a.in_longitude = ANY(:points)
                       OR a.out_latitude::text || ' ' || a.out_longitude = ANY(:points))) AS same_place,
               (SELECT count(DISTINCT r.visit) FROM attendance a JOIN service_record r ON r.id = a.service_record
                WHERE a.worker = ANY(:workers) AND r.visit <> :visit AND a.begun_at BETWEEN :since AND :ended
                  AND ((a.in_latitude = round(a.in_latitude, 3) AND a.in_longitude = round(a.in_longitude, 3))
                       OR (a.out_latitude = round(a.out_latitude, 3) AND a.out_longitude = round(a.out_longitude, 3)))
               ) AS round_places,
               (SELECT count(*) FROM verdict d JOIN service_record r ON r.id = d.service_record
                JOIN visit v ON v.id = d.visit JOIN placement p ON p.id = v.placement
                WHERE p.need = :need AND d.state <> 'rejected' AND d.visit <> :visit
                  AND r.begun_at >= :month_first AND r.begun_at < :month_last) AS this_month,
               (SELECT count(*) FILTER (WHERE r.person <> :person) FROM service_record r
                WHERE r.signature_digest = :digest AND r.visit <> :visit) AS other_people,
               (SELECT count(*) FILTER (WHERE r.person = :person) FROM service_record r
                WHERE r.signature_digest = :digest AND r.visit <> :visit) AS same_person
        """,
        workers=workers,
        visit=row["id"],
        since=begun - timedelta(days=days),
        ended=ended,
        points=[f"{latitude:.6f} {longitude:.6f}" for latitude, longitude in sorted(points)],
        need=row["need"],
        month_first=clock.at(month_first),
        month_last=clock.at(month_last, 24 * 60),
        person=row["person"],
        digest=digest,
    )
    assert counts is not None
    elsewhere = [
        Elsewhere(
            n["record"],
            n["visit"],
            n["supplier"],
            n["worker"],
            n["begun_at"],
            n["ended_at"],
            point(n["in_latitude"], n["in_longitude"]) or point(n["latitude"], n["longitude"]),
            point(n["out_latitude"], n["out_longitude"]) or point(n["latitude"], n["longitude"]),
        )
        for n in near
    ]
    return elsewhere, counts


async def away(scope: Scope, person: int, day: date) -> Away | None:
    """Why a recipient was not there on a day."""
    history = (await presence.events(scope, [person])).get(person, [])
    event = presence.away(history, day)
    return Away(event["kind"], event["effective"]) if event else None


@database.scoped
async def facts(
    scope: Scope,
    row: Any,
    values: dict[str, Any],
    presences: tuple[Presence, ...],
    workers: Sequence[Any],
    confirmation: str,
    confirmation_name: str,
    digest: bytes | None,
    recorded_at: datetime,
    corrects: Corrects | None = None,
) -> Facts:
    """All that the rules look at. `row` is what `visit` returns, `values` what `parameters` does,
    `workers` have worker, name, background_checked."""
    day = clock.day_of(min(here.begun_at for here in presences))
    elsewhere, counts = await surroundings(row, presences, digest, int(values["identical_positions_days"]))
    certificates = await database.fetch(
        "SELECT worker, kind, mandatory, valid_from, valid_to, status FROM qualification"
        " WHERE worker = ANY(:workers) OR organisation = :supplier",
        workers=[here.worker for here in presences],
        supplier=row["supplier"],
    )
    return Facts(
        service=service(row),
        presences=presences,
        confirmed=Confirmed(confirmation, confirmation_name, counts["other_people"], counts["same_person"]),
        recorded_at=recorded_at,
        parameters=values,
        home=home(row),
        rural=bool(row["village"]),
        names={worker["worker"]: worker["name"] for worker in workers},
        background={worker["worker"]: worker["background_checked"] for worker in workers},
        certificates=tuple(Certificate(**dict(certificate)) for certificate in certificates),
        elsewhere=tuple(elsewhere),
        same_place=counts["same_place"],
        round_places=counts["round_places"],
        this_month=counts["this_month"],
        away=await away(scope, row["person"], day),
        corrects=corrects,
    )


def service(row: Any) -> Service:
    """What was to be delivered."""
    return Service(
        minimum_minutes=row["minimum_minutes"],
        planned_start=row["planned_start"],
        planned_end=row["planned_end"],
        staff_count=row["staff_count"],
        visits_per_month=row["visits_per_month"],
        proof=tuple(database.from_json(row["proof"]) or ()),
        qualification=row["qualification"],
        minors_check=row["minors_check"],
    )


@database.scoped
async def fence(scope: Scope, row: Any) -> int:
    """Metres around the home of a record's visit within which a position counts; see Facts.fence."""
    values = await parameters(row["day"])
    around = values["geofence_rural_metres" if row["village"] else "geofence_town_metres"]
    return int(around) + (row["position_accuracy"] or 0)
