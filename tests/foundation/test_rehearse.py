"""A rehearsal tells what a verb would do, and does nothing."""

from collections.abc import Awaitable, Callable

import pytest
from asyncpg.exceptions import DeadlockDetectedError

from shangmen import database
from shangmen.foundation.audit.actions import record
from shangmen.foundation.regions.tables import Division
from tests.cast import Cast, make_cast
from tests.conftest import Servers


async def test_what_is_rehearsed_is_told_and_taken_back(cast: Cast) -> None:
    async def rename() -> None:
        await database.change(Division, cast.township_a, {Division.terrain: "hills"})
        record(cast.system, "regions.rename", "division", cast.township_a)

    told = await database.rehearse(cast.system, rename, "audit")
    assert [event.subject_id for event in told] == [cast.township_a]
    async with database.transaction(cast.system):
        assert (await database.read(Division, cast.township_a)).terrain == "plain"


async def test_nothing_is_rehearsed_inside_a_transaction(cast: Cast) -> None:
    async def nothing() -> None: ...

    async with database.transaction(cast.system):
        with pytest.raises(database.NestedScope):
            await database.rehearse(cast.system, nothing, "audit")


async def test_a_rehearsal_that_meets_others_is_repeated(
    engine: str, servers: Servers, new_database: Callable[[], Awaitable[str]]
) -> None:
    pool, config = database.ENGINE.pool, dict(database.ENGINE.config)
    database.ENGINE.pool = None
    database.use(servers.application(await new_database()))
    await database.open_pool(2)
    try:
        cast = await make_cast()
        times = 0

        async def unlucky() -> None:
            nonlocal times
            times += 1
            record(cast.system, "regions.rename", "division", times)
            if times == 1:
                raise DeadlockDetectedError("two in a ring")

        told = await database.rehearse(cast.system, unlucky, "audit")
        assert [event.subject_id for event in told] == [2]
    finally:
        await database.close_pool()
        database.ENGINE.config.clear()
        database.ENGINE.config.update(config)
        database.ENGINE.pool = pool
