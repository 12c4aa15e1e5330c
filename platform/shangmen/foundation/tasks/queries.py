"""Reads of the work list."""

from dataclasses import dataclass
from datetime import date

from shangmen import database
from shangmen.access import Role, Scope


@dataclass(frozen=True)
class TaskRow(database.Row):
    """An open task; `route` with `params` is where to go, `message` a message id that `details` fill."""

    id: int
    organisation: int
    organisation_name: str
    role: Role
    kind: str
    subject: str
    subject_id: int
    route: str
    params: dict[str, object]
    message: str
    details: dict[str, object]
    due: date | None


@database.scoped
async def waiting(scope: Scope) -> list[TaskRow]:
    """Open tasks of the viewer's role in the viewer's organisation, the most urgent first.

    The system sees all of its counties.
    """
    return await database.rows(
        TaskRow,
        """
        SELECT t.*, o.name AS organisation_name FROM task t JOIN organisation o ON o.id = t.organisation
        WHERE t.closed_at IS NULL AND t.county = ANY(:counties)
          AND (:all OR (t.organisation = :organisation AND t.role = :role))
        ORDER BY t.due NULLS LAST, t.opened_at, t.id
        """,
        counties=list(scope.counties),
        all=scope.role == Role.SYSTEM,
        organisation=scope.organisation or 0,
        role=scope.role,
    )
