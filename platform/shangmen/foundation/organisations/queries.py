"""Reads of organisations and workers."""

import asyncpg

from shangmen import database
from shangmen.access import Scope


@database.scoped
async def organisations(
    scope: Scope, kind: str = "", search: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[asyncpg.Record], int]:
    """Organisations of the viewer's county."""
    rows = await database.fetch(
        """
        SELECT o.*, d.name AS township_name, count(*) OVER () AS total FROM organisation o
        LEFT JOIN division d ON d.id = o.township
        WHERE o.county = ANY(:counties) AND (:kind = '' OR o.kind = :kind)
          AND (:search = '' OR o.name ILIKE '%' || :search || '%')
        ORDER BY o.kind, o.id LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        kind=kind,
        search=search,
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def workers(
    scope: Scope, search: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[asyncpg.Record], int]:
    """Workers whom the viewer reaches: the county's, or one's own organisation's."""
    rows = await database.fetch(
        """
        SELECT w.id, w.name, w.sex, e.organisation, e.position, o.name AS organisation_name, count(*) OVER () AS total
        FROM worker w JOIN engagement e ON e.worker = w.id JOIN organisation o ON o.id = e.organisation
        WHERE w.county = ANY(:counties) AND (:search = '' OR w.name ILIKE '%' || :search || '%')
        ORDER BY o.id, w.id LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        search=search,
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0
