"""Backup and restore: a dump loads into an empty database, whole or not at all."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from shangmen.errors import StartError
from shangmen.operations import backup as dumps
from tests.conftest import NewDatabase, Servers


@pytest_asyncio.fixture(loop_scope="session")
async def empty(servers: Servers) -> AsyncIterator[str]:
    """The owner's address of a database without a table."""
    name = f"shangmen_test_{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(servers.administrative())
    try:
        await connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        yield servers.owner(name)
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def dump(servers: Servers, new_database: NewDatabase, tmp_path: Path) -> Path:
    """A dump of a migrated database with one parameter."""
    owner = servers.owner(await new_database())
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute(
            "INSERT INTO parameter (name, value, unit, source, valid_from)"
            " VALUES ('elder_age', '60', 'years', 'test', '2020-01-01')"
        )
    finally:
        await connection.close()
    await asyncio.to_thread(dumps.backup, owner, tmp_path / "today.dump")
    return tmp_path / "today.dump"


async def tables(owner: str) -> int:
    connection = await asyncpg.connect(owner)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
    finally:
        await connection.close()


async def test_a_dump_is_restored_with_its_rows(dump: Path, empty: str) -> None:
    assert await asyncio.to_thread(dumps.restore, empty, dump) == 0
    connection = await asyncpg.connect(empty)
    try:
        assert await connection.fetchval("SELECT value FROM parameter WHERE name = 'elder_age'") == "60"
    finally:
        await connection.close()


async def test_a_dump_that_is_cut_off_leaves_nothing(dump: Path, empty: str) -> None:
    os.truncate(dump, os.stat(dump).st_size * 3 // 4)
    with pytest.raises(StartError, match="pg_restore failed"):
        await asyncio.to_thread(dumps.restore, empty, dump)
    assert await tables(empty) == 0


async def test_a_database_that_is_not_empty_is_refused(dump: Path, empty: str) -> None:
    await asyncio.to_thread(dumps.restore, empty, dump)
    before = await tables(empty)
    with pytest.raises(StartError, match="not empty"):
        await asyncio.to_thread(dumps.restore, empty, dump)
    assert await tables(empty) == before
