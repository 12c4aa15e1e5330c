"""Reads for the map of a run: suppliers with how many they serve, and where the needs are, never more than fit."""

from dataclasses import dataclass
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.regions.states import Accuracy

MOST_POINTS = 2_000  # that a map shows one by one
CELLS = (40, 24, 12, 6)  # across and down, when there are more: the first that gives few enough


@dataclass(frozen=True)
class ServingRow(database.Row):
    """A supplier on the map of a run: where it is, and how many needs it serves there."""

    id: int
    kind: OrganisationKind
    name: str
    latitude: Decimal | None
    longitude: Decimal | None
    accuracy: Accuracy
    township_name: str | None
    needs: int


@database.scoped
async def serving(scope: Scope, run: int) -> list[ServingRow]:
    """The suppliers of the county, those first who serve most in the run."""
    return await database.rows(
        ServingRow,
        """
        SELECT o.id, o.kind, o.name, w.latitude, w.longitude, w.accuracy, d.name AS township_name,
               coalesce(s.needs, 0) AS needs
        FROM organisation o JOIN seat w ON w.organisation = o.id LEFT JOIN division d ON d.id = o.township
        LEFT JOIN (SELECT supplier, count(*) AS needs FROM proposal WHERE matching_run = :run GROUP BY supplier) s
          ON s.supplier = o.id
        WHERE o.county = ANY(:counties) AND o.kind IN ('station', 'provider')
          AND (o.status <> 'closed' OR s.needs IS NOT NULL)
        ORDER BY coalesce(s.needs, 0) DESC, o.kind DESC, o.id
        """,
        counties=list(scope.counties),
        run=run,
    )


@dataclass(frozen=True)
class Point(database.Row):
    """A need on the map, and who serves it."""

    need: int
    supplier: int | None
    reason: str
    metres: int | None
    latitude: Decimal
    longitude: Decimal
    accuracy: Accuracy
    township_name: str
    item_code: str
    item_name: str
    item_english: str


@dataclass(frozen=True)
class Cluster(database.Row):
    """Needs side by side that the same supplier serves, or nobody: how many, and the middle of them."""

    supplier: int | None
    latitude: Decimal
    longitude: Decimal
    estimated: bool
    needs: int


_PLACED = """
FROM proposal p JOIN need n ON n.id = p.need JOIN person h ON h.id = n.person JOIN home w ON w.person = h.id
WHERE p.matching_run = :run AND w.latitude IS NOT NULL
  AND (:supplier::bigint IS NULL OR p.supplier IS NULL OR p.supplier = :supplier)
"""


@database.scoped
async def points(scope: Scope, run: int, supplier: int | None = None) -> list[Point] | list[Cluster]:
    """Where the needs of a run are and who serves them; of one supplier alone with those whom nobody serves.

    Needs at one estimated place come together; everything does where there are too many.
    """
    asked = {"run": run, "supplier": supplier}
    if await database.number(f"SELECT count(*) {_PLACED}", **asked) <= MOST_POINTS:
        return await database.rows(
            Point,
            f"""
            SELECT p.need, p.supplier, p.reason, p.metres, w.latitude, w.longitude, w.accuracy,
                   d.name AS township_name, i.code AS item_code, i.name AS item_name, i.english AS item_english
            {
                _PLACED.replace(
                    "WHERE",
                    "JOIN division d ON d.id = h.township JOIN service_item i ON i.id = n.service_item WHERE",
                    1,
                )
            }
            ORDER BY p.need
            """,
            **asked,
        )
    for cells in CELLS:
        clusters = await database.rows(
            Cluster,
            f"""
            WITH placed AS MATERIALIZED (
              SELECT p.supplier, w.latitude, w.longitude, w.accuracy <> 'exact' AS estimated {_PLACED}),
            bounds AS (SELECT min(latitude) AS south, min(longitude) AS west,
              greatest(max(latitude) - min(latitude), max(longitude) - min(longitude), 0.001) / {cells} AS side
              FROM placed)
            SELECT supplier, round(avg(latitude), 6) AS latitude, round(avg(longitude), 6) AS longitude,
                   bool_and(estimated) AS estimated, count(*) AS needs
            FROM placed, bounds
            GROUP BY supplier, floor((latitude - south) / side), floor((longitude - west) / side)
            ORDER BY supplier NULLS LAST, 2, 3
            """,
            **asked,
        )
        if len(clusters) <= MOST_POINTS:
            break
    return clusters
