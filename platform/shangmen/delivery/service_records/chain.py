"""Writing records: append-only rows, linked into one chain for each supplier as the last thing before the commit."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from shangmen import clock, database
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.foundation.audit import chain
from shangmen.foundation.audit.states import Chain

CHAIN = Chain.SERVICE_RECORD

# What is hashed, in words of the columns. The places of the rows in the chain are not.
RECORD = (
    "id", "county", "station", "supplier", "visit", "person", "revision", "corrects", "correction_reason", "begun_at",
    "ended_at", "notes", "observations", "evidence_class", "confirmation", "confirmation_name",
    "no_confirmation_reason", "signature", "signature_digest", "recorded_by", "recorded_at",
)  # fmt: skip
ATTENDANCE = (
    "worker", "begun_at", "ended_at", "in_latitude", "in_longitude", "in_accuracy", "in_metres_off", "out_latitude",
    "out_longitude", "out_accuracy", "out_metres_off", "no_position_reason",
)  # fmt: skip
LINE = ("service_item", "contract_line", "minutes", "workers", "units", "rate", "amount")
FINDING = ("rule", "severity", "message", "details")
CHECK_IN = (
    "worker",
    "device_at",
    "server_at",
    "latitude",
    "longitude",
    "accuracy",
    "no_position_reason",
    "metres_off",
)


@dataclass(frozen=True)
class Draft:
    """A record with everything that hangs on it, complete but for its place in the chain."""

    record: dict[str, Any]
    attendances: list[dict[str, Any]]
    line: dict[str, Any]
    check_ins: list[Any]
    findings: list[Finding]
    state: str
    reason: str = ""
    decided_by: int | None = None
    decided_at: datetime = field(default_factory=clock.now)


def plain(value: Any) -> Any:
    """A value of a column as the chain hashes it; equal before it is written and after it is read again."""
    if isinstance(value, datetime):
        return value.astimezone(clock.SHANGHAI).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.hex() if isinstance(value, bytes) else value


def _part(columns: tuple[str, ...], row: Any) -> dict[str, Any]:
    return {name: plain(row[name]) for name in columns}


def content(
    record: Any, attendances: list[Any], lines: list[Any], findings: list[Any], check_ins: list[Any]
) -> dict[str, Any]:
    """What of a record is hashed: itself, attendances, lines, what the rules found at once, the check-ins under it.

    JSON columns must be decoded. The order of the parts does not matter.
    """
    made = _part(RECORD, record)
    made["signature"] = hashlib.sha256(record["signature"].encode()).hexdigest()
    for name, columns, rows in (
        ("attendances", ATTENDANCE, attendances),
        ("lines", LINE, lines),
        ("findings", FINDING, findings),
        ("check_ins", CHECK_IN, check_ins),
    ):
        parts = [_part(columns, row) for row in rows]
        made[name] = sorted(parts, key=lambda part: msgspec.json.encode(part, order="deterministic"))
    return made


async def next_id() -> int:
    """The id of a record that is written at the end of the transaction."""
    return int(await database.fetch_value("SELECT nextval(pg_get_serial_sequence('service_record', 'id'))"))


def announce() -> list[Any]:
    """The drafts that wait for the commit. Called first in a verb: these heads are locked before the trail's."""
    return database.pending(CHAIN, _write)


async def _write(drafts: list[Draft]) -> None:
    """Append the transaction's records to their chains, heads locked in the order of suppliers."""
    for supplier in sorted({draft.record["supplier"] for draft in drafts}):
        sequence, previous = await chain.head(CHAIN, supplier)
        for draft in drafts:
            if draft.record["supplier"] != supplier:
                continue
            sequence += 1
            findings = [vars(finding) for finding in draft.findings]
            digest = chain.digest(
                previous, content(draft.record, draft.attendances, [draft.line], findings, draft.check_ins)
            )
            await database.insert(
                "service_record", **draft.record, sequence=sequence, previous=previous, digest=digest
            )
            await _write_parts(draft, findings)
            previous = digest
        await chain.move_head(CHAIN, supplier, sequence, previous)


_PARTS = """
WITH owner AS (SELECT :record::bigint AS id, :county::bigint AS county, :station::bigint AS station,
                      :supplier::bigint AS supplier, :visit::bigint AS visit),
attended AS (
  INSERT INTO attendance (service_record, worker, begun_at, ended_at, in_latitude, in_longitude, in_accuracy,
    in_metres_off, out_latitude, out_longitude, out_accuracy, out_metres_off, no_position_reason)
  SELECT o.id, a.* FROM owner o, jsonb_to_recordset(:attendances::jsonb) AS a(worker bigint, begun_at timestamptz,
    ended_at timestamptz, in_latitude numeric, in_longitude numeric, in_accuracy int, in_metres_off int,
    out_latitude numeric, out_longitude numeric, out_accuracy int, out_metres_off int, no_position_reason text)),
lined AS (
  INSERT INTO service_line (county, supplier, station, service_record, service_item, contract_line, minutes, workers,
    units, rate, amount)
  SELECT o.county, o.supplier, o.station, o.id, l.* FROM owner o, jsonb_to_record(:line::jsonb) AS l(
    service_item bigint, contract_line bigint, minutes int, workers int, units numeric, rate numeric, amount numeric)),
found AS (
  INSERT INTO finding (county, station, supplier, service_record, rule, severity, message, details, found_at)
  SELECT o.county, o.station, o.supplier, o.id, f.rule, f.severity, f.message, f.details, :recorded_at::timestamptz
  FROM owner o, jsonb_to_recordset(:findings::jsonb) AS f(rule text, severity text, message text, details jsonb))
INSERT INTO verdict (county, station, supplier, visit, service_record, state, decided_by, decided_at, reason)
SELECT o.county, o.station, o.supplier, o.visit, o.id, :state::text, :decided_by::bigint, :decided_at::timestamptz,
  :reason::text FROM owner o
ON CONFLICT (visit) DO UPDATE SET service_record = excluded.service_record, state = excluded.state,
  decided_by = excluded.decided_by, decided_at = excluded.decided_at, reason = excluded.reason
"""


async def _write_parts(draft: Draft, findings: list[dict[str, Any]]) -> None:
    """Attendances, line, findings and verdict in one statement: a check-out is written often."""
    record = draft.record
    await database.execute(
        _PARTS,
        record=record["id"],
        county=record["county"],
        station=record["station"],
        supplier=record["supplier"],
        visit=record["visit"],
        attendances=database.to_json([_jsonable(row) for row in draft.attendances]),
        line=database.to_json(_jsonable(draft.line)),
        findings=database.to_json(findings),
        recorded_at=record["recorded_at"],
        state=draft.state,
        decided_by=draft.decided_by,
        decided_at=draft.decided_at,
        reason=draft.reason,
    )


def _jsonable(row: dict[str, Any]) -> dict[str, Any]:
    """Moments to the microsecond and amounts as text, so that nothing passes through a binary fraction."""
    return {name: plain(value) for name, value in row.items()}


def finding_digest(finding: Any) -> str:
    """The digest of a finding of later, which the trail holds."""
    return chain.digest(chain.START, _part(FINDING, finding)).hex()
