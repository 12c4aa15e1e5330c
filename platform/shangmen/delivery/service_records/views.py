"""Records as pages and sheets show them: names as the viewer may read them, and a drawing of where people were."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shangmen import clock
from shangmen.access import Role, Scope
from shangmen.delivery.service_records.evidence import Point
from shangmen.delivery.service_records.phrases import finding_words
from shangmen.delivery.service_records.queries import FullRecord, ListedRow
from shangmen.delivery.service_records.states import Severity
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.delivery.service_records.whole_record import AttendancePart, Observations
from shangmen.foundation.regions import distance
from shangmen.web import masking
from shangmen.web.language import gettext as _
from shangmen.web.language import label

# Names in clear for who looks after the recipient; the county's desks see them masked.
CLEAR = frozenset({Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER, Role.WORKER})

COLUMNS = (
    "Day", "Beginning", "End", "Minutes", "Recipient", "Item", "Service", "Workers", "Supplier", "Station", "Evidence",
    "Confirmation", "Verification", "Amount", "Findings", "Number",
)  # fmt: skip


def shown_name(viewer: Scope, name: str) -> str:
    """A recipient's name as the viewer may read it."""
    return name if viewer.role in CLEAR else masking.name(name)


def masked(viewer: Scope, row: ListedRow) -> ListedRow:
    """A row of the list with the name as the viewer may read it."""
    return replace(row, person_name=shown_name(viewer, row.person_name))


def findings(found: Sequence[Finding]) -> list[tuple[Severity, str]]:
    """How heavy each finding weighs, and what it says."""
    return [(one.severity, finding_words(one.message, one.details)) for one in found]


SIGNS = {
    "systolic": "Blood pressure, upper (mmHg)",
    "diastolic": "Blood pressure, lower (mmHg)",
    "pulse": "Pulse (a minute)",
    "temperature": "Temperature (°C)",
    "sugar": "Blood sugar (mmol/l)",
    "oxygen": "Oxygen (percent)",
}


def signs(seen: Observations) -> str:
    """The vital signs that were measured, in words; "" for none."""
    return _(", ").join(f"{_(SIGNS[name])} {seen[name]}" for name in SIGNS if name in seen)


def cells(row: ListedRow) -> list[object]:
    """A row of the sheet."""
    begun, ended = row.begun_at.astimezone(clock.SHANGHAI), row.ended_at.astimezone(clock.SHANGHAI)
    return [
        begun.date(), begun.strftime("%H:%M"), ended.strftime("%H:%M"), row.minutes, row.person_name,
        row.item_code, row.item_name, row.workers, row.supplier_name, row.station_name,
        row.evidence_class.value, label(row.confirmation), label(row.state), row.amount,
        " / ".join(words for _severity, words in findings(row.findings)), row.id,
    ]  # fmt: skip


@dataclass(frozen=True)
class Stay:
    """One worker's part in a visit: who, when and where; `device_at` is what the telephone's clock said."""

    name: str
    part: AttendancePart
    device_at: datetime | None
    far_reason: str = ""


def stays(full: FullRecord) -> list[Stay]:
    """The parts of a record's workers."""
    came = {one.worker: one for one in full.whole.check_ins}
    return [
        Stay(
            full.names.get(one.worker, ""),
            one,
            came[one.worker].device_at if one.worker in came else None,
            came[one.worker].far_reason if one.worker in came else "",
        )
        for one in full.whole.attendances
    ]


@dataclass(frozen=True)
class Derivation:
    """How the paid minutes follow from the facts: while all were there, no more than was planned."""

    together: int
    planned: int
    paid: int


def derivation(full: FullRecord) -> Derivation | None:
    """Why so many minutes are paid; None of a record without a line."""
    if not full.whole.lines or not full.whole.attendances:
        return None
    minute = timedelta(minutes=1)
    together = min(one.ended_at - one.begun_at for one in full.whole.attendances) // minute
    planned = (full.row.planned_end - full.row.planned_start) // minute
    return Derivation(max(0, together), planned, full.whole.lines[0].minutes)


SIZE = 240  # units of the drawing, square
MARGIN = 24


@dataclass(frozen=True)
class Dot:
    """A place on the drawing: `kind` is in or out."""

    x: float
    y: float
    kind: str
    worker: str


@dataclass(frozen=True)
class Sketch:
    """The home in the middle, the fence around it, the dots; `metres` is half the width of the drawing."""

    size: int
    fence: float
    dots: list[Dot]
    metres: int


def sketch(home: Point | None, parts: Sequence[Stay], fence: int) -> Sketch | None:
    """Where a visit was checked in and out around the home, north at the top: plain SVG numbers, no map service.

    None without a home or without positions.
    """
    if home is None:
        return None
    places = [
        (*distance.offset(home.latitude, home.longitude, here.latitude, here.longitude), kind, one.name)
        for one in parts
        for kind, here in (("in", one.part.came), ("out", one.part.went))
        if here is not None
    ]
    if not places:
        return None
    reach = max([fence * 1.25, *(max(abs(east), abs(north)) for east, north, *_ in places)])
    scale = (SIZE / 2 - MARGIN) / reach
    dots = [
        Dot(round(SIZE / 2 + east * scale, 1), round(SIZE / 2 - north * scale, 1), kind, name)
        for east, north, kind, name in places
    ]
    return Sketch(SIZE, round(fence * scale, 1), dots, round(SIZE / 2 / scale))
