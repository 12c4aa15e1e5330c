"""What happens to planned visits when people, needs and placements change."""

from datetime import timedelta

import pytest

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.delivery.visits import actions, notices, queries
from shangmen.delivery.visits.forms import FillForm
from shangmen.delivery.visits.rostering import queries as roster
from shangmen.delivery.visits.states import VisitReason, VisitState
from shangmen.demand.needs import actions as needs
from shangmen.demand.needs.events import NeedTermChanged
from shangmen.demand.needs.forms import PauseForm
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients.forms import EventForm
from shangmen.demand.recipients.states import StatusKind
from shangmen.errors import Refused
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.organisations.events import QualificationLost
from shangmen.foundation.tasks import queries as tasks
from shangmen.supply.placements import actions as placements
from shangmen.supply.placements.forms import EndForm
from tests.cast import Cast
from tests.delivery.rows import Placed, placed_need, planned_visit

TODAY = clock.today()
PLANNED, CANCELLED = VisitState.PLANNED, VisitState.CANCELLED
STANDS = (PLANNED, VisitReason.NONE)


async def visits_on(cast: Cast, placed: Placed, *days: int, state: VisitState = PLANNED) -> list[int]:
    """Visits so many days from today, at 10:00, by turns of the two workers of provider A."""
    return [
        await planned_visit(cast, placed, clock.at(TODAY + timedelta(day), 600), cast.worker_a.worker, state=state)
        for day in days
    ]


async def states(cast: Cast, ids: list[int]) -> list[tuple[VisitState, VisitReason]]:
    found = [await queries.visit(cast.provider_a, id) for id in ids]
    return [(visit.state, visit.reason) for visit in found]


@database.scoped
async def publish(scope: Scope, event: object) -> None:
    await effects.publish(scope, event)


@database.scoped
async def shorten(scope: Scope, need: int) -> None:
    await database.change(Need, need, {Need.valid_to: TODAY + timedelta(3)})
    await effects.publish(scope, NeedTermChanged(need, TODAY + timedelta(3)))


@database.scoped
async def standing(scope: Scope) -> int:
    return await database.number("SELECT count(*) FROM visit_worker WHERE stands")


