"""Reads of the phone pages: the worker's day, and one visit as far as it has got."""

from datetime import date
from typing import Any

import asyncpg

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.visits import queries as visits

Row = dict[str, Any]


@database.scoped
async def today(scope: Scope, day: date) -> list[asyncpg.Record]:
    """The worker's own visits on a day, by time."""
    return await visits.of_worker(scope, day)


@database.scoped
async def visit(scope: Scope, id: int) -> Row:
    """One of the worker's own visits with who has checked in (`mine`, `others`) and the record in force, if any."""
    row = await visits.visit_of_worker(scope, id)
    arrivals = await database.fetch(
        "SELECT c.worker, c.server_at, c.device_at, c.metres_off, c.accuracy, w.name FROM check_in c"
        " JOIN worker w ON w.id = c.worker WHERE c.visit = :visit ORDER BY c.id",
        visit=id,
    )
    record = await database.fetch_one(
        "SELECT r.id, r.begun_at, r.ended_at, r.notes, r.confirmation, d.state, d.reason, l.minutes FROM verdict d"
        " JOIN service_record r ON r.id = d.service_record JOIN service_line l ON l.service_record = r.id"
        " WHERE d.visit = :visit",
        visit=id,
    )
    return {
        **row,
        "mine": next((arrival for arrival in arrivals if arrival["worker"] == scope.worker), None),
        "others": [arrival for arrival in arrivals if arrival["worker"] != scope.worker],
        "record": record,
    }
