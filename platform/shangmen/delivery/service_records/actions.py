"""Verbs on service records: check in, check out; and what follows: accept, reject, correct."""

from collections.abc import Sequence
from datetime import timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records import chain, notices, signature
from shangmen.delivery.service_records.at_the_door import fixes
from shangmen.delivery.service_records.corrections import correct
from shangmen.delivery.service_records.door_reports import notices as door
from shangmen.delivery.service_records.evidence import Fix, Moment, Presence, age, moment, point
from shangmen.delivery.service_records.forms import CheckInForm, CheckOutForm
from shangmen.delivery.service_records.states import Confirmation
from shangmen.delivery.service_records.tables import CheckIn
from shangmen.delivery.service_records.verification import inputs, queries
from shangmen.delivery.service_records.verification.actions import accept, reject
from shangmen.delivery.service_records.verification.findings import judge
from shangmen.delivery.service_records.verification.queries import Arrival, VisitRow
from shangmen.delivery.service_records.verification.rules.rule import clock_time
from shangmen.delivery.service_records.whole_record import Observations, Said
from shangmen.delivery.visits import actions as visits
from shangmen.delivery.visits.states import VisitState
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.audit.actions import record

__all__ = ["accept", "check_in", "check_out", "correct", "reject"]

CLOSED = {
    VisitState.DONE: "This visit has been logged already.",
    VisitState.MISSED: "This visit was marked as missed. Ask your office to plan it again.",
    VisitState.CANCELLED: "This visit is cancelled.",
    VisitState.PHONE: "This visit was replaced by a call.",
}


@database.scoped
async def check_in(scope: Scope, visit: int, form: CheckInForm) -> int:
    """Note a worker's arrival; the id of the check-in.

    Raises NotFound for somebody else's visit, Conflict for the second check-in or a visit that is over or off,
    Refused for a visit of a later day, half a position, or a time that lies ahead or before the visit's day.
    """
    row = await _own(scope, visit)
    if row.checked_in is not None:
        raise Conflict("You checked in at %(time)s already.", time=clock_time(row.checked_in))
    happened = fixes.happened(form)
    if row.day > clock.day_of(happened or clock.now()):
        raise Refused("This visit is planned for %(day)s.", day=row.day.isoformat())
    latitude, longitude = fixes.position(form)
    fixes.stated(form, row.day, happened)
    place = inputs.fix(row, latitude, longitude, form.accuracy, "", age(form.fixed, form.told_at))
    id = await database.add(
        CheckIn(
            county=row.county,
            station=row.station,
            supplier=row.supplier,
            visit=visit,
            worker=scope.worker,
            device_at=form.told_at,
            happened_at=happened,
            fixed_at=form.fixed if place.point else None,
            typed_at=form.at,
            server_at=clock.now(),
            latitude=latitude,
            longitude=longitude,
            accuracy=form.accuracy if place.point else None,
            no_position_reason=fixes.absent(form) if place.point is None else "",
            metres_off=place.metres_off,
            far_reason=form.far_reason.strip(),
            device=form.device,
        )
    )
    if row.state is not VisitState.IN_PROGRESS:
        await visits.begin(scope, visit)
    record(scope, "service_records.check_in", "visit", visit, metres_off=place.metres_off)
    return id


async def _own(scope: Scope, visit: int) -> VisitRow:
    """The visit, locked, if the worker is on it and it can still be logged."""
    row = await queries.visit(scope, visit)
    if not row.on_it or row.supplier != scope.organisation:
        raise NotFound
    if row.state in CLOSED:
        raise Conflict(CLOSED[row.state])
    return row


