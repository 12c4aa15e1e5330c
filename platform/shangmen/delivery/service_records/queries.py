"""Reads of service records: the list, one record with everything on it, the worker's visit, and the export."""

from collections import defaultdict
from datetime import date
from typing import Any

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records import whole_record
from shangmen.delivery.service_records.service_lines import buckets, settleable
from shangmen.delivery.service_records.verification import actions
from shangmen.delivery.service_records.whole_record import verify_chain
from shangmen.delivery.visits import queries as visits
from shangmen.errors import NotFound
from shangmen.foundation.audit import actions as trail
from shangmen.foundation.audit import queries as audit
from shangmen.web import lists
from shangmen.web.language import gettext

__all__ = [
    "buckets",
    "exported",
    "organisations",
    "record",
    "records",
    "settleable",
    "verify_chain",
    "visit_of_worker",
]

Row = dict[str, Any]

_LIST = f"""
SELECT r.id, r.visit, r.revision, r.begun_at, r.ended_at, r.evidence_class, r.confirmation, d.state,
       i.code AS item_code, i.name AS item_name, i.english AS item_english, o.name AS supplier_name,
       o.kind AS supplier_kind, t.name AS station_name, coalesce(s.name, '') AS person_name, l.minutes, l.amount,
       l.contract_line, count(*) OVER () AS total,
       coalesce((SELECT jsonb_agg(jsonb_build_object('severity', f.severity, 'message', f.message,
                                                     'details', f.details) ORDER BY f.severity = 'note', f.id)
                 FROM finding f WHERE f.service_record = r.id), '[]') AS findings
FROM verdict d JOIN service_record r ON r.id = d.service_record JOIN service_line l ON l.service_record = r.id
JOIN service_item i ON i.id = l.service_item JOIN organisation o ON o.id = r.supplier
JOIN organisation t ON t.id = r.station LEFT JOIN person s ON s.id = r.person
WHERE (:state = '' OR d.state = :state) AND (:evidence = '' OR r.evidence_class = :evidence)
  AND (:supplier::bigint IS NULL OR r.supplier = :supplier) AND (:station::bigint IS NULL OR r.station = :station)
  AND (:first::timestamptz IS NULL OR r.begun_at >= :first) AND (:last::timestamptz IS NULL OR r.begun_at < :last)
  AND {lists.found(person="s", equal=["i.code"])}
  AND (:workers::bigint[] IS NULL OR EXISTS (
        SELECT 1 FROM attendance a WHERE a.service_record = r.id AND a.worker = ANY(:workers)))
ORDER BY d.state = 'held' DESC, r.begun_at DESC, r.id DESC LIMIT :limit OFFSET :offset
"""


@database.scoped
async def records(
    scope: Scope,
    search: str = "",
    state: str = "",
    supplier: int | None = None,
    station: int | None = None,
    worker: str = "",
    evidence: str = "",
    first: date | None = None,
    last: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Row], int]:
    """Records in force that the viewer reaches, held ones first, then the latest; and how many fit.

    `worker` is a part of a worker's name, `search` of the recipient's. Each row has `workers` (names in one text) and
    `findings` (severity, message, details).
    """
    rows = await database.fetch(
        _LIST,
        search=lists.wanted(search),
        state=state,
        supplier=supplier,
        station=station,
        workers=await _named(scope, worker) if worker else None,
        evidence=evidence,
        first=clock.at(first) if first else None,
        last=clock.at(last, 24 * 60) if last else None,
        limit=limit,
        offset=offset,
    )
    names = await _workers(scope, [row["id"] for row in rows])
    shown = [
        {
            **row,
            "workers": gettext(", ").join(worker["name"] for worker in names[row["id"]]),
            "findings": database.from_json(row["findings"]),
        }
        for row in rows
    ]
    return shown, rows[0]["total"] if rows else 0


@database.scoped
async def exported(scope: Scope, /, **asked: Any) -> list[Row]:
    """What `records` finds, all of it, for a download; taking data away is noted in the trail."""
    rows, total = await records(scope, **asked, limit=100_000)
    trail.record(scope, "service_records.export", "service_record", None, rows=total)
    return rows


async def _named(scope: Scope, name: str) -> list[int]:
    """Workers of the county by a part of their name; only used to narrow what the viewer reaches anyway."""
    async with database.elevated(scope):
        rows = await database.fetch(f"SELECT id FROM worker WHERE {lists.found('name')}", search=lists.wanted(name))
    return [row["id"] for row in rows]


