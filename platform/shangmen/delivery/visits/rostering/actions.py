"""The automatic filler: plans what the placements of an organisation still lack, and says what found no place."""

import asyncio
import operator
from typing import Any

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.bookings import TWICE
from shangmen.delivery.visits.forms import FillForm
from shangmen.delivery.visits.rostering import adapter
from shangmen.delivery.visits.rostering.adapter import Material, Plan, Planned
from shangmen.delivery.visits.rostering.inputs import gather
from shangmen.errors import Conflict, Forbidden, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.tasks import actions as tasks

LONGEST = 62  # days of one fill
TAKEN = "TAKEN"
JOIN = {"workers_used": max, "continuity_permille": min}  # of several months; all other figures are added


@database.scoped
async def fill(scope: Scope, form: FillForm) -> int:
    """Plan the visits that the organisation's placements in force lack between two days; the id of the roster run.

    Only what is missing is added: visits that stand are never moved, so a second fill finds nothing to do. Raises
    Refused for days that are over, in the wrong order or too many, or when the organisation may not work.
    """
    if scope.organisation is None:
        raise Forbidden("Only the organisation that makes the visit may change it.")
    if form.first < clock.today():
        raise Refused("This day has passed.", field="first")
    if form.last < form.first:
        raise Refused("The last day is before the first.", field="last")
    if (form.last - form.first).days >= LONGEST:
        raise Refused("Plan at most %(days)s days at a time.", field="last", days=LONGEST)
    if not await organisations.stands(scope, scope.organisation, form.first):
        raise Refused("Your organisation is suspended, or a qualification that it must have does not hold.")
    # Two fills of one organisation at once would plan everything twice: the second waits and finds it done.
    await database.fetch_value("SELECT pg_advisory_xact_lock(7437, :id::int)", id=scope.organisation)
    run = await database.insert(
        "roster_run",
        county=scope.county,
        organisation=scope.organisation,
        first=form.first,
        last=form.last,
        seed=form.seed,
        placed=0,
        unplaced=[],
        totals={},
        created_by=scope.user,
        created_at=clock.now(),
    )
    placed = 0
    unplaced: list[dict[str, Any]] = []
    totals: dict[str, int] = {}
    for first, last in clock.months(form.first, form.last):
        material = await gather(scope, scope.organisation, first, last)
        # The solver would keep every other request waiting; it gets a thread of its own.
        plan = await asyncio.to_thread(adapter.fill, material, form.seed)
        if plan.violations:
            raise Conflict("The plan broke a rule, so nothing was saved: %(fault)s", fault=plan.violations[0])
        lost = await _write(scope, run, material, plan)
        placed += len(plan.visits) - len(lost)
        unplaced += [*_told(plan, material), *lost]
        for name, value in plan.totals.items():
            totals[name] = value if name not in totals else JOIN.get(name, operator.add)(totals[name], value)
    for told in await database.fetch(
        "SELECT DISTINCT subject_id FROM task WHERE organisation = :organisation AND kind = 'visits_cancelled'"
        " AND closed_at IS NULL",
        organisation=scope.organisation,
    ):
        await tasks.close(scope, "visits_cancelled", "placement", told["subject_id"])
    await database.update("roster_run", run, placed=placed, unplaced=unplaced, totals=totals)
    record(
        scope, "visits.fill", "roster_run", run,
        first=form.first, last=form.last, placed=placed, unplaced=sum(one["missing"] for one in unplaced),
    )  # fmt: skip
    return run


def _told(plan: Plan, material: Material) -> list[dict[str, Any]]:
    people = {wish.row["id"]: wish.row for wish in material.wishes}
    return [
        {
            **one,
            "person": people[one["placement"]]["person"],
            "need": people[one["placement"]]["need"],
            "month": f"{material.first:%Y-%m}",
        }
        for one in plan.unplaced
    ]


async def _write(scope: Scope, run: int, material: Material, plan: Plan) -> list[dict[str, Any]]:
    """Write the visits; those whose workers were booked elsewhere meanwhile come back as unplaced."""
    rows = {wish.row["id"]: wish.row for wish in material.wishes}
    try:
        async with database.connection().transaction():
            await _insert(scope, run, rows, plan.visits)
    except asyncpg.ExclusionViolationError as fault:
        if fault.constraint_name != TWICE:
            raise
    else:
        return []
    lost = []
    for visit in plan.visits:
        try:
            async with database.connection().transaction():
                await _insert(scope, run, rows, [visit])
        except asyncpg.ExclusionViolationError:
            row = rows[visit.placement]
            lost.append(
                {
                    "placement": visit.placement,
                    "person": row["person"],
                    "need": row["need"],
                    "missing": 1,
                    "month": f"{visit.day:%Y-%m}",
                    "code": TAKEN,
                    "sentence": "A worker was booked by another organisation on {date} while the plan was made.",
                    "facts": {"date": visit.day.isoformat()},
                }
            )
    return lost


async def _insert(scope: Scope, run: int, rows: dict[int, asyncpg.Record], visits: list[Planned]) -> None:
    ids = await database.fetch(
        "SELECT nextval(pg_get_serial_sequence('visit', 'id')) AS id FROM generate_series(1, :count)",
        count=len(visits),
    )
    now = clock.now()
    made, workers = [], []
    for (id,), visit in zip(ids, visits, strict=True):
        row = rows[visit.placement]
        start, end = clock.at(visit.day, visit.start), clock.at(visit.day, visit.end)
        made.append(
            {
                "id": id,
                **{name: row[name] for name in ("county", "station", "supplier", "person", "service_item")},
                **{name: row[name] for name in ("latitude", "longitude")},
                "placement": visit.placement,
                "day": visit.day,
                "start": start,
                "end": end,
                "run": run,
                "user": scope.user,
                "now": now,
            }
        )
        workers += [
            {"visit": id, "worker": worker, "supplier": row["supplier"], "start": start, "end": end}
            for worker in visit.workers
        ]
    await database.execute_many(
        "INSERT INTO visit (id, county, station, supplier, placement, person, service_item, day, planned_start,"
        " planned_end, latitude, longitude, state, reason, note, roster_run, version, created_by, created_at)"
        " VALUES (:id, :county, :station, :supplier, :placement, :person, :service_item, :day, :start, :end,"
        " :latitude, :longitude, 'planned', '', '', :run, 1, :user, :now)",
        made,
    )
    await database.execute_many(
        "INSERT INTO visit_worker (visit, worker, supplier, starts, ends, stands)"
        " VALUES (:visit, :worker, :supplier, :start, :end, true)",
        # In the order of workers, so that two fills at once do not wait for each other in a circle.
        sorted(workers, key=lambda one: (one["worker"], one["start"])),
    )
