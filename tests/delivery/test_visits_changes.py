"""What becomes of a planned visit: moved, cancelled, missed, begun and done, by whom."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from shangmen import clock
from shangmen.delivery.visits import actions, queries
from shangmen.delivery.visits.forms import CancelForm, CancelReason, MissedForm, PhoneForm
from shangmen.delivery.visits.states import VisitState
from shangmen.errors import Conflict, Forbidden, ImpossibleMove, NotFound, Refused
from tests.cast import Cast
from tests.delivery.planning import MONDAY, cleaning, form, later
from tests.delivery.rows import placed_need, planned_visit


async def test_only_who_delivers_plans_and_changes(cast: Cast) -> None:
    placed = await cleaning(cast)
    id = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    for attempt in (
        actions.plan(cast.station_a, placed.placement, form(cast.worker_a.worker)),
        actions.confirm(cast.station_a, id),
        actions.cancel(cast.station_a, id, CancelForm(reason=CancelReason.WEATHER)),
    ):
        with pytest.raises(Forbidden):
            await attempt
    for stranger in (cast.provider_b, cast.station_b, cast.stranger_provider):
        with pytest.raises(NotFound):
            await actions.plan(stranger, placed.placement, form(cast.worker_a.worker))
        with pytest.raises(NotFound):
            await actions.confirm(stranger, id)


async def test_a_moved_visit_has_a_new_time_new_workers_and_must_be_confirmed_again(cast: Cast) -> None:
    placed = await cleaning(cast)
    id = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    await actions.confirm(cast.provider_a, id)
    there = later(cast.worker_m.worker, "14:00", version=2, day=MONDAY + timedelta(1))
    await actions.move(cast.provider_a, id, there)
    visit = await queries.visit(cast.provider_a, id)
    assert (visit.state, visit.day, visit.version) == (VisitState.PLANNED, MONDAY + timedelta(1), 3)
    assert [worker.id for worker in visit.workers] == [cast.worker_m.worker]
    assert await queries.of_worker(cast.worker_a, MONDAY) == []
    # The first worker is free again at the old time.
    assert await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))


async def test_a_visit_moves_onto_its_own_old_time(cast: Cast) -> None:
    placed = await cleaning(cast)
    id = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    assert await actions.move(cast.provider_a, id, later(cast.worker_a.worker, "10:00")) == id


async def test_two_workers_can_change_places_one_by_one(cast: Cast) -> None:
    placed = await placed_need(cast, cast.station_a, cast.home_visit, cast.person_a, staff_count=1)
    pair = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, staff_count=2)
    two = form(cast.worker_a.worker, second_worker=cast.worker_m.worker)
    id = await actions.plan(cast.provider_a, pair.placement, two)
    swapped = later(cast.worker_m.worker, "11:00", second_worker=cast.worker_a.worker)
    await actions.move(cast.provider_a, id, swapped)
    assert len((await queries.visit(cast.provider_a, id)).workers) == 2
    assert placed.contract is None


async def test_a_stale_version_is_refused(cast: Cast) -> None:
    placed = await cleaning(cast)
    id = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    first = later(cast.worker_a.worker, "10:00")
    await actions.move(cast.provider_a, id, first)
    with pytest.raises(Conflict, match="saved a change since you opened this"):
        await actions.move(cast.provider_a, id, first)
    assert clock.minute_of((await queries.visit(cast.provider_a, id)).planned_start) == 600


async def test_a_cancelled_visit_frees_its_workers(cast: Cast) -> None:
    placed = await cleaning(cast)
    id = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    await actions.cancel(cast.provider_a, id, CancelForm(reason=CancelReason.AWAY))
    assert await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))


async def test_another_reason_wants_words(cast: Cast) -> None:
    placed = await cleaning(cast)
    id = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    with pytest.raises(Refused) as refused:
        await actions.cancel(cast.provider_a, id, CancelForm(reason=CancelReason.OTHER))
    assert refused.value.field == "note"


async def test_a_visit_is_missed_only_after_its_time(cast: Cast) -> None:
    placed = await cleaning(cast)
    soon = await actions.plan(cast.provider_a, placed.placement, form(cast.worker_a.worker))
    with pytest.raises(Conflict, match="not due yet"):
        await actions.mark_missed(cast.provider_a, soon, MissedForm(note="nobody came"))
    past = await planned_visit(cast, placed, clock.at(clock.today() - timedelta(1), 540), cast.worker_a.worker)
    await actions.mark_missed(cast.provider_a, past, MissedForm(note="nobody came"))
    visit = await queries.visit(cast.provider_a, past)
    assert (visit.state, visit.note) == (VisitState.MISSED, "nobody came")


async def test_a_visit_begins_once_and_is_done_after_it_began(cast: Cast) -> None:
    placed = await cleaning(cast)
    id = await planned_visit(cast, placed, clock.now(), cast.worker_a.worker)
    with pytest.raises(ImpossibleMove):
        await actions.finish(cast.worker_a, id)
    await actions.begin(cast.worker_a, id)
    await actions.begin(cast.worker_a, id)
    await actions.finish(cast.worker_a, id)
    assert (await queries.visit(cast.provider_a, id)).state is VisitState.DONE


WEATHER = CancelReason.WEATHER
# Every verb with the state that it leads to.
VERBS: dict[VisitState, Callable[[Cast, int], Awaitable[int]]] = {
    VisitState.PLANNED: lambda cast, id: actions.move(cast.provider_a, id, later(0, "15:00")),
    VisitState.CONFIRMED: lambda cast, id: actions.confirm(cast.provider_a, id),
    VisitState.IN_PROGRESS: lambda cast, id: actions.begin(cast.worker_a, id),
    VisitState.DONE: lambda cast, id: actions.finish(cast.worker_a, id),
    VisitState.MISSED: lambda cast, id: actions.mark_missed(cast.provider_a, id, MissedForm(note="nobody came")),
    VisitState.CANCELLED: lambda cast, id: actions.cancel(cast.provider_a, id, CancelForm(reason=WEATHER)),
    VisitState.PHONE: lambda cast, id: actions.convert_to_phone(cast.provider_a, id, PhoneForm(reason=WEATHER)),
}
# A second press of the same button finds it done.
TWICE = {(VisitState.CONFIRMED, VisitState.CONFIRMED), (VisitState.IN_PROGRESS, VisitState.IN_PROGRESS)}


@pytest.mark.parametrize("now", list(VisitState))
async def test_no_verb_takes_a_visit_where_it_may_not_go(cast: Cast, now: VisitState) -> None:
    placed = await cleaning(cast)
    id = await planned_visit(cast, placed, clock.at(clock.today() - timedelta(1), 540), state=now)
    for then, verb in VERBS.items():
        if now.may(then) or (now, then) in TWICE:
            continue
        with pytest.raises(ImpossibleMove) as refused:
            await verb(cast, id)
        assert refused.value.status == 409
        assert refused.value.parameters == {"now": now, "then": then}
    assert (await queries.visit(cast.provider_a, id)).state is now
