"""Deeds: what a verb ended is kept row by row while it works, and taken back from that.

`kept` marks the part of a verb whose changes are noted (by a trigger, so that effects of all features are in it).
`undo` gives each row back what it had, if it still is as the deed left it; how a table's rows come back, and what must
hold for that, its feature says with a `Kept`, listed in wiring.py.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import msgspec
from piccolo.table import Table

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.errors import Conflict, DomainError
from shangmen.foundation.audit.actions import record
from shangmen.foundation.deeds import queries
from shangmen.foundation.deeds.events import DeedUndone
from shangmen.foundation.deeds.forms import UndoForm
from shangmen.foundation.deeds.queries import Change
from shangmen.foundation.deeds.tables import Deed

LATER = "Something else has happened to it since."


@dataclass(frozen=True)
class Coming:
    """A row that is about to come back: the columns that it had, and the rows that are a part of it."""

    id: int
    was: dict[str, object]
    parts: tuple[int, ...] = ()


Check = Callable[[Scope, Coming], Awaitable[None]]
Retract = Callable[[Scope, int, str], Awaitable[None]]


@dataclass(frozen=True)
class Kept:
    """How the rows of a table come back.

    `verb` is what the trail says of each ("" for what is not worth an entry). `check` raises a domain error with the
    reason why a row cannot come back, or does what its return takes, such as reserving money. `after` names columns
    and the tables of the rows without which it cannot. `part_of` makes it come back with another row or not at all.
    `retract` takes back a row that the deed made. Nothing comes back without the `essential` rows and the one that
    the deed was done to; of `quiet` ones nothing is said when they cannot.
    """

    table: type[Table]
    verb: str = ""
    check: Check | None = None
    after: tuple[tuple[str, type[Table]], ...] = ()
    part_of: tuple[str, type[Table]] | None = None
    retract: Retract | None = None
    essential: bool = False
    quiet: bool = False

    @property
    def name(self) -> str:
        """The table's name in the database."""
        return str(self.table._meta.tablename)


_kept: list[Kept] = []


def wire(kept: Iterable[Kept]) -> None:
    """Replace the list by this one; rows come back in its order."""
    _kept[:] = kept


@asynccontextmanager
async def kept(
    scope: Scope,
    route: str,
    verb: str,
    subject: str,
    subject_id: int,
    station: int | None = None,
    reason: str = "",
    **details: object,
) -> AsyncIterator[None]:
    """What is changed inside can be taken back by whoever may call `route`; inside another deed, with that one."""
    if await database.value(str, "SELECT coalesce(current_setting('app.deed', true), '')"):
        yield
        return
    deed = await database.add(
        Deed(
            county=scope.counties[0],
            organisation=scope.organisation,
            station=station,
            route=route,
            verb=verb,
            subject=subject,
            subject_id=subject_id,
            details=database.to_json(msgspec.to_builtins(details, enc_hook=str)),
            reason=reason,
            user_name=scope.name or scope.purpose,
            done_at=clock.now(),
        )
    )
    await database.value(str, "SELECT set_config('app.deed', :deed, true)", deed=str(deed))
    yield
    await database.value(str, "SELECT set_config('app.deed', '', true)")


@dataclass(frozen=True)
class Lost:
    """A row that cannot come back, and why."""

    relation: str
    row_id: int
    message: str
    parameters: dict[str, object]


