"""What a visit of a placement has to respect: one row with need, item, recipient and contract."""

import asyncpg

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.errors import Forbidden, NotFound
from shangmen.foundation.catalogue import queries as catalogue

# States in which a visit counts toward the month's number: a call replaced it, or it takes or took place.
COUNTED = ("planned", "confirmed", "in_progress", "done", "phone")

_PLACEMENTS = """
SELECT p.id, p.county, p.station, p.supplier, p.need, p.person, p.valid_from, p.valid_to, p.state,
       n.state AS need_state, n.valid_to AS need_to, n.visits_per_month, n.minutes, n.staff_count, n.windows,
       n.days_between, n.priority, n.pause_reason,
       coalesce(nullif(n.required_qualification, ''), i.required_qualification) AS qualification,
       CASE WHEN n.required_sex <> '' THEN n.required_sex WHEN i.same_sex THEN s.sex ELSE '' END AS sex,
       (n.minors_check OR i.minors_check) AS minors_check,
       i.id AS service_item, i.code AS item_code, i.name AS item_name, i.english AS item_english,
       s.name AS person_name, s.latitude, s.longitude, s.township, s.village, d.terrain, d.name AS township_name,
       c.state AS contract_state, c.term_from, c.term_to
FROM placement p JOIN need n ON n.id = p.need JOIN service_item i ON i.id = n.service_item
JOIN person s ON s.id = p.person JOIN division d ON d.id = s.township
LEFT JOIN contract_line l ON l.id = p.contract_line LEFT JOIN contract c ON c.id = l.contract
"""


@database.scoped
async def placement(scope: Scope, id: int, lock: bool = False) -> asyncpg.Record:
    """A placement with all that bears on its visits; raises NotFound. `lock` keeps other planners off it."""
    row = await database.fetch_one(
        f"{_PLACEMENTS} WHERE p.id = :id {'FOR NO KEY UPDATE OF p' if lock else ''}",
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def in_force(scope: Scope, supplier: int, lock: bool = False) -> list[asyncpg.Record]:
    """Placements of a supplier that are in force with a need that is served, by id."""
    return await database.fetch(
        f"{_PLACEMENTS} WHERE p.supplier = :supplier AND p.state = 'in_force' AND n.state = 'placed'"
        f" ORDER BY p.id {'FOR NO KEY UPDATE OF p' if lock else ''}",
        supplier=supplier,
    )


def own(scope: Scope, supplier: int) -> None:
    """Visits are planned by who delivers them: raises Forbidden for anybody else who may see them."""
    if scope.role != Role.SYSTEM and supplier != scope.organisation:
        raise Forbidden("Only the organisation that makes the visit may change it.")


@database.scoped
async def windows(scope: Scope, row: asyncpg.Record) -> list[tuple[int, int, int]]:
    """(weekday, earliest, latest end) of a placement's need; office hours on working days where it has none."""
    stated = database.from_json(row["windows"]) or []
    if stated:
        return [(day, earliest, latest) for day, earliest, latest in stated]
    opens, closes = await catalogue.parameter(scope, "office_hours", clock.today())
    return [(day, opens, closes) for day in range(5)]
