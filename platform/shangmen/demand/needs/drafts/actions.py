"""Verbs on drafts of needs and on the goals of care plans: correct them."""

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.needs.actions import stated
from shangmen.demand.needs.forms import NeedEditForm, PlanForm
from shangmen.demand.needs.states import NeedState
from shangmen.demand.needs.tables import CarePlan, Need
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.moves import queries as moves
from shangmen.errors import Conflict, NotFound
from shangmen.foundation.audit.actions import record


@database.scoped
async def correct(scope: Scope, id: int, form: NeedEditForm) -> int:
    """Keep a draft with another service, frequency, time or goal; its id.

    Raises what stating raises beside the fields, Stale, and Conflict for what is approved already.
    """
    need = await database.lock(Need, id, form.version)
    if need.state is not NeedState.DRAFT:
        raise Conflict("Only a draft is changed. End this need and state another.")
    who = await recipients.in_care(scope, need.person)
    values = await stated(scope, who, form, own=id)
    changes = [
        (name, str(was), str(value))
        for column, value in values.items()
        if column is not Need.windows and (was := vars(need)[name := column._meta.name]) != value
    ]
    await database.change(Need, id, {**values, Need.returned_reason: ""})
    record(scope, "needs.correct", "need", id, changes=changes)
    if need.care_plan is not None:
        await set_goal(scope, need.care_plan, PlanForm(goal=form.goal, version=form.care_plan_version))
    return id


@database.scoped
async def set_goal(scope: Scope, plan: int, form: PlanForm) -> int:
    """Say anew what the services of a care plan are to achieve; its id. Raises Stale, NotFound."""
    before = await database.lock(CarePlan, plan, form.version)
    await moves.refuse_only_read(scope, before.person)
    if before.goal != form.goal:
        await database.change(CarePlan, plan, {CarePlan.goal: form.goal})
        record(scope, "needs.set_goal", "person", before.person, changes=[("goal", before.goal, form.goal)])
    return plan


@database.scoped
async def set_goal_of(scope: Scope, need: int, form: PlanForm) -> int:
    """As `set_goal`, for the plan that a need is a line of; raises NotFound when it has none."""
    plan = (await database.read(Need, need)).care_plan
    if plan is None:
        raise NotFound
    return await set_goal(scope, plan, form)
