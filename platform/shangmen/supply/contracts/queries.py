"""Reads of lots and contracts."""

from datetime import date

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.audit import queries as audit
from shangmen.web import lists

_AREAS = """(SELECT coalesce(array_agg(a.division ORDER BY a.division), '{}') FROM lot_area a WHERE a.lot = %s)"""


@database.scoped
async def lots(scope: Scope, search: str = "", limit: int = 50, offset: int = 0) -> tuple[list[asyncpg.Record], int]:
    """Lots of the county with their areas and services in words, and the money that the viewer's contracts take."""
    rows = await database.fetch(
        f"""
        SELECT o.*, count(*) OVER () AS total,
          (SELECT string_agg(d.name, '、' ORDER BY d.code) FROM lot_area a JOIN division d ON d.id = a.division
            WHERE a.lot = o.id) AS areas,
          (SELECT string_agg(i.code, ' ' ORDER BY i.code) FROM lot_service s JOIN service_item i
            ON i.id = s.service_item WHERE s.lot = o.id) AS items,
          (SELECT count(*) FROM contract c WHERE c.lot = o.id) AS contracts,
          (SELECT coalesce(sum(c.ceiling), 0) FROM contract c WHERE c.lot = o.id) AS contracted
        FROM lot o WHERE o.county = ANY(:counties)
          AND {lists.found("o.name", "o.number")}
        ORDER BY o.number LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        search=lists.wanted(search),
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def lot(scope: Scope, id: int) -> asyncpg.Record:
    """One lot; raises NotFound. `left` is what of its ceiling no contract has taken (meaningful to the bureau)."""
    row = await database.fetch_one(
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
async def lot_areas(scope: Scope, lot: int) -> list[asyncpg.Record]:
    """The townships of a lot."""
    return await database.fetch(
        "SELECT d.id, d.code, d.name FROM lot_area a JOIN division d ON d.id = a.division WHERE a.lot = :lot"
        " ORDER BY d.code",
        lot=lot,
    )


@database.scoped
async def lot_services(scope: Scope, lot: int) -> list[asyncpg.Record]:
    """The service items that a lot buys."""
    return await database.fetch(
        "SELECT i.* FROM lot_service s JOIN service_item i ON i.id = s.service_item"
        " WHERE s.lot = :lot ORDER BY i.code",
        lot=lot,
    )


@database.scoped
async def contracts(
    scope: Scope,
    search: str = "",
    state: str = "",
    lot: int | None = None,
    provider: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[asyncpg.Record], int]:
    """Contracts that the viewer reaches: the county's, or one's own; those that run out soonest first."""
    rows = await database.fetch(
        f"""
        SELECT c.*, o.number AS lot_number, o.name AS lot_name, p.name AS provider_name,
               (c.reserved + c.delivered) / nullif(c.ceiling, 0) AS share,
               c.ceiling - c.reserved - c.delivered AS left, count(*) OVER () AS total
        FROM contract c JOIN lot o ON o.id = c.lot JOIN organisation p ON p.id = c.provider
        WHERE c.county = ANY(:counties) AND (:state = '' OR c.state = :state)
          AND (:lot::bigint IS NULL OR c.lot = :lot) AND (:provider::bigint IS NULL OR c.provider = :provider)
          AND {lists.found("c.number", "p.name", "o.name")}
        ORDER BY c.state = 'ended', share DESC NULLS LAST, c.number LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        search=lists.wanted(search),
        state=state,
        lot=lot,
        provider=provider,
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def contract(scope: Scope, id: int) -> asyncpg.Record:
    """One contract with its lot and provider; raises NotFound."""
    row = await database.fetch_one(
        """
        SELECT c.*, o.number AS lot_number, o.name AS lot_name, o.gate, o.valid_to AS lot_to, o.purchaser,
               p.name AS provider_name, p.status AS provider_status, u.name AS signed_by_name,
               c.ceiling - c.reserved - c.delivered AS left
        FROM contract c JOIN lot o ON o.id = c.lot JOIN organisation p ON p.id = c.provider
        LEFT JOIN app_user u ON u.id = c.signed_by WHERE c.id = :id
        """,
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def lines(scope: Scope, contract: int) -> list[asyncpg.Record]:
    """The lines of a contract with what is left of each."""
    return await database.fetch(
        """
        SELECT l.*, i.code AS item_code, i.name AS item_name, i.english AS item_english, i.standard_minutes,
               i.staff_count, l.quantity - l.reserved - l.delivered AS units_left
        FROM contract_line l JOIN service_item i ON i.id = l.service_item WHERE l.contract = :contract ORDER BY i.code
        """,
        contract=contract,
    )


@database.scoped
async def line(scope: Scope, id: int) -> asyncpg.Record:
    """One line with its contract's number, term, state and provider; raises NotFound."""
    row = await database.fetch_one(
        """
        SELECT l.*, i.code AS item_code, c.number AS contract_number, c.term_from, c.term_to,
               c.state AS contract_state, c.provider, c.lot, c.county
        FROM contract_line l JOIN contract c ON c.id = l.contract JOIN service_item i ON i.id = l.service_item
        WHERE l.id = :id
        """,
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def amendments(scope: Scope, contract: int) -> list[asyncpg.Record]:
    """The supplementary contracts, in order."""
    return await database.fetch(
        "SELECT * FROM amendment WHERE contract = :contract ORDER BY number", contract=contract
    )


@database.scoped
async def history(scope: Scope, id: int) -> list[asyncpg.Record]:
    """What happened to a contract, for whoever may read it: the trail of one row, whosever chain holds it."""
    await contract(scope, id)
    async with database.elevated(scope) as system:
        return await audit.history(system, "contract", id)


@database.scoped
async def lines_in_force(scope: Scope, on: date | None = None) -> list[asyncpg.Record]:
    """Lines of the contracts in force on a day, with all that decides whether they may serve a need.

    `gate` is JSON text ({"groups": …, "categories": …, "levels": …}; a missing key admits all), `areas` division ids,
    `item_code` the catalogue code (items have versions: compare codes, not ids), `units_left` and `yuan_left` what
    can still be reserved, `provider_status` active or not. Whether a mandatory qualification is missing is asked of
    organisations.queries.missing_mandatory.
    """
    return await database.fetch(
        f"""
        SELECT l.id, l.contract, l.service_item, i.code AS item_code, i.name AS item_name, i.staff_count AS item_staff,
               l.pricing, l.rate, l.two_workers_pay_twice,
               l.quantity - l.reserved - l.delivered AS units_left,
               c.ceiling - c.reserved - c.delivered AS yuan_left,
               c.number AS contract_number, c.term_from, c.term_to, c.lot, o.number AS lot_number, o.gate,
               {_AREAS % "c.lot"} AS areas, c.provider, p.name AS provider_name, p.status AS provider_status,
               p.latitude AS provider_latitude, p.longitude AS provider_longitude
        FROM contract_line l JOIN contract c ON c.id = l.contract JOIN lot o ON o.id = c.lot
        JOIN service_item i ON i.id = l.service_item JOIN organisation p ON p.id = c.provider
        WHERE c.county = ANY(:counties) AND c.state = 'in_force' AND c.term_from <= :on AND c.term_to >= :on
        ORDER BY l.id
        """,
        counties=list(scope.counties),
        on=on or clock.today(),
    )
