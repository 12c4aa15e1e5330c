"""Reads of tender studies, and what a new one may name: townships, levels of needs, suppliers, stations."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs import queries as needs
from shangmen.errors import NotFound
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.regions import queries as regions
from shangmen.supply.tendering.forms import StudyForm
from shangmen.supply.tendering.results import Result, Step
from shangmen.supply.tendering.states import RUNNING, StudyState
from shangmen.web import lists


@dataclass(frozen=True)
class Study(database.Row):
    """A study: what was asked and by whom, how far it is, what came of it."""

    id: int
    requested_by_name: str | None
    created_at: datetime
    name: str
    starts_on: date
    question: StudyForm
    result: Result | None
    done: list[Step]
    state: StudyState
    stop_asked: bool
    message: str

    @property
    def running(self) -> bool:
        """Whether it is queued or being computed."""
        return self.state in RUNNING


@database.scoped
async def studies(scope: Scope, state: str = "", limit: int = 50, offset: int = 0) -> tuple[list[Study], int]:
    """Studies of the viewer's county, the latest first, and how many there are in all."""
    return await lists.part(
        Study,
        "s.*, u.name AS requested_by_name FROM tender_study s LEFT JOIN app_user u ON u.id = s.requested_by",
        f"FROM tender_study s WHERE {lists.where(lists.within(scope, 's'), {'s.state = :state': state})}",
        "s.id DESC",
        "s.id",
        limit=limit,
        offset=offset,
        state=state,
        **lists.counties(scope),
    )


@database.scoped
async def study(scope: Scope, id: int) -> Study:
    """One study; raises NotFound."""
    found = await database.row(
        Study,
        "SELECT s.*, u.name AS requested_by_name FROM tender_study s LEFT JOIN app_user u ON u.id = s.requested_by"
        " WHERE s.id = :id AND s.county = ANY(:counties)",
        id=id,
        counties=list(scope.counties),
    )
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class SupplierRow(database.Row):
    """A station or a provider, and where it is."""

    id: int
    kind: OrganisationKind
    name: str
    latitude: Decimal | None
    longitude: Decimal | None


@dataclass(frozen=True)
class Material:
    """What a study may vary: townships (by id), levels that occur among the needs, suppliers, stations as places."""

    townships: dict[int, str]
    levels: list[AbilityLevel]
    suppliers: list[SupplierRow]
    places: list[SupplierRow]


@database.scoped
async def material(scope: Scope) -> Material:
    """What a study may vary in the viewer's county."""
    rows = await suppliers(scope)
    levels = {row.level for row in await needs.to_match(scope, clock.today())}
    return Material(
        townships=await townships(scope),
        levels=[level for level in AbilityLevel if level in levels],
        suppliers=rows,
        places=[row for row in rows if row.kind is OrganisationKind.STATION and row.latitude is not None],
    )


async def townships(scope: Scope) -> dict[int, str]:
    """The names of the townships."""
    return {row.id: row.name for row in await regions.townships(scope)}


@dataclass(frozen=True)
class _Name(database.Row):
    id: int
    name: str


@database.scoped
async def names(scope: Scope) -> dict[int, str]:
    """The names of all suppliers, closed ones too: studies of the past name them."""
    rows = await database.rows(
        _Name,
        "SELECT id, name FROM organisation WHERE county = ANY(:counties) AND kind IN ('station', 'provider')",
        counties=list(scope.counties),
    )
    return {row.id: row.name for row in rows}


@database.scoped
async def suppliers(scope: Scope) -> list[SupplierRow]:
    """Stations and providers that are not closed."""
    return await database.rows(
        SupplierRow,
        "SELECT o.id, o.kind, o.name, w.latitude, w.longitude FROM organisation o JOIN seat w ON w.organisation = o.id"
        " WHERE county = ANY(:counties)"
        " AND kind IN ('station', 'provider') AND status <> 'closed' ORDER BY kind, name, id",
        counties=list(scope.counties),
    )
