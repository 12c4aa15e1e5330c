"""Verbs on needs: draft -> approved -> waiting -> placed -> paused -> ended. Assessing stands in assessments/."""

from collections.abc import Sequence
from datetime import date

from piccolo.columns import Column

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.demand.needs import caps, priority, queries, windows
from shangmen.demand.needs.assessments import queries as assessments
from shangmen.demand.needs.assessments.actions import assess
from shangmen.demand.needs.events import NeedEnded, NeedPaused, NeedResumed
from shangmen.demand.needs.forms import ApprovalForm, EndForm, NeedForm, PauseForm, ReturnForm
from shangmen.demand.needs.states import NeedState, PausedFrom
from shangmen.demand.needs.tables import CarePlan, Need
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.households import queries as households
from shangmen.demand.recipients.states import PersonGroup, PersonState
from shangmen.errors import ImpossibleMove, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.deeds.actions import kept

__all__ = [
    "approve",
    "approve_all",
    "approve_these",
    "assess",
    "end",
    "free",
    "give_back",
    "pause",
    "place",
    "resume",
    "state",
]

AVERAGE_MONTH = 30  # days; only to spread visits


@database.scoped
async def state(scope: Scope, person: int, form: NeedForm) -> int:
    """State a need of a person, as a draft for the bureau to approve; its id.

    What the form leaves out comes from the catalogue item: minutes, staff, qualification, same sex. The last day is
    never later than the household's: a given one is refused, an open one is cut. Raises Refused beside the field.
    """
    who = await recipients.in_care(scope, person)
    values = await stated(scope, who, form)
    assessment = await assessments.latest(scope, person)
    plan = await _care_plan(person, assessment.id if assessment else None, form.goal)
    id = await database.add(
        Need(
            {
                **values,
                Need.county: who.county,
                Need.station: who.station,
                Need.person: person,
                Need.care_plan: plan,
                Need.state: NeedState.DRAFT,
                Need.created_at: clock.now(),
            }
        )
    )
    item = await catalogue.item(scope, form.service_item)
    record(scope, "needs.state", "need", id, item=item.code, visits_per_month=form.visits_per_month)
    return id


async def stated(scope: Scope, who: recipients.PersonRow, form: NeedForm, own: int = 0) -> dict[Column, object]:
    """What a form says of a need, by column; `own` is the draft that it changes. Raises Refused beside the field."""
    person = who.id
    try:
        item = await catalogue.item(scope, form.service_item)
    except NotFound:
        raise Refused("Choose one of the options.", field="service_item") from None
    begins = await households.beginning_of_service(scope, person) or clock.today()
    first = form.valid_from or max(clock.today(), begins)
    if who.state not in {PersonState.LIVING, PersonState.HOSPITAL}:
        raise Refused("Needs are stated only for people who live at home.", field="service_item")
    if await recipients.in_doubt(scope, person):
        raise Refused(
            "A note says that the person has died. Ask, then report it or save the file again.", field="service_item"
        )
    if first < begins:
        raise Refused("The household's entitlement begins on %(day)s.", field="valid_from", day=begins)
    if item.valid_to is not None and item.valid_to < first:
        raise Refused("This catalogue line is no longer in force.", field="service_item")
    if await database.exists(
        "SELECT 1 FROM need n JOIN service_item i ON i.id = n.service_item"
        " WHERE n.person = :person AND i.code = :code AND n.state <> 'ended' AND n.id <> :own",
        person=person,
        code=item.code,
        own=own,
    ):
        raise Refused("A need for this service is open already. End that one first.", field="service_item")
    minutes = form.minutes or item.standard_minutes
    if minutes < item.minimum_minutes:
        raise Refused(
            "This service takes at least %(minutes)s minutes.", field="minutes", minutes=item.minimum_minutes
        )
    assessment = await assessments.latest(scope, person)
    weight = priority.weight(assessment.level if assessment else None, who.group, who.living)
    return {
        Need.service_item: item.id,
        Need.visits_per_month: form.visits_per_month,
        Need.minutes: minutes,
        Need.staff_count: max(form.staff_count or 0, item.staff_count),
        Need.required_sex: who.sex if item.same_sex else "",
        Need.required_qualification: item.required_qualification,
        Need.minors_check: item.minors_check or who.group is PersonGroup.MINOR,
        Need.halal: who.halal,
        Need.windows: database.to_json(_windows(form, minutes)),
        Need.days_between: _spacing(form),
        Need.priority: form.priority or weight,
        Need.valid_from: first,
        Need.valid_to: await _last_day(scope, person, first, form.valid_to),
    }


