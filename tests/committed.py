"""A database of its own for a test in which transactions commit and meet each other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shangmen import database
from tests.cast import Cast, make_cast
from tests.conftest import NewDatabase, Servers


@asynccontextmanager
async def pointed(servers: Servers, engine: str, dsn: str, connections: int) -> AsyncIterator[None]:
    """The engine points at another database while the block lasts, with so many connections at most."""
    await database.close_pool()
    database.use(dsn)
    await database.open_pool(connections)
    try:
        yield
    finally:
        await database.close_pool()
        database.use(servers.application(engine))
        await database.open_pool()


@asynccontextmanager
async def committed(servers: Servers, engine: str, new_database: NewDatabase, connections: int) -> AsyncIterator[Cast]:
    """The cast, committed, where the engine points while the block lasts."""
    async with pointed(servers, engine, servers.application(await new_database()), connections):
        yield await make_cast()
