"""Two who keep the same days at the same moment, on committed data."""

import asyncio
from collections import Counter
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.clock import Contradiction, Daily
from shangmen.operations import upkeep
from tests.cast import make_cast
from tests.conftest import NewDatabase, Servers


async def test_three_who_keep_the_same_days_do_each_thing_once(
    engine: str, servers: Servers, new_database: NewDatabase
) -> None:
    pool, config = database.ENGINE.pool, dict(database.ENGINE.config)
    database.ENGINE.pool = None
    database.use(servers.application(await new_database()))
    await database.open_pool(6)
    try:
        cast = await make_cast()
        times: Counter[date] = Counter()

        async def count(_scope: Scope, day: date) -> Counter[str]:
            times[day] += 1
            await asyncio.sleep(0)
            return Counter(done=1)

        async def nothing(_scope: Scope, _day: date) -> list[Contradiction]:
            return []

        through = clock.today() + timedelta(days=8)
        parts = [Daily("a", count, nothing), Daily("b", count, nothing)]
        kept = await asyncio.gather(*(upkeep.keep(parts, cast.county, through) for _ in range(3)))
        assert set(times.values()) == {2}  # one for each part
        assert sum(done.brought["a.done"] for done in kept) == 9
    finally:
        await database.close_pool()
        database.ENGINE.config.clear()
        database.ENGINE.config.update(config)
        database.ENGINE.pool = pool
