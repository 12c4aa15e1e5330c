"""Bringing a database to the present schema: roles, the database itself, the linear migration history."""

import asyncio
import contextlib
import io

import asyncpg
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager

from shangmen import database
from shangmen.database import embedded
from shangmen.database.piccolo_app import APP_CONFIG
from shangmen.errors import StartError


async def prepare_embedded(server: embedded.Server, name: str = embedded.DATABASE) -> None:
    """Make the application's role and the database on an embedded server, if they are not there."""
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
    try:
        await _refuse_strange(owner_dsn)
        database.use(owner_dsn)
        with contextlib.redirect_stdout(said):
            result = await ForwardsMigrationManager(app_name="shangmen").run()
    except (OSError, asyncpg.PostgresError) as fault:
        raise StartError(f"The database could not be migrated: {fault}.") from fault
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
    last: Exception | None = None
    for _ in range(max(1, int(seconds * 4))):
        try:
            connection = await asyncpg.connect(dsn, timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError, TimeoutError) as fault:
            last = fault
            await asyncio.sleep(0.25)
        except asyncpg.PostgresError as fault:
            raise StartError(f"The database refused us: {fault}.") from fault
        else:
            await connection.close()
            return
    raise StartError(f"The database does not answer: {last}.")
