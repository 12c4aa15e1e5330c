"""Pages of needs and assessments."""

from collections.abc import Sequence
from functools import partial

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen.access import Scope
from shangmen.demand.entitlement.rules import Excess
from shangmen.demand.needs import actions, caps, phrases, priority, queries
from shangmen.demand.needs.assessments import queries as assessments
from shangmen.demand.needs.assessments import scales
from shangmen.demand.needs.assessments.forms import SHEETS, SheetForm, assessment
from shangmen.demand.needs.forms import ApprovalForm, EndForm, NeedForm, PauseForm, ReturnForm
from shangmen.demand.needs.states import NeedState, Scale
from shangmen.demand.recipients import phrases as people
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.households import queries as households
from shangmen.demand.recipients.relatives import queries as relatives
from shangmen.errors import NotFound
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.audit.papers import taken
from shangmen.foundation.audit.views import foretold
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.deeds import views as deeds
from shangmen.foundation.regions import phrases as places
from shangmen.foundation.regions import queries as regions
from shangmen.web import lists, masking
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

COLUMNS = (
    "Name", "Township", "Group", "Category", "Ability", "Service item", "Visits a month", "Minutes a visit", "Workers",
    "Priority", "From", "Until", "State", "Station",
)  # fmt: skip


def filters(request: Rq) -> queries.Filters:
    """The filters of an address as the queries take them; what makes no sense filters nothing.

    Read here, because `state` is a reserved argument of handlers.
    """
    asked = lists.Asked(request)
    return {
        "search": asked.text("q"),
        "township": asked.number("township"),
        "state": asked.text("state"),
        "code": asked.text("code"),
        "group": asked.text("group"),
    }


