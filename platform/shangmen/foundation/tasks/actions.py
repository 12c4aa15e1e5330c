"""Verbs on the work list: other features open a task when something waits, and close it when it is settled."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from shangmen import clock, database
from shangmen.access import Role, Scope


@database.scoped
async def open(  # the verb's name; the builtin is not used here
    scope: Scope,
    /,
    *,
    organisation: int,
    role: Role,
    kind: str,
    subject: str,
    subject_id: int,
    route: str,
    params: Mapping[str, object],
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
            role=role,
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


@database.scoped
async def remind(
    scope: Scope,
    /,
    *,
    ends: date,
    steps: Sequence[int],
    organisation: int,
    role: Role,
    kind: str,
    subject: str,
    subject_id: int,
    route: str,
    params: Mapping[str, object],
    message: str,
    **details: object,
) -> bool:
    """Remind of what ends on a day, once at each step (days before the end, the first the farthest); True if told now.

    A nearer step takes the place of the task before it, so that somebody who closed that one hears again; its
    `%(left)s` are the days left when it was told, `%(ends)s` the day.
    """
    left = (ends - clock.today()).days
    reached = [step for step in steps if left <= step]
    if left < 0 or not reached:
        return False
    step = min(reached)
    known = await database.exists(
        "SELECT 1 FROM task WHERE kind = :kind AND subject = :subject AND subject_id = :id AND role = :role"
        " AND organisation = :organisation AND due = :ends AND (details ->> 'step')::int <= :step",
        kind=kind,
        subject=subject,
        id=subject_id,
        role=role,
        organisation=organisation,
        ends=ends,
        step=step,
    )
    if known:
        return False
    async with database.elevated(scope):
        await database.execute(
            "UPDATE task SET closed_at = :now WHERE kind = :kind AND subject = :subject AND subject_id = :id"
            " AND organisation = :organisation AND role = :role AND closed_at IS NULL",
            now=clock.now(),
            kind=kind,
            subject=subject,
            id=subject_id,
            organisation=organisation,
            role=role,
        )
    await open(
        scope,
        organisation=organisation,
        role=role,
        kind=kind,
        subject=subject,
        subject_id=subject_id,
        route=route,
        params=params,
        message=message,
        due=ends,
        step=step,
        left=left,
        ends=ends.isoformat(),
        **details,
    )
    return True


@database.scoped
async def close_others(scope: Scope, kind: str, subject: str, still: Sequence[int]) -> int:
    """Take everything of this kind off the lists but about the rows in `still`; how many rows were settled."""
    settled = await database.values(
        int,
        "SELECT DISTINCT subject_id FROM task WHERE kind = :kind AND subject = :subject AND county = :county"
        " AND closed_at IS NULL AND NOT subject_id = ANY(:still) ORDER BY subject_id",
        kind=kind,
        subject=subject,
        county=scope.county,
        still=list(still),
    )
    for id in settled:
        await close(scope, kind, subject, id)
    return len(settled)


@database.scoped
async def heard(scope: Scope, kind: str) -> set[int]:
    """The rows about which something of this kind is on a list."""
    return set(
        await database.values(
            int,
            "SELECT subject_id FROM task WHERE kind = :kind AND county = :county AND closed_at IS NULL",
            kind=kind,
            county=scope.county,
        )
    )


async def pass_on(scope: Scope, subject: str, ids: Sequence[int], before: int, organisation: int) -> None:
    """What is open about some rows on the list of one organisation is on that of another from now on."""
    await database.execute(
        "UPDATE task t SET organisation = :organisation WHERE organisation = :before AND subject = :subject"
        " AND subject_id = ANY(:ids) AND closed_at IS NULL AND NOT EXISTS (SELECT 1 FROM task o"
        " WHERE (o.kind, o.subject, o.subject_id, o.role) = (t.kind, t.subject, t.subject_id, t.role)"
        " AND o.organisation = :organisation AND o.closed_at IS NULL)",
        organisation=organisation,
        before=before,
        subject=subject,
        ids=list(ids),
    )
