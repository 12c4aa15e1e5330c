"""Reads of photos."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.delivery.service_records.states import PhotoKind
from shangmen.delivery.service_records.verification.dossier import AlikePhoto, PhotoPart
from shangmen.errors import NotFound


@dataclass(frozen=True)
class VisitRow(database.Row):
    """A visit to which a photo is added."""

    county: int
    station: int
    supplier: int
    person: int


@database.scoped
async def deliverer_visit(scope: Scope, visit: int) -> VisitRow:
    """A visit of the viewer's organisation, of a worker one of the own, locked; raises NotFound."""
    row = await database.row(
        VisitRow,
        "SELECT v.county, v.station, v.supplier, v.person FROM visit v WHERE v.id = :visit AND v.supplier = :supplier"
        " AND (:desk OR EXISTS (SELECT 1 FROM visit_worker x WHERE x.visit = v.id AND x.worker = :worker))"
        " FOR NO KEY UPDATE OF v",
        visit=visit,
        supplier=scope.organisation or 0,
        desk=scope.role is not Role.WORKER,
        worker=scope.worker or 0,
    )
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class PicturedVisit(database.Row):
    """A visit, on the page of its photos; `record` is the one in force."""

    id: int
    supplier: int
    planned_start: datetime
    supplier_name: str
    record: int | None


@database.scoped
async def pictured_visit(scope: Scope, visit: int) -> PicturedVisit:
    """A visit that the viewer reaches; raises NotFound."""
    row = await database.row(
        PicturedVisit,
        "SELECT v.id, v.supplier, v.planned_start, o.name AS supplier_name, d.service_record AS record FROM visit v"
        " JOIN organisation o ON o.id = v.supplier LEFT JOIN verdict d ON d.visit = v.id WHERE v.id = :visit",
        visit=visit,
    )
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class ShownPhoto(database.Row):
    """A photo as pages tell it, without the picture."""

    id: int
    kind: PhotoKind
    sent_at: datetime
    happened_at: datetime | None
    taken_at: datetime | None
    latitude: Decimal | None
    longitude: Decimal | None
    amount: Decimal | None
    digest: bytes
    worker_name: str | None


@database.scoped
async def of_visit(scope: Scope, visit: int) -> list[ShownPhoto]:
    """The photos of a visit that the viewer reaches, the oldest first."""
    return await database.rows(
        ShownPhoto,
        "SELECT f.id, f.kind, f.sent_at, f.happened_at, f.taken_at, f.latitude, f.longitude, f.amount, f.digest,"
        " w.name AS worker_name FROM photo f LEFT JOIN worker w ON w.id = f.worker WHERE f.visit = :visit"
        " ORDER BY f.id",
        visit=visit,
    )


@dataclass(frozen=True)
class _Image(database.Row):
    image: bytes


@database.scoped
async def image(scope: Scope, id: int) -> bytes:
    """The picture; raises NotFound. A worker sees those of the own visits."""
    found = await database.row(
        _Image,
        "SELECT f.image FROM photo f WHERE f.id = :id AND (:desk OR EXISTS ("
        "SELECT 1 FROM visit_worker x WHERE x.visit = f.visit AND x.worker = :worker))",
        id=id,
        desk=scope.role is not Role.WORKER,
        worker=scope.worker or 0,
    )
    if found is None:
        raise NotFound
    return found.image


async def alike(photos: list[PhotoPart], limit: int) -> list[AlikePhoto]:
    """Photos of other visits that are the same as these, or differ in no more than `limit` of 128 bits.

    Under an elevated scope: whoever's they are.
    """
    if not photos:
        return []
    return await database.rows(
        AlikePhoto,
        """
        SELECT DISTINCT ON (f.visit) f.visit, d.service_record AS record, f.person,
               f.digest = o.digest OR f.source_digest = o.source_digest AS same,
               coalesce(bit_count((f.across # o.across)::bit(64)) + bit_count((f.down # o.down)::bit(64)), 0)::int
                 AS apart
        FROM photo o JOIN photo f ON f.visit <> o.visit AND f.county = o.county AND (
            f.digest = o.digest OR f.source_digest = o.source_digest
            OR (f.across IS NOT NULL AND photo_bands(f.across, f.down) && photo_bands(o.across, o.down)
                AND bit_count((f.across # o.across)::bit(64)) + bit_count((f.down # o.down)::bit(64)) <= :limit))
        LEFT JOIN verdict d ON d.visit = f.visit
        WHERE o.id = ANY(:ids) ORDER BY f.visit, 4 DESC, 5
        """,
        ids=[one.id for one in photos],
        limit=limit,
    )


@database.scoped
async def parts(scope: Scope, visit: int) -> list[PhotoPart]:
    """The photos of a visit as the chain hashes them."""
    return await database.rows(PhotoPart, f"SELECT {PhotoPart.columns()} FROM photo WHERE visit = :visit", visit=visit)