@database.scoped
async def undo(scope: Scope, id: int, form: UndoForm) -> int:
    """Take a deed back: what it changed is as before, what it made is retracted. Publishes DeedUndone.

    What has changed since, or could not stand any more (a worker booked elsewhere, money that is gone), stays as it
    is and is named in the audit event. Raises Conflict when the deed was taken back already, or when something else
    has happened to what it was about.
    """
    found = await queries.deed(scope, id)
    if found.subject == "person" and not await queries.in_care(scope, found.subject_id):
        raise Conflict("This file was handed over. It is only read.")
    async with database.elevated(scope) as system:
        deed = await database.lock(Deed, id)
        if deed.undone_at is not None:
            raise Conflict("This was taken back already.")
        changes: dict[str, list[Change]] = defaultdict(list)
        for change in await queries.changes(system, id):
            changes[change.relation].append(change)
        restored: set[tuple[str, int]] = set()
        lost: list[Lost] = []
        for kept in _kept:
            if kept.part_of is None:
                for change in changes[kept.name]:
                    await _give_back(system, deed, kept, change, changes, form.reason, restored, lost)
        await database.change(Deed, id, {Deed.undone_at: clock.now(), Deed.undone_reason: form.reason})
        record(
            scope, "deeds.undo", deed.subject, deed.subject_id, form.reason,
            deed=deed.verb, rows=len(restored),
            lost=[vars(one) for one in lost],
        )  # fmt: skip
        await effects.publish(system, DeedUndone(id, frozenset(restored)))
    return id


async def _give_back(
    system: Scope,
    deed: Deed,
    kept: Kept,
    change: Change,
    changes: dict[str, list[Change]],
    reason: str,
    restored: set[tuple[str, int]],
    lost: list[Lost],
) -> None:
    """One row with its parts, in a savepoint: whole or not at all."""
    try:
        async with database.savepoint():
            if change.before is None:
                if kept.retract is not None:
                    await kept.retract(system, change.row_id, reason)
                return
            await _with_parts(system, kept, change, changes, lost)
    except (DomainError, asyncpg.IntegrityConstraintViolationError) as refused:
        if kept.essential or (kept.name, change.row_id) == (deed.subject, deed.subject_id):
            if isinstance(refused, DomainError) and refused.message != LATER:
                raise
            raise Conflict("It cannot be taken back: something else has happened since. Take that back first.") from (
                refused
            )
        if not kept.quiet:
            told = (refused.message, refused.parameters) if isinstance(refused, DomainError) else (LATER, {})
            lost.append(Lost(kept.name, change.row_id, told[0], msgspec.to_builtins(told[1], enc_hook=str)))
        return
    restored.add((kept.name, change.row_id))
    if kept.verb:
        record(system, kept.verb, kept.name, change.row_id, reason)


async def _with_parts(
    system: Scope, kept: Kept, change: Change, changes: dict[str, list[Change]], lost: Sequence[Lost]
) -> None:
    assert change.before is not None
    gone = {(one.relation, one.row_id) for one in lost}
    for column, table in kept.after:
        other = await database.value(int, f"SELECT {column} FROM {kept.name} WHERE id = :id", id=change.row_id)
        if other is not None and (str(table._meta.tablename), other) in gone:
            raise Conflict("What it belongs to cannot come back.")
    parts = [
        (of, part)
        for of in _kept
        if of.part_of is not None and of.part_of[1] is kept.table
        for part in changes[of.name]
        if await database.value(int, f"SELECT {of.part_of[0]} FROM {of.name} WHERE id = :id", id=part.row_id)
        == change.row_id
    ]
    for of, row in ((kept, change), *parts):
        await _still(of, row)
    if kept.check is not None:
        await kept.check(system, Coming(change.row_id, change.before, tuple(part.row_id for _of, part in parts)))
    for of, row in ((kept, change), *parts):
        await _write(of, row)


async def _still(kept: Kept, change: Change) -> None:
    """Lock a row; raises Conflict when it is not as the deed left it."""
    if not await database.exists(
        f"SELECT 1 FROM {kept.name} t WHERE id = :id AND to_jsonb(t) @> :after::jsonb FOR UPDATE",
        id=change.row_id,
        after=database.to_json(change.after),
    ):
        raise Conflict(LATER)


async def _write(kept: Kept, change: Change) -> None:
    """Give a locked row its columns back."""
    columns = sorted(change.before or {})
    if not columns:
        return
    await database.execute(
        f"UPDATE {kept.name} t SET ({', '.join(columns)}) ="
        f" (SELECT {', '.join(columns)} FROM jsonb_populate_record(NULL::{kept.name}, :before::jsonb))"
        " WHERE id = :id",
        id=change.row_id,
        before=database.to_json(change.before),
    )
