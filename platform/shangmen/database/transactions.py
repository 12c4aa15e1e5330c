"""The one way to open a transaction: under a scope, with what must still happen before it commits."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg
import stamina
from asyncpg.exceptions import DeadlockDetectedError, SerializationError

from shangmen import clock
from shangmen.access import Role, Scope
from shangmen.database.pool import ENGINE

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Hook = Callable[[list[Any]], Awaitable[None]]


@dataclass
class _Running:
    """The transaction in progress: whose it is, and what must still happen before it commits."""

    scope: Scope
    pending: dict[str, tuple[Hook, list[Any]]]


_running: ContextVar[_Running | None] = ContextVar("running", default=None)
_reading: ContextVar[bool] = ContextVar("reading", default=False)


class NestedScope(RuntimeError):
    """Work under one scope was called inside a transaction of another; a programming error."""


def scoped(
    work: Callable[Concatenate[Scope, Parameters], Awaitable[Result]],
) -> Callable[Concatenate[Scope, Parameters], Coroutine[Any, Any, Result]]:
    """Run a query or a verb in a transaction under its first argument, the Scope.

    Joins a transaction that is open under the same scope, refuses one under another (NestedScope), and repeats the
    whole work after a serialisation failure (40001) or a deadlock (40P01) when it is the outermost.
    """

    @functools.wraps(work)
    async def wrapper(scope: Scope, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return await run(scope, functools.partial(work, scope, *args, **kwargs))

    return wrapper  # type: ignore[return-value]  # mypy names the first parameter


async def run(scope: Scope, work: Callable[[], Awaitable[Result]]) -> Result:
    """Run `work` in a transaction under `scope`; see `scoped`."""
    running = _running.get()
    if running is not None:
        if running.scope != scope:
            raise NestedScope(f"{scope.role} inside {running.scope.role}")
        return await work()
    if ENGINE.current_transaction.get() is not None:
        async with transaction(scope):  # a test's outer transaction: nothing to retry, a savepoint to fall back to
            return await work()
    async for attempt in stamina.retry_context(
        on=(SerializationError, DeadlockDetectedError), attempts=6, wait_initial=0.02, wait_max=0.5, wait_jitter=0.05
    ):
        with attempt:
            async with transaction(scope):
                return await work()
    raise AssertionError("a retry either returns or raises")


@asynccontextmanager
async def transaction(scope: Scope) -> AsyncIterator[None]:
    """A transaction under `scope`, or a savepoint under a test's outer transaction.

    The scope is set inside the transaction, so that row-level security sees it and forgets it at the end.
    """
    if _running.get() is not None:
        raise NestedScope("a transaction is open already; call the verb, which joins it")
    outer = ENGINE.current_transaction.get()
    token = _running.set(_Running(scope, {}))
    try:
        if outer is None:
            async with ENGINE.transaction(opening=f"BEGIN; {_begun(scope)}"):
                yield
                await _close()
        else:
            savepoint = await outer.savepoint()
            try:
                await connection().execute(_begun(scope))
                yield
                await _close()
                await outer.connection.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            except BaseException:
                await savepoint.rollback_to()  # type: ignore[no-untyped-call]  # Piccolo has no types here
                raise
            await savepoint.release()  # type: ignore[no-untyped-call]  # Piccolo has no types here
            await _show(None)
    finally:
        _running.reset(token)


@asynccontextmanager
async def single() -> AsyncIterator[None]:
    """For one statement under nobody's scope, committed by itself: who is asking must be found out first.

    It sees only tables without a policy. Inside a transaction it is a part of that.
    """
    if ENGINE.current_transaction.get() is not None:
        yield
    else:
        async with ENGINE.transaction(opening=""):
            yield


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Inside a transaction: what fails in the block is taken back, and the transaction can go on."""
    current = ENGINE.current_transaction.get()
    if current is None:
        raise NestedScope("there is no transaction to fall back into")
    point = await current.savepoint()
    try:
        yield
    except BaseException:
        await point.rollback_to()  # type: ignore[no-untyped-call]  # Piccolo has no types here
        raise
    await point.release()  # type: ignore[no-untyped-call]  # Piccolo has no types here