async def test_a_stay_in_hospital_cancels_the_visits_within_it_and_no_others(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    ids = await visits_on(cast, placed, -2, 1, 5, 6)
    stay = EventForm(kind=StatusKind.HOSPITAL, effective=TODAY - timedelta(1), until=TODAY + timedelta(5))
    await recipients.report_event(cast.station_a, cast.person_a, stay)
    assert await states(cast, ids) == [
        STANDS,
        (CANCELLED, VisitReason.HOSPITAL),
        (CANCELLED, VisitReason.HOSPITAL),
        STANDS,
    ]
    assert await standing(cast.system) == 2


async def test_after_a_stay_that_was_cut_short_the_filler_plans_again(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    ids = await visits_on(cast, placed, 3, 4)
    stay = EventForm(kind=StatusKind.HOSPITAL, effective=TODAY, until=TODAY + timedelta(30))
    await recipients.report_event(cast.station_a, cast.person_a, stay)
    assert [state for state, _ in await states(cast, ids)] == [CANCELLED, CANCELLED]
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(kind=StatusKind.HOME, effective=TODAY))
    span = FillForm(first=TODAY + timedelta(1), last=TODAY + timedelta(20))
    run = await roster.roster_run(cast.provider_a, await actions.fill(cast.provider_a, span))
    assert run.placed > 0


async def test_a_death_reported_late_cancels_what_was_planned_after_it(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    before, after, ahead = await visits_on(cast, placed, -6, -2, 4)
    (done,) = await visits_on(cast, placed, -3, state=VisitState.DONE)
    death = EventForm(kind=StatusKind.DIED, effective=TODAY - timedelta(5))
    await recipients.report_event(cast.station_a, cast.person_a, death)
    assert await states(cast, [before, after, ahead, done]) == [
        STANDS,
        (CANCELLED, VisitReason.DIED),
        (CANCELLED, VisitReason.DIED),
        (VisitState.DONE, VisitReason.NONE),  # what happened is not edited; verification rejects it
    ]


async def test_those_who_would_have_come_are_told_until_the_next_fill(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    await visits_on(cast, placed, 3, 4)
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(kind=StatusKind.DIED, effective=TODAY))
    for scope in (cast.provider_a, cast.worker_a):
        (notice,) = [task for task in await tasks.waiting(scope) if task.kind == notices.CANCELLED]
        assert notice.message % notice.details == ("马测试 has died: 2 planned visits were cancelled.")
    assert not [task for task in await tasks.waiting(cast.provider_b) if task.kind == notices.CANCELLED]
    await actions.fill(cast.provider_a, FillForm(first=TODAY, last=TODAY + timedelta(3)))
    assert not [task for task in await tasks.waiting(cast.worker_a) if task.kind == notices.CANCELLED]


async def test_each_cancelled_visit_has_it_in_its_history(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    (id,) = await visits_on(cast, placed, 3)
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(kind=StatusKind.MOVED, effective=TODAY))
    (event,) = await audit.history(cast.bureau, "visit", id)
    assert event.verb == "visits.cancel"
    assert event.details["cause"] == "moved"


async def test_a_paused_need_is_not_visited(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    ids = await visits_on(cast, placed, 3, 9)
    await needs.pause(cast.station_a, placed.need, PauseForm(reason="away with relatives", until=TODAY + timedelta(5)))
    assert await states(cast, ids) == [(CANCELLED, VisitReason.NEED_PAUSED), STANDS]


async def test_visits_after_the_last_day_of_a_placement_fall_away(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    ids = await visits_on(cast, placed, 3, 4)
    end = EndForm(on=TODAY + timedelta(3), reason="recipient's wish")
    await placements.end(cast.station_a, placed.placement, end)
    assert await states(cast, ids) == [STANDS, (CANCELLED, VisitReason.PLACEMENT_ENDED)]
    assert (await queries.visit(cast.provider_a, ids[1])).note == "recipient's wish"


async def test_a_placement_does_not_end_before_a_visit_that_was_made(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    ids = await visits_on(cast, placed, 3)
    async with database.transaction(cast.system):
        await database.execute("UPDATE visit SET state = 'done' WHERE id = :id", id=ids[0])
    with pytest.raises(Refused, match="cannot end before") as refused:
        await placements.end(
            cast.station_a, placed.placement, EndForm(on=TODAY + timedelta(2), reason="typed wrongly")
        )
    assert refused.value.field == "on"
    await placements.end(cast.station_a, placed.placement, EndForm(on=TODAY + timedelta(3), reason="that day"))


async def test_visits_after_the_last_day_of_the_entitlement_fall_away(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    ids = await visits_on(cast, placed, 3, 4)
    await shorten(cast.system, placed.need)
    found = await states(cast, ids)
    assert found[0] == STANDS
    assert found[1][0] is CANCELLED


async def test_the_bureau_is_told_how_many_visits_a_lost_qualification_leaves(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    await visits_on(cast, placed, 1, 2, 3)
    await publish(cast.bureau, QualificationLost(placed.supplier, TODAY + timedelta(2), "annual inspection failed"))
    (task,) = [task for task in await tasks.waiting(cast.bureau) if task.kind == notices.BLOCKED]
    assert task.details["visits"] == 2
    assert task.params["organisation"] == placed.supplier


async def test_a_stranger_whose_people_are_fine_notices_nothing(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_b)
    ids = await visits_on(cast, placed, 3)
    await recipients.report_event(cast.station_a, cast.person_a, EventForm(kind=StatusKind.DIED, effective=TODAY))
    assert await states(cast, ids) == [STANDS]
