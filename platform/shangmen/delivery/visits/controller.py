"""Pages of visits: the week, the list, one visit, planning by hand, the automatic filler."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.access import Role, Scope
from shangmen.delivery.visits import actions, phrases, queries, rules, views
from shangmen.delivery.visits.bookings import clock_time
from shangmen.delivery.visits.forms import (
    BulkCancelForm,
    CancelForm,
    CancelReason,
    FillForm,
    MissedForm,
    MoveForm,
    PhoneForm,
    VisitForm,
)
from shangmen.delivery.visits.rostering import queries as rostering
from shangmen.delivery.visits.rostering import suggestions
from shangmen.delivery.visits.states import COUNTED, OPEN, STANDING, VisitState
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.audit.papers import taken
from shangmen.foundation.audit.views import foretold
from shangmen.foundation.deeds import views as deeds
from shangmen.foundation.regions.phrases import estimate
from shangmen.web import lists, versions
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see, url

PLANNERS = (Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER)
SHOWN = 12  # placements in the panel beside the calendar


@dataclass(frozen=True)
class Filter:
    """What a list of visits is asked for; the coming week where nothing is asked."""

    search: str
    state: VisitState | None
    organisation: int | None
    worker: int | None
    placement: int | None
    first: date | None
    last: date | None
    hindered: bool

    @classmethod
    def of(cls, request: Rq) -> "Filter":
        """From the address; what cannot be read is as if it was not said."""
        given = lists.Asked(request)
        asked = any(
            given.text(name)
            for name in ("q", "state", "organisation", "worker", "placement", "first", "last", "hindered")
        )
        return cls(
            search=given.text("q"),
            state=VisitState(state) if (state := given.among("state", VisitState)) else None,
            organisation=given.number("organisation"),
            worker=given.number("worker"),
            placement=given.number("placement"),
            first=given.day("first") if asked else clock.today(),
            last=given.day("last") if asked else clock.today() + timedelta(6),
            hindered=bool(given.text("hindered")),
        )


class VisitsController(Controller):
    """The calendar, the list, and one visit with its verbs."""

    path = "/visits"

    @get("/", name="visits.calendar")
    async def calendar(
        self, request: Rq, viewer: Viewer, week: FromQuery[str] = "", organisation: FromQuery[str] = ""
    ) -> Answer:
        monday = clock.monday_of(lists.day(week) or clock.today())
        places = await queries.deliverers(viewer)
        chosen = next((one for one in places if one.id == lists.number(organisation)), places[0] if places else None)
        if viewer.role in PLANNERS:
            chosen = next(one for one in places if one.id == viewer.organisation)
        visits = await queries.week(viewer, monday, chosen.id if chosen else 0)
        people = await views.people(viewer, chosen.id, monday, monday + timedelta(6)) if chosen else {}
        address = partial(url, request)
        days = list(clock.days(monday, monday + timedelta(6)))
        standing = [visit for visit in visits if visit.state in STANDING]
        lacking = await rostering.lacking(viewer, chosen.id, max(monday, clock.today())) if chosen else []
        return page(
            request,
            "visits/calendar.html",
            days=days,
            rows=views.weeks(viewer, visits, people, days, address),
            visits=visits,
            standing=standing,
            agreed=sum(visit.state is not VisitState.PLANNED for visit in standing),
            states=list(VisitState),
            tones=views.TONES,
            minutes=sum(visit.minutes * len(visit.workers) for visit in standing),
            places=places,
            chosen=chosen,
            month=clock.month_of(max(monday, clock.today())),
            lacking=lacking[:SHOWN],
            lacking_visits=sum(row.lacks for row in lacking),
            lacking_placements=len(lacking),
            links={n: address("visits.calendar", week=(monday + timedelta(n)).isoformat(), organisation=organisation)
                   for n in (-7, 7)},
            this_week=address("visits.calendar", organisation=organisation),
            planner=viewer.role in PLANNERS,
            shown_name=partial(views.person_name, viewer),
        )  # fmt: skip

    @get("/list", name="visits.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._list(request, viewer, Form())

    @post("/cancel", name="visits.cancel_many")
    async def cancel_many(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, BulkCancelForm)
        own = ("organisation", viewer.organisation or 0)
        sure = await foretold(request, form, _("Cancel all visits of a period"), own, actions.cancel_many, viewer)
        if sure:
            return sure
        count = await form.attempt(actions.cancel_many, viewer)
        if form.faults or count is None:
            return await self._list(request, viewer, form)
        notice = _("Cancelled visits: %(count)s. Their workers are free then.", count=count)
        return see(request, "visits.list", notice=notice)

    async def _list(self, request: Rq, viewer: Scope, form: AnyForm) -> Answer:
        asked = Filter.of(request)
        rows, total = await queries.visits(viewer, **asdict(asked), offset=offset_of(request))
        form.prefix = "cancel"
        if rows and not form.values:  # the days that the list shows, as far as they are not past
            form.values["first"] = max(clock.today(), rows[0].day)
            form.values["last"] = max(clock.today(), asked.last or rows[-1].day)
        return page(
            request,
            "visits/list.html",
            form.status,
            form=form,
            reasons=[*CancelReason],
            to_cancel=any(row.state in OPEN and row.supplier == viewer.organisation for row in rows),
            back=await deeds.of_subject(viewer, "organisation", viewer.organisation or 0),
            rows=rows,
            asked=asked,
            states=list(VisitState),
            places=await queries.deliverers(viewer, wide=viewer.reach == "station"),
            page=paging(request, total),
            query=request.url.query or "",
            shown_name=partial(views.person_name, viewer),
        )

    @get("/export", name="visits.export")
    async def export(self, request: Rq, viewer: Viewer, form: FromQuery[str] = "xlsx") -> Answer:
        heads = ["Day", "Begin time", "End time", "Minutes", "Service", "Recipient", "Township", "Village", "Position",
                 "Workers", "Supplier", "Station", "State", "Reason", "Note"]  # fmt: skip

        def cells(row: queries.VisitRow) -> Sequence[object]:
            return (
                row.day, clock_time(row.planned_start), clock_time(row.planned_end), row.minutes,
                f"{row.item_code} {views.item_name(row)}", views.person_name(viewer, row.person_name),
                row.township_name or "", row.village or "", estimate(row.accuracy),
                _(", ").join(one.name for one in row.workers),
                row.supplier_name, row.station_name, label(row.state), label(row.reason), row.note,
            )  # fmt: skip

        read = partial(queries.visits, viewer, **asdict(Filter.of(request)), limit=None)
        return await taken(viewer, form, _("Visits"), heads, "visits.export", "visit", read, cells)

    @get("/{id:int}", name="visits.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await _visit_page(request, viewer, id)

    @post("/{id:int}/move", name="visits.move")
    async def move(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, MoveForm)
        await form.attempt(actions.move, viewer, id)
        if form.faults:
            return await _visit_page(request, viewer, id, move=form)
        return see(request, "visits.show", notice=_("The visit is moved. Agree the time with the recipient."), id=id)

    @post("/{id:int}/confirm", name="visits.confirm")
    async def confirm(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await press(request, actions.confirm, viewer, id)
        return see(request, "visits.show", notice=_("The visit is confirmed."), id=id)

    @post("/{id:int}/cancel", name="visits.cancel")
    async def cancel(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, CancelForm)
        await form.attempt(actions.cancel, viewer, id)
        if form.faults:
            return await _visit_page(request, viewer, id, cancel=form)
        return see(request, "visits.show", notice=_("The visit is cancelled. Its workers are free then."), id=id)

    @post("/{id:int}/missed", name="visits.missed")
    async def missed(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, MissedForm)
        await form.attempt(actions.mark_missed, viewer, id)
        if form.faults:
            return await _visit_page(request, viewer, id, missed=form)
        return see(request, "visits.show", notice=_("The visit is marked as missed."), id=id)

    @post("/{id:int}/phone", name="visits.phone")
    async def phone(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, PhoneForm)
        await form.attempt(actions.convert_to_phone, viewer, id)
        if form.faults:
            return await _visit_page(request, viewer, id, phone=form)
        return see(request, "visits.show", notice=_("A call takes the place of the visit."), id=id)


class PlanningController(Controller):
    """Planning by hand and by the filler."""

    path = "/visits"

    @get("/placements/{id:int}/new", name="visits.new")
    async def new(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await _plan_page(request, viewer, id, Form(views.prefilled(request.query_params)))

    @post("/placements/{id:int}", name="visits.create")
    async def create(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, VisitForm)
        visit = await form.attempt(actions.plan, viewer, id)
        if form.faults:
            return await _plan_page(request, viewer, id, form)
        return see(request, "visits.show", notice=_("The visit is planned."), id=visit)

    @get("/fill", name="visits.fill_form")
    async def fill_form(self, request: Rq, viewer: Viewer) -> Answer:
        first, last = views.next_period()
        return await _fill_page(request, viewer, Form({"first": first.isoformat(), "last": last.isoformat()}))

    @post("/fill", name="visits.fill")
    async def fill(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, FillForm)
        run = await form.attempt(actions.fill, viewer)
        if form.faults:
            return await _fill_page(request, viewer, form)
        return see(request, "visits.roster", id=run)

    @get("/rosters/{id:int}", name="visits.roster")
    async def roster(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        run = await rostering.roster_run(viewer, id)
        return page(
            request,
            "visits/roster.html",
            run=run,
            left=await phrases.left_over(viewer, run),
            planner=viewer.organisation == run.organisation and viewer.role in PLANNERS,
            events=phrases.timeline(await audit.history(viewer, "roster_run", id)),
            shown_name=partial(views.person_name, viewer),
        )


async def _visit_page(request: Rq, viewer: Scope, id: int, **forms: AnyForm) -> Answer:
    """One visit; the form that was refused keeps what was typed."""
    visit = await queries.visit(viewer, id)
    planner = viewer.role in PLANNERS and visit.supplier == viewer.organisation
    open_now = planner and visit.state in OPEN
    ideas, people = [], []
    if open_now:
        people = await views.choices(viewer, visit.placement, visit.day)
        ideas = views.suggestions(await suggestions.ideas(viewer, visit.placement, ignoring=id), people)
    move = versions.over(forms.get("move") or Form(views.prefilled(request.query_params)), views.of_visit(visit))
    now = {"version": visit.version, "planned": views.planned(visit)}
    shown = {
        "move": move,
        **{name: versions.over(forms.get(name) or Form(), now) for name in ("cancel", "missed", "phone")},
    }
    for name, form in shown.items():
        form.prefix = name  # type: ignore[attr-defined]  # read by the macros: several forms stand on this page
    return page(
        request,
        "visits/show.html",
        max(form.status for form in shown.values()),
        visit=visit,
        minutes=visit.minutes,
        planner=planner,
        open_now=open_now,
        to_confirm=open_now and visit.state is VisitState.PLANNED and not visit.hindrance,
        steps=views.steps(visit.state),
        due=visit.planned_start <= clock.now(),
        ideas=ideas,
        people=people,
        reasons=list(CancelReason),
        events=phrases.timeline(await audit.history(viewer, "visit", id), visit),
        back=await deeds.of_subject(viewer, "visit", id),
        forms_shown=shown,
        shown_name=partial(views.person_name, viewer),
    )


async def _plan_page(request: Rq, viewer: Scope, placement: int, form: AnyForm) -> Answer:
    served = await rostering.placement(viewer, placement)
    rules.own(viewer, served.supplier)
    chosen = lists.day(str(form.values.get("day", ""))) or clock.today()
    people = await views.choices(viewer, placement, chosen)
    present, _total = await queries.visits(
        viewer, placement=placement, first=clock.month_of(chosen)[0], last=clock.month_of(chosen)[1], limit=None
    )
    return page(
        request,
        "visits/new.html",
        form.status,
        form=form,
        placement=served,
        windows=phrases.windows(await rostering.windows(viewer, served)),
        people=people,
        present=present,
        counted=sum(visit.state in COUNTED for visit in present),
        ideas=views.suggestions(await suggestions.ideas(viewer, placement), people),
    )


async def _fill_page(request: Rq, viewer: Scope, form: AnyForm) -> Answer:
    return page(
        request,
        "visits/fill.html",
        form.status,
        form=form,
        runs=await rostering.roster_runs(viewer, viewer.organisation or 0),
        lacking=sum(row.lacks for row in await rostering.lacking(viewer, viewer.organisation or 0, clock.today())),
        after=sum(
            row.lacks
            for row in await rostering.lacking(viewer, viewer.organisation or 0, clock.next_month(clock.today()))
        ),
        month=clock.today(),
        next_month=clock.next_month(clock.today()),
    )
