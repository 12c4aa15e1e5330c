"""Pages of drafts: correcting a contract that is not signed yet, and its lines."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import PathParameter

from shangmen.errors import NotFound
from shangmen.foundation.organisations import queries as organisations
from shangmen.supply.contracts import queries
from shangmen.supply.contracts.drafts import actions
from shangmen.supply.contracts.forms import ContractEditForm, LineEditForm, ReasonForm
from shangmen.supply.contracts.lots import queries as lots
from shangmen.web import versions
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

Line = Annotated[int, PathParameter(ge=0, le=2**63 - 1)]


class DraftsController(Controller):
    """Contracts that are not signed yet."""

    path = "/contracts"

    @get("/{id:int}/edit", name="contracts.edit")
    async def edit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._form(request, viewer, id, Form())

    @post("/{id:int}/edit", name="contracts.correct")
    async def correct(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.contract(viewer, id)
        form = await bind(request, ContractEditForm)
        await form.attempt(actions.correct, viewer, id)
        if form.faults:
            return await self._form(request, viewer, id, form)
        return see(request, "contracts.show", notice=_("The draft is corrected."), id=id)

    @get("/{id:int}/lines/{line:int}", name="contracts.line_edit")
    async def line_edit(self, request: Rq, viewer: Viewer, id: Id, line: Line) -> Answer:
        return await self._line_form(request, viewer, id, line, Form())

    @post("/{id:int}/lines/{line:int}", name="contracts.line_correct")
    async def line_correct(self, request: Rq, viewer: Viewer, id: Id, line: Line) -> Answer:
        await _line(viewer, id, line)
        form = await bind(request, LineEditForm)
        await form.attempt(actions.correct_line, viewer, id, line)
        if form.faults:
            return await self._line_form(request, viewer, id, line, form)
        return see(request, "contracts.show", notice=_("The line is corrected."), id=id)

    @post("/{id:int}/lines/{line:int}/remove", name="contracts.line_remove")
    async def line_remove(self, request: Rq, viewer: Viewer, id: Id, line: Line) -> Answer:
        await _line(viewer, id, line)
        await press(request, actions.remove_line, viewer, id, line)
        return see(request, "contracts.show", notice=_("The line is taken out."), id=id)

    @post("/{id:int}/drop", name="contracts.drop")
    async def drop(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.contract(viewer, id)
        form = await bind(request, ReasonForm)
        await form.attempt(actions.drop, viewer, id)
        if form.faults:
            return await self._form(request, viewer, id, Form(), form)
        return see(request, "contracts.show", notice=_("The draft is dropped; the lot has its ceiling back."), id=id)

    async def _form(
        self, request: Rq, viewer: Viewer, id: int, form: AnyForm, reason: AnyForm | None = None
    ) -> Answer:
        contract = await queries.contract(viewer, id)
        providers, _total = await organisations.organisations(viewer, "provider", limit=None)
        reason = reason or Form()
        reason.prefix = "reason"
        versions.over(form, vars(contract))
        return page(
            request,
            "contracts/new.html",
            max(form.status, reason.status),
            form=form,
            reason=reason,
            editing=contract,
            lot=await lots.lot(viewer, contract.lot),
            providers=providers,
        )

    async def _line_form(self, request: Rq, viewer: Viewer, id: int, line: int, form: AnyForm) -> Answer:
        contract = await queries.contract(viewer, id)
        versions.over(form, vars(await _line(viewer, id, line)))
        return page(
            request,
            "contracts/line.html",
            form.status,
            form=form,
            contract=contract,
            line=line,
            services=await lots.services(viewer, contract.lot),
        )


async def _line(viewer: Viewer, contract: int, id: int) -> queries.LineRow:
    await queries.contract(viewer, contract)
    found = next((line for line in await queries.lines(viewer, contract) if line.id == id), None)
    if found is None:
        raise NotFound
    return found
