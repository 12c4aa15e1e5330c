"""Reads of the catalogue and of the dated parameters."""

from datetime import date
from typing import Any

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.web import lists


@database.scoped
async def items(scope: Scope, on: date | None = None, search: str = "", kind: str = "") -> list[asyncpg.Record]:
    """Catalogue lines in force on a day (today), by code."""
    return await database.fetch(
        f"""
        SELECT * FROM service_item
        WHERE valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on) AND (:kind = '' OR kind = :kind)
          AND {lists.found("name", "english", begins=["code"])}
        ORDER BY position(left(code, 1) IN 'VCNRPLAT'), code
        """,
        on=on or clock.today(),
        search=lists.wanted(search),
        kind=kind,
    )


@database.scoped
async def item(scope: Scope, id: int) -> asyncpg.Record:
    """One version of a catalogue line; raises NotFound."""
    row = await database.fetch_one("SELECT * FROM service_item WHERE id = :id", id=id)
    if row is None:
        raise NotFound
    return row


@database.scoped
async def item_by_code(scope: Scope, code: str, on: date | None = None) -> asyncpg.Record:
    """The version of a line that is in force on a day (today); raises NotFound."""
    row = await database.fetch_one(
        "SELECT * FROM service_item WHERE code = :code AND valid_from <= :on"
        " AND (valid_to IS NULL OR valid_to >= :on) ORDER BY valid_from DESC LIMIT 1",
        code=code,
        on=on or clock.today(),
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def versions(scope: Scope, code: str) -> list[asyncpg.Record]:
    """Every version of a line, newest first."""
    return await database.fetch("SELECT * FROM service_item WHERE code = :code ORDER BY valid_from DESC", code=code)


@database.scoped
async def parameter(scope: Scope, name: str, on: date | None = None) -> Any:
    """The value of a parameter on a day (today), as JSON holds it; a share comes as a float.

    Raises LookupError when there is none: a missing rule must be loud.
    """
    row = await database.fetch_one(
        "SELECT value FROM parameter WHERE name = :name AND valid_from <= :on"
        " AND (valid_to IS NULL OR valid_to >= :on) ORDER BY valid_from DESC LIMIT 1",
        name=name,
        on=on or clock.today(),
    )
    if row is None:
        raise LookupError(f"no parameter {name} on {on or clock.today()}; load the catalogue or set it")
    return database.from_json(row["value"])


@database.scoped
async def parameters(scope: Scope) -> list[asyncpg.Record]:
    """Every value of every parameter, by name, newest first."""
    return await database.fetch("SELECT * FROM parameter ORDER BY name, valid_from DESC")