async def _workers(scope: Scope, ids: list[int]) -> dict[int, list[asyncpg.Record]]:
    """Who delivered each of these records: told to whoever sees the record, the station too."""
    found: dict[int, list[asyncpg.Record]] = defaultdict(list)
    async with database.elevated(scope):
        for row in await database.fetch(
            "SELECT a.service_record, w.id, w.name FROM attendance a JOIN worker w ON w.id = a.worker"
            " WHERE a.service_record = ANY(:ids) ORDER BY a.service_record, w.id",
            ids=ids,
        ):
            found[row["service_record"]].append(row)
    return found


_RECORD = """
SELECT r.*, d.state, d.service_record AS newest, d.decided_at, d.reason, u.name AS decided_by_name,
       i.code AS item_code, i.name AS item_name, i.english AS item_english, o.name AS supplier_name,
       o.kind AS supplier_kind, t.name AS station_name, coalesce(s.name, '') AS person_name, s.person_group,
       coalesce(s.address, '') AS address, coalesce(s.village, '') AS village, e.name AS township_name,
       coalesce(v.latitude, s.latitude) AS latitude, coalesce(v.longitude, s.longitude) AS longitude,
       s.position_accuracy, s.position_source, v.planned_start, v.planned_end, v.placement, v.day, k.contract,
       k.pricing, c.number AS contract_number
FROM service_record r JOIN verdict d ON d.visit = r.visit JOIN visit v ON v.id = r.visit
JOIN service_item i ON i.id = v.service_item JOIN organisation o ON o.id = r.supplier
JOIN organisation t ON t.id = r.station LEFT JOIN person s ON s.id = r.person
LEFT JOIN division e ON e.id = s.township LEFT JOIN app_user u ON u.id = d.decided_by
LEFT JOIN service_line l ON l.service_record = r.id LEFT JOIN contract_line k ON k.id = l.contract_line
LEFT JOIN contract c ON c.id = k.contract WHERE r.id = :id
"""


@database.scoped
async def record(scope: Scope, id: int) -> Row:
    """One record that the viewer reaches, with its parts, revisions, history and who may decide; raises NotFound."""
    row = await database.fetch_one(_RECORD, id=id)
    whole = await whole_record.whole(scope, id)
    if row is None or whole is None:
        raise NotFound
    names = {worker["id"]: worker["name"] for worker in (await _workers(scope, [id]))[id]}
    revisions = await database.fetch(
        "SELECT r.id, r.revision, r.recorded_at, r.correction_reason, r.begun_at, r.ended_at, l.amount"
        " FROM service_record r LEFT JOIN service_line l ON l.service_record = r.id"
        " WHERE r.visit = :visit ORDER BY r.revision",
        visit=row["visit"],
    )
    async with database.elevated(scope) as system:
        events = [event for one in revisions for event in await audit.history(system, "service_record", one["id"])]
        events += await audit.history(system, "visit", row["visit"])
    return {
        **row,
        "observations": whole.record["observations"],
        "attendances": [{**part, "name": names.get(part["worker"], "")} for part in whole.attendances],
        "line": whole.lines[0] if whole.lines else None,
        "findings": whole.findings,
        "check_ins": {part["worker"]: part for part in whole.check_ins},
        "revisions": revisions,
        "events": sorted(events, key=lambda event: event["at"]),
        "answer": await actions.may_decide(scope, row["station"], row["supplier"]),
    }


@database.scoped
async def visit_of_worker(scope: Scope, id: int) -> Row:
    """One of the viewer's own visits, for the phone: who has checked in (`mine`, `others`), the record in force."""
    row = await visits.visit_of_worker(scope, id)
    arrivals = await database.fetch(
        "SELECT c.worker, c.server_at, c.device_at, c.metres_off, c.accuracy, w.name FROM check_in c"
        " JOIN worker w ON w.id = c.worker WHERE c.visit = :visit ORDER BY c.id",
        visit=id,
    )
    record = await database.fetch_one(
        "SELECT r.id, r.begun_at, r.ended_at, r.notes, r.confirmation, d.state, d.reason, l.minutes FROM verdict d"
        " JOIN service_record r ON r.id = d.service_record JOIN service_line l ON l.service_record = r.id"
        " WHERE d.visit = :visit",
        visit=id,
    )
    return {
        **row,
        "mine": next((arrival for arrival in arrivals if arrival["worker"] == scope.worker), None),
        "others": [arrival for arrival in arrivals if arrival["worker"] != scope.worker],
        "record": record,
    }


@database.scoped
async def organisations(scope: Scope) -> list[asyncpg.Record]:
    """Stations and providers whose records the viewer may ask for, in the order of names."""
    return await database.fetch(
        "SELECT id, name, kind FROM organisation WHERE kind IN ('station', 'provider') AND county = ANY(:counties)"
        " ORDER BY kind DESC, name",
        counties=list(scope.counties),
    )
