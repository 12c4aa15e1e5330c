"""Suggestions: when and by whom one more visit of a placement would fit best."""

import asyncio
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.rostering import adapter, queries
from shangmen.delivery.visits.rostering.inputs import gather
from shangmen.delivery.visits.rostering.queries import PlacementToVisit
from shangmen.delivery.visits.states import COUNTED
from shangmen.demand.needs.states import NeedState
from shangmen.supply.placements.states import PlacementState


@database.scoped
async def ideas(scope: Scope, placement: int, ignoring: int = 0, count: int = 5) -> list[adapter.Idea]:
    """Ranked times and workers for one more visit of a placement, in what is left of this month and the next.

    `ignoring` is a visit that is about to move.
    """
    served = await queries.placement(scope, placement)
    if served.state is not PlacementState.IN_FORCE or served.need_state is not NeedState.PLACED:
        return []
    tomorrow = clock.today() + timedelta(1)
    found: list[adapter.Idea] = []
    for first, last in clock.months(tomorrow, clock.month_of(tomorrow)[1] + timedelta(20)):
        if await _full(served, first, ignoring):
            continue
        inputs = await gather(scope, served.supplier, first, last, only=placement, extra=1, ignoring=ignoring)
        if inputs.wishes:
            found += await asyncio.to_thread(adapter.suggest, inputs, placement, count)
        if len(found) >= count:
            break
    return found[:count]


async def _full(placement: PlacementToVisit, day: date, ignoring: int) -> bool:
    first, last = clock.month_of(day)
    planned = await database.number(
        "SELECT count(*) FROM visit WHERE placement = :placement AND day BETWEEN :first AND :last"
        " AND state = ANY(:counted) AND id <> :ignoring",
        placement=placement.id,
        first=first,
        last=last,
        counted=COUNTED,
        ignoring=ignoring,
    )
    return planned >= placement.visits_per_month
