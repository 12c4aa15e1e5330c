"""Reads of offers and placements."""

from datetime import date

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.organisations import queries as organisations
from shangmen.supply.placements.reservation import expected_visits, last_day
from shangmen.web import lists

# A supplier whose share has lapsed keeps its offers and placements, but not the person: hence the outer joins.
_WHO = """
  p.name AS person_name, p.sex AS person_sex, p.birth_date, p.person_group, p.village, p.halal,
  d.name AS township_name, i.code AS item_code, i.name AS item_name, i.english AS item_english,
  n.visits_per_month, n.minutes, n.staff_count, n.required_sex, n.required_qualification, n.windows, n.priority,
  n.state AS need_state, s.name AS supplier_name, s.kind AS supplier_kind, t.name AS station_name,
  c.id AS contract, c.number AS contract_number, least(x.valid_to, n.valid_to, c.term_to) AS last_day
"""
_JOINS = """
  LEFT JOIN person p ON p.id = x.person LEFT JOIN division d ON d.id = p.township
  LEFT JOIN need n ON n.id = x.need LEFT JOIN service_item i ON i.id = n.service_item
  JOIN organisation s ON s.id = x.supplier JOIN organisation t ON t.id = x.station
  LEFT JOIN contract_line l ON l.id = x.contract_line LEFT JOIN contract c ON c.id = l.contract
"""


