"""Pages of complaints."""

from litestar import Controller, get, post

from shangmen import clock
from shangmen.access import Scope
from shangmen.delivery.quality.complaints import actions, queries
from shangmen.delivery.quality.complaints.forms import ComplaintForm, DecisionForm
from shangmen.delivery.quality.states import ComplaintAbout, ComplaintState
from shangmen.delivery.service_records.phrases import history_words
from shangmen.delivery.service_records.verification import actions as verification
from shangmen.delivery.visits import queries as visits
from shangmen.demand.recipients import queries as recipients
from shangmen.foundation.audit import queries as audit
from shangmen.web import lists
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


class ComplaintsController(Controller):
    """What recipients complain of."""

    path = "/"

    @get("/complaints", name="complaints.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        said = lists.Asked(request)
        asked = queries.Asked(
            search=said.text("q"),
            state=said.among("state", ComplaintState),
            supplier=said.number("supplier"),
            mine=said.among("mine", ["yes"]) != "",
        )
        rows, total = await queries.complaints(viewer, asked, offset=offset_of(request))
        return page(
            request,
            "quality/complaints.html",
            rows=[(row, recipients.shown_name(viewer, row.person_name)) for row in rows],
            asked=asked,
            states=tuple(ComplaintState),
            suppliers=[(one.id, one.name) for one in await visits.deliverers(viewer, wide=True)],
            page=paging(request, total),
        )

    @get("/recipients/{id:int}/complaints/new", name="complaints.new")
    async def new(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._form(request, viewer, id, Form({"received_on": clock.today().isoformat()}))

    @post("/recipients/{id:int}/complaints", name="complaints.note")
    async def note(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await recipients.in_care(viewer, id)
        form = await bind(request, ComplaintForm)
        noted = await form.attempt(actions.note, viewer, id)
        if form.faults:
            return await self._form(request, viewer, id, form)
        return see(request, "complaints.show", notice=_("The complaint is noted."), id=noted)

    @get("/complaints/{id:int}", name="complaints.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._page(request, viewer, id, Form())

    @post("/complaints/{id:int}", name="complaints.decide")
    async def decide(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.complaint(viewer, id)
        form = await bind(request, DecisionForm)
        await form.attempt(actions.decide, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, form)
        return see(request, "complaints.show", notice=_("The complaint is answered."), id=id)

    async def _form(self, request: Rq, viewer: Scope, id: int, form: AnyForm) -> Answer:
        person = await recipients.in_care(viewer, id)
        suppliers = [(one.id, one.name) for one in await queries.complained_of(viewer, id)]
        return page(
            request,
            "quality/complaint_new.html",
            form.status,
            person=person,
            person_name=recipients.shown_name(viewer, person.name),
            suppliers=suppliers,
            abouts=tuple(ComplaintAbout),
            form=form,
        )

    async def _page(self, request: Rq, viewer: Scope, id: int, form: AnyForm) -> Answer:
        row = await queries.complaint(viewer, id)
        return page(
            request,
            "quality/complaint.html",
            form.status,
            row=row,
            person_name=recipients.shown_name(viewer, row.person_name),
            form=form,
            answer=await verification.may_decide(viewer, row.station, row.supplier),
            events=history_words(await audit.history(viewer, "complaint", id)),
        )
