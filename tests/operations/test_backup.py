"""Dumps: written beside and renamed, for their writer's eyes; a restore takes nothing but a dump into nothing."""

import asyncio
import stat
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shangmen.errors import StartError
from shangmen.operations import backup
from tests.conftest import Servers

NewDatabase = Callable[[], Coroutine[Any, Any, str]]


async def _execute(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


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

    def half(command: list[str]) -> None:
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
