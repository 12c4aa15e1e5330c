"""How visits come back when a deed is taken back: with their workers, if they could be planned so today."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import rules
from shangmen.delivery.visits.rostering import queries as rostering
from shangmen.delivery.visits.rules import Proposal
from shangmen.delivery.visits.tables import Visit, VisitWorker
from shangmen.errors import Conflict
from shangmen.foundation.deeds.actions import Coming, Kept
from shangmen.supply.placements.tables import Placement


async def _stands(system: Scope, visit: Coming) -> None:
    """Raises with the sentence of the rule that it would break now; Conflict for a worker who is booked elsewhere."""
    row = await database.read(Visit, visit.id)
    if row.planned_start <= clock.now():
        raise Conflict("The time of the visit has passed.")
    workers = await database.values(
        int,
        "SELECT worker FROM visit_worker WHERE id = ANY(:ids) OR (visit = :visit AND stands) ORDER BY worker",
        ids=list(visit.parts),
        visit=visit.id,
    )
    served = await rostering.placement(system, row.placement, lock=True)
    start, end = clock.minute_of(row.planned_start), clock.minute_of(row.planned_end)
    # the reason lets it lie outside of windows and hours, where somebody once planned it
    await rules.refuse_unfit(system, served, Proposal(row.day, start, end - start, tuple(workers), "restored", row.id))
    if await database.exists(
        "SELECT 1 FROM visit_worker mine JOIN visit_worker other ON other.worker = mine.worker AND other.stands"
        " AND other.id <> mine.id AND other.during && mine.during WHERE mine.id = ANY(:ids)",
        ids=list(visit.parts),
    ):
        raise Conflict("Its worker is booked elsewhere at this time.")


KEPT = (
    Kept(Visit, "visits.restore", _stands, after=(("placement", Placement),)),
    Kept(VisitWorker, part_of=("visit", Visit)),
)
