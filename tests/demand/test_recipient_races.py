"""Two registrations at the same moment, on committed data."""

import asyncio

import pytest

from shangmen import access, database, wiring
from shangmen.access import Scope
from shangmen.demand.recipients import actions, queries
from shangmen.errors import Refused
from shangmen.foundation.catalogue import actions as catalogue
from shangmen.foundation.imports import actions as imports
from tests.cast import make_cast
from tests.conftest import NewDatabase, Servers
from tests.demand.conftest import Elder
from tests.demand.rolls import row, sheet, uploaded


@pytest.fixture(autouse=True)
def law() -> None:
    """Not inside a test's transaction: this data is committed."""


async def test_one_number_is_registered_once_and_the_others_get_the_sentence(
    engine: str, servers: Servers, new_database: NewDatabase, elder: Elder
) -> None:
    pool, config = database.ENGINE.pool, dict(database.ENGINE.config)
    database.ENGINE.pool = None
    database.use(servers.application(await new_database()))
    await database.open_pool(8)
    try:
        cast = await make_cast()
        await catalogue.load(access.system(purpose="test"))
        wiring.wire()
        content = sheet(row(), row("二号", "11010519491231002X"))
        roll = await uploaded(cast.station_a, content)

        async def register(scope: Scope) -> str:
            try:
                await actions.register(scope, elder())
            except Refused as refused:
                return refused.field
            return "registered"

        await asyncio.gather(*(queries.counts(cast.station_a) for _ in range(8)))  # every connection is open
        results = await asyncio.gather(*(register(scope) for scope in (cast.station_a, cast.station_b) * 4))
        assert sorted(results) == ["id_number"] * 7 + ["registered"]
        # The same roll twice at once, after one of its people came in by the form.
        written = await asyncio.gather(*(imports.commit(cast.station_a, roll) for _ in range(3)))
        assert [one.new for one in written] == [1, 1, 1]
        for number in ("640402196311059052", "11010519491231002X"):
            assert (await queries.people(cast.system, number))[1] == 1
    finally:
        await database.close_pool()
        database.ENGINE.config.clear()
        database.ENGINE.config.update(config)
        database.ENGINE.pool = pool
