"""Pages of statements: the list, a new one with its preview, one statement and what is to be done with it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import msgspec
from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import access
from shangmen.access import Scope
from shangmen.delivery.settlement import actions, inputs, ledger, periods, queries, rules, views
from shangmen.delivery.settlement.forms import (
    DEDUCTIONS,
    ObjectionForm,
    PaymentForm,
    ReasonForm,
    ReviewForm,
    SeenForm,
    StatementForm,
)
from shangmen.delivery.settlement.payment import papers
from shangmen.delivery.settlement.payment.capitals import capitals
from shangmen.delivery.settlement.states import StatementState
from shangmen.foundation.audit.actions import exported
from shangmen.foundation.audit.papers import taken
from shangmen.web import lists
from shangmen.web.exports import export
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

PEOPLE = 200  # recipients on a page, as the paper shows them
Verb = Callable[..., Awaitable[int]]


def _asked(request: Rq) -> queries.Asked:
    """The filters of the list as the address gives them."""
    asked = lists.Asked(request)
    return queries.Asked(
        search=asked.text("q"),
        state=asked.among("state", (*StatementState, *queries.INSTEAD)),
        contract=asked.number("contract"),
        first=asked.day("first"),
        last=asked.day("last"),
    )


class StatementsController(Controller):
    """Statements of providers, from the draft to the payment."""

    path = "/statements"

    @get("/", name="settlement.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        asked = _asked(request)
        rows, total = await queries.statements(viewer, asked, offset=offset_of(request))
        sums = await queries.sums(viewer)
        waits = rules.WAITS.get(viewer.role, ())
        return page(
            request,
            "settlement/list.html",
            rows=[(row, rules.next_role(row)[0]) for row in rows],
            asked=asked,
            query=request.url.query,
            states=list(StatementState),
            sums=sums,
            waiting=sum(sums[state].statements for state in waits if state in sums),
            waits=bool(waits),
            page=paging(request, total),
        )

    @get("/export", name="settlement.export")
    async def export(self, request: Rq, viewer: Viewer, form: FromQuery[str] = "") -> Answer:
        read = partial(queries.statements, viewer, _asked(request), limit=None)
        heads = papers.LIST_HEADS
        return await taken(
            viewer, form, _("Statements"), heads, "settlement.export", "statement", read, papers.list_cells
        )

    @get("/new", name="settlement.new")
    async def new(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._draft_page(request, viewer, Form(), request.query_params)

    @post("/", name="settlement.create")
    async def create(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, StatementForm)
        id = await form.attempt(actions.draft, viewer)
        if form.faults:
            return await self._draft_page(request, viewer, form, form.values)
        return see(request, "settlement.show", notice=_("The statement is drafted. Check it, then submit it."), id=id)

    async def _draft_page(self, request: Rq, viewer: Scope, form: AnyForm, typed: Mapping[str, object]) -> Answer:
        contracts = await queries.own_contracts(viewer)
        chosen = next((one for one in contracts if str(one.id) == str(typed.get("contract", ""))), None)
        first, last = lists.day(str(typed.get("period_from", ""))), lists.day(str(typed.get("period_to", "")))
        if (first is None or last is None) and not form.faults:
            for one in [chosen] if chosen else contracts:
                period = await periods.due(viewer, one.id)
                if period is not None:
                    chosen, (first, last) = one, period
                    break
        chosen = chosen or next(iter(contracts), None)
        preview, refused = None, None
        if chosen is not None and first is not None and last is not None and first <= last:
            preview = await views.preview(viewer, chosen.id, first, last)
            refused = await periods.refusal(viewer, chosen.id, first, last)
        form.values.setdefault("contract", chosen.id if chosen else "")
        form.values.setdefault("period_from", first.isoformat() if first else "")
        form.values.setdefault("period_to", last.isoformat() if last else "")
        return page(
            request,
            "settlement/new.html",
            form.status,
            form=form,
            contracts=contracts,
            preview=preview,
            refused=_(refused.message, **refused.parameters) if refused else "",
            shown=partial(views.shown, viewer),
            item=views.item,
        )

    @get("/{id:int}", name="settlement.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await _page(request, viewer, id)

    @get("/{id:int}/lines", name="settlement.export_lines")
    async def export_lines(self, request: Rq, viewer: Viewer, id: Id, form: FromQuery[str] = "") -> Answer:
        statement = await queries.statement(viewer, id)
        rows, total = await ledger.lines(viewer, id)
        taken = await queries.deductions(viewer, id)
        await exported(viewer, "settlement.export_lines", "statement", total)
        return export(
            form,
            _("Ledger of statement %(number)s", number=statement.number),
            papers.LINE_HEADS,
            papers.sheet(viewer, statement, rows, taken),
            viewer.name,
        )

    @post("/{id:int}/refresh", name="settlement.refresh")
    async def refresh(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await _do(request, viewer, id, "refresh", SeenForm, actions.refresh, _("The draft is filled anew."))

    @post("/{id:int}/submit", name="settlement.submit")
    async def submit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        said = _("The statement is submitted; the bureau reviews it next.")
        return await _do(request, viewer, id, "submit", SeenForm, actions.submit, said)

    @post("/{id:int}/review", name="settlement.review")
    async def review(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        said = _("The statement is reviewed; a second officer approves it next.")
        return await _do(request, viewer, id, "review", ReviewForm, actions.review, said)

    @post("/{id:int}/object", name="settlement.object")
    async def object(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        said = _("The objection is noted; the reviewer answers it before anybody approves.")
        return await _do(request, viewer, id, "object", ObjectionForm, actions.object, said)

    @post("/{id:int}/send-back", name="settlement.send_back")
    async def send_back(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        said = _("The statement went back to the provider as a draft.")
        return await _do(request, viewer, id, "send_back", ReasonForm, actions.send_back, said)

    @post("/{id:int}/approve", name="settlement.approve")
    async def approve(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        said = _("The statement is approved; the finance pays it next.")
        return await _do(request, viewer, id, "approve", SeenForm, actions.approve, said)

    @post("/{id:int}/pay", name="settlement.pay")
    async def pay(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await _do(request, viewer, id, "pay", PaymentForm, actions.pay, _("The payment is noted."))


async def _do(
    request: Rq, viewer: Scope, id: int, name: str, struct: type[msgspec.Struct], verb: Verb, said: str
) -> Answer:
    """One step of a statement: read the form, do the verb, see the statement again."""
    await queries.statement(viewer, id)
    form = await bind(request, struct)
    await form.attempt(verb, viewer, id)
    if form.faults:
        return await _page(request, viewer, id, name, form)
    return see(request, "settlement.show", notice=said, id=id)


async def _page(request: Rq, viewer: Scope, id: int, failed: str = "", form: AnyForm | None = None) -> Answer:
    """One statement; `failed` is the verb whose `form` has faults."""
    statement = await queries.statement(viewer, id)
    view = request.query_params.get("view", "people")
    person = lists.Asked(request).number("person")
    forms: dict[str, AnyForm] = {}
    for verb in rules.STEPS:
        forms[verb] = form if verb == failed and form is not None else Form()
        forms[verb].prefix = verb
    rows: Sequence[ledger.LineRow | ledger.PersonRow]
    if view == "visits":
        rows, total = await ledger.lines(viewer, id, person=person, limit=lists.PAGE, offset=offset_of(request))
        paged = paging(request, total)
    else:
        rows, total = await ledger.by_person(viewer, id, limit=PEOPLE, offset=offset_of(request, PEOPLE))
        paged = paging(request, total, PEOPLE)
    verbs = views.answers(viewer, statement)
    can = {verb for verb, refused in verbs.items() if refused is None}
    role, waits_for = rules.next_role(statement)
    return page(
        request,
        "settlement/show.html",
        max(one.status for one in forms.values()),
        statement=statement,
        capitals=capitals(statement.payable),
        progress=views.progress(statement),
        people=views.people(statement),
        items=await ledger.by_item(viewer, id),
        view="visits" if view == "visits" else "people",
        person=person,
        rows=rows,
        page=paged,
        deductions=[(row, views.taken_for(viewer, row)) for row in await queries.deductions(viewer, id)],
        objections=await queries.objections(viewer, id),
        fallen=await inputs.fallen(viewer, id),
        can=can,
        failed=failed if failed not in can else "",
        in_the_way=views.in_the_way(viewer, statement, verbs),
        waits_for=_(waits_for) if waits_for else "",
        waits_role=role,
        takes_over=statement.reviewed_by is not None and statement.reviewed_by != viewer.user,
        rules=await views.rules(viewer, statement) if "review" in can else [],
        deduction_rows=range(1, DEDUCTIONS + 1),
        forms_by_verb=forms,
        opens=access.may(viewer.role, "service_records.show"),
        events=[views.event(one) for one in reversed(await queries.history(viewer, id)) if one.verb in views.VERBS],
        shown=partial(views.shown, viewer),
        item=views.item,
    )