@database.scoped
async def check_out(scope: Scope, visit: int, form: CheckOutForm) -> int:
    """Write the record of a visit; its id. The rules look at it at once: verified, held, or rejected.

    Raises NotFound for somebody else's visit, Conflict when it is logged already, Refused before a check-in, for a
    confirmation that lacks something, and for an end before the beginning.
    """
    drafts = chain.announce()
    row = await _own(scope, visit)
    if row.checked_in is None:
        raise Refused("Check in first.")
    confirmation, strokes, digest = _confirmation(form)
    latitude, longitude = fixes.position(form)
    happened = fixes.happened(form)
    fixes.stated(form, row.day, happened)
    left_at = happened or clock.now()
    async with database.elevated(scope) as system:
        arrivals = await queries.check_ins(system, visit)
        limits = await inputs.limits(row.day)
        skew = limits.clock_skew_minutes
        place = inputs.fix(row, latitude, longitude, form.accuracy, fixes.absent(form), age(form.fixed, form.told_at))
        presences = _presences(scope, arrivals, moment(form.at, left_at, skew), place, skew, form.device)
        name = form.confirmation_name.strip()
        dossier = await inputs.dossier(
            system, row, limits, presences, arrivals, confirmation, name, digest,
            told=(form.told_at, left_at) if form.told_at else None, kept=form.kept_for or timedelta(),
            measured=form.measured,
        )  # fmt: skip
        id = await chain.next_id()
        said = Said(
            revision=1,
            corrects=None,
            correction_reason="",
            notes=form.notes,
            observations=_observations(form),
            confirmation=confirmation,
            confirmation_name=name,
            no_confirmation_reason=form.no_confirmation_reason.strip(),
            signature=strokes,
            signature_digest=digest,
            recorded_by=scope.user,
        )
        draft = await judge(system, id, row, dossier, arrivals, said)
        drafts.append(draft)
        await notices.seen(system, id, row.station, row.day, form.alerts)
    await visits.finish(scope, visit)
    if confirmation is Confirmation.REFUSED:
        await door.refused_again(scope, row.need, row.station)
    record(
        scope, "service_records.check_out", "service_record", id,
        visit=visit, state=draft.state, findings=[finding.rule for finding in draft.findings],
        proof=chain.proof(visit, id, draft.state, draft.reason, draft.decided_by),
    )  # fmt: skip
    return id


def _presences(
    scope: Scope, arrivals: Sequence[Arrival], ended: Moment, place: Fix, skew: float, device: str
) -> tuple[Presence, ...]:
    """Everybody who checked in was there until the check-out; only who checked out has a place at the end."""
    made = []
    for arrival in arrivals:
        begun = moment(arrival.typed_at, arrival.came_at, skew)
        if ended.at < begun.at:
            raise Refused("The visit cannot end before it began (%(time)s).", field="at", time=clock_time(begun.at))
        here = point(arrival.latitude, arrival.longitude, arrival.accuracy)
        old = age(arrival.fixed_at, arrival.device_at)
        start = Fix(here, arrival.metres_off, arrival.no_position_reason, old)
        own = arrival.worker == scope.worker
        end = place if own else None
        made.append(
            Presence(
                arrival.worker, begun.at, ended.at, start, end, begun.typed, ended.typed,
                device if own else "",
            )
        )  # fmt: skip
    return tuple(made)


def _confirmation(form: CheckOutForm) -> tuple[Confirmation, str, bytes | None]:
    """The kind of confirmation, the strokes and their digest; raises Refused for what it lacks."""
    kind = form.confirmation or (Confirmation.SIGNATURE if form.signature else Confirmation.NONE)
    if kind == Confirmation.SIGNATURE:
        if not form.signature:
            raise Refused("Let the recipient sign, or choose another confirmation.", field="confirmation")
        return (kind, *signature.canonical(form.signature))
    if kind == Confirmation.WITNESS and not form.confirmation_name.strip():
        raise Refused("Give the name of the witness.", field="confirmation_name")
    if form.confirmation is None and kind is Confirmation.NONE and not form.no_confirmation_reason.strip():
        raise Refused("The signature is missing. Let the recipient sign, or say why there is none.", field="signature")
    if kind in (Confirmation.REFUSED, Confirmation.NONE) and not form.no_confirmation_reason.strip():
        raise Refused("Say why there is no confirmation.", field="no_confirmation_reason")
    return kind, "", None


def _observations(form: CheckOutForm) -> Observations:
    seen: Observations = {
        "tasks": [str(task) for task in form.tasks],
        "mood": form.mood or "",
        "health": form.health or "",
        "alerts": [str(alert) for alert in form.alerts],
        **form.signs,
    }
    return {name: value for name, value in seen.items() if value}
