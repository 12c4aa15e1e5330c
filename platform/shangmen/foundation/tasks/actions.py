"""Verbs on the work list: other features open a task when something waits, and close it when it is settled."""

from datetime import date
from typing import Any

import msgspec

from shangmen import clock, database
from shangmen.access import Scope


@database.scoped
async def open(  # the verb's name; the builtin is not used here
    scope: Scope,
    /,
    *,
    organisation: int,
    role: str,
    kind: str,
    subject: str,
    subject_id: int,
    route: str,
    params: dict[str, Any],
    message: str,
    due: date | None = None,
    **details: object,
) -> None:
    """Put something on the list of a role of an organisation, as a consequence of the verb in progress.

    `route` and `params` say where to go, `message` is a message id that `details` fill. Opening what is open already
    changes nothing. Works for any organisation of the county.
    """
    async with database.elevated(scope) as system:
        await database.execute(
            """
            INSERT INTO task (county, organisation, role, kind, subject, subject_id, route, params, message, details,
                              due, opened_at)
            SELECT o.county, o.id, :role, :kind, :subject, :subject_id, :route, :params::jsonb, :message,
                   :details::jsonb, :due, :now
            FROM organisation o WHERE o.id = :organisation AND o.county = ANY(:counties)
            ON CONFLICT (kind, subject, subject_id, organisation, role) WHERE closed_at IS NULL DO NOTHING
            """,
            organisation=organisation,
            counties=list(system.counties),
            role=str(role),
            kind=kind,
            subject=subject,
            subject_id=subject_id,
            route=route,
            params=database.to_json(params),
            message=message,
            details=database.to_json(msgspec.to_builtins(details, enc_hook=str)),
            due=due,
            now=clock.now(),
        )


@database.scoped
async def close(scope: Scope, kind: str, subject: str, subject_id: int) -> None:
    """Take everything of this kind about a row off all lists; nothing happens when nothing is open."""
    async with database.elevated(scope):
        await database.execute(
            "UPDATE task SET closed_at = :now WHERE kind = :kind AND subject = :subject"
            " AND subject_id = :subject_id AND closed_at IS NULL",
            kind=kind,
            subject=subject,
            subject_id=subject_id,
            now=clock.now(),
        )
