"""Pages of call-backs and samples."""

from litestar import Controller, get, post

from shangmen.access import Scope
from shangmen.delivery.quality import actions, queries
from shangmen.delivery.quality.forms import HeardForm
from shangmen.delivery.quality.states import CallBackState, Heard, SampleKind
from shangmen.delivery.service_records.phrases import history_words
from shangmen.delivery.service_records.verification import actions as verification
from shangmen.delivery.visits import queries as visits
from shangmen.demand.recipients.queries import shown_name
from shangmen.foundation.audit import queries as audit
from shangmen.web import lists
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


class QualityController(Controller):
    """What the people say of what was delivered."""

    path = "/quality"

    @get("/", name="quality.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        said = lists.Asked(request)
        asked = queries.Asked(
            search=said.text("q"),
            state=said.among("state", CallBackState),
            kind=said.among("kind", SampleKind),
            supplier=said.number("supplier"),
            mine=said.among("mine", ["yes"]) != "",
        )
        rows, total = await queries.call_backs(viewer, asked, offset=offset_of(request))
        return page(
            request,
            "quality/list.html",
            rows=[(row, shown_name(viewer, row.person_name)) for row in rows],
            asked=asked,
            states=tuple(CallBackState),
            kinds=tuple(SampleKind),
            suppliers=[(one.id, one.name) for one in await visits.deliverers(viewer, wide=True)],
            page=paging(request, total),
        )

    @get("/results", name="quality.results")
    async def results(self, request: Rq, viewer: Viewer) -> Answer:
        return page(request, "quality/results.html", rows=await queries.results(viewer), days=queries.SHOWN.days)

    @get("/samples", name="quality.samples")
    async def samples(self, request: Rq, viewer: Viewer) -> Answer:
        rows, total = await queries.samples(viewer, offset=offset_of(request))
        return page(request, "quality/samples.html", rows=rows, page=paging(request, total))

    @get("/samples/{id:int}", name="quality.sample")
    async def sample(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return page(request, "quality/sample.html", sample=await queries.sample(viewer, id))

    @get("/{id:int}", name="quality.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._page(request, viewer, id, Form())

    @post("/{id:int}", name="quality.note")
    async def note(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.call_back(viewer, id)
        form = await bind(request, HeardForm)
        await form.attempt(actions.note, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, form)
        return see(request, "quality.show", notice=_("What was heard is noted."), id=id)

    async def _page(self, request: Rq, viewer: Scope, id: int, form: AnyForm) -> Answer:
        row = await queries.call_back(viewer, id)
        return page(
            request,
            "quality/show.html",
            form.status,
            row=row,
            person_name=shown_name(viewer, row.person_name),
            form=form,
            heard=tuple(one for one in Heard if one),
            tries_left=actions.MOST_TRIES - row.tries,
            answer=await verification.may_decide(viewer, row.station, row.supplier),
            events=history_words(await audit.history(viewer, "call_back", id)),
        )
