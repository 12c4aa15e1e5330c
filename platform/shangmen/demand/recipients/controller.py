"""Pages of recipients: list, map, file, registration."""

from collections.abc import Sequence
from functools import partial

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromQuery

from shangmen import database
from shangmen.demand.recipients import actions, notices, phrases, queries, views
from shangmen.demand.recipients.forms import EventForm, GraceForm, Revealable, RevealForm
from shangmen.demand.recipients.homes import queries as homes
from shangmen.demand.recipients.households import queries as households
from shangmen.demand.recipients.moves import queries as moves
from shangmen.demand.recipients.registration import queries as registration
from shangmen.demand.recipients.registration.forms import RecipientForm
from shangmen.demand.recipients.relatives import queries as relatives
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.audit.papers import taken
from shangmen.foundation.audit.views import foretold
from shangmen.foundation.deeds import views as deeds
from shangmen.foundation.regions import phrases as places
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.tasks import queries as tasks
from shangmen.web import lists, masking, versions
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, address, page, see

COLUMNS = (
    "Name", "Sex", "Age", "Group", "Category", "ID number", "Telephone", "Township", "Village",
    "Registered address", "Residence permit", "Living situation", "Halal food", "Status", "Station",
)  # fmt: skip


def filters(request: Rq) -> queries.Filters:
    """The filters of an address as the queries take them; what makes no sense filters nothing.

    Read here, because `state` is a reserved argument of handlers.
    """
    asked = lists.Asked(request)
    return {
        "search": asked.text("q"),
        "township": asked.number("township"),
        "group": asked.text("group"),
        "category": asked.text("category"),
        "state": asked.text("state"),
        "lacks": asked.among("lacks", queries.LACKS),
    }


