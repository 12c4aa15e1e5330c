"""Two registrations at the same moment, on committed data."""

import asyncio
from collections.abc import Awaitable, Callable

from shangmen import access, database
from shangmen.access import Scope
from shangmen.demand.recipients import actions, queries, rolls
from shangmen.errors import Conflict, DomainError, Refused
from shangmen.foundation.catalogue import actions as catalogue

from tests.cast import make_cast
from tests.conftest import Servers
from tests.demand.test_rolls import row, sheet


async def test_one_number_is_registered_once_and_the_others_get_the_sentence(
    engine: str, servers: Servers, new_database: Callable[[], Awaitable[str]], elder
) -> None:
    pool, config = database.ENGINE.pool, dict(database.ENGINE.config)
    database.ENGINE.pool = None
    database.use(servers.application(await new_database()))
    await database.open_pool(8)
    try:
        cast = await make_cast()
        await catalogue.load(access.system(purpose="test"))
        content = sheet(row(), row("二号", "440524188001010014"))
        roll = await rolls.upload_roll(cast.station_a, content, "a.xlsx")

        async def register(scope: Scope) -> str:
            try:
                await actions.register(scope, elder())
            except Refused as refused:
                assert refused.field == "id_number"
                return "refused"
            return "registered"

        async def commit() -> str:
            try:
                await actions.commit_roll(cast.station_a, roll)
            except (Conflict, DomainError):
                return "refused"
            return "committed"

        clicks = [register(scope) for scope in (cast.station_a, cast.station_b) * 3]
        results = await asyncio.gather(*clicks, commit(), commit())
        assert results.count("committed") == 2
        _rows, total = await queries.people(cast.system, "640402196311059052")
        assert total == 1
        assert results.count("registered") <= 1
    finally:
        await database.close_pool()
        database.ENGINE.config.clear()
        database.ENGINE.config.update(config)
        database.ENGINE.pool = pool
