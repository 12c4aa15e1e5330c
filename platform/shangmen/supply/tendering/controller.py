"""Pages of tender studies."""

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit import queries as audit
from shangmen.supply.matching_runs import phrases
from shangmen.supply.tendering import actions, forms, queries, views
from shangmen.supply.tendering.forms import StudyForm
from shangmen.supply.tendering.states import StudyState
from shangmen.web.exports import export
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, InState, Rq, Viewer, page, see

EMPTY = {"money_from": "50", "money_to": "150", "steps": "6", "seconds": "5", "seed": "1", "new_hours": "160"}


class TenderingController(Controller):
    """Studies: ask, watch, read, take along."""

    path = "/tendering"

    @get("/", name="tendering.list")
    async def list(self, request: Rq, viewer: Viewer, in_state: InState = "") -> Answer:
        rows, total = await queries.studies(viewer, in_state, offset=offset_of(request))
        return page(
            request,
            "tendering/list.html",
            rows=[(row, views.key(row.result, row.question)) for row in rows],
            state=in_state,
            states=StudyState,
            page=paging(request, total),
        )

    @get("/new", name="tendering.new")
    async def new(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._form(request, viewer, Form({**EMPTY, "starts_on": clock.today().isoformat()}))

    @post("/", name="tendering.start")
    async def start(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, StudyForm)
        if form.items:
            forms.name_faults(form, await queries.names(viewer) | await queries.townships(viewer))
        id = await form.attempt(actions.start, viewer)
        if form.faults:
            return await self._form(request, viewer, form)
        return see(request, "tendering.show", notice=_("The study is queued."), id=id)

    async def _form(self, request: Rq, viewer: Viewer, form: AnyForm) -> Answer:
        return page(
            request,
            "tendering/new.html",
            status=form.status,
            form=form,
            typed=forms.typed(form),
            wrong=forms.wrong(form),
            material=await queries.material(viewer),
        )

    @get("/{id:int}", name="tendering.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        study = await queries.study(viewer, id)
        names = await queries.names(viewer)
        townships = await queries.townships(viewer)
        return page(
            request,
            "tendering/show.html",
            study=study,
            progress=views.progress(study),
            message=phrases.message(study.message),
            asked=views.asked(study.question, names, townships),
            key=views.key(study.result, study.question),
            rows=views.rows(study.result),
            drawings=views.drawings(study.result),
            worth=views.worth(study.result, names),
            events=trail.timeline(await audit.history(viewer, "tender_study", id)),
        )

    @get("/{id:int}/progress", name="tendering.progress")
    async def progress(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        study = await queries.study(viewer, id)
        if request.headers.get("HX-Request") != "true":
            return see(request, "tendering.show", id=id)
        response: Answer = page(request, "tendering/_progress.html", study=study, progress=views.progress(study))
        if not study.running:
            response.headers["HX-Refresh"] = "true"
        return response

    @get("/{id:int}/export", name="tendering.export")
    async def export(self, request: Rq, viewer: Viewer, id: Id, form: FromQuery[str] = "") -> Answer:
        await actions.note_export(viewer, id)
        study = await queries.study(viewer, id)
        cells = views.cells(study.result, await queries.names(viewer))
        return export(form, f"{_('Tender study')} {study.name}", views.HEADS, cells, viewer.name)

    @post("/{id:int}/cancel", name="tendering.cancel")
    async def cancel(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await press(request, actions.cancel, viewer, id)
        return see(request, "tendering.show", notice=_("The study is stopped."), id=id)
