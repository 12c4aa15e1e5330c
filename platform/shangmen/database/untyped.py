"""Deprecated: untyped reads and writes, until the last caller has gone."""

import json
from typing import Any

import asyncpg

from shangmen.database.rows import _numbered, to_json
from shangmen.database.transactions import connection


async def fetch(sql: str, **parameters: Any) -> list[asyncpg.Record]:
    """Rows of a query with :named parameters, inside the transaction in progress."""
    text, names = _numbered(sql)
    rows: list[asyncpg.Record] = await connection().fetch(text, *(parameters[name] for name in names))
    return rows


async def fetch_one(sql: str, **parameters: Any) -> asyncpg.Record | None:
    """The first row of a query, or None."""
    text, names = _numbered(sql)
    return await connection().fetchrow(text, *(parameters[name] for name in names))


async def fetch_value(sql: str, **parameters: Any) -> Any:
    """The first column of the first row, or None."""
    text, names = _numbered(sql)
    return await connection().fetchval(text, *(parameters[name] for name in names))


async def insert(table: str, **values: Any) -> int:
    """Insert one row and return its id. Dictionaries and lists of JSON columns go in as JSON text."""
    columns = ", ".join(f'"{name}"' for name in values)
    slots = ", ".join(f"${i}" for i in range(1, len(values) + 1))
    row = await connection().fetchval(
        f'INSERT INTO "{table}" ({columns}) VALUES ({slots}) RETURNING id',
        *(to_json(value) if isinstance(value, dict | list) else value for value in values.values()),
    )
    return int(row)


async def update(table: str, id: int, **values: Any) -> None:
    """Set columns of one row by its id."""
    sets = ", ".join(f'"{name}" = ${i}' for i, name in enumerate(values, 2))
    await connection().execute(
        f'UPDATE "{table}" SET {sets} WHERE id = $1',
        id,
        *(to_json(value) if isinstance(value, dict | list) else value for value in values.values()),
    )


def from_json(text: Any) -> Any:
    """What a jsonb column holds; what a typed row has read already stays as it is."""
    return json.loads(text) if isinstance(text, str) else text