@database.scoped
async def offers(
    scope: Scope,
    state: str = "",
    search: str = "",
    supplier: int | None = None,
    matching_run: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[asyncpg.Record], int]:
    """Offers that the viewer reaches, open ones first, then the latest."""
    rows = await database.fetch(
        f"""
        SELECT x.*, {_WHO}, count(*) OVER () AS total FROM offer x {_JOINS}
        WHERE x.county = ANY(:counties) AND (:state = '' OR x.state = :state)
          AND (:supplier::bigint IS NULL OR x.supplier = :supplier)
          AND (:run::bigint IS NULL OR x.matching_run = :run)
          AND {lists.found("s.name", person="p")}
        ORDER BY x.state <> 'offered', CASE WHEN x.state = 'offered' THEN x.answer_by END,
                 x.decided_at DESC NULLS LAST, x.id LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        state=state,
        supplier=supplier,
        run=matching_run,
        search=lists.wanted(search),
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def offer(scope: Scope, id: int) -> asyncpg.Record:
    """One offer with its need, and its placement when it was accepted; raises NotFound."""
    row = await database.fetch_one(
        f"""
        SELECT x.*, {_WHO}, l.pricing, l.rate, l.two_workers_pay_twice, c.term_to, u.name AS decided_by_name,
               c.ceiling - c.reserved - c.delivered AS yuan_left, l.quantity - l.reserved - l.delivered AS units_left,
               (SELECT m.id FROM placement m WHERE m.offer = x.id) AS placement
        FROM offer x {_JOINS} LEFT JOIN app_user u ON u.id = x.decided_by WHERE x.id = :id
        """,
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def history(scope: Scope, id: int) -> list[asyncpg.Record]:
    """What happened to an offer and to the placement that came of it, in order of time.

    For whoever may read the offer: the trail of one row, whosever chain holds it.
    """
    found = await offer(scope, id)
    async with database.elevated(scope) as system:
        events = await audit.history(system, "offer", id)
        if found["placement"]:
            events = [*events, *await audit.history(system, "placement", found["placement"])]
    return sorted(events, key=lambda event: event["at"])


@database.scoped
async def open_offers(scope: Scope, supplier: int) -> int:
    """How many offers wait for a supplier's answer."""
    return int(
        await database.fetch_value(
            "SELECT count(*) FROM offer WHERE supplier = :supplier AND state = 'offered'", supplier=supplier
        )
    )


@database.scoped
async def placements(
    scope: Scope,
    state: str = "",
    search: str = "",
    supplier: int | None = None,
    suppliers: list[int] | None = None,
    need: int | None = None,
    person: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[asyncpg.Record], int]:
    """Placements that the viewer reaches, by township and recipient; `suppliers` narrows to several at once."""
    rows = await database.fetch(
        f"""
        SELECT x.*, {_WHO}, count(*) OVER () AS total FROM placement x {_JOINS}
        WHERE x.county = ANY(:counties) AND (:state = '' OR x.state = :state)
          AND (:supplier::bigint IS NULL OR x.supplier = :supplier)
          AND (:suppliers::bigint[] IS NULL OR x.supplier = ANY(:suppliers))
          AND (:need::bigint IS NULL OR x.need = :need) AND (:person::bigint IS NULL OR x.person = :person)
          AND {lists.found("s.name", person="p")}
        ORDER BY x.state = 'ended', d.code, x.person, x.valid_from, x.id LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        state=state,
        supplier=supplier,
        suppliers=suppliers,
        need=need,
        person=person,
        search=lists.wanted(search),
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def placement(scope: Scope, id: int) -> asyncpg.Record:
    """One placement; raises NotFound."""
    row = await database.fetch_one(
        f"""
        SELECT x.*, {_WHO}, n.service_item, l.pricing, l.rate, l.two_workers_pay_twice, o.matching_run,
               o.decided_at AS accepted_at
        FROM placement x {_JOINS} JOIN offer o ON o.id = x.offer WHERE x.id = :id
        """,
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def in_force(scope: Scope, on: date | None = None) -> list[asyncpg.Record]:
    """The plan in force, by need: id, need, person, supplier, contract_line, metres, valid_from, valid_to.

    With `on`, only what has not ended by that day.
    """
    return await database.fetch(
        "SELECT id, need, person, supplier, contract_line, metres, valid_from, valid_to, reserved_units, reserved_yuan"
        " FROM placement WHERE state = 'in_force' AND county = ANY(:counties)"
        " AND (:on::date IS NULL OR valid_to IS NULL OR valid_to >= :on) ORDER BY need",
        counties=list(scope.counties),
        on=on,
    )


@database.scoped
async def blocked(scope: Scope) -> dict[int, list[str]]:
    """Suppliers with placements in force or open offers that may take on no new work, and what each lacks."""
    rows = await database.fetch(
        """
        SELECT DISTINCT o.id, o.status FROM organisation o WHERE o.county = ANY(:counties) AND (
          EXISTS (SELECT 1 FROM placement p WHERE p.supplier = o.id AND p.state = 'in_force')
          OR EXISTS (SELECT 1 FROM offer f WHERE f.supplier = o.id AND f.state = 'offered')) ORDER BY o.id
        """,
        counties=list(scope.counties),
    )
    found = {}
    for row in rows:
        missing = await organisations.missing_mandatory(scope, row["id"], clock.today())
        if missing or row["status"] != "active":
            found[row["id"]] = missing
    return found


@database.scoped
async def ahead(scope: Scope, supplier: int, until: date | None = None) -> tuple[int, int]:
    """Placements of a supplier in force, and the visits that their needs expect from today on.

    To the end of each placement, or to `until` (its contract's end, the year's end) where that is earlier.
    """
    rows = await database.fetch(
        """
        SELECT x.valid_from, x.valid_to, n.visits_per_month FROM placement x JOIN need n ON n.id = x.need
        WHERE x.supplier = :supplier AND x.state = 'in_force'
        """,
        supplier=supplier,
    )
    today = clock.today()
    year_end = until or clock.year_of(today)[1]
    visits = 0
    for row in rows:
        last = last_day(row["valid_to"], year_end)
        assert last is not None
        visits += expected_visits(row["visits_per_month"], max(today, row["valid_from"]), last)
    return len(rows), visits


@database.scoped
async def suppliers(scope: Scope) -> list[asyncpg.Record]:
    """Stations and providers that have ever been offered a need, for the lists' filter."""
    return await database.fetch(
        "SELECT o.id, o.name, o.kind FROM organisation o WHERE o.county = ANY(:counties)"
        " AND EXISTS (SELECT 1 FROM offer f WHERE f.supplier = o.id) ORDER BY o.kind, o.id",
        counties=list(scope.counties),
    )
