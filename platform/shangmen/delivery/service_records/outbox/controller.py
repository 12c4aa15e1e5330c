"""What a telephone's outbox asks of us, and the desk's list of what could not be booked."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post

from shangmen import clock, paths
from shangmen.delivery.service_records.door_reports.forms import TellForm
from shangmen.delivery.service_records.forms import CheckInForm, CheckOutForm
from shangmen.delivery.service_records.outbox import actions, queries
from shangmen.delivery.service_records.outbox.forms import EventForm, SettleForm
from shangmen.delivery.service_records.photos import actions as photos
from shangmen.delivery.service_records.photos.forms import PhotoForm
from shangmen.delivery.service_records.states import EventState, EventVerb
from shangmen.demand.recipients.queries import shown_name
from shangmen.errors import DomainError
from shangmen.web import lists
from shangmen.web.forms import Form, bind
from shangmen.web.gate import FILE_BYTES
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, address, asset, csrf_token, page, see

FORMS: dict[EventVerb, type[actions.Step]] = {
    EventVerb.CHECK_IN: CheckInForm,
    EventVerb.CHECK_OUT: CheckOutForm,
    EventVerb.PHOTO: PhotoForm,
    EventVerb.TELL: TellForm,
}
# What the pages at the door need of us to be drawn without a network.
ASSETS = ("vendor/pico.css", "shangmen.css", "phone.css", "favicon.svg", "shangmen.js", "phone.js", "position.js",
          "signature.js", "photo.js")  # fmt: skip


@get("/sw.js", name="service_records.service_worker")
async def service_worker(request: Rq) -> Answer:
    """The script that answers for the pages at the door when there is no network; asked for anew each time."""
    body = (paths.STATIC / "sw.js").read_text("utf-8")
    return Response(body, media_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})


class OutboxController(Controller):
    """The telephone's side: who is asking, what to keep for the days ahead, and each step as it comes."""

    path = "/phone"

    @get("/ticket", name="service_records.ticket")
    async def ticket(self, request: Rq, viewer: Viewer) -> Answer:
        return _said({"user": viewer.user, "csrf": csrf_token(request)})

    @get("/ahead", name="service_records.ahead")
    async def ahead(self, request: Rq, viewer: Viewer) -> Answer:
        visits = await queries.ahead(viewer)
        days = clock.days(clock.today(), clock.today() + queries.AHEAD)
        return _said(
            {
                "user": viewer.user,
                "pages": [
                    *(address(request.app, "service_records.today", day=day.isoformat()) for day in days),
                    *(address(request.app, "service_records.visit", id=one.id) for one in visits),
                ],
                "assets": [asset(name) for name in ASSETS],
            }
        )

    @post("/events", name="service_records.event", kept=False, request_max_body_size=FILE_BYTES)
    async def event(self, request: Rq, viewer: Viewer) -> Answer:
        about = await bind(request, EventForm)
        if about.value is None:
            return _said({"state": "refused", "sentence": _sentence(about)}, 422)
        if about.value.user != viewer.user:
            return _said({"state": "other", "sentence": _("Somebody else is logged in on this phone.")}, 409)
        form = await bind(request, FORMS[about.value.verb])
        try:
            picture = await photos.read_of(form.value)
            await form.attempt(actions.book, viewer, about.value, picture)
        except DomainError as refused:
            form.fault("", refused.message, **refused.parameters)
        if not form.faults:
            if about.value.verb is not EventVerb.CHECK_OUT:
                await actions.book_waiting(viewer, about.value.visit)
            return _said({"state": "booked"})
        if about.value.waited and form.value is not None:
            keeping: Form[Any] = Form()
            keeping.once, keeping.value = form.once and f"{form.once}-kept", form.value
            if isinstance(keeping.value, PhotoForm):
                keeping.value.file = b""  # what cannot be read is not kept
            await keeping.attempt(actions.keep, viewer, about.value, _sentence(form))
            if about.value.verb is EventVerb.PHOTO:
                await actions.book_waiting(viewer, about.value.visit)
            return _said({"state": "kept", "sentence": _sentence(form)})
        return _said({"state": "refused", "sentence": _sentence(form)}, 422)


class PhoneEventsController(Controller):
    """What telephones sent later and could not be booked."""

    path = "/records/events"

    @get("/", name="phone_events.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._page(request, viewer, Form())

    @post("/{id:int}/settle", name="phone_events.settle")
    async def settle(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, SettleForm)
        await form.attempt(actions.settle, viewer, id)
        if form.faults:
            return await self._page(request, viewer, form, id)
        return see(request, "phone_events.list", notice=_("It is settled."))

    async def _page(self, request: Rq, viewer: Viewer, form: Form[Any], editing: int = 0) -> Answer:
        said = lists.Asked(request)
        asked = queries.Asked(said.among("state", EventState), said.among("mine", ["yes"]) != "")
        rows, total = await queries.events(viewer, asked, offset=offset_of(request))
        return page(
            request,
            "service_records/events.html",
            form.status,
            rows=[(row, shown_name(viewer, row.person_name)) for row in rows],
            form=form,
            editing=editing,
            asked=asked,
            states=tuple(EventState),
            open_state=EventState.REFUSED,
            page=paging(request, total),
        )


def _said(what: dict[str, object], status: int = 200) -> Answer:
    return Response(msgspec.json.encode(what), media_type="application/json", status_code=status)


def _sentence(form: Form[Any]) -> str:
    """What was wrong, in one sentence."""
    return " ".join(dict.fromkeys(str(one) for one in form.faults.values()))
