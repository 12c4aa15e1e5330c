"""What lists of organisations are held against."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.organisations.lists.names import Names
from shangmen.foundation.organisations.states import OrganisationKind, OrganisationStatus
from shangmen.foundation.regions.states import PositionSource


@dataclass(frozen=True)
class KnownRow(database.Row):
    """An organisation of the county with the townships that it serves."""

    id: int
    kind: OrganisationKind
    name: str
    credit_code: str | None
    township: int | None
    address: str
    telephone: str
    contact: str
    other_telephones: str
    latitude: Decimal | None
    longitude: Decimal | None
    status: OrganisationStatus
    areas: list[int]


@database.scoped
async def known(scope: Scope) -> list[KnownRow]:
    """Every organisation of the county that is not closed."""
    return await database.rows(
        KnownRow,
        "SELECT o.*, ARRAY(SELECT a.division FROM service_area a WHERE a.organisation = o.id ORDER BY 1) AS areas"
        " FROM organisation o WHERE o.county = :county AND o.status <> 'closed' ORDER BY o.id",
        county=scope.county,
    )


@dataclass(frozen=True)
class CentreRow(database.Row):
    """Where the middle of a township lies."""

    id: int
    latitude: Decimal | None
    longitude: Decimal | None
    position_source: PositionSource


@database.scoped
async def centres(scope: Scope) -> dict[int, CentreRow]:
    """The middle of each township of the county."""
    found = await database.rows(
        CentreRow,
        "SELECT id, latitude, longitude, position_source FROM division WHERE parent = :county",
        county=scope.county,
    )
    return {row.id: row for row in found}


@dataclass(frozen=True)
class PaperRow(database.Row):
    """A paper of an organisation or of a worker."""

    id: int
    organisation: int | None
    worker: int | None
    kind: str
    number: str
    valid_to: date | None


@database.scoped
async def papers(scope: Scope, organisations: list[int], workers: list[int]) -> list[PaperRow]:
    """The papers of these organisations and workers."""
    return await database.rows(
        PaperRow,
        "SELECT id, organisation, worker, kind, number, valid_to FROM qualification"
        " WHERE organisation = ANY(:organisations) OR worker = ANY(:workers) ORDER BY id",
        organisations=organisations,
        workers=workers,
    )


async def names(scope: Scope, *kinds: OrganisationKind) -> Names:
    """The organisations of some kinds by name."""
    return Names((row.id, row.name) for row in await known(scope) if row.kind in kinds)


@dataclass(frozen=True)
class WorkerRow(database.Row):
    """Somebody who works in the county, and which organisations engage them today or later."""

    id: int
    name: str
    id_number: str
    telephone: str
    languages: str
    employers: list[int]


@database.scoped
async def workers(scope: Scope, numbers: list[str]) -> list[WorkerRow]:
    """Who is registered in the county with one of these ID numbers."""
    return await database.rows(
        WorkerRow,
        "SELECT w.*, ARRAY(SELECT e.organisation FROM engagement e WHERE e.worker = w.id"
        "   AND (e.valid_to IS NULL OR e.valid_to >= :today)) AS employers"
        " FROM worker w WHERE w.county = :county AND w.id_number = ANY(:numbers)",
        county=scope.county,
        numbers=numbers,
        today=clock.today(),
    )
