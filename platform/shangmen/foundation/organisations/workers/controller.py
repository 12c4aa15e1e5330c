"""Pages of workers."""

from datetime import date

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.access import Role, Scope
from shangmen.foundation.audit import phrases
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.audit.actions import exported
from shangmen.foundation.audit.views import foretold
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.deeds import views as deeds
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.forms import (
    WORKER_QUALIFICATIONS,
    AbsenceForm,
    EngagementForm,
    QualificationForm,
    ShortenForm,
    WorkerCorrectionForm,
    WorkerForm,
    clock_text,
    hours,
    hours_of,
)
from shangmen.foundation.organisations.states import OrganisationKind, Position
from shangmen.foundation.organisations.workers import actions, queries
from shangmen.foundation.organisations.workers.actions import OFFICE_WEEK
from shangmen.foundation.organisations.workers.correction import actions as correction
from shangmen.foundation.organisations.workers.queries import Pattern
from shangmen.web import lists, versions
from shangmen.web.exports import export
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.masking import id_number, telephone
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


class WorkersController(Controller):
    """People who come to the door."""

    path = "/workers"

    @get("/", name="organisations.workers")
    async def list(
        self, request: Rq, viewer: Viewer, organisation: FromQuery[str] = "", position: FromQuery[str] = ""
    ) -> Answer:
        q = lists.Asked(request).text("q")
        rows, total = await queries.workers(viewer, q, lists.number(organisation), position, offset=offset_of(request))
        employers, _total = await organisations.organisations(viewer, limit=None)
        return page(
            request,
            "organisations/workers.html",
            rows=rows,
            page=paging(request, total),
            query={"q": q, "organisation": organisation, "position": position},
            employers=[(row.id, row.name) for row in employers if row.kind != OrganisationKind.BUREAU],
            positions=[(name, label(name)) for name in Position],
        )

    @get("/export", name="organisations.export_workers")
    async def export(
        self, request: Rq, viewer: Viewer, form: FromQuery[str] = "", organisation: FromQuery[str] = "",
        position: FromQuery[str] = "",
    ) -> Answer:  # fmt: skip
        q = lists.Asked(request).text("q")
        rows, _total = await queries.workers(viewer, q, lists.number(organisation), position, limit=None)
        await exported(viewer, "organisations.export_workers", "worker", len(rows))
        columns = (
            "Name", "Sex", "Organisation", "Post", "Valid from", "Valid to", "Telephone", "Hours a day",
            "Hours a month", "Qualifications", "Criminal-record check",
        )  # fmt: skip
        lines = (
            (
                row.name,
                label(row.sex),
                row.organisation_name,
                label(row.position),
                row.valid_from,
                row.valid_to,
                telephone(row.telephone),
                row.daily_minutes / 60,
                row.monthly_minutes / 60,
                _(", ").join(label(kind) for kind in row.kinds or ()),
                row.background_checked,
            )
            for row in rows
        )
        return export(form, _("Workers"), columns, lines, viewer.name)

    @get("/new", name="organisations.worker_new")
    async def worker_new(self, request: Rq, viewer: Viewer) -> Answer:
        starts, ends = hours_of(OFFICE_WEEK)
        position = Position.SOCIAL_WORKER if viewer.role == Role.STATION_SCHEDULER else Position.CARE_WORKER
        values = {"starts": starts, "ends": ends, "position": position, "valid_from": clock.today().isoformat()}
        return self._form(request, Form(values))

    @post("/", name="organisations.worker_create")
    async def worker_create(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, WorkerForm)
        id = await form.attempt(actions.register_worker, viewer)
        if form.faults or id is None:
            return self._form(request, form)
        return see(
            request, "organisations.worker", notice=_("The worker is registered. Add the certificates now."), id=id
        )

    @get("/{id:int}", name="organisations.worker")
    async def worker(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await show_worker(request, viewer, id)

    @get("/{id:int}/edit", name="organisations.worker_edit")
    async def worker_edit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._correction(request, viewer, id, Form())

    @post("/{id:int}/edit", name="organisations.worker_correct")
    async def worker_correct(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.worker(viewer, id)
        form = await bind(request, WorkerCorrectionForm)
        await form.attempt(correction.correct, viewer, id)
        if form.faults:
            return await self._correction(request, viewer, id, form)
        return see(request, "organisations.worker", notice=_("The worker's file is corrected."), id=id)

    @post("/{id:int}/qualifications", name="organisations.worker_qualify")
    async def worker_qualify(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, QualificationForm)
        await form.attempt(actions.qualify_worker, viewer, id)
        if form.faults:
            return await show_worker(request, viewer, id, qualify=form)
        return see(request, "organisations.worker", notice=_("The certificate is noted."), id=id)

    @post("/{id:int}/engagement", name="organisations.worker_engage")
    async def worker_engage(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, EngagementForm)
        await form.attempt(actions.engage, viewer, id)
        if form.faults:
            return await show_worker(request, viewer, id, engage=form)
        return see(request, "organisations.worker", notice=_("The working hours are noted."), id=id)

    @post("/{id:int}/absences", name="organisations.worker_absence")
    async def worker_absence(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, AbsenceForm)
        asked = await foretold(request, form, _("Note an absence"), ("worker", id), actions.absent, viewer, id)
        if asked:
            return asked
        await form.attempt(actions.absent, viewer, id)
        if form.faults:
            return await show_worker(request, viewer, id, absence=form)
        return see(
            request, "organisations.worker", id=id,
            notice=_("The absence is noted. Visits that are planned on these days need another worker."),
        )  # fmt: skip

    @post("/{id:int}/absences/{absence:int}", name="organisations.worker_shorten_absence")
    async def shorten_absence(self, request: Rq, viewer: Viewer, id: Id, absence: Id) -> Answer:
        form = await bind(request, ShortenForm)
        await form.attempt(actions.shorten_absence, viewer, id, absence)
        if form.faults:
            return await show_worker(request, viewer, id, absence=form)
        return see(request, "organisations.worker", notice=_("The absence is shortened."), id=id)

    async def _correction(self, request: Rq, viewer: Scope, id: int, form: AnyForm) -> Answer:
        worker = await queries.worker(viewer, id)
        masked = {"id_number": id_number(worker.id_number), "telephone": telephone(worker.telephone)}
        versions.over(form, {**vars(worker), **dict.fromkeys(masked, "")}, masked)
        return page(request, "organisations/worker_edit.html", form.status, form=form, worker=worker, masked=masked)

    def _form(self, request: Rq, form: AnyForm) -> Answer:
        return page(
            request,
            "organisations/worker_new.html",
            form.status,
            form=form,
            positions=[(name, label(name)) for name in Position],
        )


async def show_worker(
    request: Rq, viewer: Scope, id: int, qualify: AnyForm | None = None,
    engage: AnyForm | None = None, absence: AnyForm | None = None, suspension: AnyForm | None = None,
) -> Answer:  # fmt: skip
    """A worker's page, with the form of it that was refused."""
    worker = await queries.worker(viewer, id)
    engagements = await queries.engagements(viewer, id)
    own = next((row for row in engagements if row.organisation == viewer.organisation), None)
    months = await _check_months(viewer)
    qualify, absence, suspension = qualify or Form(), absence or Form(), suspension or Form()
    engage = versions.over(engage or Form(), _as_typed(own))
    qualify.prefix, engage.prefix, absence.prefix = "qualify", "engage", "absence"
    return page(
        request,
        "organisations/worker.html",
        max(form.status for form in (qualify, engage, absence, suspension)),
        worker=worker,
        engagements=[(row, _week(row.pattern)) for row in engagements],
        qualifications=await organisations.qualifications(viewer, worker=id),
        absences=[(row, _shortened(row)) for row in await queries.absences(viewer, id)],
        qualify=qualify,
        engage=engage,
        absence=absence,
        suspension=suspension,  # its button is elsewhere; what is wrong with it is said here
        check_due=_check_due(worker.background_checked, months),
        kinds=[(name, label(name)) for name in WORKER_QUALIFICATIONS],
        positions=[(name, label(name)) for name in Position],
        own=own is not None,
        events=phrases.timeline(await audit.history(viewer, "worker", id)),
        back=await deeds.of_subject(viewer, "worker", id),
    )


def _shortened(row: queries.AbsenceRow) -> AnyForm:
    """The form by which an absence is shortened; there is one for each."""
    form: AnyForm = Form({"last": ""})
    form.prefix = f"absence{row.id}"
    return form


async def _check_months(viewer: Scope) -> int:
    """Most months since a criminal-record check; 12 where no parameter is loaded (未成年人保护法 article 62)."""
    try:
        return await catalogue.parameter(viewer, "background_check_months")
    except LookupError:
        return 12


def _check_due(checked: date | None, months: int) -> date | None:
    """The day by which a check must be repeated, or None when there is none."""
    return clock.months_after(checked, months) if checked else None


def _week(pattern: Pattern) -> list[list[str]]:
    """The spans of each weekday as texts."""
    return [
        [f"{clock_text(span[0])}–{clock_text(span[1])}" for span in pattern.get(str(day)) or []] for day in range(7)
    ]


def _as_typed(own: queries.EngagementRow | None) -> dict[str, object]:
    """One's own engagement as the form begins; without one, the office week from today on."""
    starts, ends = hours_of(own.pattern if own else OFFICE_WEEK)
    if own is None:
        return {"starts": starts, "ends": ends, "valid_from": clock.today()}
    return {
        "version": own.version,
        "starts": starts,
        "ends": ends,
        "position": own.position,
        "valid_from": own.valid_from,
        "valid_to": own.valid_to,
        "daily_hours": hours(own.daily_minutes),
        "monthly_hours": hours(own.monthly_minutes),
    }
