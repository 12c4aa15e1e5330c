"""Verbs on visits: planned → confirmed → in progress → done, or missed, cancelled, converted to phone."""

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import bookings, rules, wanted
from shangmen.delivery.visits.forms import CancelForm, CancelReason, MissedForm, MoveForm, PhoneForm, VisitForm
from shangmen.delivery.visits.rostering.actions import fill
from shangmen.delivery.visits.rules import Proposal
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.tasks import actions as tasks

__all__ = ["begin", "cancel", "confirm", "convert_to_phone", "fill", "finish", "mark_missed", "move", "plan"]

OPEN = ("planned", "confirmed")
STALE = "This has changed since you opened it. Please look at it again before you change it."


@database.scoped
async def plan(scope: Scope, placement: int, form: VisitForm) -> int:
    """Plan a visit of a placement by hand; its id.

    Raises Faults with a sentence beside each field that breaks a rule (fitness.py), Conflict when a worker is booked
    at that time by whomever, Forbidden for placements of others, NotFound.
    """
    row = await wanted.placement(scope, placement, lock=True)
    wanted.own(scope, row["supplier"])
    proposal = Proposal.of(form, row)
    await rules.refuse_unfit(scope, row, proposal)
    start, end = clock.at(form.day, proposal.start), clock.at(form.day, proposal.end)
    id = await database.insert(
        "visit",
        county=row["county"],
        station=row["station"],
        supplier=row["supplier"],
        placement=placement,
        person=row["person"],
        service_item=row["service_item"],
        day=form.day,
        planned_start=start,
        planned_end=end,
        latitude=row["latitude"],
        longitude=row["longitude"],
        state="planned",
        reason="",
        note=form.note,
        version=1,
        created_by=scope.user,
        created_at=clock.now(),
    )
    await bookings.book(scope, id, row["supplier"], proposal.workers, start, end)
    await tasks.close(scope, "visits_cancelled", "placement", placement)
    record(
        scope, "visits.plan", "visit", id,
        reason=form.reason, start=start, minutes=proposal.minutes, workers=list(proposal.workers),
    )  # fmt: skip
    return id


@database.scoped
async def move(scope: Scope, id: int, form: MoveForm) -> int:
    """Give a visit another time, other workers, or both; a confirmed visit has to be confirmed again.

    Raises Conflict when somebody else has changed it since `form.version`, and what `plan` raises.
    """
    visit = await _locked(scope, id)
    row = await wanted.placement(scope, visit["placement"], lock=True)
    wanted.own(scope, row["supplier"])
    if visit["version"] != form.version:
        raise Conflict(STALE)
    _only(visit, *OPEN)
    proposal = Proposal.of(form, row, ignoring=id)
    await rules.refuse_unfit(scope, row, proposal)
    start, end = clock.at(form.day, proposal.start), clock.at(form.day, proposal.end)
    await database.update(
        "visit",
        id,
        day=form.day,
        planned_start=start,
        planned_end=end,
        state="planned",
        note=form.note or visit["note"],
        version=visit["version"] + 1,
    )
    await bookings.book(scope, id, row["supplier"], proposal.workers, start, end)
    record(
        scope, "visits.move", "visit", id,
        reason=form.reason, before=visit["planned_start"], start=start, minutes=proposal.minutes,
        workers=list(proposal.workers),
    )  # fmt: skip
    return id


@database.scoped
async def confirm(scope: Scope, id: int) -> int:
    """The time is agreed with the recipient; a confirmed visit stays confirmed. Raises Conflict from other states."""
    visit = await _owned(scope, id)
    if visit["state"] != "confirmed":
        _only(visit, "planned")
        await _set(visit, "confirmed")
        record(scope, "visits.confirm", "visit", id)
    return id


@database.scoped
async def cancel(scope: Scope, id: int, form: CancelForm) -> int:
    """The visit will not take place; its workers are free. Raises Refused without words for "other"."""
    visit = await _owned(scope, id)
    _only(visit, *OPEN)
    if form.reason == CancelReason.OTHER and not form.note:
        raise Refused("Say in words what the reason is.", field="note")
    await _set(visit, "cancelled", str(form.reason), form.note)
    record(scope, "visits.cancel", "visit", id, reason=form.note, cause=form.reason)
    return id


@database.scoped
async def mark_missed(scope: Scope, id: int, form: MissedForm) -> int:
    """The visit should have begun and nobody came, or nobody opened. Raises Conflict before its time."""
    visit = await _owned(scope, id)
    _only(visit, *OPEN)
    if visit["planned_start"] > clock.now():
        raise Conflict("This visit is not due yet. Cancel it if it will not take place.")
    await _set(visit, "missed", "", form.note)
    record(scope, "visits.missed", "visit", id, reason=form.note)
    return id


@database.scoped
async def convert_to_phone(scope: Scope, id: int, form: PhoneForm) -> int:
    """A call takes the place of the visit (severe weather, a closed road); it counts toward the month."""
    visit = await _owned(scope, id)
    _only(visit, *OPEN)
    if form.reason == CancelReason.OTHER and not form.note:
        raise Refused("Say in words what the reason is.", field="note")
    await _set(visit, "phone", str(form.reason), form.note)
    record(scope, "visits.phone", "visit", id, reason=form.note, cause=form.reason)
    return id


@database.scoped
async def begin(scope: Scope, id: int) -> int:
    """Somebody has checked in; the second of two workers changes nothing. Called by service_records."""
    visit = await _owned(scope, id)
    if visit["state"] != "in_progress":
        _only(visit, *OPEN)
        await _set(visit, "in_progress")
        record(scope, "visits.begin", "visit", id)
    return id


@database.scoped
async def finish(scope: Scope, id: int) -> int:
    """The visit was delivered. Called by service_records; raises Conflict unless it has begun."""
    visit = await _owned(scope, id)
    _only(visit, "in_progress")
    await _set(visit, "done")
    record(scope, "visits.finish", "visit", id)
    return id


async def _locked(scope: Scope, id: int) -> asyncpg.Record:
    visit = await database.fetch_one("SELECT * FROM visit WHERE id = :id FOR NO KEY UPDATE", id=id)
    if visit is None:
        raise NotFound
    return visit


async def _owned(scope: Scope, id: int) -> asyncpg.Record:
    visit = await _locked(scope, id)
    wanted.own(scope, visit["supplier"])
    return visit


def _only(visit: asyncpg.Record, *states: str) -> None:
    """Raise Conflict when the visit is in another state than these."""
    if visit["state"] in states:
        return
    raise Conflict(CLOSED[visit["state"]])


CLOSED = {
    "planned": "This visit has not begun.",
    "confirmed": "This visit has not begun.",
    "in_progress": "This visit has begun.",
    "done": "This visit is done.",
    "missed": "This visit was missed.",
    "cancelled": "This visit is cancelled.",
    "phone": "This visit was replaced by a call.",
}


async def _set(visit: asyncpg.Record, state: str, reason: str = "", note: str = "") -> None:
    await database.update(
        "visit",
        visit["id"],
        state=state,
        reason=reason,
        note=note or visit["note"],
        version=visit["version"] + 1,
    )
    if state in ("missed", "cancelled", "phone"):
        await database.execute("UPDATE visit_worker SET stands = false WHERE visit = :id", id=visit["id"])
