"""The one way to open a transaction."""

import asyncpg
import pytest

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Refused
from tests.cast import Cast


@database.scoped
async def _people(scope: Scope) -> int:
    return await database.number("SELECT count(*) FROM person")


@database.scoped
async def _calls_as(scope: Scope, other: Scope) -> int:
    return await _people(other)


async def test_a_query_outside_a_transaction_is_refused() -> None:
    with pytest.raises(database.NestedScope):
        await database.number("SELECT 1")


async def test_a_verb_refuses_to_nest_under_another_scope(cast: Cast) -> None:
    with pytest.raises(database.NestedScope):
        await _calls_as(cast.station_a, cast.station_b)


async def test_a_verb_joins_a_transaction_of_the_same_scope(cast: Cast) -> None:
    assert await _calls_as(cast.station_a, cast.station_a) == 1


async def test_each_reach_sees_its_own_people(cast: Cast) -> None:
    seen = {name: await _people(scope) for name, scope in cast.people().items()}
    assert seen["bureau"] == 2
    assert seen["station_a"] == seen["station_b"] == 1
    assert seen["provider_a"] == seen["worker_a"] == 0
    assert seen["stranger"] == 1


async def test_without_a_scope_there_is_nothing_and_no_error(cast: Cast) -> None:
    transaction = database.ENGINE.current_transaction.get()
    assert transaction is not None
    connection = transaction.connection
    assert await connection.fetchval("SELECT count(*) FROM person") == 0


async def test_a_refused_statement_leaves_the_outer_transaction_usable(cast: Cast) -> None:
    @database.scoped
    async def wrong(scope: Scope) -> None:
        await database.execute("SELECT 1/0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await wrong(cast.bureau)
    assert await _people(cast.bureau) == 2


async def test_elevation_ends_with_a_refusal_that_is_caught(cast: Cast) -> None:
    @database.scoped
    async def look(scope: Scope) -> int:
        with pytest.raises(Refused):
            async with database.elevated(scope):
                raise Refused("No.")
        return await _people(scope)

    assert await look(cast.provider_a) == 0


async def test_elevation_ends_with_its_block(cast: Cast) -> None:
    @database.scoped
    async def look(scope: Scope) -> tuple[int, int]:
        async with database.elevated(scope) as system:
            wide = await _people(system)
        return wide, await _people(scope)

    assert await look(cast.provider_a) == (2, 0)