class RecipientsController(Controller):
    """The people who are served."""

    path = "/recipients"

    @get("/", name="recipients.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        chosen = filters(request)
        async with database.transaction(viewer):
            rows, total = await queries.people(viewer, **chosen, offset=offset_of(request))
            townships = await regions.townships(viewer)
            counts = await queries.counts(viewer)
        return page(
            request,
            "recipients/list.html",
            rows=rows,
            chosen={**chosen, "township": chosen["township"] or ""},
            page=paging(request, total),
            townships=townships,
            counts=counts,
            clear=viewer.role in queries.CLEAR,
            say=phrases,
        )

    @get("/export", name="recipients.export")
    async def export(self, request: Rq, viewer: Viewer, form: FromQuery[str] = "xlsx") -> Answer:
        def cells(row: queries.ListedPerson) -> Sequence[object]:
            return (
                masking.name(row.name),
                label(row.sex),
                phrases.years(row.birth_date),
                phrases.group(row.group),
                label(row.category),
                masking.id_number(row.id_number),
                masking.telephone(row.telephone),
                row.township_name,
                row.village,
                row.registered_address,
                _("yes") if row.residence_permit else "",
                phrases.living(row.living),
                _("yes") if row.halal else "",
                phrases.state(row.state),
                row.station_name,
            )

        read = partial(queries.people, viewer, **filters(request), limit=None)
        return await taken(viewer, form, _("Recipients"), COLUMNS, "recipients.export", "person", read, cells)

    @get("/map", name="recipients.map")
    async def map(self, request: Rq, viewer: Viewer) -> Answer:
        chosen = filters(request)
        return page(
            request,
            "recipients/map.html",
            chosen={**chosen, "township": chosen["township"] or ""},
            townships=await regions.townships(viewer),
            counts=await queries.counts(viewer),
            source=address(request.app, "recipients.geojson", **dict(request.query_params)),
            say=phrases,
        )

    @get("/map.geojson", name="recipients.geojson")
    async def geojson(self, request: Rq, viewer: Viewer) -> Answer:
        collection = await views.collection(
            viewer,
            filters(request),
            lambda id: address(request.app, "recipients.show", id=id),
        )
        return Response(
            msgspec.json.encode(collection),
            media_type="application/geo+json",
            headers={"Cache-Control": "no-store"},
        )

    @get("/new", name="recipients.new")
    async def new(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._form(request, viewer, Form())

    @post("/", name="recipients.create")
    async def create(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, RecipientForm)
        id = await form.attempt(actions.register, viewer)
        if form.faults:
            return await self._form(request, viewer, form)
        return see(request, "recipients.show", notice=_("Registered. Assess the person next."), id=id)

    @get("/{id:int}", name="recipients.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._show(request, viewer, id)

    @get("/{id:int}/edit", name="recipients.edit")
    async def edit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        person = await queries.in_care(viewer, id)
        return await self._form(request, viewer, Form(), person)

    @post("/{id:int}/edit", name="recipients.update")
    async def update(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.in_care(viewer, id)
        form = await bind(request, RecipientForm)
        asked = await foretold(request, form, _("Correct the file"), ("person", id), actions.update, viewer, id)
        if asked:
            return asked
        await form.attempt(actions.update, viewer, id)
        if form.faults:
            return await self._form(request, viewer, form, await queries.in_care(viewer, id))
        return see(request, "recipients.show", notice=_("The file is corrected."), id=id)

    @post("/{id:int}/event", name="recipients.event")
    async def event(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.in_care(viewer, id)
        form = await bind(request, EventForm)
        kind = label(form.values["kind"])
        asked = await foretold(request, form, kind, ("person", id), actions.report_event, viewer, id)
        if asked:
            return asked
        await form.attempt(actions.report_event, viewer, id)
        if form.faults:
            return await self._show(request, viewer, id, event=form)
        return see(request, "recipients.show", notice=_("Noted. What follows from it has been done."), id=id)

    @post("/{id:int}/grace", name="recipients.grace")
    async def grace(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        person = await queries.in_care(viewer, id)
        form = await bind(request, GraceForm)
        own = ("household", person.household or 0)
        asked = await foretold(request, form, _("Grant"), own, actions.grant_grace, viewer, person.household)
        if asked:
            return asked
        await form.attempt(actions.grant_grace, viewer, person.household)
        if form.faults:
            return await self._show(request, viewer, id, grace=form)
        return see(request, "recipients.show", notice=_("The grace period is granted; the needs follow it."), id=id)

    @post("/{id:int}/recheck", name="recipients.recheck")
    async def recheck(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        person = await queries.in_care(viewer, id)
        await press(request, actions.confirm_household, viewer, person.household)
        return see(request, "recipients.show", notice=_("The re-check is noted."), id=id)

    @post("/{id:int}/reveal", name="recipients.reveal")
    async def reveal(self, request: Rq, viewer: Viewer, id: Id, what: FromQuery[str] = "") -> Answer:
        form = await bind(request, RevealForm)
        if form.value is not None and what in set(Revealable):
            form.value = msgspec.structs.replace(form.value, what=Revealable(what))
        noted = await form.attempt(actions.reveal, viewer, id)
        shown = await queries.revealed(viewer, id, form.value.what) if noted and form.value else {}
        response = await self._show(request, viewer, id, reveal=form, shown=shown)
        response.headers["Cache-Control"] = "no-store"
        return response

    async def _form(
        self, request: Rq, viewer: Viewer, form: AnyForm, person: queries.PersonRow | None = None
    ) -> Answer:
        if person:
            versions.over(form, await views.as_typed(viewer, person), views.masked(person))
        return page(
            request,
            "recipients/form.html",
            form.status,
            form=form,
            person=person,
            ages=await registration.ages(viewer),
            townships=await registration.own_townships(viewer),
            certificate=await queries.certificate(viewer, person.id) if person else None,
            systems=places.systems(),
            relatives=views.relatives(person.relatives, viewer.role in queries.CLEAR) if person else "",
            villages=await views.villages(viewer, str(form.values.get("village") or "")),
            say=phrases,
        )

    async def _show(
        self,
        request: Rq,
        viewer: Viewer,
        id: int,
        event: AnyForm | None = None,
        grace: AnyForm | None = None,
        reveal: AnyForm | None = None,
        shown: dict[str, str] | None = None,
    ) -> Answer:
        person = await queries.person(viewer, id)
        only_read = await moves.only_read(viewer, id)
        home = await homes.home(viewer, id)
        waiting = await tasks.waiting(viewer)
        grace = versions.over(grace or Form(), views.grace_as_typed(person))
        status = max(form.status for form in (event, grace, reveal) if form) if event or grace or reveal else 200
        panels = await queries.panels(viewer, id)
        theirs = {name: value for panel in panels for name, value in panel.context.items()}
        own = {
            "person": person,
            "only_read": only_read,
            "may": views.may(viewer, only_read),
            "home": home,
            "estimated": places.estimate(home.accuracy),
            "certificate": await queries.certificate(viewer, id),
            "members": await households.members(viewer, person.household, id),
            "shares": await queries.shares(viewer, id),
            "events": await queries.status_events(viewer, id),
            "moves": await moves.of_person(viewer, id),
            "end_of_service": await households.end_of_service(viewer, id),
            "panels": panels,
            "absences": await views.absences(viewer, id),
            "absence": views.prefixed("absence"),
            "back": await deeds.of_subject(viewer, "person", id),
            "history": phrases.timeline(await audit.history(viewer, "person", id)),
            "recheck": only_read is None
            and any(task.kind == notices.RECHECK and task.subject_id == person.household for task in waiting),
            "relatives": views.relatives(person.relatives, viewer.role in queries.CLEAR),
            "related": len((await relatives.relatives(viewer, [id])).get(id, ())),
            "clear": viewer.role in queries.CLEAR,
            "shown": shown or {},
            "event": event or Form(),
            "grace": grace,
            "reveal": reveal or Form(),
            "say": phrases,
        }
        return page(request, "recipients/show.html", status, block="", **{**theirs, **own})
