"""Pages of organisations. Pages of workers: `workers/`."""

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.access import Role
from shangmen.foundation.audit import phrases
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.audit.actions import exported
from shangmen.foundation.organisations import actions, papers, queries
from shangmen.foundation.organisations.forms import (
    ORGANISATION_QUALIFICATIONS,
    CorrectionForm,
    OrganisationForm,
    QualificationForm,
    StatusForm,
    SuspensionForm,
)
from shangmen.foundation.organisations.standing import actions as standing
from shangmen.foundation.organisations.states import OrganisationKind
from shangmen.foundation.organisations.workers import queries as workers
from shangmen.foundation.organisations.workers.controller import show_worker
from shangmen.foundation.regions import phrases as places
from shangmen.foundation.regions import queries as regions
from shangmen.web import lists, versions
from shangmen.web.exports import export
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


class OrganisationsController(Controller):
    """Bureaux, stations, providers, institutions."""

    path = "/organisations"

    @get("/", name="organisations.list")
    async def list(
        self,
        request: Rq,
        viewer: Viewer,
        kind: FromQuery[str] = "",
        status: FromQuery[str] = "",
        view: FromQuery[str] = "",
    ) -> Answer:
        q = lists.Asked(request).text("q")
        rows, total = await queries.organisations(viewer, kind, q, status, offset=offset_of(request))
        return page(
            request,
            "organisations/list.html",
            rows=rows,
            page=paging(request, total),
            query={"q": q, "kind": kind, "status": status},
            kinds=[(name, label(name)) for name in OrganisationKind],
            expiring=await queries.expiring(viewer),
            view=view,
        )

    @get("/export", name="organisations.export")
    async def export(
        self, request: Rq, viewer: Viewer, form: FromQuery[str] = "", kind: FromQuery[str] = "",
        status: FromQuery[str] = "",
    ) -> Answer:  # fmt: skip
        q = lists.Asked(request).text("q")
        rows, _total = await queries.organisations(viewer, kind, q, status, limit=None)
        await exported(viewer, "organisations.export", "organisation", len(rows))
        columns = (
            "Name of the organisation", "Kind", "Credit code", "Township", "Run by", "Address", "Telephone", "Workers",
            "State", "Qualifications in order",
        )  # fmt: skip
        lines = (
            (
                row.name,
                label(row.kind),
                row.credit_code,
                row.township_name,
                row.operator_name,
                row.address,
                row.telephone,
                row.workers,
                label(row.status),
                _("No") if row.lapsed else _("Yes"),
            )
            for row in rows
        )
        return export(form, _("Organisations"), columns, lines, viewer.name)

    @get("/new", name="organisations.new")
    async def new(self, request: Rq, viewer: Viewer, kind: FromQuery[str] = "provider") -> Answer:
        return await self._form(request, viewer, Form({"kind": kind}))

    @post("/", name="organisations.create")
    async def create(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, OrganisationForm)
        id = await form.attempt(actions.register, viewer)
        if form.faults or id is None:
            return await self._form(request, viewer, form)
        return see(request, "organisations.show", notice=_("The organisation is registered."), id=id)

    @get("/{id:int}", name="organisations.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._show(request, viewer, id, Form())

    @get("/{id:int}/edit", name="organisations.edit")
    async def edit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._form(request, viewer, Form(), await queries.organisation(viewer, id))

    @post("/{id:int}/edit", name="organisations.correct")
    async def correct(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.organisation(viewer, id)
        form = await bind(request, CorrectionForm)
        await form.attempt(actions.correct, viewer, id)
        if form.faults:
            return await self._form(request, viewer, form, await queries.organisation(viewer, id))
        return see(request, "organisations.show", notice=_("The organisation is corrected."), id=id)

    @post("/{id:int}/suspend", name="organisations.suspend")
    async def suspend(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, StatusForm)
        await form.attempt(standing.suspend, viewer, id)
        if form.faults:
            return await self._show(request, viewer, id, Form(), suspend=form)
        return see(request, "organisations.show", notice=_("The organisation takes on nothing new."), id=id)

    @post("/{id:int}/reopen", name="organisations.reopen")
    async def reopen(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, StatusForm)
        await form.attempt(standing.reopen, viewer, id)
        if form.faults:
            return await self._show(request, viewer, id, Form(), suspend=form)
        return see(request, "organisations.show", notice=_("The organisation takes on work again."), id=id)

    @post("/{id:int}/close", name="organisations.close")
    async def close(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, StatusForm)
        follows = phrases.consequences(await form.rehearse("audit", standing.close, viewer, id), "organisation", id)
        if follows:
            return page(request, "confirm.html", form=form, consequences=follows, title=_("Close the organisation"))
        await form.attempt(standing.close, viewer, id)
        if form.faults:
            return await self._show(request, viewer, id, Form(), close=form)
        return see(request, "organisations.show", notice=_("The organisation is closed."), id=id)

    @post("/{id:int}/qualifications", name="organisations.add_qualification")
    async def add_qualification(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, QualificationForm)
        await form.attempt(actions.add_qualification, viewer, id)
        if form.faults:
            return await self._show(request, viewer, id, form)
        return see(request, "organisations.show", notice=_("The qualification is noted."), id=id)

    @post("/qualifications/{id:int}/suspend", name="organisations.suspend_qualification")
    async def suspend_qualification(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        holder = await queries.holder(viewer, id)
        form = await bind(request, SuspensionForm)
        await form.attempt(actions.suspend_qualification, viewer, id)
        if form.faults:
            if holder.organisation is None:
                return await show_worker(request, viewer, holder.worker or 0, suspension=form)
            return await self._show(request, viewer, holder.organisation, Form(), suspension=form, suspended=id)
        notice = _("The qualification is suspended. New work is blocked; see the work list for what follows.")
        if holder.organisation is None:
            return see(request, "organisations.worker", notice=notice, kind="warning", id=holder.worker)
        return see(request, "organisations.show", notice=notice, kind="warning", id=holder.organisation)

    async def _form(
        self, request: Rq, viewer: Viewer, form: AnyForm, editing: queries.ShownOrganisationRow | None = None
    ) -> Answer:
        if editing:
            areas = [row.id for row in await queries.areas(viewer, editing.id)]
            versions.over(form, {**vars(editing), "areas": areas})
        providers, _total = await queries.organisations(viewer, OrganisationKind.PROVIDER, limit=None)
        return page(
            request,
            "organisations/new.html",
            form.status,
            form=form,
            editing=editing,
            kinds=[(name, label(name)) for name in OrganisationKind],
            systems=places.systems(),
            townships=[(row.id, row.name) for row in await regions.townships(viewer)],
            providers=[(row.id, row.name) for row in providers],
        )

    async def _show(
        self, request: Rq, viewer: Viewer, id: int, form: AnyForm,
        suspension: AnyForm | None = None, suspended: int = 0,
        suspend: AnyForm | None = None, close: AnyForm | None = None,
    ) -> Answer:  # fmt: skip
        organisation = await queries.organisation(viewer, id)
        near = viewer.reach == "county" or viewer.organisation == id
        people, total = await workers.workers(viewer, organisation=id, limit=100)
        suspension = suspension or Form()
        now = {"version": organisation.version, "status": label(organisation.status)}
        suspend, close = versions.over(suspend or Form(), now), versions.over(close or Form(), now)
        suspend.prefix, close.prefix = "suspend", "close"

        def suspension_of(qualification: int) -> AnyForm:
            shown: AnyForm = suspension if qualification == suspended else Form()
            shown.prefix = f"suspend-{qualification}"
            return shown

        return page(
            request,
            "organisations/show.html",
            max(one.status for one in (form, suspension, suspend, close)),
            form=form,
            suspend=suspend,
            close=close,
            suspension_of=suspension_of,
            suspension=suspension,
            suspended=suspended,
            organisation=organisation,
            areas=await queries.areas(viewer, id),
            qualifications=await queries.qualifications(viewer, organisation=id),
            missing=await queries.missing_mandatory(viewer, id, clock.today()),
            doubtful=organisation.kind is OrganisationKind.PROVIDER
            and (await papers.supplier_prefixes(viewer)).doubts(organisation.credit_code),
            people=people,
            people_total=total,
            near=near,
            may_add=near and viewer.role in {Role.BUREAU_OFFICER, Role.PROVIDER_MANAGER},
            kinds=[(name, label(name)) for name in ORGANISATION_QUALIFICATIONS],
            events=phrases.timeline(await audit.history(viewer, "organisation", id)) if near else [],
        )
