"""Writing the trail: verbs record events; the chain is closed just before the commit."""

import hashlib
from datetime import date
from typing import Any

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.audit import chain

_COLUMNS = (
    "county, organisation, sequence, at, user_id, user_name, role, verb, subject, subject_id, reason, details,"
    " address, previous, digest"
)


def record(
    scope: Scope,
    verb: str,
    subject: str,
    subject_id: int | None,
    reason: str = "",
    organisation: int | None = None,
    **details: object,
) -> None:
    """Note that `scope` did `verb` ("feature.verb") to a row of table `subject`, in the transaction in progress.

    `details` says what changed, in values JSON can hold; never an ID number or a telephone. The event joins the chain
    of the actor's organisation, or of `organisation` when given. Written as the last thing before the commit.
    """
    event = {
        "county": scope.counties[0] if len(scope.counties) == 1 else None,
        "organisation": organisation or scope.organisation or -(scope.counties[0] if scope.counties else 0),
        "at": clock.now(),
        "user_id": scope.user,
        "user_name": scope.name or scope.purpose,
        "role": str(scope.role),
        "verb": verb,
        "subject": subject,
        "subject_id": subject_id,
        "reason": reason,
        "details": msgspec.to_builtins(details, enc_hook=str),
        "address": scope.address,
    }
    database.pending("audit", _write).append(event)


def content(event: Any) -> dict[str, Any]:
    """What of an event is hashed: all but its place in the chain."""
    return {
        "county": event["county"],
        "organisation": event["organisation"],
        "at": event["at"].astimezone(clock.SHANGHAI).isoformat(timespec="microseconds"),
        "user_id": event["user_id"],
        "user_name": event["user_name"],
        "role": event["role"],
        "verb": event["verb"],
        "subject": event["subject"],
        "subject_id": event["subject_id"],
        "reason": event["reason"],
        "details": event["details"],
        "address": event["address"],
    }


async def _write(events: list[Any]) -> None:
    """Append the transaction's events to their chains, heads locked in the order of organisations."""
    for organisation in sorted({event["organisation"] for event in events}):
        sequence, previous = await chain.head("audit", organisation)
        rows = []
        for event in events:
            if event["organisation"] != organisation:
                continue
            sequence += 1
            link = chain.digest(previous, content(event))
            rows.append(
                {
                    **event,
                    "sequence": sequence,
                    "details": database.to_json(event["details"]),
                    "previous": previous,
                    "digest": link,
                }
            )
            previous = link
        names = ", ".join(":" + name for name in _COLUMNS.replace(" ", "").split(","))
        await database.execute_many(f"INSERT INTO audit_event ({_COLUMNS}) VALUES ({names})", rows)
        await chain.move_head("audit", organisation, sequence, previous)


@database.scoped
async def seal(scope: Scope, day: date) -> bytes:
    """Seal a day: one digest over all heads, to be kept elsewhere too. Sealing a day again changes nothing."""
    rows = await database.fetch(
        "SELECT chain, organisation, sequence, encode(digest, 'hex') AS digest FROM chain_head"
        " ORDER BY chain, organisation"
    )
    heads = [dict(row) for row in rows]
    stated = hashlib.sha256(database.to_json(heads).encode()).digest()
    await database.execute(
        "INSERT INTO audit_seal (day, digest, heads) VALUES (:day, :digest, :heads::jsonb)"
        " ON CONFLICT (day) DO NOTHING",
        day=day,
        digest=stated,
        heads=database.to_json(heads),
    )
    return stated


@database.scoped
async def exported(scope: Scope, verb: str, subject: str, rows: int) -> None:
    """Note that a list was exported: every export leaves its trace. `verb` is "feature.export"."""
    record(scope, verb, subject, None, rows=rows)


@database.scoped
async def checked(scope: Scope, fault: str | None) -> None:
    """Note that the trail was verified, and with which result."""
    record(scope, "audit.verify", "audit_event", None, result=fault or "ok")
