"""Steps that the tests of service records and settlement take: parameters, a visit that is logged to its end."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from piccolo.custom_types import Combinable
from piccolo.table import Table

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records import actions
from shangmen.delivery.service_records.forms import CheckInForm, CheckOutForm
from shangmen.delivery.service_records.photos import actions as photos
from shangmen.delivery.service_records.photos import reader
from shangmen.delivery.service_records.photos.forms import PhotoForm
from shangmen.delivery.service_records.states import Confirmation, PhotoKind, Severity, VerdictState
from shangmen.delivery.service_records.tables import Finding, ServiceLine, Verdict
from shangmen.foundation.catalogue import actions as catalogue
from tests.cast import Cast
from tests.delivery.rows import Placed, planned_visit

Stored = TypeVar("Stored", bound=Table)

DAY = date(2026, 3, 12)
STROKES = [[60, 160, 100, 60, 140, 170, 180, 70], [260, 80, 320, 180, 380, 90]]
SIGNED = {"w": 640, "h": 240, "strokes": STROKES}


def signature(shift: int = 0) -> str:
    """Strokes of the pad; another `shift` is another signature."""
    return json.dumps({**SIGNED, "strokes": [[x + shift for x in stroke] for stroke in STROKES]})


async def load_parameters(cast: Cast) -> None:
    """The catalogue's parameters, which the rules and the contracts read."""
    async with database.transaction(cast.system):
        await catalogue.load(cast.system)


def near_home(metres_north: int = 0, jitter: int = 7) -> dict[str, Any]:
    """A position at the home of person A of the cast, `jitter` micro-degrees and some metres off."""
    return {
        "latitude": Decimal("37.300000")
        + Decimal(jitter) / 1_000_000
        + Decimal(round(metres_north / 0.11)) / 1_000_000,
        "longitude": Decimal("105.920013"),
        "accuracy": 12,
    }


def _sent(moment: datetime, said: dict[str, Any]) -> dict[str, Any]:
    """What a form says that a telephone sends at a moment with a position that it has just taken."""
    now = said.get("device_at", int(moment.timestamp() * 1000))
    return {"device_at": now, "fixed_at": now, **said}


async def arrive(worker: Scope, visit: int, moment: datetime, **changes: Any) -> int:
    """Check in at a moment."""
    with clock.stopped_at(moment):
        return await actions.check_in(worker, visit, CheckInForm(**_sent(moment, {**near_home(), **changes})))


async def leave(worker: Scope, visit: int, moment: datetime, **changes: Any) -> int:
    """Check out at a moment, with a witnessed thumb print where nothing else is said; the id of the record."""
    said: dict[str, Any] = {**near_home(jitter=31), "confirmation": Confirmation.THUMB, **changes}
    if said["confirmation"] is Confirmation.THUMB:
        said = {"confirmation_name": "邻居王某", **said}
    said = _sent(moment, said)
    with clock.stopped_at(moment):
        return await actions.check_out(worker, visit, CheckOutForm(**said))


async def logged(
    cast: Cast, placed: Placed, worker: Scope, start: datetime, minutes: int = 60, **changes: Any
) -> tuple[int, int]:
    """A visit of one worker, planned and logged at `start`: the visit and its record.

    `planned` (minutes) is what was planned, `at_in` changes the check-in; all else changes the check-out.
    """
    planned, at_in = changes.pop("planned", minutes), changes.pop("at_in", {})
    visit = await planned_visit(cast, placed, start, worker.worker or 0, minutes=planned)
    # Every visit has its own jitter, as a receiver has: the very same position again and again is a finding.
    jitter = visit % 97
    await arrive(worker, visit, start, **{**near_home(jitter=jitter + 3), **at_in})
    record = await leave(
        worker, visit, start + timedelta(minutes=minutes), **{**near_home(jitter=jitter + 11), **changes}
    )
    return visit, record


async def held(cast: Cast, placed: Placed, worker: Scope, start: datetime, **changes: Any) -> tuple[int, int]:
    """A visit that is too short for its item, and so held."""
    return await logged(cast, placed, worker, start, minutes=5, planned=60, **changes)


async def only(cast: Cast, table: type[Stored], where: Combinable) -> Stored:
    """The row of a table that a condition names, as the system sees it."""
    async with database.transaction(cast.system):
        row = await table.objects().where(where).first()
    assert row is not None
    return row


async def line_of(cast: Cast, record: int) -> ServiceLine:
    """The payable unit of a record."""
    return await only(cast, ServiceLine, ServiceLine.service_record == record)


async def verdict(cast: Cast, visit: int) -> VerdictState:
    """The state of the verdict on a visit."""
    return (await only(cast, Verdict, Verdict.visit == visit)).state


async def found(cast: Cast, record: int) -> dict[str, Severity]:
    """The rules that found something in a record, and how heavy."""
    async with database.transaction(cast.system):
        return {row.rule: row.severity for row in await Finding.objects().where(Finding.service_record == record)}


@dataclass(frozen=True)
class Counters(database.Row):
    """The money of a contract and what its placement still holds."""

    reserved: Decimal
    delivered: Decimal
    reserved_yuan: Decimal


async def counters(cast: Cast, placed: Placed) -> Counters:
    """The counters of the contract and the placement of a need."""
    async with database.transaction(cast.system):
        row = await database.row(
            Counters,
            "SELECT c.reserved, c.delivered, p.reserved_yuan FROM contract c, placement p"
            " WHERE c.id = :contract AND p.id = :placement",
            contract=placed.contract,
            placement=placed.placement,
        )
    assert row is not None
    return row


async def photographed(
    worker: Scope, visit: int, moment: datetime, content: bytes, kind: PhotoKind = PhotoKind.AFTER, **more: Any
) -> int:
    """A photo is sent at a moment, read in this process; its id."""
    said, image = reader.read(content)
    taken = None if said.taken_at is None else datetime.fromisoformat(said.taken_at)
    read = photos.Picture(
        taken, said.latitude, said.longitude, said.width, said.height, said.across, said.down, image,
        hashlib.sha256(content).digest(),
    )  # fmt: skip
    with clock.stopped_at(moment):
        return await photos.add(worker, visit, read, PhotoForm(file=b"", kind=kind, **more))
