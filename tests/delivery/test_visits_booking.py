"""Nobody is in two places at once: the database refuses it across employers, and the refusal is a sentence."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable

import asyncpg
import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import actions
from shangmen.delivery.visits.forms import CancelForm, CancelReason
from shangmen.errors import Conflict
from tests.cast import Cast
from tests.committed import committed as own_database
from tests.conftest import NewDatabase, Servers
from tests.delivery.planning import MONDAY, engage, form, later
from tests.delivery.rows import placed_need, planned_visit


async def test_a_second_booking_of_the_own_worker_names_the_time(cast: Cast) -> None:
    one = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    other = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b)
    await actions.plan(cast.provider_a, one.placement, form(cast.worker_a.worker))
    with pytest.raises(Conflict) as refused:
        await actions.plan(cast.provider_a, other.placement, form(cast.worker_a.worker, "10:00"))
    assert str(refused.value) == "测试甲女 already has a visit from 09:30 to 10:30."
    assert refused.value.field == "start"


async def test_visits_that_only_touch_are_possible(cast: Cast) -> None:
    one = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    other = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b)
    await actions.plan(cast.provider_a, one.placement, form(cast.worker_a.worker))
    assert await actions.plan(cast.provider_a, other.placement, form(cast.worker_a.worker, "10:30"))


async def test_another_employers_booking_is_refused_without_telling_whose_it_is(cast: Cast) -> None:
    await engage(cast, cast.worker_a.worker, cast.provider_b.organisation)
    there = await placed_need(cast, cast.provider_b, cast.cleaning, cast.person_b)
    here = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    await actions.plan(cast.provider_b, there.placement, form(cast.worker_a.worker))
    with pytest.raises(Conflict) as refused:
        await actions.plan(cast.provider_a, here.placement, form(cast.worker_a.worker, "10:00"))
    assert str(refused.value) == "测试甲女 is booked by another organisation from 09:30 to 10:30."
    assert "杨" not in repr(refused.value.parameters)
    assert "乙" not in repr(refused.value.parameters)


async def test_hours_at_another_employer_count_toward_the_day(cast: Cast) -> None:
    await engage(cast, cast.worker_a.worker, cast.provider_b.organisation)
    there = await placed_need(cast, cast.provider_b, cast.cleaning, cast.person_b, minutes=540)
    here = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, minutes=90)
    await actions.plan(cast.provider_b, there.placement, form(cast.worker_a.worker, "08:00"))
    with pytest.raises(Exception, match="limit is 600"):
        await actions.plan(cast.provider_a, here.placement, form(cast.worker_a.worker, "17:00", reason="x"))


async def test_a_move_onto_a_booked_time_changes_nothing(cast: Cast) -> None:
    one = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    other = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b)
    await actions.plan(cast.provider_a, one.placement, form(cast.worker_a.worker))
    id = await actions.plan(cast.provider_a, other.placement, form(cast.worker_a.worker, "14:00"))
    back = later(cast.worker_a.worker, "10:00")
    with pytest.raises(Conflict, match="already has a visit"):
        await actions.move(cast.provider_a, id, back)
    # The workers' rows are as they were: the old time is still taken.
    with pytest.raises(Conflict):
        await actions.plan(cast.provider_a, one.placement, form(cast.worker_a.worker, "14:30"))


async def test_the_database_itself_refuses_the_double_booking(cast: Cast) -> None:
    there = await placed_need(cast, cast.provider_b, cast.cleaning, cast.person_b)
    here = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    await planned_visit(cast, there, clock.at(MONDAY, 540), cast.worker_a.worker)
    with pytest.raises(asyncpg.ExclusionViolationError) as refused:
        await planned_visit(cast, here, clock.at(MONDAY, 570), cast.worker_a.worker)
    assert refused.value.constraint_name == "worker_not_twice"


@pytest_asyncio.fixture(loop_scope="session")
async def committed(engine: str, servers: Servers, new_database: NewDatabase) -> AsyncIterator[Cast]:
    """The cast in a database of its own, where transactions commit and meet each other."""
    async with own_database(servers, engine, new_database, 12) as cast:
        yield cast


async def _outcome(attempt: Awaitable[int]) -> str:
    try:
        await attempt
    except Conflict:
        return "conflict"
    return "done"


async def test_of_many_who_book_one_worker_at_once_exactly_one_succeeds(committed: Cast) -> None:
    cast = committed
    await engage(cast, cast.worker_a.worker, cast.provider_b.organisation)
    mine = [await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a) for _ in range(6)]
    theirs = [await placed_need(cast, cast.provider_b, cast.cleaning, cast.person_b) for _ in range(6)]
    attempts = [
        actions.plan(scope, placed.placement, form(cast.worker_a.worker, f"09:{minute:02d}"))
        for scope, group in ((cast.provider_a, mine), (cast.provider_b, theirs))
        for minute, placed in enumerate(group)
    ]
    found = Counter(await asyncio.gather(*map(_outcome, attempts), return_exceptions=True))
    # One recipient's second visit at the same time may also be refused by the rule before the constraint is asked.
    assert found["done"] == 1
    assert await _standing(cast.system, cast.worker_a.worker) == 1
    unexpected = [one for one in found if not isinstance(one, str) and type(one).__name__ != "Faults"]
    assert not unexpected


async def test_of_many_who_move_a_visit_at_once_exactly_one_succeeds(committed: Cast) -> None:
    cast = committed
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    id = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    moves = [later(cast.worker_a.worker, f"1{hour}:00", reason="x") for hour in range(8)]
    found = Counter(await asyncio.gather(*(_outcome(actions.move(cast.provider_a, id, move)) for move in moves)))
    assert found == {"done": 1, "conflict": 7}


async def test_a_visit_is_confirmed_or_cancelled_but_not_both_lost(committed: Cast) -> None:
    cast = committed
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    id = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    await asyncio.gather(
        _outcome(actions.confirm(cast.provider_a, id)),
        _outcome(actions.cancel(cast.provider_a, id, CancelForm(reason=CancelReason.WEATHER))),
    )
    assert await _standing(cast.system, cast.worker_a.worker) == 0


@database.scoped
async def _standing(scope: Scope, worker: int | None) -> int:
    return await database.number("SELECT count(*) FROM visit_worker WHERE stands AND worker = :worker", worker=worker)
