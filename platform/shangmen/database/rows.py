"""Rows, typed: single rows through their Piccolo tables, joins and reports as SQL that returns frozen rows.

`rows`, `row`, `value`, `values`, `number` and `exists` take SQL with :named parameters and run inside the transaction
in progress. A kind of row is a frozen dataclass over `Row`; each field takes the column of its name, and its type is
checked, so that an annotation never lies. Columns without a field are left aside; a field without a column is a fault.
"""

import functools
import re
import types
import typing
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import asyncpg
import msgspec
from piccolo.columns import Column, ForeignKey, OnDelete, OnUpdate
from piccolo.table import Table

from shangmen.database.transactions import connection
from shangmen.errors import NotFound, Stale

Kind = TypeVar("Kind")
Rows = TypeVar("Rows", bound="Row")
Stored = TypeVar("Stored", bound=Table)

PLAIN = frozenset({str, int, bool, float, Decimal, date, datetime, bytes})


@dataclass(frozen=True)
class Row:
    """What a query returns: kinds of rows are frozen dataclasses over this."""


@functools.cache
def _plan(kind: type) -> tuple[tuple[str, Any, bool], ...]:
    """For each field of a kind of row: its name, its type without None, and whether None may stand there."""
    hints = typing.get_type_hints(kind)
    return tuple((field.name, *_split(hints[field.name])) for field in fields(kind) if field.init)


def _split(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [one for one in typing.get_args(hint) if one is not type(None)]
        if len(rest) < len(typing.get_args(hint)):
            return (rest[0] if len(rest) == 1 else hint), True
    return hint, False


def typed(kind: Any, value: Any, nullable: bool = False, name: str = "value") -> Any:
    """A value of a column as its type says: enums by their word, JSON decoded into what is declared.

    Raises TypeError when the column holds another type than the field declares.
    """
    if value is None:
        if not nullable and kind is not object:
            raise TypeError(f"{name} is NULL and its type does not say so")
        return None
    if kind in PLAIN:
        if type(value) is not kind:
            raise TypeError(f"{name} is {type(value).__name__}, not {kind.__name__}")
        return value
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if isinstance(value, str) and kind is not object:
        return msgspec.json.decode(value, type=kind)
    return value


def made(kind: type[Rows], record: asyncpg.Record) -> Rows:
    """A frozen row of a driver's record."""
    row = object.__new__(kind)
    values = row.__dict__  # frozen is for everybody else: setting field by field takes most of a long list's time
    for name, hint, null in _plan(typing.cast(type, kind)):
        value = record[name]
        values[name] = value if type(value) is hint and hint in PLAIN else typed(hint, value, null, name)
    return row


_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")


@functools.lru_cache(maxsize=2048)
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return _PARAMETER.sub(number, sql), tuple(names)


async def rows(kind: type[Rows], sql: str, /, **parameters: object) -> list[Rows]:
    """All rows of a query, as frozen rows of a kind."""
    text, names = _numbered(sql)
    return [made(kind, one) for one in await connection().fetch(text, *(parameters[name] for name in names))]


async def stream(kind: type[Rows], sql: str, /, **parameters: object) -> AsyncIterator[Rows]:
    """The rows of a query one after another, fetched in batches by a cursor of the server: memory stays flat."""
    text, names = _numbered(sql)
    async for one in connection().cursor(text, *(parameters[name] for name in names), prefetch=500):
        yield made(kind, one)


async def row(kind: type[Rows], sql: str, /, **parameters: object) -> Rows | None:
    """The first row of a query, or None."""
    text, names = _numbered(sql)
    found = await connection().fetchrow(text, *(parameters[name] for name in names))
    return None if found is None else made(kind, found)


async def value(kind: type[Kind], sql: str, /, **parameters: object) -> Kind | None:
    """The first column of the first row; None where there is no row, or nothing in it."""
    text, names = _numbered(sql)
    found = await connection().fetchval(text, *(parameters[name] for name in names))
    return typing.cast("Kind | None", typed(kind, found, nullable=True))


async def values(kind: type[Kind], sql: str, /, **parameters: object) -> list[Kind]:
    """The first column of every row."""
    text, names = _numbered(sql)
    found = await connection().fetch(text, *(parameters[name] for name in names))
    return [typing.cast("Kind", typed(kind, one[0])) for one in found]


async def number(sql: str, /, **parameters: object) -> int:
    """A count, or another whole number that is always there."""
    found = await value(int, sql, **parameters)
    if found is None:
        raise LookupError("a number was expected")
    return found


async def exists(sql: str, /, **parameters: object) -> bool:
    """Whether a query finds any row."""
    text, names = _numbered(sql)
    return await connection().fetchrow(text, *(parameters[name] for name in names)) is not None


async def execute(sql: str, /, **parameters: object) -> int:
    """Run a statement; the number of rows that it changed."""
    text, names = _numbered(sql)
    status = await connection().execute(text, *(parameters[name] for name in names))
    count = status.rsplit(" ", 1)[-1]
    return int(count) if count.isdigit() else 0


async def execute_many(sql: str, rows: list[dict[str, Any]]) -> None:
    """Run a statement for each of many rows of parameters."""
    text, names = _numbered(sql)
    await connection().executemany(text, [[one[name] for name in names] for one in rows])


async def add(new: Table) -> int:
    """Insert one row of a Piccolo table; its id."""
    connection()  # outside a transaction under a scope nothing is written
    made = await type(new).insert(new)
    return int(made[0]["id"])


async def read(table: type[Stored], id: int) -> Stored:
    """The row of an id; raises NotFound when there is none, or none that the scope may know of."""
    connection()
    found = await table.objects().where(_key(table) == id).first()
    if found is None:
        raise NotFound
    return found


async def lock(table: type[Stored], id: int, version: int | None = None) -> Stored:
    """The row of an id, locked until the transaction ends; raises NotFound.

    With the `version` that a person has seen, raises Stale when the row was changed since.
    """
    connection()
    found = await table.objects().where(_key(table) == id).lock_rows("UPDATE").first()
    if found is None:
        raise NotFound
    refuse_stale(found, version)
    return found


def refuse_stale(row: Table, version: int | None) -> None:
    """Raise Stale unless a locked row has the version that a person saw; None is what no page was opened for.

    The database counts: every change of a row with a version counts it on (promises), whoever makes it.
    """
    if version is not None and vars(row)["version"] != version:
        raise Stale


async def change(table: type[Table], id: int, values: dict[Column, Any]) -> None:
    """Set columns of the row of an id; raises NotFound when no row was there to be changed."""
    connection()
    columns = typing.cast("dict[Column | str, Any]", values)
    if not await table.update(columns).where(_key(table) == id).returning(_key(table)):
        raise NotFound


def _key(table: type[Table]) -> Column:
    return table._meta.primary_key


def to_json(value: object) -> str:
    """JSON text for a jsonb parameter; dates as ISO, Decimal as text."""
    return msgspec.json.encode(value, order="deterministic").decode()


def decoded(kind: type[Kind], text: str) -> Kind:
    """What a jsonb column of a Piccolo row holds, as the type that it is declared to be."""
    return msgspec.json.decode(text, type=kind)


def reference(
    table: type[Table] | str, null: bool = False, unique: bool = False, db_column_name: str | None = None
) -> Any:
    """A foreign key that restricts: nothing is deleted because something else was (Piccolo's default cascades)."""
    return ForeignKey(
        table,
        null=null,
        default=None,
        unique=unique,
        db_column_name=db_column_name,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
    )
