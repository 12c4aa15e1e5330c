"""Dumps: written beside and renamed, for their writer's eyes; a restore takes nothing but a dump into nothing."""

import asyncio
import stat
import uuid
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from shangmen import clock, database
from shangmen.database import schema
from shangmen.errors import StartError
from shangmen.foundation.audit import proofs
from shangmen.operations import backup
from tests.cast import make_cast
from tests.committed import pointed
from tests.conftest import Servers
from tests.delivery.paid_month import paid_month
from tests.operations.site import standing
from tests.sizes import Note

NewDatabase = Callable[[], Coroutine[Any, Any, str]]


async def _execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


# What the copy must have: every table's rows in full, and the ends of every chain as the owner reads them.
EVERY = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
SAID = "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"


async def _said(dsn: str) -> dict[str, tuple[int, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        tables = [row["tablename"] for row in await connection.fetch(EVERY)]
        return {table: tuple(await connection.fetchrow(SAID.format(f'"{table}"'))) for table in tables}
    finally:
        await connection.close()


async def test_a_restored_county_is_the_same_to_who_counts_it_and_is_proven(
    servers: Servers, engine: str, new_database: NewDatabase, tmp_path: Path, record_property: Note
) -> None:
    name, file = await new_database(), tmp_path / "dump"
    async with pointed(servers, engine, servers.application(name), 2):
        cast = await make_cast()
        await paid_month(cast)
        clock.set_to(None)
    await asyncio.to_thread(backup.backup, servers.owner(name), file)
    with standing() as site:  # a server where nothing is, not even our roles
        await asyncio.to_thread(site.database_up)
        await schema.prepare_embedded(site.server)
        await asyncio.to_thread(backup.restore, site.server.owner, file)
        before, after = await _said(servers.owner(name)), await _said(site.server.owner)
        async with pointed(servers, engine, site.server.application, 2):
            assert await proofs.verify(cast.system) == []
            assert await proofs.verify(cast.stranger) == []
            async with database.transaction(cast.stranger):
                assert await database.number("SELECT count(*) FROM person") == 1
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with database.transaction(cast.system):
                    await database.execute("UPDATE audit_event SET reason = 'x'")
    record_property("seen", f"{sum(count for count, _ in after.values())} rows of {len(after)} tables, proven")
    assert after == before
    assert before["audit_event"][0] > 20
    assert before["statement_line"][0] > 3


def test_a_dump_is_its_writers_alone_and_comes_back_whole(
    servers: Servers, new_database: NewDatabase, tmp_path: Path
) -> None:
    name, empty = asyncio.run(new_database()), "shangmen_test_restored"
    file = tmp_path / "dump"
    assert backup.backup(servers.owner(name), file) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    asyncio.run(_execute(servers.administrative(), f"DROP DATABASE IF EXISTS {empty}"))
    asyncio.run(_execute(servers.administrative(), f"CREATE DATABASE {empty} TEMPLATE template0 ENCODING 'UTF8'"))
    try:
        assert backup.restore(servers.owner(empty), file) == 0
        with pytest.raises(StartError, match="not empty"):
            backup.restore(servers.owner(empty), file)
    finally:
        asyncio.run(_execute(servers.administrative(), f"DROP DATABASE {empty} WITH (FORCE)"))


def test_a_dump_that_fails_leaves_nothing_behind(
    servers: Servers, new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = servers.owner(asyncio.run(new_database()))

    def half(command: list[str], environment: dict[str, str]) -> None:
        Path(command[command.index("--file") + 1]).write_bytes(b"PGDMP and no more")
        raise StartError("pg_dump failed: no space left")

    monkeypatch.setattr(backup, "_run", half)
    with pytest.raises(StartError, match="no space"):
        backup.backup(owner, tmp_path / "dump")
    assert list(tmp_path.iterdir()) == []


def test_a_dump_overwrites_nothing_and_needs_a_folder(
    servers: Servers, new_database: NewDatabase, tmp_path: Path
) -> None:
    owner = servers.owner(asyncio.run(new_database()))
    file = tmp_path / "dump"
    file.write_text("the last one")
    with pytest.raises(StartError, match="exists already"):
        backup.backup(owner, file)
    assert file.read_text() == "the last one"
    with pytest.raises(StartError, match="cannot be written"):
        backup.backup(owner, tmp_path / "nowhere" / "dump")


def test_an_empty_database_is_not_backed_up(servers: Servers, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="present schema"):
        backup.backup(servers.owner("template1"), tmp_path / "dump")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"CREATE TABLE x ();", b"PGDMP cut off"])
def test_what_is_no_dump_is_refused_in_one_line(servers: Servers, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "dump"
    file.write_bytes(content)
    with pytest.raises(StartError) as refused:
        backup.restore(servers.owner("template1"), file)
    assert len(str(refused.value).splitlines()) == 1
    with pytest.raises(StartError, match="cannot be read"):
        backup.restore(servers.owner("template1"), tmp_path)


def test_no_program_gets_a_password_among_its_arguments(
    servers: Servers, new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[tuple[list[str], dict[str, str]]]()
    before = backup._run
    word = "p@ss' w\\rd"

    def noted(command: list[str], environment: dict[str, str] | None = None) -> None:
        seen.append((command, environment or {}))
        before(command, environment)

    def secret(dsn: str) -> str:
        return f"{dsn}{'&' if '?' in dsn else '?'}password={quote(word)}"

    name, empty, file = asyncio.run(new_database()), f"shangmen_test_{uuid.uuid4().hex[:12]}", tmp_path / "dump"
    monkeypatch.setattr(backup, "_run", noted)
    asyncio.run(_execute(servers.administrative(), f"CREATE DATABASE {empty} TEMPLATE template0 ENCODING 'UTF8'"))
    try:
        backup.backup(secret(servers.owner(name)), file)
        backup.restore(secret(servers.owner(empty)), file)
    finally:
        asyncio.run(_execute(servers.administrative(), f"DROP DATABASE {empty} WITH (FORCE)"))
    assert [environment.get("PGPASSWORD") for _command, environment in seen] == [word, None, word]
    assert not [command for command, _environment in seen if "ss'" in str(command) or quote(word) in str(command)]
