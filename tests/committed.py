"""A database of its own for a test in which transactions commit and meet each other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shangmen import database
from tests.cast import Cast, make_cast
from tests.conftest import NewDatabase, Servers


@asynccontextmanager
async def committed(servers: Servers, engine: str, new_database: NewDatabase, connections: int) -> AsyncIterator[Cast]:
    """The cast, committed; the engine points there while the block lasts, with so many connections at most."""
    await database.close_pool()
    database.use(servers.application(await new_database()))
    await database.open_pool(connections)
    try:
        yield await make_cast()
    finally:
        await database.close_pool()
        database.use(servers.application(engine))
        await database.open_pool()
