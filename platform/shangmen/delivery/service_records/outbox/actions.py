"""Verbs of a telephone's outbox."""

from datetime import timedelta

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records import actions
from shangmen.delivery.service_records.door_reports import actions as door
from shangmen.delivery.service_records.door_reports.forms import TellForm
from shangmen.delivery.service_records.forms import CheckInForm, CheckOutForm
from shangmen.delivery.service_records.outbox.forms import EventForm, SettleForm
from shangmen.delivery.service_records.photos import actions as photos
from shangmen.delivery.service_records.photos.actions import Picture
from shangmen.delivery.service_records.photos.forms import PhotoForm
from shangmen.delivery.service_records.states import EventState
from shangmen.delivery.service_records.tables import PhoneEvent
from shangmen.delivery.visits.tables import Visit
from shangmen.errors import Conflict, DomainError, NotFound
from shangmen.foundation.audit.actions import record

Step = CheckInForm | CheckOutForm | PhotoForm | TellForm
AHEAD_OF_ITS_CHECK_IN = "The check-in of this visit has not come yet; this is booked when it does."
AHEAD_OF_ITS_PHOTOS = "Photos of this visit have not come yet; this is booked when they do."


@database.scoped
async def book(scope: Scope, about: EventForm, picture: Picture | None, form: Step) -> int:
    """Book a step of a visit; the id of what it made. Raises what the step itself raises.

    A check-out whose photos are still on their way waits for them: the rules look at the whole visit.
    """
    if isinstance(form, PhotoForm):
        assert picture is not None, "a photo is read before it is booked"
        return await photos.add(scope, about.visit, picture, form)
    if isinstance(form, TellForm):
        return await door.tell(scope, about.visit, form)
    if isinstance(form, CheckOutForm):
        if await _photos_missing(scope, about.visit, form):
            raise Conflict(AHEAD_OF_ITS_PHOTOS)
        return await actions.check_out(scope, about.visit, form)
    return await actions.check_in(scope, about.visit, form)


async def _photos_missing(scope: Scope, visit: int, form: CheckOutForm) -> bool:
    """Whether fewer photos have come of the worker's telephone than it has taken; what was refused has come too."""
    if not form.photos:
        return False
    come = await database.number(
        "SELECT (SELECT count(*) FROM photo WHERE visit = :visit AND worker = :worker) + (SELECT count(*)"
        " FROM phone_event WHERE visit = :visit AND worker = :worker AND verb = 'photo')",
        visit=visit,
        worker=scope.worker or 0,
    )
    return come < form.photos


@database.scoped
async def keep(scope: Scope, about: EventForm, sentence: str, form: Step) -> int:
    """Keep a step that waited on a telephone and cannot be booked, with why; its id. Raises NotFound for a visit of
    another organisation.

    A check-out that came before its check-in waits for it. The same step sent again is the same row.
    """
    async with database.elevated(scope):
        visit = await database.read(Visit, about.visit)
        if visit.supplier != scope.organisation or visit.county not in scope.counties:
            raise NotFound
        early = ""
        if isinstance(form, CheckOutForm):
            if await _photos_missing(scope, about.visit, form):
                early = AHEAD_OF_ITS_PHOTOS
            if not await database.exists(
                "SELECT 1 FROM check_in WHERE visit = :visit AND worker = :worker",
                visit=about.visit,
                worker=scope.worker,
            ):
                early = AHEAD_OF_ITS_CHECK_IN
        id = await database.add(
            PhoneEvent(
                county=visit.county,
                station=visit.station,
                supplier=visit.supplier,
                visit=about.visit,
                worker=scope.worker,
                verb=about.verb,
                happened_at=clock.now() - (form.kept_for or timedelta()),
                received_at=clock.now(),
                said=database.to_json(form),
                sentence=early or sentence,
                state=EventState.WAITING if early else EventState.REFUSED,
            )
        )
    record(scope, "service_records.keep_event", "visit", about.visit, step=about.verb, reason=sentence)
    return id


async def book_waiting(scope: Scope, visit: int) -> None:
    """Now that something has come: book the check-out that came before it, or say why that cannot be."""
    for event in await _waiting(scope, visit):
        await _book_kept(scope, event)


@database.scoped
async def _waiting(scope: Scope, visit: int) -> list[int]:
    return await database.values(
        int,
        "SELECT id FROM phone_event WHERE visit = :visit AND worker = :worker AND state = 'waiting' ORDER BY id",
        visit=visit,
        worker=scope.worker or 0,
    )


async def _book_kept(scope: Scope, id: int) -> None:
    async with database.transaction(scope):
        event = await database.lock(PhoneEvent, id)
        form = msgspec.json.decode(event.said, type=CheckOutForm)
        still = await _photos_missing(scope, event.visit, form) or not await database.exists(
            "SELECT 1 FROM check_in WHERE visit = :visit AND worker = :worker", visit=event.visit, worker=scope.worker
        )
        form.queued_at = (form.queued_at if form.queued_at is not None else form.device_at) or 0
        form.device_at = form.queued_at + round((clock.now() - event.happened_at) / timedelta(milliseconds=1))
    if still:
        return
    state, sentence = EventState.BOOKED, ""
    try:
        await actions.check_out(scope, event.visit, form)
    except DomainError as refused:
        state, sentence = EventState.REFUSED, refused.message
    async with database.transaction(scope), database.elevated(scope):
        await database.change(
            PhoneEvent, id, {PhoneEvent.state: event.state.to(state), PhoneEvent.sentence: sentence or event.sentence}
        )


@database.scoped
async def settle(scope: Scope, id: int, form: SettleForm) -> int:
    """Say what became of something that could not be booked; its id. Raises NotFound, ImpossibleMove."""
    event = await database.lock(PhoneEvent, id)
    state = event.state.to(EventState.SETTLED)
    await database.change(
        PhoneEvent,
        id,
        {
            PhoneEvent.state: state,
            PhoneEvent.settled_by: scope.user,
            PhoneEvent.settled_at: clock.now(),
            PhoneEvent.settled_note: form.note,
        },
    )
    record(scope, "service_records.settle_event", "visit", event.visit, reason=form.note, worker=event.worker)
    return id
