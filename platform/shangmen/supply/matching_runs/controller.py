"""Pages of matching runs."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from shangmen import clock
from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit import queries as audit
from shangmen.supply.matching_runs import actions, explanations, map, phrases, queries, suppositions, views
from shangmen.supply.matching_runs.forms import OverrideForm, PinForm, RunForm, SupposeForm
from shangmen.web import language, lists, masking
from shangmen.web.exports import export
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, InState, Rq, Viewer, address, page, redirect, see


def _item(row: Any) -> str:
    name = row["item_name"] if language.current() == "zh_CN" else row["item_english"]
    return f"{row['item_code']} {name}"


def _why(row: Any, names: dict[int, str]) -> dict[str, Any] | None:
    """The first reason of an unserved need, with the supplier that it concerns."""
    entries = msgspec.json.decode(row["reasons"])
    return explanations.shown(entries[0], names) if entries and row["supplier"] is None else None


def _told(why: dict[str, Any] | None) -> str:
    """A reason as one text."""
    if why is None:
        return ""
    return f"{why['name']}{_(': ')}{why['sentence']}" if why["name"] else str(why["sentence"])


class MatchingRunsController(Controller):
    """Runs: start, watch, read, approve."""

    path = "/matching"

    @get("/", name="matching_runs.list")
    async def list(self, request: Rq, viewer: Viewer, in_state: InState = "") -> Answer:
        form: AnyForm = Form({"starts_on": clock.today().isoformat(), "seed": "1", "seconds": "30"})
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
            rows=[{**row, "gap": views.worst_gap(row["certificate"])} for row in rows],
            state=in_state,
            states=views.STATES,
            page=paging(request, total),
        )

    @get("/{id:int}", name="matching_runs.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        run = await queries.run(viewer, id)
        tallies = await queries.tallies(viewer, id)
        meters = await explanations.meters(viewer, id) if run["needs"] else []
        return page(
            request,
            "matching_runs/show.html",
            run=run,
            running=run["state"] in ("queued", "solving"),
            message=phrases.message(run["message"]),
            progress=views.progress(run),
            goals=views.goals(run["certificate"]),
            chart=views.chart(run),
            changes=views.changes(tallies["change"]),
            moves=views.moves(run["certificate"]),
            fewer=views.fewer_moves(run["certificate"]),
            prices=views.prices(run["certificate"], {supplier["id"]: supplier["name"] for supplier, _m in meters}),
            tallies=tallies,
            meters=meters,
            skipped=views.skipped(run["certificate"]),
            events=trail.timeline(await audit.history(viewer, "matching_run", id)),
        )

    @get("/needs/{need:int}", name="matching_runs.latest")
    async def latest(self, request: Rq, viewer: Viewer, need: Id) -> Answer:
        """What the last run that looked at a need says of it."""
        run = await queries.latest(viewer, need)
        if run is None:
            return see(request, "matching_runs.list", notice=_("No run has looked at this need yet."), kind="info")
        return see(request, "matching_runs.need", id=run, need=need)

    @get("/{id:int}/progress", name="matching_runs.progress")
    async def progress(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        run = await queries.run(viewer, id)
        running = run["state"] in ("queued", "solving")
        if request.headers.get("HX-Request") != "true":
            return see(request, "matching_runs.show", id=id)
        response: Answer = page(
            request, "matching_runs/_progress.html", run=run, running=running, progress=views.progress(run)
        )
        if not running:
            response.headers["HX-Refresh"] = "true"
        return response

    @get("/{id:int}/map.geojson", name="matching_runs.geojson")
    async def geojson(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.run(viewer, id)
        body = msgspec.json.encode(await map.collection(request, viewer, id))
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
        rows, total = await queries.proposals(
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
        names = {supplier["id"]: supplier["name"] for supplier in suppliers}
        asked = {"reason": reason, "township": township, "item": item, "change": change, "supplier": supplier}
        return page(
            request,
            "matching_runs/unserved.html",
            run=run,
            rows=[
                {
                    **row,
                    "item": _item(row),
                    "shown_name": masking.name(row["person_name"]),
                    "why": _why(row, names),
                }
                for row in rows
            ],
            shown=show,
            asked=asked,
            tallies=await queries.tallies(viewer, id),
            suppliers=suppliers,
            changes=views.CHANGE_WORDS,
            tones=views.CHANGE_TONES,
            page=paging(request, total),
        )

    @get("/{id:int}/export", name="matching_runs.export")
    async def export(self, request: Rq, viewer: Viewer, id: Id, form: FromQuery[str] = "") -> Answer:
        await actions.note_export(viewer, id)
        rows, _total = await queries.proposals(viewer, id, limit=100_000)
        names = {supplier["id"]: supplier["name"] for supplier in await queries.suppliers(viewer)}
        heads = (
            "Need", "Recipient", "Township", "Service", "Visits a month", "Minutes", "Priority weight", "Supplier",
            "Contract", "Kilometres", "Change", "Present supplier", "Reason", "Explanation", "Changed by hand",
        )  # fmt: skip
        cells = [
            (
                row["need"], masking.name(row["person_name"]), row["township_name"], _item(row),
                row["visits_per_month"], row["minutes"], row["priority"], row["supplier_name"],
                row["contract_number"], None if row["metres"] is None else round(row["metres"] / 1000, 1),
                _(views.CHANGE_WORDS[row["change"]]), row["previous_name"], label(row["reason"]),
                _told(_why(row, names)),
                row["override_reason"],
            )
            for row in rows
        ]  # fmt: skip
        return export(form, _("Matching proposals"), heads, cells, viewer.name)

    @post("/{id:int}/approve", name="matching_runs.approve")
    async def approve(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        made = await press(request, actions.approve, viewer, id)
        run = await queries.run(viewer, id)
        left = len(run["certificate"].get("skipped", []))
        notice = _("%(made)s offers were made.", made=made)
        if left:
            notice += " " + _("%(left)s needs were skipped; they are listed below.", left=left)
        return see(request, "matching_runs.show", notice=notice, id=id)

    @post("/{id:int}/cancel", name="matching_runs.cancel")
    async def cancel(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await press(request, actions.cancel, viewer, id)
        return see(request, "matching_runs.show", notice=_("The run is stopped."), id=id)


class MatchingNeedController(Controller):
    """One need of a run: why, why not, and what a person decides."""

    path = "/matching/{id:int}/needs/{need:int}"

    @get("/", name="matching_runs.need")
    async def need(
        self, request: Rq, viewer: Viewer, id: Id, need: FromPath[int], suppose: FromQuery[str] = ""
    ) -> Answer:
        return await self._page(request, viewer, id, need, asked=Form({"supplier": suppose}))

    @post("/suppose", name="matching_runs.suppose")
    async def suppose(self, request: Rq, viewer: Viewer, id: Id, need: FromPath[int]) -> Answer:
        await queries.proposal(viewer, id, need)
        form = await bind(request, SupposeForm)
        supplier = await form.attempt(suppositions.suppose, viewer, id, need)
        if form.faults:
            return await self._page(request, viewer, id, need, asked=form)
        return redirect(f"{address(request.app, 'matching_runs.need', id=id, need=need, suppose=supplier)}#suppose")

    @get("/supposed", name="matching_runs.supposed")
    async def supposed(
        self, request: Rq, viewer: Viewer, id: Id, need: FromPath[int], suppose: FromQuery[str] = ""
    ) -> Answer:
        """The answer as a fragment, or that it is not there yet."""
        proposal = await queries.proposal(viewer, id, need)
        if request.headers.get("HX-Request") != "true":
            return see(request, "matching_runs.need", id=id, need=need, suppose=suppose)
        supposed = await suppositions.told(viewer, id, need, lists.number(suppose) or 0)
        run = await queries.run(viewer, id)
        response: Answer = page(request, "matching_runs/_supposed.html", run=run, proposal=proposal, supposed=supposed)
        if supposed is None:  # somebody has changed the plan in between
            response.headers["HX-Refresh"] = "true"
        return response

    @post("/pin", name="matching_runs.pin")
    async def pin(self, request: Rq, viewer: Viewer, id: Id, need: FromPath[int]) -> Answer:
        await queries.proposal(viewer, id, need)
        form = await bind(request, PinForm)
        await form.attempt(actions.pin, viewer, id, need)
        if form.faults:
            return await self._page(request, viewer, id, need, pin=form)
        lifted = form.values["kind"] == "lift"
        notice = _("The pin is lifted.") if lifted else _("The next runs will obey.")
        return see(request, "matching_runs.need", notice=notice, id=id, need=need)

    @post("/override", name="matching_runs.override")
    async def override(self, request: Rq, viewer: Viewer, id: Id, need: FromPath[int]) -> Answer:
        await queries.proposal(viewer, id, need)
        form = await bind(request, OverrideForm)
        await form.attempt(actions.override, viewer, id, need)
        if form.faults:
            return await self._page(request, viewer, id, need, change=form)
        return see(request, "matching_runs.need", notice=_("The proposal is changed."), id=id, need=need)

    async def _page(self, request: Rq, viewer: Viewer, id: int, need: int, **given: AnyForm) -> Answer:
        proposal = await queries.proposal(viewer, id, need)
        forms: dict[str, AnyForm] = {"pin": Form(), "change": Form(), "asked": Form(), **given}
        forms["asked"].prefix = "asked"
        supplier = lists.number(str(forms["asked"].values.get("supplier", "")))
        return page(
            request,
            "matching_runs/need.html",
            status=max(form.status for form in forms.values()),
            run=await queries.run(viewer, id),
            proposal=proposal,
            item=_item(proposal),
            shown_name=masking.name(proposal["person_name"]),
            answer=await explanations.answer(viewer, id, proposal),
            supposed=await suppositions.told(viewer, id, need, supplier) if supplier is not None else None,
            change_word=_(views.CHANGE_WORDS[proposal["change"]]),
            change_tone=views.CHANGE_TONES[proposal["change"]],
            pins=await queries.pins(viewer, need),
            suppliers=await queries.suppliers(viewer),
            pin=forms["pin"],
            change=forms["change"],
            asked=forms["asked"],
            events=trail.timeline(await audit.history(viewer, "need", need)),
        )
