"""Pages of contracts."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.foundation.audit.papers import taken
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations import papers
from shangmen.supply.contracts import actions, pricing, queries
from shangmen.supply.contracts.amendments import actions as amendments
from shangmen.supply.contracts.forecast import forecast, outlook
from shangmen.supply.contracts.forms import AmendmentForm, LineForm, ReasonForm, SignForm
from shangmen.supply.contracts.lots import queries as lots
from shangmen.supply.contracts.phrases import timeline
from shangmen.supply.contracts.states import ContractState
from shangmen.web import lists, versions
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, InState, Rq, Viewer, page, see


class ContractsController(Controller):
    """Contracts: their lines, their supplements, and how their money burns down."""

    path = "/contracts"

    @get("/", name="contracts.list")
    async def list(self, request: Rq, viewer: Viewer, in_state: InState = "", watch: FromQuery[str] = "") -> Answer:
        q = lists.Asked(request).text("q")
        rows, total = await queries.contracts(viewer, q, in_state, watch=_watch(watch), offset=offset_of(request))
        return page(
            request,
            "contracts/list.html",
            rows=rows,
            q=q,
            state=in_state,
            states=list(ContractState),
            watch=_watch(watch) or "",
            shares=await _shares(viewer) if rows else [],
            page=paging(request, total),
        )

    @get("/export", name="contracts.export")
    async def export(
        self,
        request: Rq,
        viewer: Viewer,
        in_state: InState = "",
        watch: FromQuery[str] = "",
        form: FromQuery[str] = "",
    ) -> Answer:
        q = lists.Asked(request).text("q")
        heads = (
            "Contract number", "Lot", "Provider", "From", "To", "State", "Original ceiling", "Ceiling", "Reserved",
            "Delivered", "Settled", "Paid", "Money left",
        )  # fmt: skip

        def cells(row: queries.ContractListed) -> Sequence[object]:
            return (
                row.number, f"{row.lot_number} {row.lot_name}", row.provider_name, row.term_from,
                row.term_to, label(row.state), row.original_ceiling, row.ceiling, row.reserved,
                row.delivered, row.settled, row.paid, row.left,
            )  # fmt: skip

        read = partial(queries.contracts, viewer, q, in_state, watch=_watch(watch), limit=None)
        return await taken(viewer, form, _("Contracts"), heads, "contracts.export", "contract", read, cells)

    @get("/{id:int}", name="contracts.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await _contract_page(request, viewer, id)

    @post("/{id:int}/lines", name="contracts.add_line")
    async def add_line(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.contract(viewer, id)
        form = await bind(request, LineForm)
        await form.attempt(actions.add_line, viewer, id)
        if form.faults:
            return await _contract_page(request, viewer, id, line_form=form)
        return see(request, "contracts.show", notice=_("The line is added."), id=id)

    @post("/{id:int}/sign", name="contracts.sign")
    async def sign(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.contract(viewer, id)
        form = await bind(request, SignForm)
        await form.attempt(actions.sign, viewer, id)
        if form.faults:
            return await _contract_page(request, viewer, id, sign_form=form)
        return see(request, "contracts.show", notice=_("The contract is signed and in force."), id=id)

    @post("/{id:int}/amendments", name="contracts.amend")
    async def amend(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.contract(viewer, id)
        form = await bind(request, AmendmentForm)
        await form.attempt(amendments.amend, viewer, id)
        if form.faults:
            return await _contract_page(request, viewer, id, amendment_form=form)
        return see(request, "contracts.show", notice=_("The supplement is recorded."), id=id)

    @post("/{id:int}/suspend", name="contracts.suspend")
    async def suspend(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.contract(viewer, id)
        form = await bind(request, ReasonForm)
        await form.attempt(actions.suspend, viewer, id)
        if form.faults:
            return await _contract_page(request, viewer, id, reason_form=form)
        return see(request, "contracts.show", notice=_("The contract is suspended."), id=id)

    @post("/{id:int}/resume", name="contracts.resume")
    async def resume(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.contract(viewer, id)
        form = await bind(request, ReasonForm)
        await form.attempt(actions.resume, viewer, id)
        if form.faults:
            return await _contract_page(request, viewer, id, reason_form=form)
        return see(request, "contracts.show", notice=_("The contract is in force again."), id=id)


def _watch(said: str) -> queries.Watch | None:
    return queries.Watch(said) if said in set(queries.Watch) else None


async def _shares(viewer: Viewer) -> list[Decimal]:
    return await catalogue.parameter_as(viewer, list[Decimal], "contract_warning_shares")


async def _contract_page(
    request: Rq,
    viewer: Viewer,
    id: int,
    line_form: AnyForm | None = None,
    amendment_form: AnyForm | None = None,
    reason_form: AnyForm | None = None,
    sign_form: AnyForm | None = None,
) -> Answer:
    contract = await queries.contract(viewer, id)
    lines = await queries.lines(viewer, id)
    line_form, reason_form, sign_form = line_form or Form(), reason_form or Form(), sign_form or Form()
    amendment_form = versions.over(
        amendment_form or Form(),
        {"version": contract.version, "ceiling": contract.ceiling, "term_to": contract.term_to},
    )
    line_form.prefix, amendment_form.prefix, reason_form.prefix = "line", "amendment", "reason"
    used = {line.item_code for line in lines}
    supplement = await catalogue.parameter_as(viewer, Decimal, "supplement_share")
    draft = contract.state is ContractState.DRAFT
    missing = await papers.lacking(viewer, contract.provider, used, clock.today()) if draft else {}
    pace = forecast(contract.ceiling, contract.delivered, contract.term_from, contract.term_to, clock.today())
    return page(
        request,
        "contracts/show.html",
        max(form.status for form in (line_form, amendment_form, reason_form, sign_form)),
        contract=contract,
        lines=lines,
        visits_left=[_visits_left(line, contract.left) for line in lines],
        amendments=await queries.amendments(viewer, id),
        services=[item for item in await lots.services(viewer, contract.lot) if item.code not in used],
        supplement_left=pricing.half_up(contract.original_ceiling * (1 + supplement)) - contract.ceiling,
        supplement_share=supplement,
        outlook=outlook(contract.reserved + contract.delivered, contract.ceiling, await _shares(viewer), pace),
        forecast=pace,
        missing=missing,
        line_form=line_form,
        amendment_form=amendment_form,
        reason_form=reason_form,
        sign_form=sign_form,
        events=timeline(await queries.history(viewer, id)),
    )


def _visits_left(line: queries.LineRow, yuan_left: Decimal) -> int:
    """How many standard visits the units of a line and the contract's money still hold."""
    units, yuan = pricing.price(
        line.pricing, line.rate, line.standard_minutes, line.staff_count, line.two_workers_pay_twice
    )
    return pricing.visits_left(line.units_left, yuan_left, units, yuan)
