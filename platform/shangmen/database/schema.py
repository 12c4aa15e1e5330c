"""Bringing a database to the present schema: roles, the database itself, the linear migration history."""

import asyncio
import contextlib
import io
import time

import asyncpg
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager

from shangmen import database
from shangmen.database import embedded
from shangmen.database.piccolo_app import APP_CONFIG
from shangmen.errors import StartError


async def prepare_embedded(server: embedded.Server, name: str = embedded.DATABASE) -> None:
    """Make the application's role and the database on an embedded server, if they are not there.

    Raises StartError when the server does not answer.
    """
    await wait_for(server.dsn("postgres", "postgres"))
    connection = await asyncpg.connect(server.dsn("postgres", "postgres"))
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", embedded.APPLICATION_ROLE):
            with contextlib.suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                await connection.execute(f"CREATE ROLE {embedded.APPLICATION_ROLE} LOGIN")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    finally:
        await connection.close()


async def migrate(owner_dsn: str) -> str:
    """Run the migrations that have not run yet, as the owner; returns what Piccolo said.

    Raises StartError when the server cannot be reached, the database has another history, or a migration fails.
    """
    said = io.StringIO()
    await wait_for(owner_dsn)
    try:
        await _refuse_strange(owner_dsn)
        database.use(owner_dsn)
        with contextlib.redirect_stdout(said):
            result = await ForwardsMigrationManager(app_name="shangmen").run()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        raise StartError(f"The database could not be migrated: {_first_line(fault)}.") from fault
    if not result.success:
        raise StartError(f"The database could not be migrated: {result.message}.")
    return said.getvalue()


async def _refuse_strange(owner_dsn: str) -> None:
    """Raise StartError for a database whose history is not ours: of an unreleased version, or of a later one."""
    manager = BaseMigrationManager()
    modules = manager.get_migration_modules(APP_CONFIG.resolved_migrations_folder_path)
    connection = await asyncpg.connect(owner_dsn)
    try:
        if not await connection.fetchval("SELECT to_regclass('public.migration') IS NOT NULL"):
            return
        strange = await connection.fetchval(
            "SELECT min(name) FROM migration WHERE app_name = 'shangmen' AND name <> ALL($1)",
            manager.get_migration_ids(modules),
        )
    finally:
        await connection.close()
    if strange is not None:
        raise StartError(
            f"This database was made by a version of Shangmen that is not supported (its history has {strange}):"
            " start with an empty database, or another data folder."
        )


async def wait_for(dsn: str, seconds: float = 10) -> None:
    """Wait until a server answers; raises StartError when it does not."""
    last = ""
    end = time.monotonic() + seconds
    while not last or time.monotonic() < end:
        try:
            connection = await asyncpg.connect(dsn, timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError) as fault:
            last = _first_line(fault)
            await asyncio.sleep(0.25)
        except (asyncpg.InterfaceError, ValueError) as fault:
            raise StartError(f"This is no address of a database: {_first_line(fault)}.") from fault
        except asyncpg.PostgresError as fault:
            raise StartError(f"The database refused us: {_first_line(fault)}.") from fault
        else:
            await connection.close()
            return
    raise StartError(f"The database does not answer: {last}.")


async def require(dsn: str) -> None:
    """Raises StartError unless a database of this version answers."""
    await wait_for(dsn)
    manager = BaseMigrationManager()
    modules = manager.get_migration_modules(APP_CONFIG.resolved_migrations_folder_path)
    try:
        connection = await asyncpg.connect(dsn)
        try:
            found = await connection.fetchval("SELECT to_regclass('public.migration') IS NOT NULL") and (
                # the application's role may not read the history, only know that there is one
                not await connection.fetchval("SELECT has_table_privilege('public.migration', 'SELECT')")
                or await connection.fetchval(
                    "SELECT array_agg(name::text) @> $1::text[] FROM migration", manager.get_migration_ids(modules)
                )
            )
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        raise StartError(f"The database does not answer: {_first_line(fault)}.") from fault
    if not found:
        raise StartError(
            "The database is not at the present schema: run `shangmen migrate` with DATABASE_OWNER_URL set."
        )


async def refuse_mighty(dsn: str) -> None:
    """Raises StartError for an address whose role the promises do not bind: a superuser, one that passes row-level
    security by, one that owns tables, or one that may become such a role."""
    connection = await asyncpg.connect(dsn)
    try:
        why = await connection.fetchval(
            """
            SELECT CASE WHEN bool_or(r.rolsuper) THEN 'a superuser'
                        WHEN bool_or(r.rolbypassrls) THEN 'not bound by row-level security'
                        WHEN bool_or(EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid
                               AND c.relnamespace = 'public'::regnamespace)) THEN 'the owner of the tables' END
            FROM pg_roles r WHERE pg_has_role(session_user, r.oid, 'MEMBER')
            """
        )
        role = await connection.fetchval("SELECT session_user::text")
    finally:
        await connection.close()
    if why is not None:
        raise StartError(
            f"DATABASE_URL names the role {role}, which is {why} or may become so: give the application the role that"
            " owns nothing (the README has the SQL), and the owner's address in DATABASE_OWNER_URL."
        )


def _first_line(fault: Exception) -> str:
    """What a driver says, in one line without a full stop."""
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0].rstrip(".")
