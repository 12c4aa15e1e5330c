"""Workers on visits. The database keeps a person from being in two places; here its refusal becomes a sentence."""

from datetime import datetime

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.rostering import staff
from shangmen.delivery.visits.tables import VisitWorker
from shangmen.errors import Conflict
from shangmen.foundation.organisations.tables import Worker

TWICE = "worker_not_twice"  # the exclusion constraint, over all employers


async def workers_of(visit: int) -> list[int]:
    """Who stands on a visit."""
    present = await VisitWorker.objects().where(VisitWorker.visit == visit, VisitWorker.stands.eq(True))
    return sorted(one.worker for one in present)


@database.scoped
async def book(
    scope: Scope, visit: int, supplier: int, workers: tuple[int, ...], start: datetime, end: datetime
) -> None:
    """Put exactly these workers on a visit at its time; raises Conflict when one is booked then, by whomever.

    A worker who is replaced gives the row to who comes instead: rows of visits are never deleted.
    """
    present = await VisitWorker.objects().where(VisitWorker.visit == visit, VisitWorker.stands.eq(True))
    present.sort(key=lambda one: one.worker)
    free = [one.id for one in present if one.worker not in workers]
    coming = [worker for worker in sorted(workers) if worker not in {one.worker for one in present}]
    try:
        # A savepoint: after the refusal the transaction must still answer who is in the way.
        async with database.savepoint():
            for row_id, worker in zip(free, coming, strict=False):
                await database.change(VisitWorker, row_id, {VisitWorker.worker: worker})
            for row_id in free[len(coming) :]:
                await database.change(VisitWorker, row_id, {VisitWorker.stands: False})
            await database.execute(
                "UPDATE visit_worker SET starts = :start, ends = :end WHERE visit = :visit AND stands",
                visit=visit,
                start=start,
                end=end,
            )
            for worker in coming[len(free) :]:
                await database.execute(
                    "INSERT INTO visit_worker (visit, worker, supplier, starts, ends, stands)"
                    " VALUES (:visit, :worker, :supplier, :start, :end, true)"
                    " ON CONFLICT (visit, worker) DO UPDATE SET starts = :start, ends = :end, stands = true",
                    visit=visit,
                    worker=worker,
                    supplier=supplier,
                    start=start,
                    end=end,
                )
    except asyncpg.ExclusionViolationError as fault:
        if fault.constraint_name != TWICE:
            raise
        refusal = await _taken(scope, visit, supplier, workers, start, end)
    else:
        return
    raise refusal


async def _taken(
    scope: Scope, visit: int, supplier: int, workers: tuple[int, ...], start: datetime, end: datetime
) -> Conflict:
    """Who is booked when; for another employer the time alone is told."""
    standing = await staff.bookings(scope, list(workers), start, end, ignoring=visit)
    if not standing:  # whoever was in the way has just given it back
        return Conflict("A worker was booked for this time a moment ago. Please try again.", field="start")
    other = standing[0]
    name = (await database.read(Worker, other.worker)).name
    told = {"worker": name, "start": clock_time(other.starts), "end": clock_time(other.ends)}
    if other.supplier == supplier:
        return Conflict("%(worker)s already has a visit from %(start)s to %(end)s.", field="start", **told)
    return Conflict("%(worker)s is booked by another organisation from %(start)s to %(end)s.", field="start", **told)


def clock_time(moment: datetime) -> str:
    """09:30 of the business day."""
    return moment.astimezone(clock.SHANGHAI).strftime("%H:%M")


async def release(visits: list[int]) -> None:
    """Let the workers of these visits be planned elsewhere: the visits do not stand any more."""
    await database.execute("UPDATE visit_worker SET stands = false WHERE visit = ANY(:visits)", visits=visits)
