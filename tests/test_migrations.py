"""The migration history is the tables, the promises are in the database."""

from dataclasses import dataclass

import asyncpg
import pytest
from piccolo.apps.migrations.commands.new import AutoMigrationManager

from shangmen import database, paths
from shangmen.database import schema
from shangmen.database.piccolo_app import APP_CONFIG
from shangmen.errors import StartError
from tests.cast import Cast
from tests.conftest import NewDatabase, Servers

# Tables without row-level security, and why: nobody is known yet when they are read, or no row belongs to a county.
OPEN = {
    "division": "the gazetteer is public",
    "service_item": "the catalogue is public",
    "parameter": "law and policy are public",
    "app_user": "read before anybody is known",
    "app_session": "read before anybody is known",
    "attempt": "written before anybody is known",
    "known_place": "read before anybody is known",
    "holiday": "public",
    "submission": "holds tokens and digests only",
    "chain_head": "holds digests only",
    "audit_seal": "holds digests only",
    "person_key": "read and written by nobody but its own functions",
}


async def test_an_automatic_migration_finds_nothing_to_do() -> None:
    groups = await AutoMigrationManager().get_alter_statements(app_config=APP_CONFIG)
    assert [statement for group in groups for statement in group.statements] == []


async def test_a_database_of_another_history_is_refused_in_one_line(
    servers: Servers, new_database: NewDatabase
) -> None:
    owner = servers.owner(await new_database())
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute("UPDATE migration SET name = '2026-11-23' || substr(name, 11)")
    finally:
        await connection.close()
    with pytest.raises(StartError, match="2026-11-23T00:00:00:000000") as refused:
        await schema.migrate(owner)
    assert "\n" not in str(refused.value)


def test_the_first_pair_can_be_read() -> None:
    files = sorted(paths.MIGRATIONS.glob("*.py"))
    assert [file.stem.rpartition("_")[2] for file in files[:2]] == ["promises", "tables"]
    assert sum(len(file.read_text("utf-8").splitlines()) for file in files[:2]) < 2000


async def _rows(servers: Servers, name: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(servers.owner(name))
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


async def test_every_table_has_row_level_security_but_the_listed_ones(servers: Servers, engine: str) -> None:
    rows = await _rows(
        servers,
        engine,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relrowsecurity AND relname NOT LIKE 'procrastinate%' AND relname <> 'migration'",
    )
    assert {row["relname"] for row in rows} == set(OPEN)


async def test_every_view_asks_with_the_rights_of_its_reader(servers: Servers, engine: str) -> None:
    rows = await _rows(
        servers,
        engine,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'"
        " AND NOT coalesce('security_invoker=true' = ANY(reloptions), false)",
    )
    assert rows == []


async def test_no_foreign_key_cascades(servers: Servers, engine: str) -> None:
    rows = await _rows(
        servers,
        engine,
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND confdeltype NOT IN ('r', 'a')"
        " AND conrelid::regclass::text NOT LIKE 'procrastinate%'",
    )
    assert rows == []


async def test_the_application_owns_nothing(servers: Servers, engine: str) -> None:
    rows = await _rows(
        servers, engine, "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'shangmen_app'"
    )
    assert rows == []


@dataclass(frozen=True)
class Right(database.Row):
    """Whether the application may change a table's rows."""

    name: str
    may: bool


async def test_the_application_cannot_edit_history(cast: Cast) -> None:
    async with database.transaction(cast.bureau):
        rights = await database.rows(
            Right,
            "SELECT t AS name, has_table_privilege(t, 'UPDATE') OR has_table_privilege(t, 'DELETE') AS may"
            " FROM unnest(ARRAY['audit_event','service_record','attendance','service_line','check_in','finding',"
            " 'status_event']) AS t",
        )
    assert [right.name for right in rights if right.may] == []
    assert len(rights) == 7


async def test_not_even_the_owner_edits_history(servers: Servers, engine: str) -> None:
    connection = await asyncpg.connect(servers.owner(engine))
    try:
        for table in ("audit_event", "service_record", "attendance"):
            for verb in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
                    await connection.execute(verb)
    finally:
        await connection.close()
