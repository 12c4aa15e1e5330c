"""Pages of offers."""

from collections.abc import Sequence
from functools import partial

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import access
from shangmen.access import Scope
from shangmen.demand.recipients.relatives import queries as relatives
from shangmen.foundation.audit.papers import taken
from shangmen.foundation.audit.views import foretold
from shangmen.supply.placements import rules
from shangmen.supply.placements.forms import ReasonForm
from shangmen.supply.placements.offers import actions, queries
from shangmen.supply.placements.phrases import said, timeline
from shangmen.supply.placements.states import OfferState
from shangmen.supply.placements.views import short, shown, takes
from shangmen.web import lists
from shangmen.web.forms import AnyForm, Form, NoFields, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.language import label, ngettext
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, InState, Rq, Viewer, page, see


async def _accept(viewer: Scope, id: int, form: NoFields) -> int:
    return await actions.accept(viewer, id)


async def _accept_all(viewer: Scope, form: NoFields) -> int:
    return await actions.accept_all(viewer)


class OffersController(Controller):
    """Offers: what waits for a supplier's answer, and what became of the rest."""

    path = "/offers"

    @get("/", name="placements.offers")
    async def offers(
        self,
        request: Rq,
        viewer: Viewer,
        in_state: InState = "",
        supplier: FromQuery[str] = "",
        run: FromQuery[str] = "",
    ) -> Answer:
        q = lists.Asked(request).text("q")
        rows, total = await queries.offers(
            viewer, in_state, q, lists.number(supplier), lists.number(run), offset=offset_of(request)
        )
        mine = viewer.role in rules.MANAGERS.values()
        return page(
            request,
            "placements/offers.html",
            rows=[shown(viewer, row) for row in rows],
            short=short,
            q=q,
            state=in_state,
            supplier=supplier,
            run=run,
            states=list(OfferState),
            suppliers=await queries.suppliers(viewer),
            waiting=await queries.open_offers(viewer, viewer.organisation or 0) if mine else 0,
            page=paging(request, total),
        )

    @get("/export", name="placements.export_offers")
    async def export_offers(
        self,
        request: Rq,
        viewer: Viewer,
        in_state: InState = "",
        supplier: FromQuery[str] = "",
        run: FromQuery[str] = "",
        form: FromQuery[str] = "",
    ) -> Answer:
        q = lists.Asked(request).text("q")
        heads = (
            "Recipient", "Township", "Service", "Visits a month", "Minutes", "Supplier", "Contract", "Kilometres",
            "Position", "From", "To", "State", "Answer by", "Reason",
        )  # fmt: skip

        def cells(row: queries.OfferListed) -> Sequence[object]:
            one = shown(viewer, row)
            return (
                one.name, one.row.township_name, one.item, one.row.visits_per_month, one.row.minutes,
                one.row.supplier_name, one.row.contract_number, round(one.row.metres / 1000, 1), one.estimated,
                one.row.valid_from,
                one.row.last_day, label(one.row.state), one.row.answer_by, said(one.row.reason),
            )  # fmt: skip

        read = partial(queries.offers, viewer, in_state, q, lists.number(supplier), lists.number(run), limit=None)
        return await taken(viewer, form, _("Offers"), heads, "placements.export_offers", "offer", read, cells)

    @get("/{id:int}", name="placements.offer")
    async def offer(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._page(request, viewer, id, Form())

    @post("/{id:int}/accept", name="placements.accept")
    async def accept(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        button = await bind(request, NoFields)
        asked = await foretold(request, button, _("Accept"), ("offer", id), _accept, viewer, id)
        if asked:
            return asked
        await press(request, actions.accept, viewer, id)
        if (await request.form()).get("back"):
            return see(request, "placements.offers", notice=_("The offer is accepted."), state=OfferState.OFFERED)
        return see(request, "placements.offer", notice=_("The offer is accepted."), id=id)

    @post("/accept-all", name="placements.accept_all")
    async def accept_all(self, request: Rq, viewer: Viewer) -> Answer:
        button = await bind(request, NoFields)
        asked = await foretold(request, button, _("Accept"), ("offer", 0), _accept_all, viewer)
        if asked:
            return asked
        count = await press(request, actions.accept_all, viewer)
        notice = ngettext("%(num)d offer accepted.", "%(num)d offers accepted.", count)
        left = await queries.open_offers(viewer, viewer.organisation or 0)
        if left:
            notice += " " + _("%(count)s could not be: open one to see what is in the way.", count=left)
        return see(request, "placements.offers", notice, "warning" if left else "success", state=OfferState.OFFERED)

    @post("/{id:int}/decline", name="placements.decline")
    async def decline(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.offer(viewer, id)
        form = await bind(request, ReasonForm)
        await form.attempt(actions.decline, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, form)
        return see(
            request,
            "placements.offers",
            notice=_("The offer is declined; the need waits again."),
            state=OfferState.OFFERED,
        )

    @post("/{id:int}/withdraw", name="placements.withdraw")
    async def withdraw(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await press(request, actions.withdraw, viewer, id)
        return see(request, "placements.offer", notice=_("The offer is withdrawn; the need waits again."), id=id)

    async def _page(self, request: Rq, viewer: Viewer, id: int, form: AnyForm) -> Answer:
        offer = await queries.offer(viewer, id)
        return page(
            request,
            "placements/offer.html",
            form.status,
            relatives=await _relatives(viewer, offer.person),
            shown=shown(viewer, offer),
            offer=offer,
            reason=said(offer.reason),
            takes=takes(offer),
            short=short(offer),
            known=offer.taken or viewer.reach == "county",
            why=offer.matching_run is not None and access.may(viewer.role, "matching_runs.need"),
            form=form,
            events=timeline(await queries.history(viewer, id)),
        )


async def _relatives(viewer: Viewer, person: int) -> int:
    """How many workers are family of the recipient."""
    return len((await relatives.relatives(viewer, [person])).get(person, ()))
