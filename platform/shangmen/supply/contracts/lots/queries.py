"""Reads of lots."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.entitlement.rules import Gate
from shangmen.errors import NotFound
from shangmen.web import lists


@dataclass(frozen=True)
class LotListed(database.Row):
    """A lot in the list: `areas` and `items` in words, `contracts` how many the viewer reaches."""

    id: int
    number: str
    name: str
    valid_from: date
    valid_to: date
    ceiling: Decimal
    areas: str | None
    items: str | None
    contracts: int


@dataclass(frozen=True)
class LotRow(database.Row):
    """A lot. `left` is what of its ceiling no contract has taken (meaningful to the bureau)."""

    id: int
    county: int
    number: str
    name: str
    purchaser: int
    purchaser_name: str
    gate: Gate
    ceiling: Decimal
    valid_from: date
    valid_to: date
    left: Decimal
    version: int


@dataclass(frozen=True)
class Township(database.Row):
    """A township of a lot."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class LotServiceRow(database.Row):
    """A service item that a lot buys; the price ceiling in yuan a unit."""

    id: int
    code: str
    name: str
    english: str
    unit: str
    standard_minutes: int
    price_ceiling: Decimal | None


@database.scoped
async def lots(scope: Scope, search: str = "", limit: int = 50, offset: int = 0) -> tuple[list[LotListed], int]:
    """Lots of the county with their areas and services in words, and how many there are."""
    return await lists.part(
        LotListed,
        """
        o.*,
          (SELECT string_agg(d.name, '、' ORDER BY d.code) FROM lot_area a JOIN division d ON d.id = a.division
            WHERE a.lot = o.id) AS areas,
          (SELECT string_agg(i.code, ' ' ORDER BY i.code) FROM lot_service s JOIN service_item i
            ON i.id = s.service_item WHERE s.lot = o.id) AS items,
          (SELECT count(*) FROM contract c WHERE c.lot = o.id) AS contracts
        FROM lot o
        """,
        "FROM lot o WHERE " + lists.where(lists.within(scope, "o"), {lists.found("o.name", "o.number"): search}),
        "o.number, o.id",
        "o.id",
        limit=limit,
        offset=offset,
        search=lists.wanted(search),
        **lists.counties(scope),
    )


@database.scoped
async def lot(scope: Scope, id: int) -> LotRow:
    """One lot; raises NotFound."""
    row = await database.row(
        LotRow,
        """
        SELECT o.*, p.name AS purchaser_name, o.ceiling - coalesce((SELECT sum(
            CASE WHEN c.state = 'ended' THEN c.delivered ELSE c.original_ceiling END)
            FROM contract c WHERE c.lot = o.id), 0) AS left
        FROM lot o JOIN organisation p ON p.id = o.purchaser WHERE o.id = :id
        """,
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def areas(scope: Scope, lot: int) -> list[Township]:
    """The townships of a lot."""
    return await database.rows(
        Township,
        "SELECT d.id, d.code, d.name FROM lot_area a JOIN division d ON d.id = a.division WHERE a.lot = :lot"
        " ORDER BY d.code",
        lot=lot,
    )


@database.scoped
async def services(scope: Scope, lot: int) -> list[LotServiceRow]:
    """The service items that a lot buys."""
    return await database.rows(
        LotServiceRow,
        "SELECT i.* FROM lot_service s JOIN service_item i ON i.id = s.service_item"
        " WHERE s.lot = :lot ORDER BY i.code",
        lot=lot,
    )
