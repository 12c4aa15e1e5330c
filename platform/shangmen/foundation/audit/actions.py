"""Writing the trail: verbs record events; the chain is closed just before the commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.audit import chain, held_rows
from shangmen.foundation.audit.queries import Event, EventRow, each_event
from shangmen.foundation.audit.states import Chain


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
    event = Event(
        county=scope.counties[0] if len(scope.counties) == 1 else None,
        organisation=organisation or scope.organisation or -(scope.counties[0] if scope.counties else 0),
        at=clock.now(),
        user_id=scope.user,
        user_name=scope.name or scope.purpose,
        role=scope.role,
        verb=verb,
        subject=subject,
        subject_id=subject_id,
        reason=reason,
        details=msgspec.to_builtins(details, enc_hook=str),
        address=scope.address,
    )
    database.pending("audit", _write).append(event)


_COLUMNS = (*(field.name for field in fields(Event)), "sequence", "previous", "digest")
_INSERT = f"INSERT INTO audit_event ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"


async def _write(events: list[Event]) -> None:
    """Append the transaction's events to their chains, heads locked in the order of organisations.

    The last of them, of each county, tells what the transaction leaves of the rows that the trail holds.
    """
    if left := await held_rows.told():
        for county, event in {one.county: one for one in events}.items():
            event.details[held_rows.ROWS] = {
                name: digest for (name, where), digest in left.items() if None in (where, county) or where == county
            }
    for organisation in sorted({event.organisation for event in events}):
        sequence, previous = await chain.head(Chain.AUDIT, organisation)
        rows: list[dict[str, object]] = []
        for event in events:
            if event.organisation != organisation:
                continue
            sequence += 1
            link = chain.digest(previous, event.content())
            place = {"sequence": sequence, "previous": previous, "digest": link}
            rows.append(vars(event) | {"details": database.to_json(event.details)} | place)
            previous = link
        await database.execute_many(_INSERT, rows)
        await chain.move_head(Chain.AUDIT, organisation, sequence, previous)


@dataclass(frozen=True)
class SealedHead(database.Row):
    """The end of a chain as a seal states it."""

    chain: Chain
    organisation: int
    sequence: int
    digest: str


@database.scoped
async def seal(scope: Scope, day: date) -> bytes:
    """Seal a day: one digest over all heads and the seal before, to be kept elsewhere too; the digest.

    Sealing a day again changes nothing. The trail tells of each seal, in the chain of the first county.
    """
    sequence, previous = await chain.head(Chain.SEAL, 0)
    before = await database.value(bytes, "SELECT digest FROM audit_seal WHERE day = :day", day=day)
    if before is not None:
        return before
    heads = [
        vars(head)
        for head in await database.rows(
            SealedHead,
            "SELECT chain, organisation, sequence, encode(digest, 'hex') AS digest FROM chain_head"
            " WHERE chain <> 'seal' ORDER BY chain, organisation",
        )
    ]
    stated = chain.digest(previous, {"day": day, "heads": heads})
    await database.execute(
        "INSERT INTO audit_seal (day, sequence, previous, digest, heads)"
        " VALUES (:day, :sequence, :previous, :digest, :heads::jsonb)",
        day=day,
        sequence=sequence + 1,
        previous=previous,
        digest=stated,
        heads=database.to_json(heads),
    )
    await chain.move_head(Chain.SEAL, 0, sequence + 1, stated)
    if scope.counties:  # before the first county there is no chain to tell of it
        own = replace(scope, counties=scope.counties[:1])
        record(own, "audit.seal", "audit_seal", None, day=day, digest=stated.hex(), chains=len(heads))
    return stated


@database.scoped
async def export(
    scope: Scope, write: Callable[[EventRow], None], verb: str, who: str, first: date | None, last: date | None
) -> int:
    """Hand every event that fits to `write`, one after the other, and note that they were exported; how many."""
    count = 0
    async for event in each_event(verb, who, first, last):
        write(event)
        count += 1
    record(scope, "audit.export", "audit_event", None, rows=count)
    return count


@database.scoped
async def exported(scope: Scope, verb: str, subject: str, rows: int) -> None:
    """Note that a list was exported: every export leaves its trace. `verb` is "feature.export"."""
    record(scope, verb, subject, None, rows=rows)


@database.scoped
async def checked(scope: Scope, tamperings: Sequence[object]) -> None:
    """Note that the trail was verified, and with which result."""
    record(scope, "audit.verify", "audit_event", None, result="; ".join(map(str, tamperings)) or "ok")
