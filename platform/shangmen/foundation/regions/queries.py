"""Reads of divisions. They are public facts, but a viewer is shown the own county.

The map and the lists name the organisations of a place: they read that table, and import nothing of its feature.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.regions import points
from shangmen.foundation.regions.gazetteer import Geometry
from shangmen.foundation.regions.states import Level, PositionSource, Terrain
from shangmen.web import lists


@dataclass(frozen=True)
class DivisionRow(database.Row):
    """A county or a township."""

    id: int
    code: str
    name: str
    level: Level
    parent: int | None
    valid_from: date
    valid_to: date | None
    replaced_by: int | None
    latitude: Decimal | None
    longitude: Decimal | None
    position_source: PositionSource
    terrain: Terrain
    split_from: int | None
    version: int


@dataclass(frozen=True)
class NamedDivisionRow(DivisionRow):
    """A division with what it belongs to."""

    parent_name: str | None


@dataclass(frozen=True)
class TownshipRow(DivisionRow):
    """A township of the list: its station, and what it followed or was followed by."""

    next_name: str | None
    next_code: str | None
    previous_name: str | None
    previous_code: str | None
    station: int | None
    station_name: str | None


@dataclass(frozen=True)
class PlaceRow(database.Row):
    """An organisation with its position."""

    id: int
    kind: str
    name: str
    latitude: Decimal
    longitude: Decimal
    status: str


@dataclass(frozen=True)
class _OutlineRow(database.Row):
    name: str
    boundary: Geometry


@dataclass(frozen=True)
class ServingRow(database.Row):
    """An organisation that serves a township."""

    id: int
    kind: str
    name: str
    status: str


_COLUMNS = (
    "d.id, d.code, d.name, d.level, d.parent, d.valid_from, d.valid_to, d.replaced_by, d.latitude, d.longitude,"
    " d.position_source, d.terrain, d.split_from, d.version"
)


def _named(alias: str) -> str:
    return lists.found(f"{alias}.name", begins=[f"{alias}.code"]).replace(":search = '' OR ", "")


@database.scoped
async def county(scope: Scope) -> DivisionRow:
    """The viewer's county; raises NotFound when the scope has none."""
    row = await database.row(
        DivisionRow,
        f"SELECT {_COLUMNS} FROM division d WHERE d.id = :id",
        id=scope.counties[0] if scope.counties else 0,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def counties(scope: Scope) -> list[DivisionRow]:
    """All counties of the scope that are in force today, by code."""
    return await _in_force(scope, "d.id = ANY(:counties) AND d.level = 'county'", clock.today())


@database.scoped
async def townships(scope: Scope, on: date | None = None) -> list[DivisionRow]:
    """Townships of the viewer's county that are in force on a day (today), by code."""
    return await _in_force(scope, "d.parent = ANY(:counties) AND d.level = 'township'", on or clock.today())


async def _in_force(scope: Scope, which: str, on: date) -> list[DivisionRow]:
    return await database.rows(
        DivisionRow,
        f"SELECT {_COLUMNS} FROM division d WHERE {which}"
        " AND d.valid_from <= :on AND (d.valid_to IS NULL OR d.valid_to >= :on) ORDER BY d.code",
        counties=list(scope.counties),
        on=on,
    )


@database.scoped
async def divisions(scope: Scope, past: bool = False, search: str = "") -> list[TownshipRow]:
    """The county's townships with their stations; with `past`, those replaced too.

    What is searched for is found under every name and code that a township had or will have.
    """
    which = f"(:search = '' OR {_named('d')} OR {_named('n')} OR EXISTS (SELECT 1 FROM division b"
    return await database.rows(
        TownshipRow,
        f"""
        SELECT DISTINCT ON (d.code, d.id) {_COLUMNS}, n.name AS next_name, n.code AS next_code,
               p.name AS previous_name, p.code AS previous_code,
               s.id AS station, s.name AS station_name
        FROM division d
        LEFT JOIN division n ON n.id = d.replaced_by
        LEFT JOIN division p ON p.replaced_by = d.id
        LEFT JOIN organisation s ON s.township = d.id AND s.kind = 'station' AND s.status <> 'closed'
        WHERE d.parent = ANY(:counties) AND (:past OR d.valid_to IS NULL OR d.valid_to >= :today)
          AND {which} WHERE b.replaced_by = d.id AND {_named("b")}))
        ORDER BY d.code, d.id
        """,
        counties=list(scope.counties),
        past=past or bool(search),
        search=lists.wanted(search),
        today=clock.today(),
    )


@database.scoped
async def division(scope: Scope, id: int) -> NamedDivisionRow:
    """A division of the viewer's county, or the county itself; raises NotFound."""
    row = await database.row(
        NamedDivisionRow,
        f"SELECT {_COLUMNS}, c.name AS parent_name FROM division d LEFT JOIN division c ON c.id = d.parent"
        " WHERE d.id = :id AND (d.id = ANY(:counties) OR d.parent = ANY(:counties))",
        id=id,
        counties=list(scope.counties),
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def lineage(scope: Scope, id: int) -> list[DivisionRow]:
    """A division with all that it followed and all that followed it, oldest first: one place under changing codes.

    Statistics over a period join these ids.
    """
    return await database.rows(
        DivisionRow,
        f"""
        WITH RECURSIVE earlier AS (
          SELECT id FROM division WHERE id = :id
          UNION SELECT d.id FROM division d JOIN earlier e ON d.replaced_by = e.id
        ), later AS (
          SELECT id, replaced_by FROM division WHERE id = :id
          UNION SELECT d.id, d.replaced_by FROM division d JOIN later l ON d.id = l.replaced_by
        )
        SELECT {_COLUMNS} FROM division d
        WHERE d.id IN (SELECT id FROM earlier UNION SELECT id FROM later)
        ORDER BY d.valid_from, d.id
        """,
        id=id,
    )


@database.scoped
async def as_of(scope: Scope, id: int, on: date) -> DivisionRow:
    """The division under the name and code that it had on a day; papers of that day print these. Raises NotFound."""
    line = await lineage(scope, id)
    if not line:
        raise NotFound
    fitting = [d for d in line if d.valid_from <= on and (d.valid_to is None or on <= d.valid_to)]
    return fitting[-1] if fitting else line[0]


@database.scoped
async def outline(scope: Scope, county_id: int) -> Geometry | None:
    """The GeoJSON geometry of a county, or None."""
    text = await database.value(str, "SELECT boundary::text FROM division WHERE id = :id", id=county_id)
    return None if text is None else database.decoded(Geometry, text)


@database.scoped
async def whereabouts(scope: Scope) -> points.County | None:
    """Where the viewer's county lies, for points that are typed; None where no outline is known."""
    one = await database.row(
        _OutlineRow,
        "SELECT name, boundary::text AS boundary FROM division WHERE id = :id AND boundary IS NOT NULL",
        id=scope.counties[0] if scope.counties else 0,
    )
    return None if one is None else points.County(one.name, one.boundary)


@database.scoped
async def places(scope: Scope) -> list[PlaceRow]:
    """Organisations of the county that have a position, for the map."""
    return await database.rows(
        PlaceRow,
        "SELECT id, kind, name, latitude, longitude, status FROM organisation"
        " WHERE county = ANY(:counties) AND latitude IS NOT NULL AND kind <> 'bureau' ORDER BY kind DESC, id",
        counties=list(scope.counties),
    )


@database.scoped
async def serving(scope: Scope, id: int) -> list[ServingRow]:
    """Organisations whose area holds a township, or that sit in it; stations first."""
    return await database.rows(
        ServingRow,
        "SELECT DISTINCT o.id, o.kind, o.name, o.status FROM organisation o"
        " LEFT JOIN service_area a ON a.organisation = o.id"
        " WHERE o.county = ANY(:counties) AND (a.division = :id OR o.township = :id) ORDER BY o.kind DESC, o.id",
        counties=list(scope.counties),
        id=id,
    )
