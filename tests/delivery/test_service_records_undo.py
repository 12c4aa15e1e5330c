"""A death reported in error: records that were rejected or held for it have their verdicts and their money again."""

from datetime import date

import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.service_records.verification import proofs
from shangmen.delivery.settlement.states import StatementState
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients.forms import EventForm
from shangmen.demand.recipients.states import StatusKind
from shangmen.foundation.deeds import actions as deeds
from shangmen.foundation.deeds import queries
from shangmen.foundation.deeds.forms import UndoForm
from shangmen.foundation.tasks.tables import Task
from shangmen.wiring import wire
from tests.cast import Cast
from tests.delivery.recording import counters, load_parameters, logged, verdict
from tests.delivery.rows import Placed, placed_need
from tests.delivery.settlement_rows import brought_to, drafted

DAYS = (2, 4, 5, 7)


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    wire()
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


async def dies_in_error(cast: Cast, placed: Placed) -> None:
    form = EventForm(kind=StatusKind.DIED, effective=date(2026, 3, 4), note="邻居来电")
    await recipients.report_event(cast.station_a, placed.person, form)


async def undone(cast: Cast, placed: Placed) -> None:
    deed = (await queries.undoable(cast.station_a, "person", placed.person))[0].id
    await deeds.undo(cast.station_a, deed, UndoForm("认错了人"))


async def test_verdicts_and_money_are_as_before_and_the_trail_proves_them(cast: Cast, placed: Placed) -> None:
    visits = [(await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, day), 540)))[0] for day in DAYS]
    before = await counters(cast, placed)
    await dies_in_error(cast, placed)
    assert [await verdict(cast, visit) for visit in visits] == ["verified", "held", "rejected", "rejected"]
    await undone(cast, placed)
    assert {await verdict(cast, visit) for visit in visits} == {VerdictState.VERIFIED}
    after = await counters(cast, placed)
    assert after.delivered == before.delivered
    assert await proofs.chains(cast.auditor) == []
    assert await proofs.verdicts(cast.auditor) == []


@pytest.mark.parametrize("day", [4, 5])
async def test_what_was_settled_is_claimed_no_more(cast: Cast, placed: Placed, day: int) -> None:
    await logged(cast, placed, cast.worker_a, clock.at(date(2026, 3, day), 540))
    await brought_to(cast, await drafted(cast, placed), StatementState.APPROVED)
    await dies_in_error(cast, placed)
    async with database.transaction(cast.system):
        claims = Task.count().where(Task.kind == "claw_back", Task.closed_at.is_null())
        assert await claims == 1
    await undone(cast, placed)
    async with database.transaction(cast.system):
        assert await Task.count().where(Task.kind == "claw_back", Task.closed_at.is_null()) == 0
    assert await proofs.verdicts(cast.auditor) == []
