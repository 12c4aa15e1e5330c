"""Pages of drafts: correcting a need that is not approved yet, and the goal of its care plan."""

from litestar import Controller, get, post

from shangmen.demand.needs import phrases, priority, queries, windows
from shangmen.demand.needs.assessments import queries as assessments
from shangmen.demand.needs.drafts import actions
from shangmen.demand.needs.forms import NeedEditForm, PlanForm
from shangmen.demand.needs.states import NeedState
from shangmen.demand.recipients import phrases as people
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.households import queries as households
from shangmen.errors import Conflict
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.web import versions
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


class DraftNeedsController(Controller):
    """Needs that are not approved yet."""

    path = "/needs"

    @get("/{id:int}/edit", name="needs.edit")
    async def edit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._form(request, viewer, id, Form())

    @post("/{id:int}/edit", name="needs.correct")
    async def correct(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.need(viewer, id)
        form = await bind(request, NeedEditForm)
        await form.attempt(actions.correct, viewer, id)
        if form.faults:
            return await self._form(request, viewer, id, form)
        return see(request, "needs.show", notice=_("The draft is corrected."), id=id)

    @get("/{id:int}/goal", name="needs.goal")
    async def goal(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._goal(request, viewer, id, Form())

    @post("/{id:int}/goal", name="needs.set_goal")
    async def set_goal(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.need(viewer, id)
        form = await bind(request, PlanForm)
        await form.attempt(actions.set_goal_of, viewer, id)
        if form.faults:
            return await self._goal(request, viewer, id, form)
        return see(request, "needs.show", notice=_("The goal of the care plan is noted."), id=id)

    async def _goal(self, request: Rq, viewer: Viewer, id: int, form: AnyForm) -> Answer:
        need = await queries.need(viewer, id)
        plan = await queries.care_plan(viewer, need.care_plan)
        versions.over(form, {"version": plan.version, "goal": plan.goal} if plan else {})
        return page(request, "needs/goal.html", form.status, form=form, need=need, say=phrases)

    async def _form(self, request: Rq, viewer: Viewer, id: int, form: AnyForm) -> Answer:
        need = await queries.need(viewer, id)
        if need.state is not NeedState.DRAFT and not form.faults:
            raise Conflict("Only a draft is changed. End this need and state another.")
        person = await recipients.in_care(viewer, need.person)
        plan = await queries.care_plan(viewer, need.care_plan)
        latest = await assessments.latest(viewer, need.person)
        goal = {"goal": plan.goal, "care_plan_version": plan.version} if plan else {}
        versions.over(form, {**vars(need), **windows.as_typed(need.windows), **goal})
        return page(
            request,
            "needs/new.html",
            form.status,
            form=form,
            editing=need,
            person=person,
            assessment=latest,
            weight=priority.weight(latest.level if latest else None, person.group, person.living),
            items=await catalogue.items(viewer),
            end_of_service=await households.end_of_service(viewer, need.person),
            open=[],
            say=phrases,
            people=people,
        )
