"""The page of one need of a run: why, why not, and what a person decides."""

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery

from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit import queries as audit
from shangmen.supply.matching_runs import queries as runs
from shangmen.supply.matching_runs.decisions import actions as decisions
from shangmen.supply.matching_runs.decisions.forms import OverrideForm, PinForm
from shangmen.supply.matching_runs.decisions.queries import contradictions, pins
from shangmen.supply.matching_runs.explanations.views import answer
from shangmen.supply.matching_runs.proposals import queries as proposals
from shangmen.supply.matching_runs.proposals import views
from shangmen.supply.matching_runs.suppositions import actions as suppositions
from shangmen.supply.matching_runs.suppositions.forms import SupposeForm
from shangmen.supply.matching_runs.suppositions.views import told
from shangmen.supply.matching_runs.views import CHANGE_TONES, CHANGE_WORDS
from shangmen.web import lists, masking
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, address, page, redirect, see


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
        await proposals.proposal(viewer, id, need)
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
        proposal = await proposals.proposal(viewer, id, need)
        if request.headers.get("HX-Request") != "true":
            return see(request, "matching_runs.need", id=id, need=need, suppose=suppose)
        supposed = await told(viewer, id, need, lists.number(suppose) or 0)
        run = await runs.run(viewer, id)
        response: Answer = page(request, "matching_runs/_supposed.html", run=run, proposal=proposal, supposed=supposed)
        if supposed is None:  # somebody has changed the plan in between
            response.headers["HX-Refresh"] = "true"
        return response

    @post("/pin", name="matching_runs.pin")
    async def pin(self, request: Rq, viewer: Viewer, id: Id, need: FromPath[int]) -> Answer:
        await proposals.proposal(viewer, id, need)
        form = await bind(request, PinForm)
        follows = trail.consequences(await form.rehearse("audit", decisions.pin, viewer, id, need), "need", need)
        if follows:
            return page(request, "confirm.html", form=form, consequences=follows, title=_("Tell the next runs"))
        await form.attempt(decisions.pin, viewer, id, need)
        if form.faults:
            return await self._page(request, viewer, id, need, pin=form)
        lifted = form.values["kind"] == "lift"
        notice = _("The pin is lifted.") if lifted else _("The next runs will obey.")
        if any(row.need == need for row in await contradictions(viewer, id)):
            notice += " " + _("This run says otherwise: it can be approved when the pin is applied to it, or lifted.")
        return see(request, "matching_runs.need", notice=notice, id=id, need=need)

    @post("/override", name="matching_runs.override")
    async def override(self, request: Rq, viewer: Viewer, id: Id, need: FromPath[int]) -> Answer:
        await proposals.proposal(viewer, id, need)
        form = await bind(request, OverrideForm)
        await form.attempt(decisions.override, viewer, id, need)
        if form.faults:
            return await self._page(request, viewer, id, need, change=form)
        return see(request, "matching_runs.need", notice=_("The proposal is changed."), id=id, need=need)

    async def _page(self, request: Rq, viewer: Viewer, id: int, need: int, **given: AnyForm) -> Answer:
        proposal = await proposals.proposal(viewer, id, need)
        forms: dict[str, AnyForm] = {"pin": Form(), "change": Form(), "asked": Form(), **given}
        forms["asked"].prefix = "asked"
        supplier = lists.number(str(forms["asked"].values.get("supplier", "")))
        return page(
            request,
            "matching_runs/need.html",
            status=max(form.status for form in forms.values()),
            run=await runs.run(viewer, id),
            proposal=proposal,
            item=views.item(proposal),
            shown_name=masking.name(proposal.person_name),
            answer=await answer(viewer, id, proposal),
            supposed=await told(viewer, id, need, supplier) if supplier is not None else None,
            change_word=_(CHANGE_WORDS[proposal.change]),
            change_tone=CHANGE_TONES[proposal.change],
            pins=await pins(viewer, need),
            suppliers=await runs.suppliers(viewer),
            pin=forms["pin"],
            change=forms["change"],
            asked=forms["asked"],
            events=trail.timeline(await audit.history(viewer, "need", need)),
        )
