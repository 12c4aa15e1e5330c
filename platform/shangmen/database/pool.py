"""The engine and its pool: connections that come back by themselves after the database was away."""

import asyncio
import os
from contextlib import suppress
from types import TracebackType

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from shangmen.errors import DatabaseAway

CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 1.0  # for those who still hold a connection when the pool closes
# What a driver says whose server is away, is starting, or takes nobody more.
_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
# What the server says to a connection that it is about to close.
_GOING = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)


class SureTransaction(PostgresTransaction):
    """Piccolo's transaction, which gives its connection back whatever happens, and says when the database is away.

    Piccolo's own keeps a connection that died in the middle, so that after an outage its pool stays empty for ever.
    It begins with `opening`, which may say more than BEGIN in the same breath; "" is for a single statement, which is
    a transaction by itself.
    """

    def __init__(self, engine: PostgresEngine, allow_nested: bool = True, opening: str = "BEGIN") -> None:
        super().__init__(engine, allow_nested)
        self.opening = opening

    async def get_connection(self) -> asyncpg.Connection:
        """A connection of the pool; waits for one no longer than the pool was opened for."""
        self.pool = self.engine.pool  # it may be closed before this transaction ends
        try:
            if self.pool:
                return await self.pool.acquire(timeout=getattr(self.engine, "patience", None))
            return await self.engine.get_new_connection()
        except _AWAY as fault:
            raise DatabaseAway(type(fault).__name__) from fault

    async def __aenter__(self) -> PostgresTransaction:
        """Begin; raises DatabaseAway."""
        if self._parent is not None:
            return self._parent
        self.connection = await self.get_connection()
        try:
            if self.opening:
                await self.connection.execute(self.opening)
        except BaseException as fault:
            lost = self._lost(fault) or isinstance(fault, (*_AWAY, asyncpg.InternalClientError))
            await self._give_back()
            if lost:
                raise DatabaseAway(type(fault).__name__) from fault
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def commit(self) -> None:
        """End it; what was done holds."""
        await self.connection.execute("COMMIT")
        self._committed = True

    async def rollback(self) -> None:
        """End it; what was done is taken back."""
        await self.connection.execute("ROLLBACK")
        self._rolled_back = True

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Commit or roll back; raises DatabaseAway when the connection was lost before that was done."""
        if self._parent:
            return fault is None
        try:
            if fault is not None and self._lost(fault):
                raise DatabaseAway(type(fault).__name__) from fault
            if self.opening and not (self._rolled_back or self._committed):
                await (self.commit() if fault is None else self.rollback())
        except DatabaseAway:
            raise
        except Exception as failed:
            if not self._lost(failed) and not isinstance(failed, (OSError, asyncpg.InternalClientError)):
                raise
            if fault is None or isinstance(fault, Exception):
                raise DatabaseAway(type(failed).__name__) from failed
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        return fault is None

    def _lost(self, fault: BaseException) -> bool:
        """Whether the connection is gone; one that was told to end (a cancelled task) ends as it was told."""
        if not isinstance(fault, Exception):
            return False
        try:
            return isinstance(fault, _GOING) or bool(self.connection.is_closed())
        except asyncpg.InterfaceError:  # the pool has taken the dead one back already
            return True

    async def _give_back(self) -> None:
        with suppress(Exception):  # one that cannot be made ready for the next is thrown away by the pool
            await (self.pool.release(self.connection) if self.pool else self.connection.close())


class LateEngine(PostgresEngine):
    """An engine whose server is named after the import, by `use`."""

    patience: float | None = None  # seconds to wait for a connection while all are in use; None: for ever

    async def check_version(self) -> None:
        """Piccolo would connect at the import to look; there is nothing to connect to yet."""

    def transaction(self, allow_nested: bool = True, opening: str = "BEGIN") -> SureTransaction:
        """A transaction that survives an outage."""
        return SureTransaction(self, allow_nested, opening)


ENGINE = LateEngine(config={}, extensions=())
os.environ["PICCOLO_CONF"] = "shangmen.database.piccolo_conf"  # where Piccolo's tables look for this engine


def use(dsn: str) -> None:
    """Point the engine at a server; connections opened from now on go there."""
    ENGINE.config.clear()
    ENGINE.config.update(dsn=dsn)


async def open_pool(size: int = 10, durable: bool = True, patience: float | None = None) -> None:
    """Open the pool; done once by each process that serves, works or seeds.

    Without `durable`, commits do not wait for the disk: only for data that can be made anew. Whoever waits longer
    than `patience` seconds for a connection gets DatabaseAway; None waits for ever.
    """
    settings = {} if durable else {"server_settings": {"synchronous_commit": "off"}}
    ENGINE.patience = patience
    # no connection is made beforehand: a database that is away now may be there for the first request
    await ENGINE.start_connection_pool(min_size=0, max_size=size, timeout=CONNECT_SECONDS, reset=_leave, **settings)


async def _leave(connection: asyncpg.Connection) -> None:
    """Nothing of ours outlives its transaction, so that a connection need not be cleaned before it is used again."""


async def close_pool() -> None:
    """Close the pool; whoever still holds a connection loses it after a second."""
    pool, ENGINE.pool = ENGINE.pool, None
    if pool is None:
        return
    try:
        await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
    except _AWAY:
        pool.terminate()