class NeedsController(Controller):
    """The list of needs, and each need."""

    path = "/needs"

    @get("/", name="needs.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        chosen = filters(request)
        rows, total = await queries.needs(viewer, **chosen, offset=offset_of(request))
        return page(
            request,
            "needs/list.html",
            rows=rows,
            chosen={**chosen, "township": chosen["township"] or ""},
            page=paging(request, total),
            counts=await queries.counts(viewer),
            townships=await regions.townships(viewer),
            items=await catalogue.items(viewer),
            clear=viewer.role in recipients.CLEAR,
            say=phrases,
            people=people,
        )

    @get("/export", name="needs.export")
    async def export(self, request: Rq, viewer: Viewer, form: FromQuery[str] = "xlsx") -> Answer:
        def cells(row: queries.NeedRow) -> Sequence[object]:
            return (
                masking.name(row.name),
                row.township_name,
                people.group(row.group),
                label(row.category),
                label(row.level),
                phrases.service(row.code, row.item_name, row.item_english),
                row.visits_per_month,
                row.minutes,
                row.staff_count,
                phrases.weight(row.priority),
                row.valid_from,
                row.valid_to,
                phrases.state(row.state),
                row.station_name,
            )

        read = partial(queries.needs, viewer, **filters(request), limit=None)
        return await taken(viewer, form, _("Needs"), COLUMNS, "needs.export", "need", read, cells)

    @post("/approve", name="needs.approve_all")
    async def approve_all(self, request: Rq, viewer: Viewer) -> Answer:
        place = filters(request)["township"]
        count = await press(request, actions.approve_all, viewer, place)
        return see(
            request,
            "needs.list",
            notice=_("%(count)s needs are approved and go into the next matching.", count=count),
            state="draft",
            township=place,
        )

    @get("/{id:int}", name="needs.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._show(request, viewer, id)

    @post("/{id:int}/approve", name="needs.approve")
    async def approve(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.need(viewer, id)
        form = await bind(request, ApprovalForm)
        await form.attempt(actions.approve, viewer, id)
        if form.faults:
            return await self._show(request, viewer, id, approval=form)
        return see(request, "needs.show", notice=_("The need is approved."), id=id)

    @post("/{id:int}/pause", name="needs.pause")
    async def pause(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, PauseForm)
        asked = await foretold(request, form, _("Let the need rest"), ("need", id), actions.pause, viewer, id)
        if asked:
            return asked
        await form.attempt(actions.pause, viewer, id)
        if form.faults:
            return await self._show(request, viewer, id, pause=form)
        return see(request, "needs.show", notice=_("The need rests."), id=id)

    @post("/{id:int}/resume", name="needs.resume")
    async def resume(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await press(request, actions.resume, viewer, id)
        return see(request, "needs.show", notice=_("The need is served again."), id=id)

    @post("/{id:int}/end", name="needs.end")
    async def end(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, EndForm)
        asked = await foretold(request, form, _("End the need"), ("need", id), actions.end, viewer, id)
        if asked:
            return asked
        await form.attempt(actions.end, viewer, id)
        if form.faults:
            return await self._show(request, viewer, id, end=form)
        return see(request, "needs.show", notice=_("The need is ended."), id=id)

    @post("/{id:int}/return", name="needs.give_back")
    async def give_back(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.need(viewer, id)
        form = await bind(request, ReturnForm)
        await form.attempt(actions.give_back, viewer, id)
        if form.faults:
            return await self._show(request, viewer, id, returned=form)
        return see(request, "needs.show", notice=_("The draft is given back to the station."), id=id)

    async def _show(
        self, request: Rq, viewer: Viewer, id: int, pause: AnyForm | None = None, end: AnyForm | None = None,
        approval: AnyForm | None = None, returned: AnyForm | None = None,
    ) -> Answer:  # fmt: skip
        need = await queries.need(viewer, id)
        status = max([form.status for form in (pause, end, approval, returned) if form], default=200)
        return page(
            request,
            "needs/show.html",
            status,
            relatives=len((await relatives.relatives(viewer, [need.person])).get(need.person, ())),
            need=need,
            estimated=places.estimate(need.accuracy),
            plan=await queries.care_plan(viewer, need.care_plan),
            assessment=await assessments.latest(viewer, need.person),
            end_of_service=await households.end_of_service(viewer, need.person),
            beyond=await self._beyond(viewer, need),
            history=phrases.timeline(await audit.history(viewer, "need", id)),
            clear=viewer.role in recipients.CLEAR,
            approval=approval or Form(),
            pause=pause or Form(),
            end=end or Form(),
            returned=returned or Form(),
            back=await deeds.of_subject(viewer, "need", id),
            say=phrases,
            people=people,
        )

    async def _beyond(self, viewer: Scope, need: queries.NeedRow) -> Excess | None:
        """By what a draft goes beyond the ladder; nothing to a provider, who is asked for none."""
        if need.state is not NeedState.DRAFT:
            return None
        return await caps.beyond(viewer, need.county, caps.Wish.of(need))


class PersonNeedsController(Controller):
    """Assessing a person and stating what they need."""

    path = "/recipients"

    @get("/{id:int}/assess", name="needs.assess_form")
    async def assess_form(self, request: Rq, viewer: Viewer, id: Id, scale: FromQuery[str] = "") -> Answer:
        return await self._sheet(request, viewer, id, scale, Form())

    @post("/{id:int}/assess", name="needs.assess")
    async def assess(self, request: Rq, viewer: Viewer, id: Id, scale: FromQuery[str] = "") -> Answer:
        await recipients.in_care(viewer, id)
        if scale not in SHEETS:
            raise NotFound
        chosen = Scale(scale)
        form = await bind(request, SHEETS[chosen])

        async def assess(scope: Scope, person: int, sheet: SheetForm) -> int:
            return await actions.assess(scope, person, assessment(chosen, sheet))

        await form.attempt(assess, viewer, id)
        if form.faults:
            return await self._sheet(request, viewer, id, scale, form)
        return see(request, "recipients.show", notice=_("The assessment is recorded. State the needs next."), id=id)

    @get("/{id:int}/needs/new", name="needs.new")
    async def new(self, request: Rq, viewer: Viewer, id: Id, item: FromQuery[str] = "") -> Answer:
        form: AnyForm = Form({"service_item": item} if item.isdigit() else {})
        return await self._need(request, viewer, id, form)

    @post("/{id:int}/needs", name="needs.create")
    async def create(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await recipients.in_care(viewer, id)
        form = await bind(request, NeedForm)
        need = await form.attempt(actions.state, viewer, id)
        if form.faults:
            return await self._need(request, viewer, id, form)
        return see(request, "needs.show", notice=_("The need is stated. The bureau approves it next."), id=need)

    async def _sheet(self, request: Rq, viewer: Viewer, id: int, scale: str, form: AnyForm) -> Answer:
        person = await recipients.in_care(viewer, id)
        if scale not in SHEETS:
            scale = scales.fitting(person.group, person.category)
        before = await assessments.of_person(viewer, id)
        return page(
            request,
            "needs/assess.html",
            form.status,
            form=form,
            person=person,
            scale=scale,
            scales=scales,
            before=before,
            say=phrases,
            people=people,
        )

    async def _need(self, request: Rq, viewer: Viewer, id: int, form: AnyForm) -> Answer:
        person = await recipients.in_care(viewer, id)
        latest = await assessments.latest(viewer, id)
        return page(
            request,
            "needs/new.html",
            form.status,
            form=form,
            editing=None,
            person=person,
            assessment=latest,
            weight=priority.weight(latest.level if latest else None, person.group, person.living),
            items=await catalogue.items(viewer),
            end_of_service=await households.end_of_service(viewer, id),
            open=[row for row in await queries.of_person(viewer, id) if row.state is not NeedState.ENDED],
            say=phrases,
            people=people,
        )
