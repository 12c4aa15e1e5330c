"""Verbs of the door: tell, and answer."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.at_the_door import fixes
from shangmen.delivery.service_records.door_reports import notices
from shangmen.delivery.service_records.door_reports.forms import AnswerForm, TellForm
from shangmen.delivery.service_records.evidence import age
from shangmen.delivery.service_records.states import Next, Told
from shangmen.delivery.service_records.tables import DoorReport
from shangmen.delivery.service_records.verification import inputs, queries
from shangmen.delivery.visits import actions as visits
from shangmen.delivery.visits.states import VisitReason, VisitState
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.audit.actions import record

# What becomes of a visit of which this is told, unless somebody goes again today.
BECOMES = {
    Told.NOBODY_HOME: (VisitState.MISSED, VisitReason.AWAY),
    Told.ELSEWHERE: (VisitState.MISSED, VisitReason.AWAY),
    Told.REFUSED: (VisitState.CANCELLED, VisitReason.REFUSED),
    Told.CANNOT_GO: (VisitState.CANCELLED, VisitReason.WORKER),
}


@database.scoped
async def tell(scope: Scope, visit: int, form: TellForm) -> int:
    """Note what a worker tells from the door of one of the own visits; its id.

    An alarm changes nothing of the visit and may be raised at any time. Everything else ends the visit, unless the
    worker goes again today, and needs words and what happens next. Raises NotFound for a visit of others, Conflict
    when the visit has begun or is over, Refused for what is missing.
    """
    row = await queries.visit(scope, visit)
    if not row.on_it or row.supplier != scope.organisation:
        raise NotFound
    happened = fixes.happened(form)
    if not form.told.alarming:
        _refuse(form, row.state, row.checked_in is not None)
        if row.day > clock.day_of(happened or clock.now()) and form.told is not Told.CANNOT_GO:
            raise Refused("This visit is planned for %(day)s.", day=row.day.isoformat())
    latitude, longitude = fixes.position(form)
    place = inputs.fix(row, latitude, longitude, form.accuracy, "", age(form.fixed, form.told_at))
    id = await database.add(
        DoorReport(
            county=row.county,
            station=row.station,
            supplier=row.supplier,
            visit=visit,
            person=row.person,
            worker=scope.worker,
            told=form.told,
            next=Next.NONE if form.told.alarming else form.next,
            note=form.note.strip(),
            device=form.device,
            device_at=form.told_at,
            happened_at=happened,
            fixed_at=form.fixed if place.point else None,
            server_at=clock.now(),
            latitude=latitude,
            longitude=longitude,
            accuracy=form.accuracy if place.point else None,
            no_position_reason=fixes.absent(form) if place.point is None else "",
            metres_off=place.metres_off,
        )
    )
    if not form.told.alarming and form.next is not Next.AGAIN_TODAY:
        state, reason = BECOMES[form.told]
        await visits.not_made(scope, visit, state, reason, form.note.strip())
    if form.told is Told.REFUSED:
        await notices.refused_again(scope, row.need, row.station)
    record(scope, "service_records.tell", "visit", visit, told=form.told, next=form.next, reason=form.note.strip())
    return id


def _refuse(form: TellForm, state: VisitState, begun: bool) -> None:
    if begun or state is VisitState.IN_PROGRESS:
        raise Conflict("Somebody has checked in to this visit. Check out, and say who confirms.")
    if state not in (VisitState.PLANNED, VisitState.CONFIRMED):
        raise Conflict("This visit is over or off already.")
    if not form.note.strip():
        raise Refused("Say in a few words what happened.", field="note")
    if form.next is Next.NONE:
        raise Refused("Say what happens next.", field="next")


@database.scoped
async def answer(scope: Scope, report: int, form: AnswerForm) -> int:
    """Note what was done about what a worker told; its id. Raises NotFound, Conflict for the second answer."""
    row = await database.read(DoorReport, report)
    if scope.organisation not in (row.station, row.supplier):
        raise NotFound
    done = await database.value(
        int,
        "INSERT INTO door_answer (county, report, answered_by, answered_at, note)"
        " VALUES (:county, :report, :user, :now, :note) ON CONFLICT (report) DO NOTHING RETURNING id",
        county=row.county,
        report=report,
        user=scope.user,
        now=clock.now(),
        note=form.note.strip(),
    )
    if done is None:
        raise Conflict("Somebody has answered this already.")
    record(scope, "service_records.answer", "visit", row.visit, reason=form.note.strip(), told=row.told)
    return report
