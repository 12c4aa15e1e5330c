"""Reading and verifying the trail."""

from datetime import date
from typing import Any

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.audit import chain
from shangmen.foundation.audit.actions import content
from shangmen.web import lists


@database.scoped
async def events(
    scope: Scope,
    verb: str = "",
    who: str = "",
    first: date | None = None,
    last: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[asyncpg.Record], int]:
    """Events that the viewer reaches, newest first, and how many there are."""
    rows = await database.fetch(
        f"""
        SELECT e.*, o.name AS organisation_name, count(*) OVER () AS total
        FROM audit_event e LEFT JOIN organisation o ON o.id = e.organisation
        WHERE (:verb = '' OR e.verb LIKE :verb || '%')
          AND {lists.found("e.user_name")}
          AND (:first::timestamptz IS NULL OR e.at >= :first) AND (:last::timestamptz IS NULL OR e.at < :last)
        ORDER BY e.at DESC, e.id DESC LIMIT :limit OFFSET :offset
        """,
        verb=verb,
        search=lists.wanted(who),
        first=clock.at(first) if first else None,
        last=clock.at(last, 24 * 60) if last else None,
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def history(scope: Scope, subject: str, subject_id: int) -> list[asyncpg.Record]:
    """What happened to one row, oldest first; for the timeline of a detail page."""
    return await database.fetch(
        "SELECT at, user_name, role, verb, reason, details FROM audit_event"
        " WHERE subject = :subject AND subject_id = :subject_id ORDER BY at, id",
        subject=subject,
        subject_id=subject_id,
    )


@database.scoped
async def verify(scope: Scope) -> str | None:
    """Re-compute every audit chain that the viewer reaches; the first break in words, or None."""
    heads = await database.fetch("SELECT organisation, digest FROM chain_head WHERE chain = 'audit' ORDER BY 1")
    for head in heads:
        rows = await database.fetch(
            "SELECT * FROM audit_event WHERE organisation = :organisation ORDER BY sequence",
            organisation=head["organisation"],
        )
        if not rows and not await _reaches(scope, head["organisation"]):
            continue
        links: list[tuple[int, bytes, bytes, dict[str, Any]]] = [
            (
                row["sequence"],
                row["previous"],
                row["digest"],
                content({**row, "details": database.from_json(row["details"])}),
            )
            for row in rows
        ]
        fault = chain.first_break(links, head["digest"])
        if fault:
            return f"audit chain of organisation {head['organisation']}: {fault}"
    return None


async def _reaches(scope: Scope, organisation: int) -> bool:
    """Whether an empty answer means that the chain is foreign, not that it was emptied."""
    if organisation < 0:
        return -organisation in scope.counties
    return bool(
        await database.fetch_value(
            "SELECT 1 FROM organisation WHERE id = :organisation AND county = ANY(:counties)",
            organisation=organisation,
            counties=list(scope.counties),
        )
    )


@database.scoped
async def features(scope: Scope) -> list[str]:
    """Features that have left events which the viewer reaches: the first words of their verbs."""
    rows = await database.fetch("SELECT DISTINCT split_part(verb, '.', 1) AS feature FROM audit_event ORDER BY 1")
    return [row["feature"] for row in rows]


@database.scoped
async def seals(scope: Scope, limit: int = 7) -> list[asyncpg.Record]:
    """The latest daily seals."""
    return await database.fetch(
        "SELECT day, encode(digest, 'hex') AS digest, jsonb_array_length(heads) AS chains FROM audit_seal"
        " ORDER BY day DESC LIMIT :limit",
        limit=limit,
    )
