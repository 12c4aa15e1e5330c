"""The chain of records: append-only rows, linked into one chain for each supplier as the last thing before the commit.

What is hashed of a record are the fields of its parts (whole_record.py): a new one cannot be forgotten here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from decimal import Decimal

import msgspec

from shangmen import clock, database
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.service_records.tables import ServiceRecord
from shangmen.delivery.service_records.verification.dossier import PhotoPart
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.delivery.service_records.whole_record import (
    AttendancePart,
    CheckInPart,
    LinePart,
    RecordPart,
    Whole,
)
from shangmen.foundation.audit import chain
from shangmen.foundation.audit.states import Chain

CHAIN = Chain.SERVICE_RECORD
Hashed = dict[str, object]


@dataclass(frozen=True)
class Draft:
    """A record with everything that hangs on it, complete but for its place in the chain."""

    record: RecordPart
    attendances: Sequence[AttendancePart]
    line: LinePart
    check_ins: Sequence[CheckInPart]
    findings: Sequence[Finding]
    state: VerdictState
    photos: Sequence[PhotoPart] = ()
    reason: str = ""
    decided_by: int | None = None
    decided_at: datetime = field(default_factory=clock.now)


def _plain(value: object) -> object:
    """A value of a column as the chain hashes it; equal before it is written and after it is read again."""
    if isinstance(value, datetime):
        return value.astimezone(clock.SHANGHAI).isoformat(timespec="microseconds")
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.hex() if isinstance(value, bytes) else value


def _part(kind: type[database.Row], row: database.Row) -> Hashed:
    """The fields of a kind of part, whatever else a row has."""
    return {one.name: _plain(getattr(row, one.name)) for one in fields(kind)}


def content(
    record: RecordPart,
    attendances: Sequence[AttendancePart],
    lines: Sequence[LinePart],
    findings: Sequence[Finding],
    check_ins: Sequence[CheckInPart],
    photos: Sequence[PhotoPart],
) -> Hashed:
    """What of a record is hashed: itself, attendances, lines, what the rules found at once, check-ins and photos.

    The order of the parts does not matter.
    """
    made = _part(RecordPart, record)
    made["signature"] = hashlib.sha256(record.signature.encode()).hexdigest()
    for name, parts in (
        ("attendances", [_part(AttendancePart, one) for one in attendances]),
        ("lines", [_part(LinePart, one) for one in lines]),
        ("findings", [asdict(one) for one in findings]),
        ("check_ins", [_part(CheckInPart, one) for one in check_ins]),
        ("photos", [_part(PhotoPart, one) for one in photos]),
    ):
        made[name] = sorted(parts, key=lambda part: msgspec.json.encode(part, order="deterministic"))
    return made


def proof(visit: int, record: int, state: VerdictState, reason: str = "", decided_by: int | None = None) -> Hashed:
    """What the trail keeps of a verdict, so that one changed past the program is found (proofs.py)."""
    return {"visit": visit, "record": record, "state": state, "decided_by": decided_by, "reason": reason}


async def next_id() -> int:
    """The id of a record that is written at the end of the transaction."""
    return await database.number("SELECT nextval(pg_get_serial_sequence('service_record', 'id'))")


def announce() -> list[Draft]:
    """The drafts that wait for the commit. Called first in a verb: these heads are locked before the trail's."""
    return database.pending(CHAIN, _write)


async def _write(drafts: list[Draft]) -> None:
    """Append the transaction's records to their chains, heads locked in the order of suppliers."""
    for supplier in sorted({draft.record.supplier for draft in drafts}):
        sequence, previous = await chain.head(CHAIN, supplier)
        for draft in drafts:
            if draft.record.supplier != supplier:
                continue
            sequence += 1
            digest = chain.digest(
                previous,
                content(draft.record, draft.attendances, [draft.line], draft.findings, draft.check_ins, draft.photos),
            )
            values = {one.name: getattr(draft.record, one.name) for one in fields(RecordPart)}
            values["observations"] = database.to_json(draft.record.observations)
            await database.add(ServiceRecord(**values, sequence=sequence, previous=previous, digest=digest))
            await _write_parts(draft)
            previous = digest
        await chain.move_head(CHAIN, supplier, sequence, previous)


_PARTS = """
WITH owner AS (SELECT :record::bigint AS id, :county::bigint AS county, :station::bigint AS station,
                      :supplier::bigint AS supplier, :visit::bigint AS visit),
attended AS (
  INSERT INTO attendance (service_record, worker, begun_at, ended_at, begun_typed, ended_typed, in_latitude,
    in_longitude, in_accuracy, in_metres_off, in_age, out_latitude, out_longitude, out_accuracy, out_metres_off,
    out_age, no_position_reason, out_device)
  SELECT o.id, a.* FROM owner o, jsonb_to_recordset(:attendances::jsonb) AS a(worker bigint, begun_at timestamptz,
    ended_at timestamptz, begun_typed bool, ended_typed bool, in_latitude numeric, in_longitude numeric,
    in_accuracy int, in_metres_off int, in_age int, out_latitude numeric, out_longitude numeric, out_accuracy int,
    out_metres_off int, out_age int, no_position_reason text, out_device text)),
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


async def _write_parts(draft: Draft) -> None:
    """Attendances, line, findings and verdict in one statement: a check-out is written often.

    Moments go in to the microsecond and amounts as text, so that nothing passes through a binary fraction.
    """
    record = draft.record
    await database.execute(
        _PARTS,
        record=record.id,
        county=record.county,
        station=record.station,
        supplier=record.supplier,
        visit=record.visit,
        attendances=database.to_json([_part(AttendancePart, one) for one in draft.attendances]),
        line=database.to_json(_part(LinePart, draft.line)),
        findings=database.to_json(list(draft.findings)),
        recorded_at=record.recorded_at,
        state=draft.state,
        decided_by=draft.decided_by,
        decided_at=draft.decided_at,
        reason=draft.reason,
    )


def finding_digest(finding: Finding) -> str:
    """The digest of a finding of later, which the trail holds."""
    return chain.digest(chain.START, asdict(finding)).hex()


def link(whole: Whole) -> tuple[int, bytes, bytes, Hashed]:
    """The link of the chain that a record is."""
    record = whole.record
    found = [one.finding for one in whole.at_once]
    hashed = content(record, whole.attendances, whole.lines, found, whole.check_ins, whole.photos_then)
    return record.sequence, record.previous, record.digest, hashed
