"""Pages of lots."""

import msgspec
from litestar import Controller, get, post

from shangmen.demand.entitlement import phrases
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.regions import queries as regions
from shangmen.supply.contracts import actions as contract_actions
from shangmen.supply.contracts import queries as contract_queries
from shangmen.supply.contracts.forms import ContractForm
from shangmen.supply.contracts.lots import actions, queries
from shangmen.supply.contracts.lots.forms import LotEditForm, LotForm
from shangmen.supply.contracts.phrases import timeline
from shangmen.web import lists, versions
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


class LotsController(Controller):
    """What the bureau buys: lots, and new contracts for them."""

    path = "/lots"

    @get("/", name="contracts.lots")
    async def lots(self, request: Rq, viewer: Viewer) -> Answer:
        q = lists.Asked(request).text("q")
        rows, total = await queries.lots(viewer, q, offset=offset_of(request))
        return page(request, "contracts/lots.html", rows=rows, q=q, page=paging(request, total))

    @get("/new", name="contracts.lot_new")
    async def lot_new(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._lot_form(request, viewer, Form())

    @post("/", name="contracts.lot_create")
    async def lot_create(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, LotForm)
        id = await form.attempt(actions.create, viewer)
        if form.faults:
            return await self._lot_form(request, viewer, form)
        return see(request, "contracts.lot", notice=_("The lot is defined. Draft its contracts next."), id=id)

    @get("/{id:int}", name="contracts.lot")
    async def lot(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        lot = await queries.lot(viewer, id)
        contracts, _total = await contract_queries.contracts(viewer, lot=id, limit=None)
        return page(
            request,
            "contracts/lot.html",
            lot=lot,
            areas=await queries.areas(viewer, id),
            services=await queries.services(viewer, id),
            admitted=phrases.gate(lot.gate),
            contracts=contracts,
            events=timeline(await audit.history(viewer, "lot", id)),
        )

    @get("/{id:int}/edit", name="contracts.lot_edit")
    async def lot_edit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._lot_form(request, viewer, Form(), await queries.lot(viewer, id))

    @post("/{id:int}/edit", name="contracts.lot_correct")
    async def lot_correct(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.lot(viewer, id)
        form = await bind(request, LotEditForm)
        await form.attempt(actions.correct, viewer, id)
        if form.faults:
            return await self._lot_form(request, viewer, form, await queries.lot(viewer, id))
        return see(request, "contracts.lot", notice=_("The lot is corrected."), id=id)

    @get("/{id:int}/contracts/new", name="contracts.new")
    async def new(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        lot = await queries.lot(viewer, id)
        typed = {"term_from": lot.valid_from, "term_to": lot.valid_to, "ceiling": lot.left}
        return await self._contract_form(request, viewer, id, Form(typed))

    @post("/{id:int}/contracts", name="contracts.create")
    async def create(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.lot(viewer, id)
        form = await bind(request, ContractForm)
        contract = await form.attempt(contract_actions.create, viewer, id)
        if form.faults:
            return await self._contract_form(request, viewer, id, form)
        return see(
            request, "contracts.show", notice=_("The contract is drafted. Add its lines, then sign."), id=contract
        )

    async def _lot_form(
        self, request: Rq, viewer: Viewer, form: AnyForm, editing: queries.LotRow | None = None
    ) -> Answer:
        townships = [(row.id, row.name) for row in await regions.townships(viewer)]
        items = [(row.id, row.code, row.name, row.english) for row in await catalogue.items(viewer)]
        if editing:
            areas, services = await queries.areas(viewer, editing.id), await queries.services(viewer, editing.id)
            townships = sorted({*townships, *((row.id, row.name) for row in areas)})
            items = sorted(
                {*items, *((row.id, row.code, row.name, row.english) for row in services)}, key=lambda one: one[1]
            )
            chosen = {"townships": [row.id for row in areas], "service_items": [row.id for row in services]}
            versions.over(form, {**vars(editing), **msgspec.structs.asdict(editing.gate), **chosen})
        return page(
            request,
            "contracts/lot_new.html",
            form.status,
            form=form,
            editing=editing,
            townships=townships,
            items=items,
            choices=phrases.choices(),
        )

    async def _contract_form(self, request: Rq, viewer: Viewer, lot: int, form: AnyForm) -> Answer:
        providers, _total = await organisations.organisations(viewer, "provider", limit=None)
        return page(
            request,
            "contracts/new.html",
            form.status,
            form=form,
            editing=None,
            lot=await queries.lot(viewer, lot),
            providers=providers,
        )
