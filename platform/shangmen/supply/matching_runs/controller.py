"""Pages of matching runs; those of one need: `proposals/controller.py`."""

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit import queries as audit
from shangmen.supply.matching_runs import actions, phrases, queries, views
from shangmen.supply.matching_runs.approval import actions as approval
from shangmen.supply.matching_runs.decisions import actions as decisions
from shangmen.supply.matching_runs.decisions import queries as pins
from shangmen.supply.matching_runs.explanations import orders
from shangmen.supply.matching_runs.explanations import phrases as told
from shangmen.supply.matching_runs.explanations.prices import prices
from shangmen.supply.matching_runs.explanations.views import meters, remedy
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.map import views as map_views
from shangmen.supply.matching_runs.proposals import queries as proposals
from shangmen.supply.matching_runs.proposals import views as proposal_views
from shangmen.supply.matching_runs.states import RunState
from shangmen.web import lists, masking
from shangmen.web.exports import export
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, InState, Rq, Viewer, page, see


class MatchingRunsController(Controller):
    """Runs: start, watch, read, approve."""

    path = "/matching"

    @get("/", name="matching_runs.list")
    async def list(self, request: Rq, viewer: Viewer, in_state: InState = "", order: FromQuery[str] = "") -> Answer:
        asked = order if order in orders.ORDERS else "heaviest"
        form: AnyForm = Form({"starts_on": clock.today().isoformat(), "seed": "1", "seconds": "30", "order": asked})
        return await self._list(request, viewer, form, in_state)

    @post("/", name="matching_runs.start")
    async def start(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, RunForm)
        id = await form.attempt(actions.start, viewer)
        if form.faults:
            return await self._list(request, viewer, form, "")
        return see(request, "matching_runs.show", notice=_("The run is queued."), id=id)

    async def _list(self, request: Rq, viewer: Viewer, form: AnyForm, in_state: str) -> Answer:
        rows, total = await queries.runs(viewer, in_state, offset=offset_of(request))
        return page(
            request,
            "matching_runs/list.html",
            status=form.status,
            form=form,
            rows=rows,
            gap=views.worst_gap,
            orders=orders.ORDERS,
            state=in_state,
            states=RunState,
            page=paging(request, total),
        )

    @get("/{id:int}", name="matching_runs.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id, supplier: FromQuery[str] = "") -> Answer:
        run = await queries.run(viewer, id)
        tallies = await proposals.tallies(viewer, id)
        proof = run.certificate
        against = await pins.contradictions(viewer, id) if run.state is RunState.PROPOSED else []
        loads = await meters(viewer, id) if run.needs else []
        names = {supplier.id: supplier.name for supplier, _loads in loads}
        return page(
            request,
            "matching_runs/show.html",
            run=run,
            message=phrases.message(run.message),
            progress=views.progress(run),
            key=await map_views.key(viewer, id) if run.needs else [],
            supplier=lists.number(supplier),
            goals=views.goals(proof),
            chart=views.chart(run),
            changes=views.changes(tallies.change),
            moves=views.moves(proof),
            fewer=views.fewer_moves(proof),
            ranks=orders.ranks(proof),
            orders=orders.orders(proof),
            heads=orders.heads(proof),
            outcome=views.outcome(run, tallies, against),
            against=against,
            prices=prices(proof.prices, names) if proof else [],
            tallies=tallies,
            meters=loads,
            skipped=views.skipped(proof),
            events=trail.timeline(await audit.history(viewer, "matching_run", id)),
        )

    @get("/needs/{need:int}", name="matching_runs.latest")
    async def latest(self, request: Rq, viewer: Viewer, need: Id) -> Answer:
        """What the last run that looked at a need says of it."""
        run = await proposals.latest(viewer, need)
        if run is None:
            return see(request, "matching_runs.list", notice=_("No run has looked at this need yet."), kind="info")
        return see(request, "matching_runs.need", id=run, need=need)

    @get("/needs/{need:int}/why", name="matching_runs.why")
    async def why(self, request: Rq, viewer: Viewer, need: Id) -> Answer:
        """Why nobody serves a need, and who must act: for its station too."""
        run = await proposals.latest(viewer, need)
        proposal = await proposals.proposal(viewer, run, need) if run is not None else None
        suppliers = await queries.suppliers(viewer)
        names = {supplier.id: supplier.name for supplier in suppliers}
        kinds = {supplier.id: supplier.kind for supplier in suppliers}
        reasons = proposal.reasons if proposal is not None else []
        first = [reason for reason in reasons if not reason.by_rule] or reasons[:1]
        return page(
            request,
            "matching_runs/why.html",
            need=need,
            proposal=proposal,
            item=proposal_views.item(proposal) if proposal else "",
            shown_name=masking.name(proposal.person_name) if proposal else "",
            reasons=[(told.shown(reason, names), told.actor(reason, kinds)) for reason in first],
            remedy=await remedy(viewer, run, proposal) if run is not None and proposal else "",
        )

    @get("/{id:int}/progress", name="matching_runs.progress")
    async def progress(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        run = await queries.run(viewer, id)
        if request.headers.get("HX-Request") != "true":
            return see(request, "matching_runs.show", id=id)
        response: Answer = page(request, "matching_runs/_progress.html", run=run, progress=views.progress(run))
        if not run.running:
            response.headers["HX-Refresh"] = "true"
        return response

    @get("/{id:int}/map.geojson", name="matching_runs.geojson")
    async def geojson(self, request: Rq, viewer: Viewer, id: Id, supplier: FromQuery[str] = "") -> Answer:
        await queries.run(viewer, id)
        body = msgspec.json.encode(await map_views.geojson(request, viewer, id, lists.number(supplier)))
        return Response(body, media_type="application/geo+json")

    @get("/{id:int}/unserved", name="matching_runs.unserved")
    async def unserved(
        self,
        request: Rq,
        viewer: Viewer,
        id: Id,
        show: FromQuery[str] = "unserved",
        reason: FromQuery[str] = "",
        township: FromQuery[str] = "",
        item: FromQuery[str] = "",
        change: FromQuery[str] = "",
        supplier: FromQuery[str] = "",
    ) -> Answer:
        run = await queries.run(viewer, id)
        rows, total = await proposals.proposals(
            viewer,
            id,
            served={"unserved": False, "served": True}.get(show),
            overridden=show == "overridden",
            reason=reason,
            township=lists.number(township),
            item=item,
            change=change,
            supplier=lists.number(supplier),
            offset=offset_of(request),
        )
        suppliers = await queries.suppliers(viewer)
        names = {supplier.id: supplier.name for supplier in suppliers}
        asked = {"reason": reason, "township": township, "item": item, "change": change, "supplier": supplier}
        return page(
            request,
            "matching_runs/unserved.html",
            run=run,
            rows=proposal_views.listed(rows, names),
            shown=show,
            asked=asked,
            tallies=await proposals.tallies(viewer, id),
            suppliers=suppliers,
            changes=views.CHANGE_WORDS,
            tones=views.CHANGE_TONES,
            page=paging(request, total),
        )

    @get("/{id:int}/export", name="matching_runs.export")
    async def export(self, request: Rq, viewer: Viewer, id: Id, form: FromQuery[str] = "") -> Answer:
        await actions.note_export(viewer, id)
        rows, _total = await proposals.proposals(viewer, id, limit=None)
        names = {supplier.id: supplier.name for supplier in await queries.suppliers(viewer)}
        cells = proposal_views.cells(rows, names)
        return export(form, _("Matching proposals"), proposal_views.HEADS, cells, viewer.name)

    @post("/{id:int}/approve", name="matching_runs.approve")
    async def approve(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        made = await press(request, approval.approve, viewer, id)
        run = await queries.run(viewer, id)
        left = len(run.certificate.skipped) if run.certificate else 0
        notice = _("%(made)s offers were made.", made=made)
        if left:
            notice += " " + _("%(left)s needs were skipped; they are listed below.", left=left)
        return see(request, "matching_runs.show", notice=notice, id=id)

    @post("/{id:int}/pins", name="matching_runs.apply_pins")
    async def apply_pins(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        count = await press(request, decisions.apply_pins, viewer, id)
        notice = _("%(count)s proposals were changed to what was pinned.", count=count)
        return see(request, "matching_runs.show", notice=notice, id=id)

    @post("/{id:int}/cancel", name="matching_runs.cancel")
    async def cancel(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await press(request, actions.cancel, viewer, id)
        return see(request, "matching_runs.show", notice=_("The run is stopped."), id=id)