@contextmanager
def unchanged() -> Iterator[None]:
    """Whatever is called meanwhile, nothing is changed: every transaction that begins may only read."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


class _Rehearsed(Exception):
    """Thrown to take back what was only rehearsed."""


async def rehearse(scope: Scope, work: Callable[[], Awaitable[object]], key: str) -> list[Any]:
    """Run `work`, take everything back, and return what it left under `key` for the commit (see `pending`).

    What a verb would do, told by doing it: raises what the work raises, and NestedScope inside a transaction. Repeated
    as `run` repeats when it meets others.
    """
    if _running.get() is not None:
        raise NestedScope("what is rehearsed is taken back; nothing else may stand in its transaction")
    left: list[Any] = []

    async def and_take_back() -> None:
        await work()
        running = _running.get()
        assert running is not None
        left[:] = running.pending[key][1] if key in running.pending else []
        raise _Rehearsed

    try:
        await run(scope, and_take_back)
    except _Rehearsed:  # the way to take it back; every other fault goes on
        return left
    raise AssertionError("a rehearsal is taken back or fails")


@asynccontextmanager
async def elevated(scope: Scope) -> AsyncIterator[Scope]:
    """Inside a verb, act for the county as the system: for consequences beyond the actor's own rows.

    Yields the scope to call verbs and queries with. The user stays on record.
    """
    running = _running.get()
    if running is None or running.scope != scope:
        raise NestedScope("only a verb under this scope can be elevated")
    system = replace(scope, role=Role.SYSTEM)
    running.scope = system
    await _show(system)
    try:
        yield system
    except Exception:
        # The caller may catch this and go on in the same transaction, as itself; an aborted one hears no more words.
        running.scope = scope
        with suppress(asyncpg.InFailedSQLTransactionError):
            await _show(scope)
        raise
    running.scope = scope
    await _show(scope)


def pending(key: str, write: Hook) -> list[Any]:
    """A list that `write` gets as the last thing before the outermost commit; locks taken there are held shortest."""
    running = _running.get()
    if running is None:
        raise NestedScope("there is no transaction to wait for")
    return running.pending.setdefault(key, (write, []))[1]


async def _close() -> None:
    running = _running.get()
    assert running is not None
    if running.pending:
        # What the program notes of a verb may stand beyond the actor's own rows: an entry in the chain of another
        # organisation, whose draft lost a line. And chains are not the actor's to write.
        running.scope = replace(running.scope, role=Role.SYSTEM)
        await _show(running.scope)
    for write, items in list(running.pending.values()):
        await write(items)


def _begun(scope: Scope) -> str:
    """What a transaction begins with, as SQL."""
    return _shown(scope) + ("; SET TRANSACTION READ ONLY" if _reading.get() else "")


async def _show(scope: Scope | None) -> None:
    """Tell row-level security who is asking; nobody sees nothing."""
    await connection().execute(_shown(scope))


def _shown(scope: Scope | None) -> str:
    """SQL that tells who is asking: words of enums, whole numbers and a day, so that it can go with the BEGIN."""
    said = (
        ("reach", str(scope.reach) if scope else ""),
        ("organisation", _numbers(scope.organisation) if scope else ""),
        ("counties", _numbers(*scope.counties) if scope else ""),
        ("worker", _numbers(scope.worker) if scope else ""),
        ("today", clock.today().isoformat() if scope else ""),
        ("role", str(Role(scope.role)) if scope else ""),
        ("user", _numbers(scope.user) if scope else ""),
    )
    return "SELECT " + ", ".join(f"set_config('app.{name}', '{value}', true)" for name, value in said)


def _numbers(*ids: int | None) -> str:
    return ",".join(str(int(id)) for id in ids if id)


def asking() -> tuple[object, ...]:
    """Of whom the transaction in progress is, all that row-level security may ask, and in which database."""
    running = _running.get()
    return ENGINE.config.get("dsn"), _shown(running.scope if running else None)


def connection() -> asyncpg.Connection:
    """The connection of the transaction in progress; raises NestedScope outside one."""
    current = ENGINE.current_transaction.get()
    if current is None:
        raise NestedScope("a query outside a transaction: it would see nothing")
    return current.connection
