"""Reads of the work list."""

import asyncpg

from shangmen import database
from shangmen.access import Role, Scope


@database.scoped
async def waiting(scope: Scope) -> list[asyncpg.Record]:
    """Open tasks of the viewer's role in the viewer's organisation, the most urgent first.

    The system sees all of its counties.
    """
    return await database.fetch(
        """
        SELECT t.*, o.name AS organisation_name FROM task t JOIN organisation o ON o.id = t.organisation
        WHERE t.closed_at IS NULL AND t.county = ANY(:counties)
          AND (:all OR (t.organisation = :organisation AND t.role = :role))
        ORDER BY t.due NULLS LAST, t.opened_at, t.id
        """,
        counties=list(scope.counties),
        all=scope.role == Role.SYSTEM,
        organisation=scope.organisation or 0,
        role=str(scope.role),
    )