def _windows(form: NeedForm, minutes: int) -> list[windows.Window]:
    chosen = form.windows or windows.PRESETS[form.preset]
    if form.preset == windows.Preset.ROWS and not form.windows:
        chosen = windows.typed(form.window_day, form.window_from, form.window_to)
        if not chosen:
            raise Refused("Give at least one time window, or choose any time.", field="windows")
    return windows.check(chosen, minutes)


def _spacing(form: NeedForm) -> int:
    """Days between two visits: half of an even spread, at least one, unless the form says otherwise."""
    if form.days_between is not None:
        return form.days_between
    return max(1, AVERAGE_MONTH // form.visits_per_month // 2)


async def _last_day(scope: Scope, person: int, first: date, wanted: date | None) -> date | None:
    """The last day of a need within the household's days; raises Refused beyond them."""
    if wanted is not None and wanted < first:
        raise Refused("The end lies before the beginning.", field="valid_to")
    end = await households.end_of_service(scope, person)
    if end is None:
        return wanted
    if first > end:
        raise Refused("The household's entitlement ends on %(day)s.", field="valid_from", day=end)
    if wanted is not None and wanted > end:
        raise Refused(
            "The household's entitlement ends on %(day)s; the need cannot run beyond it.", field="valid_to", day=end
        )
    return wanted or end


async def _care_plan(person: int, assessment: int | None, goal: str) -> int:
    """The plan that followed the latest assessment, begun with its first need."""
    plan = await database.value(
        int,
        "SELECT id FROM care_plan WHERE person = :person AND assessment IS NOT DISTINCT FROM :assessment::bigint"
        " AND valid_to IS NULL ORDER BY id DESC LIMIT 1",
        person=person,
        assessment=assessment,
    )
    if plan is None:
        return await database.add(CarePlan(person=person, assessment=assessment, goal=goal, valid_from=clock.today()))
    if goal:
        await database.change(CarePlan, plan, {CarePlan.goal: goal})
    return plan


async def move(
    scope: Scope,
    need: Need,
    verb: str,
    values: dict[Column, object],
    reason: str = "",
    organisation: int | None = None,
) -> int:
    """Write a change of a locked need with its audit event, in the trail of `organisation` when given; its id."""
    await database.change(Need, need.id, values)
    told = {Need.state: "state", Need.valid_to: "valid_to", Need.pause_until: "pause_until"}
    details = {told[column]: value for column, value in values.items() if column in told}
    record(scope, verb, "need", need.id, reason=reason, organisation=organisation, **details)
    return need.id


def _to(need: Need, then: NeedState, *only_from: NeedState) -> NeedState:
    """The next state of a need; raises ImpossibleMove, also from a state that another verb leads away from."""
    if only_from and need.state not in only_from:
        raise ImpossibleMove(need.state, then)
    return need.state.to(then)


@database.scoped
async def approve(scope: Scope, id: int, form: ApprovalForm | None = None) -> int:
    """Approve a draft: it waits for a supplier, or rests as approved while it starts far ahead.

    Beyond the ladder it takes the officer's reason, which stays with the need; without one Refused says what is
    beyond.
    Raises ImpossibleMove for what is no draft, Refused when the household's days ran out in the meantime,
    Stale when the draft was changed since it was read.
    """
    need = await database.lock(Need, id, form.version if form else None)
    _to(need, NeedState.WAITING, NeedState.DRAFT)
    measured = await _measured(scope, need)
    return await _approve(scope, need, measured, form.reason if form else "")


async def _measured(scope: Scope, need: Need) -> caps.Caps:
    """What the ladder says of the person of a need; approvals for one person come one after the other."""
    await database.execute("SELECT 1 FROM person WHERE id = :person FOR NO KEY UPDATE", person=need.person)
    return await caps.caps(scope, need.county, [need.person])


async def _approve(scope: Scope, need: Need, measured: caps.Caps, reason: str) -> int:
    far = need.valid_from > clock.today() + queries.HORIZON
    state = _to(need, NeedState.APPROVED if far else NeedState.WAITING, NeedState.DRAFT)
    begins = await households.beginning_of_service(scope, need.person)
    if begins is not None and need.valid_from < begins:
        raise Refused("The household's entitlement begins on %(day)s.", day=begins)
    end = await households.end_of_service(scope, need.person)
    if end is not None and need.valid_from > end:
        raise Refused("The household's entitlement ends on %(day)s.", day=end)
    (wish,) = await caps.wishes(scope, [need.id])
    beyond = measured.excess(wish)
    if beyond is not None and not reason:
        raise Refused(beyond.sentence, field="reason", **beyond.parameters)
    last = need.valid_to if end is None else min(need.valid_to or end, end)
    await move(
        scope,
        need,
        "needs.approve" if beyond is None else "needs.approve_beyond",
        {
            Need.state: state,
            Need.approved_by: scope.user,
            Need.valid_to: last,
            Need.returned_reason: "",
            Need.exception_reason: "" if beyond is None else reason,
        },
        reason,
        organisation=need.station,  # the station reads in its own trail that its need was approved
    )
    if beyond is None:
        measured.take(wish)
    return need.id


@database.scoped
async def give_back(scope: Scope, id: int, form: ReturnForm) -> int:
    """Give a draft back to its station with a reason: it is changed or ended there before it is asked about again.

    Raises ImpossibleMove for what is no draft, Stale when it was changed since it was read.
    """
    need = await database.lock(Need, id, form.version)
    _to(need, NeedState.WAITING, NeedState.DRAFT)
    return await move(
        scope, need, "needs.give_back", {Need.returned_reason: form.reason}, form.reason, organisation=need.station
    )


@database.scoped
async def approve_all(scope: Scope, township: int | None = None) -> int:
    """Approve every draft (of a township) that is not given back; how many.

    Those that cannot be approved, or go beyond the ladder, stay drafts: queries.exceptions names them.
    """
    drafts = await database.values(
        int,
        "SELECT n.id FROM need n JOIN person p ON p.id = n.person WHERE n.state = 'draft' AND n.returned_reason = ''"
        " AND n.county = ANY(:counties) AND (:township::bigint IS NULL OR p.township = :township) ORDER BY n.id",
        counties=list(scope.counties),
        township=township,
    )
    return await approve_these(scope, drafts)


@database.scoped
async def approve_these(scope: Scope, ids: Sequence[int]) -> int:
    """Approve those of some drafts that can be approved without a reason; how many."""
    await database.execute(
        "SELECT 1 FROM person WHERE id IN (SELECT person FROM need WHERE id = ANY(:ids))"
        " ORDER BY id FOR NO KEY UPDATE",
        ids=list(ids),
    )
    measured: dict[int, caps.Caps] = {}
    approved = 0
    people = {wish.person for wish in await caps.wishes(scope, ids)}
    for id in sorted(ids):
        need = await database.lock(Need, id)
        if need.county not in measured:
            measured[need.county] = await caps.caps(scope, need.county, people)
        try:
            await _approve(scope, need, measured[need.county], "")
        except Refused:
            continue
        approved += 1
    return approved


@database.scoped
async def wait(scope: Scope, id: int) -> int:
    """A need approved far ahead has come near: approved -> waiting. Raises ImpossibleMove from any other state."""
    need = await database.lock(Need, id)
    state = _to(need, NeedState.WAITING, NeedState.APPROVED)
    return await move(scope, need, "needs.wait", {Need.state: state}, organisation=need.station)


@database.scoped
async def place(scope: Scope, id: int) -> int:
    """A supplier accepted: waiting (or approved) -> placed. Raises ImpossibleMove from any other state."""
    need = await database.lock(Need, id)
    state = _to(need, NeedState.PLACED, NeedState.WAITING, NeedState.APPROVED)
    return await move(scope, need, "needs.place", {Need.state: state})


@database.scoped
async def free(scope: Scope, id: int) -> int:
    """Its placement is over: placed -> waiting. A resting need will wait when it resumes; others are left alone."""
    need = await database.lock(Need, id)
    if need.state is NeedState.PLACED:
        return await move(scope, need, "needs.free", {Need.state: _to(need, NeedState.WAITING)})
    if need.state is NeedState.PAUSED and need.paused_from is PausedFrom.PLACED:
        return await move(scope, need, "needs.free", {Need.paused_from: PausedFrom.WAITING})
    return id


@database.scoped
async def pause(scope: Scope, id: int, form: PauseForm) -> int:
    """Let a need rest from today: its placement stands, its visits do not. Publishes NeedPaused."""
    need = await database.lock(Need, id)
    _to(need, NeedState.PAUSED)
    if form.until is not None and form.until < clock.today():
        raise Refused("This day is past.", field="until")
    async with kept(
        scope, "needs.pause", "needs.pause", "need", id, station=need.station, reason=form.reason, until=form.until
    ):
        await rest(scope, need, clock.today(), form.until, form.reason)
    return id


async def rest(scope: Scope, need: Need, on: date, until: date | None, reason: str) -> None:
    """Pause a locked need from a day, and say so."""
    values: dict[Column, object] = {
        Need.state: _to(need, NeedState.PAUSED),
        Need.paused_from: PausedFrom(need.state),
        Need.pause_reason: reason,
        Need.pause_until: until,
    }
    await move(scope, need, "needs.pause", values, reason)
    await effects.publish(scope, NeedPaused(need.id, on, until))


@database.scoped
async def resume(scope: Scope, id: int, on: date | None = None) -> int:
    """Serve a resting need again, in the state that it had. Publishes NeedResumed."""
    need = await database.lock(Need, id)
    values: dict[Column, object] = {
        Need.state: _to(need, NeedState(need.paused_from or NeedState.WAITING), NeedState.PAUSED),
        Need.paused_from: PausedFrom.NOTHING,
        Need.pause_reason: "",
        Need.pause_until: None,
    }
    await move(scope, need, "needs.resume", values)
    await effects.publish(scope, NeedResumed(id, on or clock.today()))
    return id


@database.scoped
async def end(scope: Scope, id: int, form: EndForm) -> int:
    """End a need with its last day (today). Publishes NeedEnded; visits after that day fall away."""
    need = await database.lock(Need, id)
    _to(need, NeedState.ENDED)
    on = form.on or clock.today()
    if need.valid_to is not None and on > need.valid_to:
        raise Refused("The need ends on %(day)s already.", field="on", day=need.valid_to)
    async with kept(scope, "needs.end", "needs.end", "need", id, station=need.station, reason=form.reason, on=on):
        await finish(scope, need, on, form.reason)
    return id


async def finish(scope: Scope, need: Need, on: date, reason: str) -> None:
    """End a locked need on a day, and say so. A need that never began ends on its first day."""
    values: dict[Column, object] = {
        Need.state: _to(need, NeedState.ENDED),
        Need.valid_to: max(on, need.valid_from),
    }
    await move(scope, need, "needs.end", values, reason)
    await effects.publish(scope, NeedEnded(need.id, on, reason))
