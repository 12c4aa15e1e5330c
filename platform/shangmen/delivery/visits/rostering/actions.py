"""The automatic filler: plans what the placements of an organisation still lack, and says what found no place."""

import asyncio
import operator

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import notices
from shangmen.delivery.visits.bookings import TWICE
from shangmen.delivery.visits.forms import FillForm
from shangmen.delivery.visits.rostering import adapter
from shangmen.delivery.visits.rostering.adapter import Inputs, Plan, Planned
from shangmen.delivery.visits.rostering.inputs import gather
from shangmen.delivery.visits.rostering.queries import LeftOver, PlacementToVisit
from shangmen.delivery.visits.tables import RosterRun
from shangmen.errors import Conflict, Forbidden, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations import queries as organisations

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
    await database.execute("SELECT pg_advisory_xact_lock(7437, :id::int)", id=scope.organisation)
    run = await database.add(
        RosterRun(
            county=scope.county,
            organisation=scope.organisation,
            first=form.first,
            last=form.last,
            seed=form.seed,
            created_by=scope.user,
            created_at=clock.now(),
        )
    )
    placed = 0
    unplaced: list[LeftOver] = []
    totals: dict[str, int] = {}
    for first, last in clock.months(form.first, form.last):
        inputs = await gather(scope, scope.organisation, first, last)
        # The solver would keep every other request waiting; it gets a thread of its own.
        plan = await asyncio.to_thread(adapter.fill, inputs, form.seed)
        if plan.violations:
            raise Conflict("The plan broke a rule, so nothing was saved: %(fault)s", fault=plan.violations[0])
        lost = await _write(scope, run, inputs, plan)
        placed += len(plan.visits) - len(lost)
        unplaced += [*plan.unplaced, *lost]
        for name, value in plan.totals.items():
            totals[name] = value if name not in totals else JOIN.get(name, operator.add)(totals[name], value)
    await notices.filled(scope, scope.organisation)
    await database.change(
        RosterRun,
        run,
        {
            RosterRun.placed: placed,
            RosterRun.unplaced: database.to_json(unplaced),
            RosterRun.totals: database.to_json(totals),
        },
    )
    record(
        scope, "visits.fill", "roster_run", run,
        first=form.first, last=form.last, placed=placed, unplaced=sum(one.missing for one in unplaced),
    )  # fmt: skip
    return run


async def _write(scope: Scope, run: int, inputs: Inputs, plan: Plan) -> list[LeftOver]:
    """Write the visits; those whose workers were booked elsewhere meanwhile come back as unplaced."""
    placements = {wish.placement.id: wish.placement for wish in inputs.wishes}
    try:
        async with database.savepoint():
            await _insert(scope, run, placements, plan.visits)
    except asyncpg.ExclusionViolationError as fault:
        if fault.constraint_name != TWICE:
            raise
    else:
        return []
    lost = []
    for visit in plan.visits:
        try:
            async with database.savepoint():
                await _insert(scope, run, placements, [visit])
        except asyncpg.ExclusionViolationError:
            placement = placements[visit.placement]
            lost.append(
                LeftOver(
                    placement=placement.id,
                    missing=1,
                    code=TAKEN,
                    sentence="A worker was booked by another organisation on {date} while the plan was made.",
                    facts={"date": visit.day.isoformat()},
                    person=placement.person,
                    need=placement.need,
                    month=f"{visit.day:%Y-%m}",
                )
            )
    return lost


async def _insert(scope: Scope, run: int, placements: dict[int, PlacementToVisit], visits: list[Planned]) -> None:
    ids = await database.values(
        int,
        "SELECT nextval(pg_get_serial_sequence('visit', 'id')) AS id FROM generate_series(1, :count)",
        count=len(visits),
    )
    now = clock.now()
    made, workers = [], []
    for id, visit in zip(ids, visits, strict=True):
        placement = placements[visit.placement]
        start, end = clock.at(visit.day, visit.start), clock.at(visit.day, visit.end)
        made.append(
            {
                "id": id,
                "county": placement.county,
                "station": placement.station,
                "supplier": placement.supplier,
                "placement": placement.id,
                "person": placement.person,
                "service_item": placement.service_item,
                "latitude": placement.surveyed[0],
                "longitude": placement.surveyed[1],
                "day": visit.day,
                "start": start,
                "end": end,
                "run": run,
                "user": scope.user,
                "now": now,
            }
        )
        workers += [
            {"visit": id, "worker": worker, "supplier": placement.supplier, "start": start, "end": end}
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
