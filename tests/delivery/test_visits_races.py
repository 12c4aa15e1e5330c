"""Many at once want the same worker, or change the same visits: nobody is booked twice, no change is lost."""

import asyncio
import random
import re
from collections import Counter
from datetime import timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import actions
from shangmen.delivery.visits.forms import CancelForm, CancelReason, MoveForm
from shangmen.delivery.visits.tables import Visit
from shangmen.errors import Conflict, Faults
from shangmen.foundation.organisations.states import Sex
from tests.cast import Cast, _person
from tests.committed import committed
from tests.conftest import NewDatabase, Servers
from tests.delivery.planning import MONDAY, engage, form
from tests.delivery.rows import placed_need, planned_visit
from tests.sizes import Note, size

CONNECTIONS = 32
TOLD = re.compile(r"already has a visit from|is booked by another organisation from")


async def _people(cast: Cast, count: int) -> list[int]:
    """Neighbours, so that only the worker is in two places."""
    async with database.transaction(cast.system):
        return [
            await _person(
                cast.county, cast.station_a.organisation or 0, cast.township_a, f"邻居{n}",
                f"6403241944{n:07d}9", Sex.FEMALE, "37.30",
            )
            for n in range(1_010_000, 1_010_000 + count)
        ]  # fmt: skip


async def test_nobody_is_booked_twice_however_many_try(
    engine: str, servers: Servers, new_database: NewDatabase, record_property: Note
) -> None:
    tries = size(160, 20_000)
    async with committed(servers, engine, new_database, CONNECTIONS) as cast:
        await engage(cast, cast.worker_a.worker, cast.provider_b.organisation)
        placements = [
            (scope, (await placed_need(cast, scope, cast.cleaning, person)).placement)
            for scope, people in ((cast.provider_a, await _people(cast, 8)), (cast.provider_b, [cast.person_b]))
            for person in people
        ]
        found: Counter[str] = Counter()

        async def attempt(number: int) -> int | None:
            scope, placement = placements[number % len(placements)]
            start = f"10:{random.randrange(60):02d}"
            try:
                return await actions.plan(scope, placement, form(cast.worker_a.worker, start))
            except Conflict as refused:
                found["409" if TOLD.search(str(refused)) else str(refused)] += 1
            except Faults:  # the rules have seen the winner's visit with the same recipient
                found["422"] += 1
            return None

        for _ in range(tries // CONNECTIONS):
            won = [one for one in await asyncio.gather(*map(attempt, range(CONNECTIONS))) if one is not None]
            assert len(won) == 1
            assert await _overlaps(cast.system) == 0
            found["booked"] += 1
            of = {placement: scope for scope, placement in placements}
            visit = await _visit(cast.system, won[0])
            await actions.cancel(of[visit.placement], won[0], CancelForm(reason=CancelReason.WEATHER))
    record_property("seen", f"{dict(found)}, 0 overlaps")
    assert {"409", "booked"} <= set(found) <= {"409", "422", "booked"}


@database.scoped
async def _visit(scope: Scope, id: int) -> Visit:
    return await database.read(Visit, id)


@database.scoped
async def _overlaps(scope: Scope) -> int:
    return await database.number(
        "SELECT count(*) FROM visit_worker a JOIN visit_worker b ON a.worker = b.worker AND a.id < b.id"
        " AND a.starts < b.ends AND b.starts < a.ends WHERE a.stands AND b.stands"
    )


async def test_no_change_of_a_visit_is_lost_however_many_edit_it(
    engine: str, servers: Servers, new_database: NewDatabase, record_property: Note
) -> None:
    visits, edits = size(8, 200), size(160, 5000)
    async with committed(servers, engine, new_database, CONNECTIONS) as cast:
        placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=62)
        days = [MONDAY + timedelta(days=n) for n in range(visits)]
        ids = [await planned_visit(cast, placed, clock.at(day, 600), cast.worker_a.worker) for day in days]
        written: dict[tuple[int, int], str] = {}  # the version that an edit made, and what it said
        refused: Counter[str] = Counter()

        async def edit() -> None:
            which = random.randrange(visits)
            before = await _visit(cast.system, ids[which])
            start = f"{random.randrange(8, 16):02d}:{random.randrange(60):02d}"
            changed = MoveForm(
                day=days[which], start=start, worker=cast.worker_a.worker or 0, version=before.version, reason="x"
            )
            try:
                await actions.move(cast.provider_a, ids[which], changed)
            except Conflict as told:
                refused[told.message] += 1
                return
            assert (ids[which], before.version + 1) not in written, "two edits of one version: one is lost"
            written[ids[which], before.version + 1] = start

        for _ in range(edits // 40):
            await asyncio.gather(*(edit() for _ in range(40)))
        for id in ids:
            now = await _visit(cast.system, id)
            mine = sorted(version for which, version in written if which == id)
            assert mine == list(range(2, now.version + 1))
            if mine:
                assert clock.minute_of(now.planned_start) == _minute(written[id, now.version])
    record_property("seen", f"{len(written)} edits done, {sum(refused.values())} told of another before, 0 lost")
    assert written and refused


def _minute(start: str) -> int:
    hour, _, minute = start.partition(":")
    return int(hour) * 60 + int(minute)
