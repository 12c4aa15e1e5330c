"""A record with everything that hangs on it: the parts as the chain hashes them, and reading them back whole."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Self

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records.evidence import Point, point
from shangmen.delivery.service_records.states import (
    Confirmation,
    EvidenceClass,
    Severity,
)
from shangmen.delivery.service_records.verification.dossier import PhotoPart
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.delivery.service_records.verification.rules.rule import Details

Observations = dict[str, str | list[str]]


@dataclass(frozen=True)
class Said(database.Row):
    """What people say of a visit, and in which version; a correction keeps what it does not correct."""

    revision: int
    corrects: int | None
    correction_reason: str
    notes: str
    observations: Observations
    confirmation: Confirmation
    confirmation_name: str
    no_confirmation_reason: str
    signature: str
    signature_digest: bytes | None
    recorded_by: int | None

    @classmethod
    def of(cls, other: "Said") -> Self:
        """What another record, or a part of it, says."""
        return cls(**{one.name: getattr(other, one.name) for one in fields(cls)})


@dataclass(frozen=True)
class RecordPart(Said):
    """A record itself, without its place in the chain."""

    id: int
    county: int
    station: int
    supplier: int
    visit: int
    person: int
    begun_at: datetime
    ended_at: datetime
    evidence_class: EvidenceClass
    recorded_at: datetime


@dataclass(frozen=True)
class AttendancePart(database.Row):
    """When and where one worker came and went."""

    worker: int
    begun_at: datetime
    ended_at: datetime
    begun_typed: bool
    ended_typed: bool
    in_latitude: Decimal | None
    in_longitude: Decimal | None
    in_accuracy: int | None
    in_metres_off: int | None
    in_age: int | None
    out_latitude: Decimal | None
    out_longitude: Decimal | None
    out_accuracy: int | None
    out_metres_off: int | None
    out_age: int | None
    no_position_reason: str
    out_device: str

    @property
    def came(self) -> Point | None:
        """Where the worker checked in."""
        return point(self.in_latitude, self.in_longitude, self.in_accuracy)

    @property
    def went(self) -> Point | None:
        """Where the worker checked out."""
        return point(self.out_latitude, self.out_longitude, self.out_accuracy)


@dataclass(frozen=True)
class LinePart(database.Row):
    """The payable unit."""

    service_item: int
    contract_line: int | None
    minutes: int
    workers: int
    units: Decimal
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True)
class CheckInPart(database.Row):
    """One worker's arrival, as it was noted."""

    worker: int
    device_at: datetime | None
    happened_at: datetime | None
    fixed_at: datetime | None
    typed_at: datetime | None
    server_at: datetime
    latitude: Decimal | None
    longitude: Decimal | None
    accuracy: int | None
    no_position_reason: str
    metres_off: int | None
    far_reason: str
    device: str

    @property
    def came_at(self) -> datetime:
        """When we say that the worker came: when it was heard of, or so much earlier as the telephone had kept it."""
        return self.happened_at or self.server_at


@dataclass(frozen=True)
class Linked(RecordPart):
    """A record with its place in the chain."""

    sequence: int
    previous: bytes
    digest: bytes


@dataclass(frozen=True)
class _Attended(AttendancePart):
    service_record: int


@dataclass(frozen=True)
class _Line(LinePart):
    service_record: int


@dataclass(frozen=True)
class _CheckIn(CheckInPart):
    visit: int


@dataclass(frozen=True)
class _Photo(PhotoPart):
    visit: int


@dataclass(frozen=True)
class Found(database.Row):
    """A finding as it is stored."""

    id: int
    service_record: int
    rule: str
    severity: Severity
    message: str
    details: Details
    found_at: datetime

    @property
    def finding(self) -> Finding:
        """What the rule found."""
        return Finding(self.rule, self.severity, self.message, self.details)


@dataclass(frozen=True)
class Whole:
    """A record with its parts."""

    record: Linked
    attendances: Sequence[AttendancePart]
    lines: Sequence[LinePart]
    findings: Sequence[Found]
    check_ins: Sequence[CheckInPart]
    photos: Sequence[PhotoPart] = ()

    @property
    def photos_then(self) -> list[PhotoPart]:
        """What had been sent when the record was written."""
        return [one for one in self.photos if one.sent_at <= self.record.recorded_at]

    @property
    def at_once(self) -> list[Found]:
        """What the rules found when the record was written."""
        return [one for one in self.findings if one.found_at <= self.record.recorded_at]

    @property
    def later(self) -> list[Found]:
        """What came to light later; such findings have a later moment."""
        return [one for one in self.findings if one.found_at > self.record.recorded_at]


async def _parts(records: list[Linked]) -> list[Whole]:
    ids, visits = [one.id for one in records], sorted({one.visit for one in records})
    of_record = "WHERE service_record = ANY(:ids) ORDER BY id"
    attended: dict[int, list[AttendancePart]] = defaultdict(list)
    for here in await database.rows(_Attended, f"SELECT * FROM attendance {of_record}", ids=ids):
        attended[here.service_record].append(here)
    lines: dict[int, list[LinePart]] = defaultdict(list)
    for line in await database.rows(_Line, f"SELECT * FROM service_line {of_record}", ids=ids):
        lines[line.service_record].append(line)
    found: dict[int, list[Found]] = defaultdict(list)
    for one in await database.rows(Found, f"SELECT * FROM finding {of_record}", ids=ids):
        found[one.service_record].append(one)
    arrived: dict[int, list[CheckInPart]] = defaultdict(list)
    for arrival in await database.rows(
        _CheckIn, "SELECT * FROM check_in WHERE visit = ANY(:visits) ORDER BY id", visits=visits
    ):
        arrived[arrival.visit].append(arrival)
    pictured: dict[int, list[PhotoPart]] = defaultdict(list)
    for photo in await database.rows(
        _Photo, f"SELECT {_Photo.columns()} FROM photo WHERE visit = ANY(:visits) ORDER BY id", visits=visits
    ):
        pictured[photo.visit].append(photo)
    return [
        Whole(one, attended[one.id], lines[one.id], found[one.id], arrived[one.visit], pictured[one.visit])
        for one in records
    ]


@database.scoped
async def whole(scope: Scope, id: int) -> Whole | None:
    """One record with its parts, or None where the viewer reaches none."""
    found = await _parts(await database.rows(Linked, "SELECT * FROM service_record WHERE id = :id", id=id))
    return found[0] if found else None


BATCH = 500


async def of_supplier(supplier: int) -> AsyncIterator[list[Whole]]:
    """All records of a supplier that the viewer reaches with their parts, in the order of its chain, in batches."""
    sequence = id = -1
    while True:
        records = await database.rows(
            Linked,
            "SELECT * FROM service_record WHERE supplier = :supplier AND (sequence, id) > (:sequence, :id)"
            " ORDER BY sequence, id LIMIT :most",
            supplier=supplier,
            sequence=sequence,
            id=id,
            most=BATCH,
        )
        if not records:
            return
        sequence, id = records[-1].sequence, records[-1].id
        yield await _parts(records)
