"""Reads of the ladder, and of what decides somebody's place on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement.rules import Amount, Facts, Gate, Ladder, Step
from shangmen.errors import NotFound

# The divisions whose ladders bear on a county, with how far up each lies; `id` is null for everywhere.
_CHAIN = """
  WITH RECURSIVE chain AS (
    SELECT id, parent, 0 AS distance FROM division WHERE id = :county
    UNION ALL SELECT d.id, d.parent, c.distance + 1 FROM division d JOIN chain c ON d.id = c.parent
  ), bearing AS (SELECT id, distance FROM chain UNION ALL SELECT NULL, 99)
"""


@dataclass(frozen=True)
class RungRow(database.Row):
    """A version of a rung with its division (None: everywhere) and its service's names ("" for all together)."""

    id: int
    division: int | None
    division_name: str | None
    distance: int
    code: str
    item_name: str
    item_english: str
    gate: Gate
    proposed: int
    visits: int | None
    minutes: int | None
    yuan: Decimal | None
    valid_from: date
    valid_to: date | None
    source: str
    version: int

    @property
    def amount(self) -> Amount:
        """What it grants a month."""
        return Amount(self.visits, self.minutes, self.yuan)


_RUNG = f"""
  {_CHAIN}
  SELECT r.*, b.distance, d.name AS division_name, coalesce(i.name, '') AS item_name,
         coalesce(i.english, '') AS item_english
  FROM entitlement_rung r JOIN bearing b ON b.id IS NOT DISTINCT FROM r.division
  LEFT JOIN division d ON d.id = r.division
  LEFT JOIN LATERAL (SELECT name, english FROM service_item s WHERE s.code = r.code
                     ORDER BY s.valid_from DESC LIMIT 1) i ON true
"""


@database.scoped
async def rungs(scope: Scope, county: int) -> list[RungRow]:
    """Every version of every rung that bears on a county: by service, the nearest division first, then by its days."""
    return await database.rows(
        RungRow,
        f"{_RUNG} ORDER BY r.code, b.distance, r.valid_from DESC, r.visits DESC NULLS FIRST, r.id",
        county=county,
    )


@database.scoped
async def rung(scope: Scope, id: int) -> RungRow:
    """One version of a rung that bears on the viewer's county; raises NotFound."""
    found = await database.row(RungRow, f"{_RUNG} WHERE r.id = :id", county=scope.county, id=id)
    if found is None:
        raise NotFound
    return found


@database.scoped
async def ladder(scope: Scope, county: int) -> Ladder:
    """All that bears on a county, of all days."""
    return Ladder(
        Step(
            row.id,
            row.code,
            row.gate,
            row.amount,
            row.proposed,
            row.distance,
            row.valid_from,
            row.valid_to,
            row.source,
        )
        for row in await rungs(scope, county)
    )


# What the ladder and the gates read of a person `p` with the household `h`, in columns of their own.
STANDING = """
  p.person_group AS "group", coalesce(h.category, '') AS category, coalesce(h.tier, '') AS tier,
  coalesce((SELECT a.level FROM assessment a WHERE a.person = p.id
            ORDER BY a.assessed_on DESC, a.id DESC LIMIT 1), '') AS level,
  p.living, p.birth_date,
  coalesce((SELECT jsonb_agg(jsonb_build_array(d.type, d.level) ORDER BY d.level, d.type)
            FROM disability_certificate d WHERE d.person = p.id), '[]') AS certificates
"""


@dataclass(frozen=True)
class _Standing(database.Row):
    id: int
    group: str
    category: str
    tier: str
    level: str
    living: str
    birth_date: date
    certificates: list[tuple[int, int]]


@database.scoped
async def standings(scope: Scope, people: Iterable[int], on: date | None = None) -> dict[int, Facts]:
    """Where people stand, on a day (today) by their age; those that the viewer may not see are missing."""
    day = on or clock.today()
    rows = await database.rows(
        _Standing,
        f"SELECT p.id, {STANDING} FROM person p LEFT JOIN household h ON h.id = p.household WHERE p.id = ANY(:people)",
        people=list(people),
    )
    return {
        row.id: Facts(
            row.group, row.category, row.tier, row.level, row.living,
            clock.age(row.birth_date, day), tuple(row.certificates),
        )
        for row in rows
    }  # fmt: skip


@database.scoped
async def standing(scope: Scope, person: int, on: date | None = None) -> Facts:
    """Where one person stands; raises NotFound."""
    found = (await standings(scope, [person], on)).get(person)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class DivisionRow(database.Row):
    """A county, or a division that it lies in, the county first."""

    id: int
    name: str


@database.scoped
async def divisions(scope: Scope, county: int) -> list[DivisionRow]:
    """Whose ladders bear on a county: its own, its city's, its region's."""
    return await database.rows(
        DivisionRow,
        f"{_CHAIN} SELECT d.id, d.name FROM chain c JOIN division d ON d.id = c.id ORDER BY c.distance",
        county=county,
    )
