"""Reads of tender studies, and what a new one may name: townships, levels of needs, suppliers, stations."""

from typing import Any

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs import queries as needs
from shangmen.demand.needs import scales
from shangmen.errors import NotFound
from shangmen.foundation.regions import queries as regions


def _opened(row: asyncpg.Record) -> dict[str, Any]:
    """A study with its JSON read."""
    study = dict(row)
    for name in ("question", "result", "done"):
        study[name] = database.from_json(study[name])
    return study


@database.scoped
async def studies(scope: Scope, state: str = "", limit: int = 50, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Studies of the viewer's county, the latest first."""
    rows = await database.fetch(
        """
        SELECT s.*, u.name AS requested_by_name, count(*) OVER () AS total
        FROM tender_study s LEFT JOIN app_user u ON u.id = s.requested_by
        WHERE s.county = ANY(:counties) AND (:state = '' OR s.state = :state)
        ORDER BY s.id DESC LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        state=state,
        limit=limit,
        offset=offset,
    )
    return [_opened(row) for row in rows], rows[0]["total"] if rows else 0


@database.scoped
async def study(scope: Scope, id: int) -> dict[str, Any]:
    """One study; raises NotFound."""
    row = await database.fetch_one(
        "SELECT s.*, u.name AS requested_by_name FROM tender_study s LEFT JOIN app_user u ON u.id = s.requested_by"
        " WHERE s.id = :id AND s.county = ANY(:counties)",
        id=id,
        counties=list(scope.counties),
    )
    if row is None:
        raise NotFound
    return _opened(row)


@database.scoped
async def material(scope: Scope) -> dict[str, list[Any]]:
    """What a study may vary: townships, levels that occur among the needs, suppliers, and stations as places."""
    rows = await suppliers(scope)
    levels = {row["level"] for row in await needs.to_match(scope, clock.today()) if row["level"]}
    return {
        "townships": await regions.townships(scope),
        "levels": sorted(levels, key=scales.LEVELS.index),
        "suppliers": rows,
        "places": [row for row in rows if row["kind"] == "station" and row["latitude"] is not None],
    }


@database.scoped
async def names(scope: Scope) -> dict[int, str]:
    """The names of all suppliers, closed ones too: studies of the past name them."""
    rows = await database.fetch(
        "SELECT id, name FROM organisation WHERE county = ANY(:counties) AND kind IN ('station', 'provider')",
        counties=list(scope.counties),
    )
    return {row["id"]: row["name"] for row in rows}


@database.scoped
async def suppliers(scope: Scope) -> list[asyncpg.Record]:
    """Stations and providers that are not closed."""
    return await database.fetch(
        "SELECT id, kind, name, latitude, longitude FROM organisation WHERE county = ANY(:counties)"
        " AND kind IN ('station', 'provider') AND status <> 'closed' ORDER BY kind, name, id",
        counties=list(scope.counties),
    )
