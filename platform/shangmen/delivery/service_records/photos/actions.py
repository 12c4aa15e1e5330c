"""Verbs on photos: take one up."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.photos import queries, reader
from shangmen.delivery.service_records.photos.forms import PhotoForm
from shangmen.delivery.service_records.states import PhotoKind
from shangmen.delivery.service_records.tables import Photo
from shangmen.delivery.visits.tables import Visit
from shangmen.errors import Conflict, Refused
from shangmen.foundation.audit.actions import record
from shangmen.web import uploads

SECONDS = 30
MOST = 12  # of a visit
MICRODEGREE = Decimal("0.000001")

_FAULTS = {
    "empty": "The file is empty.",
    "too_large": "The file is larger than %(megabytes)s MB.",
    "too_small": "The picture is too small to show anything.",
    "bomb": "The picture is far larger than a telephone takes them: it is not opened.",
    "damaged": "This is no photo that can be read. Take it again.",
}


@dataclass(frozen=True)
class Picture:
    """A photo as it was read: what the camera said, the picture that is kept, and the digest of what was sent."""

    taken_at: datetime | None
    latitude: float | None
    longitude: float | None
    width: int
    height: int
    across: int | None
    down: int | None
    image: bytes
    source_digest: bytes


class _Said(msgspec.Struct):
    fault: str = ""
    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    width: int = 0
    height: int = 0
    across: int | None = None
    down: int | None = None


async def read(content: bytes, upright: bool = False) -> Picture:
    """A photo, read in a process of its own; raises Refused (field file) with why it cannot be had."""
    try:
        output = await uploads.read_apart(reader.__name__, content, *(["upright"] if upright else []), seconds=SECONDS)
    except TimeoutError:
        raise Refused(_FAULTS["damaged"], field="file") from None
    head, _, image = output.partition(b"\n")
    try:
        said = msgspec.json.decode(head, type=_Said)
    except msgspec.DecodeError:  # it was ended: the file was beyond the limits
        raise Refused(_FAULTS["bomb"], field="file") from None
    if said.fault:
        raise Refused(_FAULTS[said.fault], field="file", megabytes=reader.MAX_BYTES // 1024 // 1024)
    return Picture(
        said.taken_at, said.latitude, said.longitude, said.width, said.height, said.across, said.down, image,
        hashlib.sha256(content).digest(),
    )  # fmt: skip


async def read_of(form: object) -> Picture | None:
    """The picture of a form with a photo; None of any other form. Raises as `read`."""
    return await read(form.file, form.upright) if isinstance(form, PhotoForm) else None


@database.scoped
async def add(scope: Scope, visit: int, picture: Picture, form: PhotoForm) -> int:
    """Keep a photo of a visit; its id.

    A worker sends photos of the own visits; a desk those of its organisation's visits, the paper form among them.
    Raises NotFound for a visit of others, Conflict when it has too many, Refused for an amount that is missing.
    """
    row = await queries.deliverer_visit(scope, visit)
    if form.kind is PhotoKind.RECEIPT and form.amount is None:
        raise Refused("Give the amount on the receipt.", field="amount")
    async with database.elevated(scope):
        await database.lock(Visit, visit)  # so that two at once are counted one after the other
        if await database.number("SELECT count(*) FROM photo WHERE visit = :visit", visit=visit) >= MOST:
            raise Conflict("This visit has %(count)s photos already.", count=MOST)
    digest = hashlib.sha256(picture.image).digest()
    kept = form.kept_for
    id = await database.add(
        Photo(
            county=row.county,
            station=row.station,
            supplier=row.supplier,
            visit=visit,
            person=row.person,
            worker=scope.worker,
            sent_by=scope.user,
            kind=form.kind,
            happened_at=None if kept is None else clock.now() - kept,
            sent_at=clock.now(),
            taken_at=picture.taken_at,
            latitude=_degrees(picture.latitude),
            longitude=_degrees(picture.longitude),
            amount=form.amount if form.kind is PhotoKind.RECEIPT else None,
            device=form.device,
            width=picture.width,
            height=picture.height,
            across=picture.across,
            down=picture.down,
            digest=digest,
            source_digest=picture.source_digest,
            image=picture.image,
        )
    )
    record(scope, "service_records.photo", "visit", visit, shows=form.kind, digest=digest.hex())
    return id


def _degrees(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(MICRODEGREE)
