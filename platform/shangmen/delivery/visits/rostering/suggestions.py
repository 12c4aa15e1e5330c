"""Suggestions: when and by whom one more visit of a placement would fit best."""

import asyncio
from datetime import date, timedelta

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import wanted
from shangmen.delivery.visits.rostering import adapter
from shangmen.delivery.visits.rostering.inputs import gather


@database.scoped
async def ideas(scope: Scope, placement: int, ignoring: int = 0, count: int = 5) -> list[adapter.Idea]:
    """Ranked times and workers for one more visit of a placement, in what is left of this month and the next.

    `ignoring` is a visit that is about to move.
    """
    row = await wanted.placement(scope, placement)
    if row["state"] != "in_force" or row["need_state"] != "placed":
        return []
    tomorrow = clock.today() + timedelta(1)
    found: list[adapter.Idea] = []
    for first, last in clock.months(tomorrow, clock.month_of(tomorrow)[1] + timedelta(20)):
        if await _full(row, first, ignoring):
            continue
        material = await gather(scope, row["supplier"], first, last, only=placement, extra=1, ignoring=ignoring)
        if material.wishes:
            found += await asyncio.to_thread(adapter.suggest, material, placement, count)
        if len(found) >= count:
            break
    return found[:count]


async def _full(row: asyncpg.Record, day: date, ignoring: int) -> bool:
    first, last = clock.month_of(day)
    planned = await database.fetch_value(
        "SELECT count(*) FROM visit WHERE placement = :placement AND day BETWEEN :first AND :last"
        " AND state = ANY(:counted) AND id <> :ignoring",
        placement=row["id"],
        first=first,
        last=last,
        counted=list(wanted.COUNTED),
        ignoring=ignoring,
    )
    return bool(planned >= row["visits_per_month"])
