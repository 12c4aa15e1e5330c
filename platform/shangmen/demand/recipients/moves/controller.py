"""Pages of moves: offer a file, the list, and one move with what was handed over."""

from collections.abc import Sequence

from litestar import Controller, get, post

from shangmen import clock
from shangmen.demand.recipients import phrases
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.households import queries as households
from shangmen.demand.recipients.moves import actions, dossier, queries
from shangmen.demand.recipients.moves.forms import AcceptForm, AnswerForm, MoveForm
from shangmen.demand.recipients.states import MoveState
from shangmen.demand.recipients.views import prefixed
from shangmen.demand.recipients.views import relatives as shown_relatives
from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.audit.views import foretold
from shangmen.foundation.deeds import views as deeds
from shangmen.foundation.regions import queries as regions
from shangmen.web import lists, masking
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


class MovesController(Controller):
    """Files that go from one station to another."""

    path = "/"

    @get("/moves", name="moves.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        said = lists.Asked(request)
        state, waits = said.among("state", MoveState), said.among("waits", queries.WAITS)
        rows, total = await queries.moves(viewer, state, waits, offset=offset_of(request))
        return page(
            request,
            "moves/list.html",
            rows=rows,
            chosen={"state": state, "waits": waits},
            states=tuple(MoveState),
            page=paging(request, total),
            clear=viewer.role in recipients.CLEAR,
        )

    @get("/recipients/{id:int}/move", name="moves.new")
    async def new(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._form(request, viewer, id, Form({"day": clock.today().isoformat()}))

    @post("/recipients/{id:int}/move", name="moves.offer")
    async def offer(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await recipients.in_care(viewer, id)
        form = await bind(request, MoveForm)
        asked = await foretold(request, form, _("Offer the file"), ("person", id), actions.offer, viewer, id)
        if asked:
            return asked
        made = await form.attempt(actions.offer, viewer, id)
        if form.faults:
            return await self._form(request, viewer, id, form)
        return see(
            request, "moves.show", notice=_("The file is offered. The receiver accepts or returns it."), id=made
        )

    @get("/moves/{id:int}", name="moves.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._page(request, viewer, id, {})

    @post("/moves/{id:int}/accept", name="moves.accept")
    async def accept(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.move(viewer, id)
        form = await bind(request, AcceptForm)
        asked = await foretold(request, form, _("Take the file over"), ("move", id), actions.accept, viewer, id)
        if asked:
            return asked
        await form.attempt(actions.accept, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, {"accept": form})
        return see(request, "moves.show", notice=_("The file is taken over."), id=id)

    @post("/moves/{id:int}/return", name="moves.give_back")
    async def give_back(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.move(viewer, id)
        form = await bind(request, AnswerForm)
        await form.attempt(actions.give_back, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, {"back": form})
        return see(request, "moves.show", notice=_("The file is returned."), id=id)

    @post("/moves/{id:int}/withdraw", name="moves.withdraw")
    async def withdraw(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.move(viewer, id)
        form = await bind(request, AnswerForm)
        await form.attempt(actions.withdraw, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, {"withdraw": form})
        return see(request, "moves.show", notice=_("The offer is withdrawn. What rested goes on."), id=id)

    async def _form(self, request: Rq, viewer: Viewer, id: int, form: AnyForm) -> Answer:
        person = await recipients.in_care(viewer, id)
        townships = [row for row in await regions.townships(viewer) if row.id != person.township]
        members = await households.members(viewer, person.household, id)
        return page(
            request,
            "moves/form.html",
            form.status,
            form=form,
            person=person,
            townships=[(row.id, row.name) for row in townships],
            counties=[(row.id, row.name) for row in await queries.other_counties(viewer)],
            members=[(row.id, row.name) for row in members if row.state in actions.HERE],
            withholdable=[(name, phrases.field(name)) for name in dossier.withholdable(elsewhere=True)],
        )

    async def _page(self, request: Rq, viewer: Viewer, id: int, typed: dict[str, AnyForm]) -> Answer:
        move = await queries.move(viewer, id)
        forms = {name: typed.get(name) or prefixed("") for name in ("accept", "back", "withdraw")}
        receives = move.state is MoveState.OFFERED and (
            move.to_county in viewer.counties and viewer.role == "bureau_officer"
            if move.elsewhere
            else move.to_station == viewer.organisation
        )
        keeps = move.station == viewer.organisation and move.state in {MoveState.OFFERED, MoveState.RETURNED}
        facts = await queries.handed_over(viewer, id)
        return page(
            request,
            "moves/show.html",
            max(form.status for form in forms.values()),
            move=move,
            people=[
                (mover, _read(facts.get(mover.id, []), viewer.role in recipients.CLEAR))
                for mover in await queries.movers(viewer, id)
            ],
            receives=receives,
            keeps=keeps,
            accept=forms["accept"],
            back_form=forms["back"],
            withdraw=forms["withdraw"],
            townships=[(row.id, row.name) for row in await regions.townships(viewer)] if receives else [],
            back=await deeds.of_subject(viewer, "move", id),
            history=trail.timeline(await audit.history(viewer, "move", id)),
        )


def _read(facts: Sequence[queries.Fact], clear: bool) -> Sequence[tuple[str, str]]:
    """What was handed over, in words; a desk reads names and numbers masked, as everywhere."""
    return [(phrases.field(one.field), _masked(one.field, phrases.fact(one.field, one.value), clear)) for one in facts]


def _masked(field: str, text: str, clear: bool) -> str:
    if field in {"id_number", "certificate"}:
        return masking.id_number(text)
    if field in {"telephone", "guardian_telephone"}:
        return masking.telephone(text)
    if field == "relatives":
        return shown_relatives(text, clear)
    return masking.name(text) if field in {"name", "guardian_name"} and not clear else text
