"""From the check-in to the verdict: what is recorded, what it counts for, who may decide."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import pytest_asyncio
from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records import actions
from shangmen.delivery.service_records.forms import CheckInForm, CheckOutForm
from shangmen.foundation.catalogue import actions as catalogue

from tests.cast import Cast
from tests.delivery.rows import Placed, placed_need, planned_visit
DAY = date(2026, 3, 12)


async def test_x(cast: Cast) -> None:
    async with database.transaction(cast.system):
        await catalogue.load(cast.system)
    p = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    v = await planned_visit(cast, p, clock.at(DAY, 540), cast.worker_a.worker)
    clock.set_to(clock.at(DAY, 540))
    await actions.check_in(cast.worker_a, v, CheckInForm(latitude=Decimal("37.300012"), longitude=Decimal("105.920013"), accuracy=12))
    clock.set_to(clock.at(DAY, 595))
    import asyncpg, time
    n = []
    conn = database.ENGINE.current_transaction.get().connection
    conn.add_query_logger(lambda r: n.append(r.query[:90].replace("\n"," ")))
    t=time.perf_counter()
    r = await actions.check_out(cast.worker_a, v, CheckOutForm(latitude=Decimal("37.300022"), longitude=Decimal("105.920113"), accuracy=12, confirmation="thumb"))
    print(time.perf_counter()-t, len(n)); print("\n".join(n))
    async with database.transaction(cast.system):
        for t in ("service_record", "attendance", "service_line", "verdict", "finding"):
            for row in await database.fetch(f"select * from {t}"):
                print(t, dict(row))
    from shangmen.delivery.service_records.reading import verify_chain
    assert await verify_chain(cast.auditor) is None
