"""Verbs on visits: planned → confirmed → in progress → done, or missed, cancelled, converted to phone."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import bookings, notices, presence, rules
from shangmen.delivery.visits.forms import (
    BulkCancelForm,
    CancelForm,
    CancelReason,
    MissedForm,
    MoveForm,
    PhoneForm,
    VisitForm,
)
from shangmen.delivery.visits.rostering import queries as rostering
from shangmen.delivery.visits.rostering.actions import fill
from shangmen.delivery.visits.rules import Proposal
from shangmen.delivery.visits.states import AGREED, FALLEN, VisitReason, VisitState
from shangmen.delivery.visits.tables import Visit
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.deeds.actions import kept

__all__ = [
    "begin",
    "cancel",
    "cancel_many",
    "confirm",
    "convert_to_phone",
    "fill",
    "finish",
    "mark_missed",
    "move",
    "not_made",
    "plan",
]


HINDERED = {
    VisitReason.WORKER: "Its worker is absent on this day. Give the visit another worker or another day first.",
    VisitReason.AWAY: "The recipient is away on this day. Give the visit another day or cancel it first.",
}


@database.scoped
async def plan(scope: Scope, placement: int, form: VisitForm) -> int:
    """Plan a visit of a placement by hand; its id.

    Raises Faults with a sentence beside each field that breaks a rule (rules.py), Conflict when a worker is booked
    at that time by whomever, Forbidden for placements of others, NotFound.
    """
    served = await rostering.placement(scope, placement, lock=True)
    rules.own(scope, served.supplier)
    proposal = Proposal.of(form, served)
    await rules.refuse_unfit(scope, served, proposal)
    start, end = clock.at(form.day, proposal.start), clock.at(form.day, proposal.end)
    id = await database.add(
        Visit(
            county=served.county,
            station=served.station,
            supplier=served.supplier,
            placement=placement,
            person=served.person,
            service_item=served.service_item,
            day=form.day,
            planned_start=start,
            planned_end=end,
            latitude=served.surveyed[0],
            longitude=served.surveyed[1],
            state=VisitState.PLANNED,
            reason=VisitReason.NONE,
            note=form.note,
            created_by=scope.user,
            created_at=clock.now(),
        )
    )
    await bookings.book(scope, id, served.supplier, proposal.workers, start, end)
    await notices.planned_again(scope, placement)
    record(
        scope, "visits.plan", "visit", id,
        reason=form.reason, start=start, minutes=proposal.minutes, workers=list(proposal.workers),
    )  # fmt: skip
    return id


@database.scoped
async def move(scope: Scope, id: int, form: MoveForm) -> int:
    """Give a visit another time, other workers, or both; a confirmed visit has to be confirmed again.

    Raises Stale when somebody else has changed it since `form.version`, and what `plan` raises.
    """
    visit = await _locked(id)
    served = await rostering.placement(scope, visit.placement, lock=True)
    rules.own(scope, served.supplier)
    database.refuse_stale(visit, form.version)
    state = visit.state.to(VisitState.PLANNED)
    proposal = Proposal.of(form, served, ignoring=id)
    await rules.refuse_unfit(scope, served, proposal)
    before = visit.planned_start
    start, end = clock.at(form.day, proposal.start), clock.at(form.day, proposal.end)
    await database.change(
        Visit,
        id,
        {
            Visit.day: form.day,
            Visit.planned_start: start,
            Visit.planned_end: end,
            Visit.state: state,
            Visit.note: form.note or visit.note,
        },
    )
    await bookings.book(scope, id, served.supplier, proposal.workers, start, end)
    record(
        scope, "visits.move", "visit", id,
        reason=form.reason, before=before, start=start, minutes=proposal.minutes,
        workers=list(proposal.workers),
    )  # fmt: skip
    return id


@database.scoped
async def confirm(scope: Scope, id: int) -> int:
    """The time is agreed with the recipient; a confirmed visit stays confirmed.

    Raises ImpossibleMove from others, Refused for what the ladder of entitlement does not grant in this month, and
    while a paper that the service asks for does not hold on the day.
    """
    visit = await _owned(scope, id)
    hindered = (await presence.hindrances(scope, [id])).get(id)
    if hindered is not None:
        raise Conflict(HINDERED[hindered])
    if visit.state is not VisitState.CONFIRMED:
        served = await rostering.placement(scope, visit.placement)
        await rules.refuse_unpapered(scope, served, visit.day, await bookings.workers_of(id))
        minutes = round((visit.planned_end - visit.planned_start).total_seconds() / 60)
        beyond = await rules.ladder_fault(scope, served, visit.day, minutes, id, AGREED)
        if beyond is not None:
            raise Refused(beyond[0], "", **beyond[1])
        await _set(visit, VisitState.CONFIRMED)
        record(scope, "visits.confirm", "visit", id)
    return id


@database.scoped
async def cancel(scope: Scope, id: int, form: CancelForm) -> int:
    """The visit will not take place; its workers are free. Raises Refused without words for "other"."""
    visit = await _owned(scope, id, form.version or None)
    async with kept(
        scope,
        "visits.cancel",
        "visits.cancel",
        "visit",
        id,
        station=visit.station,
        reason=form.note,
        cause=form.reason,
    ):
        await _call_off(visit, VisitState.CANCELLED, form)
        record(scope, "visits.cancel", "visit", id, reason=form.note, cause=form.reason)
    return id


@database.scoped
async def cancel_many(scope: Scope, form: BulkCancelForm) -> int:
    """Cancel every visit of one's own organisation in a period that has not begun; how many, all taken back as one.

    Of one worker or one placement only, where the form says so. Raises Refused when there is none, or without words
    for "other".
    """
    if form.last < form.first:
        raise Refused("The last day is before the first.", field="last")
    if form.first < clock.today():
        raise Refused("This day is past.", field="first")
    found = await database.values(
        int,
        "SELECT v.id FROM visit v WHERE v.supplier = :organisation AND v.state IN ('planned', 'confirmed')"
        " AND v.day BETWEEN :first AND :last AND (:placement::bigint IS NULL OR v.placement = :placement)"
        " AND (:worker::bigint IS NULL OR EXISTS (SELECT 1 FROM visit_worker x WHERE x.visit = v.id AND x.stands"
        " AND x.worker = :worker)) ORDER BY v.id",
        organisation=scope.organisation or 0,
        first=form.first,
        last=form.last,
        placement=form.placement,
        worker=form.worker,
    )
    if not found:
        raise Refused("No visit is planned on these days.", field="first")
    async with kept(
        scope, "visits.cancel_many", "visits.cancel_many", "organisation", scope.organisation or 0,
        reason=form.note, cause=form.reason, first=form.first, last=form.last, count=len(found),
    ):  # fmt: skip
        for id in found:
            await cancel(scope, id, CancelForm(reason=form.reason, note=form.note))
    return len(found)


@database.scoped
async def mark_missed(scope: Scope, id: int, form: MissedForm) -> int:
    """The visit should have begun and nobody came, or nobody opened. Raises Conflict before its time."""
    visit = await _owned(scope, id, form.version or None)
    state = visit.state.to(VisitState.MISSED)
    if visit.planned_start > clock.now():
        raise Conflict("This visit is not due yet. Cancel it if it will not take place.")
    await _set(visit, state, note=form.note)
    record(scope, "visits.missed", "visit", id, reason=form.note)
    return id


@database.scoped
async def convert_to_phone(scope: Scope, id: int, form: PhoneForm) -> int:
    """A call takes the place of the visit (severe weather, a closed road); it counts toward the month."""
    visit = await _owned(scope, id, form.version or None)
    await _call_off(visit, VisitState.PHONE, form)
    record(scope, "visits.phone", "visit", id, reason=form.note, cause=form.reason)
    return id


@database.scoped
async def begin(scope: Scope, id: int) -> int:
    """Somebody has checked in; the second of two workers changes nothing. Called by service_records."""
    visit = await _owned(scope, id)
    if visit.state is not VisitState.IN_PROGRESS:
        await _set(visit, VisitState.IN_PROGRESS)
        record(scope, "visits.begin", "visit", id)
    return id


@database.scoped
async def finish(scope: Scope, id: int) -> int:
    """The visit was delivered. Called by service_records; raises ImpossibleMove unless it has begun."""
    visit = await _owned(scope, id)
    await _set(visit, VisitState.DONE)
    record(scope, "visits.finish", "visit", id)
    return id


@database.scoped
async def not_made(scope: Scope, id: int, state: VisitState, reason: VisitReason, note: str) -> int:
    """Its worker tells that the visit does not take place; who plans plans it again. Called by service_records.

    Raises ImpossibleMove for what has begun or is over.
    """
    visit = await _owned(scope, id)
    async with database.elevated(scope):
        await _set(visit, state, reason, note)
    record(scope, "visits.not_made", "visit", id, reason=note, cause=reason)
    return id


async def _locked(id: int) -> Visit:
    # Check-ins of two workers point at the visit while each waits for it: they need not wait for each other.
    visit = await Visit.objects().where(Visit.id == id).lock_rows("NO KEY UPDATE").first()
    if visit is None:
        raise NotFound
    return visit


async def _owned(scope: Scope, id: int, version: int | None = None) -> Visit:
    visit = await _locked(id)
    rules.own(scope, visit.supplier)
    database.refuse_stale(visit, version)
    return visit


async def _call_off(visit: Visit, state: VisitState, form: CancelForm | PhoneForm) -> None:
    """Raises ImpossibleMove for what has begun, Refused without words for "other"."""
    visit.state.to(state)
    if form.reason == CancelReason.OTHER and not form.note:
        raise Refused("Say in words what the reason is.", field="note")
    await _set(visit, state, VisitReason(form.reason), form.note)


async def _set(visit: Visit, state: VisitState, reason: VisitReason = VisitReason.NONE, note: str = "") -> None:
    await database.change(
        Visit,
        visit.id,
        {
            Visit.state: visit.state.to(state),
            Visit.reason: reason,
            Visit.note: note or visit.note,
        },
    )
    if state in FALLEN:
        await bookings.release([visit.id])
