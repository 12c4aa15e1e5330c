"""Pages of service records: the worker's telephone, and the desks that verify."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.access import Scope
from shangmen.delivery.service_records import actions, notices, queries, signature, views
from shangmen.delivery.service_records.at_the_door import tasks
from shangmen.delivery.service_records.door_reports import actions as door
from shangmen.delivery.service_records.door_reports import queries as reports
from shangmen.delivery.service_records.door_reports.forms import TellForm
from shangmen.delivery.service_records.forms import (
    Alert,
    CheckInForm,
    CheckOutForm,
    CorrectionForm,
    ReasonForm,
)
from shangmen.delivery.service_records.photos import queries as photos
from shangmen.delivery.service_records.photos.actions import add as add_photo
from shangmen.delivery.service_records.photos.actions import read_of
from shangmen.delivery.service_records.photos.forms import PhotoForm
from shangmen.delivery.service_records.phrases import history_words
from shangmen.delivery.service_records.states import EvidenceClass, Next, PhotoKind, Told, VerdictState
from shangmen.delivery.visits import queries as visits
from shangmen.delivery.visits.states import VisitState
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients import queries as people
from shangmen.demand.recipients.forms import Revealable, RevealForm
from shangmen.errors import Forbidden, Refused
from shangmen.foundation.audit.papers import taken
from shangmen.foundation.catalogue.states import Proof
from shangmen.web import lists
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.gate import FILE_BYTES
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

TO_ASK = "核验服务记录，电话核实"  # why a number was seen that is shown beside a held record

# States in which a worker has something to do with a visit.
AHEAD = (VisitState.PLANNED, VisitState.CONFIRMED, VisitState.IN_PROGRESS)


class PhoneController(Controller):
    """What a worker has in the hand: today, and one visit from the check-in to the check-out."""

    path = "/phone"

    @get("/", name="service_records.today")
    async def today(self, request: Rq, viewer: Viewer, day: FromQuery[str] = "") -> Answer:
        shown = lists.day(day) or clock.today()
        rows = await visits.of_worker(viewer, shown)
        return page(
            request,
            "service_records/today.html",
            rows=rows,
            day=shown,
            before=shown - timedelta(1),
            after=shown + timedelta(1),
        )

    @get("/visits/{id:int}", name="service_records.visit")
    async def visit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._page(request, viewer, id, Form())

    @post("/visits/{id:int}/check-in", name="service_records.check_in")
    async def check_in(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, CheckInForm)
        await form.attempt(actions.check_in, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, form)
        return see(request, "service_records.visit", notice=_("You are checked in."), id=id)

    @post("/visits/{id:int}/check-out", name="service_records.check_out")
    async def check_out(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, CheckOutForm)
        await form.attempt(actions.check_out, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, form)
        return see(request, "service_records.visit", notice=_("The visit is logged. Thank you."), id=id)

    @post("/visits/{id:int}/tell", name="service_records.tell")
    async def tell(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, TellForm)
        await form.attempt(door.tell, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, Form(), tell=form)
        told = _("It is told. Your office and the station hear of it.")
        return see(request, "service_records.visit", notice=told, id=id)

    @post("/visits/{id:int}/photos", name="service_records.photo", request_max_body_size=FILE_BYTES)
    async def photo(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await photos.deliverer_visit(viewer, id)
        form = await bind(request, PhotoForm)
        try:
            await form.attempt(add_photo, viewer, id, await read_of(form.value))
        except Refused as refused:
            form.fault(refused.field, refused.message, **refused.parameters)
        if form.faults:
            return await self._page(request, viewer, id, Form(), form)
        return see(request, "service_records.visit", notice=_("The photo is kept."), id=id)

    async def _page(
        self,
        request: Rq,
        viewer: Scope,
        id: int,
        form: AnyForm,
        photo: AnyForm | None = None,
        tell: AnyForm | None = None,
    ) -> Answer:
        found = await queries.visit_of_worker(viewer, id)
        visit = found.visit
        return page(
            request,
            "service_records/visit.html",
            max(one.status for one in (form, photo, tell) if one is not None),
            tell=_prefixed(tell, "t"),
            alarms=[one for one in Told if one.alarming],
            reasons=[(one.value, label(one)) for one in Told if not one.alarming],
            nexts=[(one.value, label(one)) for one in Next if one],
            reported=await reports.of_visit(viewer, id),
            photo=_prefixed(photo, "p"),
            photos=await photos.of_visit(viewer, id),
            shown_by_photo=_photo_kinds(visit.proof),
            form=form if found.mine else Form(),
            arrival=_prefixed(None if found.mine else form, "in"),
            visit=visit,
            mine=found.mine,
            others=found.others,
            record=found.record,
            ahead=visit.state in AHEAD,
            afterwards=visit.planned_end < clock.now() - timedelta(minutes=30),
            callable=visit.state in AHEAD and abs((visit.day - clock.today()).days) <= 1,
            tasks=[(str(task), label(task)) for task in tasks.of_service(visit.item_code)],
            near=await queries.near(viewer, visit),
            alerts=[(str(alert), label(alert)) for alert in Alert],
        )


def _photo_kinds(proof: Sequence[Proof]) -> list[tuple[PhotoKind, bool]]:
    """What a photo of a visit may show, and whether the service asks for it; what it asks for first."""
    asked = {
        PhotoKind.BEFORE: Proof.PHOTO in proof,
        PhotoKind.AFTER: Proof.PHOTO in proof,
        PhotoKind.RECEIPT: Proof.RECEIPT in proof,
    }
    kinds = [(kind, asked.get(kind, False)) for kind in PhotoKind]
    return sorted(kinds, key=lambda kind: not kind[1])


class RecordsController(Controller):
    """The list of records, one record, and the decision on what is held."""

    path = "/records"

    @get("/", name="service_records.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        asked = _asked(request)
        rows, total = await queries.records(viewer, asked, offset=offset_of(request))
        return page(
            request,
            "service_records/list.html",
            rows=[(views.masked(viewer, row), views.findings(row.findings)) for row in rows],
            asked=asked,
            query=request.url.query,
            organisations=await visits.deliverers(viewer, wide=True),
            states=LISTED,
            decides=viewer.role in notices.TO_DECIDE,
            page=paging(request, total),
        )

    @get("/export", name="service_records.export")
    async def export(self, request: Rq, viewer: Viewer, form: FromQuery[str] = "") -> Answer:
        def cells(row: queries.ListedRow) -> Sequence[object]:
            return views.cells(views.masked(viewer, row))

        read = partial(queries.records, viewer, _asked(request), limit=None)
        title, verb = _("Service records"), "service_records.export"
        return await taken(viewer, form, title, views.COLUMNS, verb, "service_record", read, cells)

    @get("/{id:int}", name="service_records.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._page(request, viewer, id, {})

    @post("/{id:int}/accept", name="service_records.accept")
    async def accept(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, ReasonForm)
        newest = await form.attempt(actions.accept, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, {"accept": form})
        return see(request, "service_records.show", notice=_("The record is accepted."), id=newest)

    @post("/{id:int}/reject", name="service_records.reject")
    async def reject(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, ReasonForm)
        await form.attempt(actions.reject, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, {"reject": form})
        return see(request, "service_records.show", notice=_("The record is rejected."), id=id)

    @post("/{id:int}/telephone", name="service_records.telephone")
    async def telephone(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        full = await queries.record(viewer, id)
        if not full.answer.may:
            raise Forbidden(full.answer.why) if full.answer.why else Forbidden()
        form = RevealForm(reason=TO_ASK, what=Revealable.TELEPHONE)

        async def noted(scope: Scope) -> int:
            return await recipients.reveal(scope, full.row.person, form)

        await press(request, noted, viewer)
        shown = await people.revealed(viewer, full.row.person, form.what)
        response = await self._page(request, viewer, id, {}, telephone=shown[form.what])
        response.headers["Cache-Control"] = "no-store"
        return response

    @post("/{id:int}/correct", name="service_records.correct")
    async def correct(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, CorrectionForm)
        newest = await form.attempt(actions.correct, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, {"correct": form})
        return see(request, "service_records.show", notice=_("The correction is recorded."), id=newest)

    async def _page(
        self, request: Rq, viewer: Scope, id: int, forms: dict[str, AnyForm], telephone: str = ""
    ) -> Answer:
        full = await queries.record(viewer, id)
        row, whole = full.row, full.whole
        strokes, width, height = signature.path(row.signature)
        stays = views.stays(full)
        found = [one.finding for one in whole.findings]
        status = max((form.status for form in forms.values()), default=200)
        return page(
            request,
            "service_records/show.html",
            status,
            record=row,
            person_name=views.shown_name(viewer, row.person_name),
            findings=views.findings(found),
            stays=stays,
            derivation=views.derivation(full),
            photos=await photos.of_visit(viewer, row.visit),
            signs=views.signs(row.observations),
            line=whole.lines[0] if whole.lines else None,
            revisions=full.revisions,
            answer=full.answer,
            events=history_words(full.events),
            newest=row.newest == id,
            own=row.supplier == viewer.organisation,
            sketch=views.sketch(row.home, stays, full.fence),
            fence=full.fence,
            strokes=strokes,
            pad=(width, height),
            accept=_prefixed(forms.get("accept"), "a"),
            reject=_prefixed(forms.get("reject"), "r"),
            correct=_prefixed(forms.get("correct"), "c"),
            correcting="correct" in forms,
            telephone=telephone,
        )


def _prefixed(form: AnyForm | None, prefix: str) -> SimpleNamespace:
    """A form for the macros beside others on its page, whose fields have the same names."""
    form = form or Form()
    return SimpleNamespace(values=form.values, faults=form.faults, prefix=prefix)


# The verdicts in the order in which the list offers them.
LISTED = (VerdictState.HELD, VerdictState.VERIFIED, VerdictState.REJECTED)


def _asked(request: Rq) -> queries.Asked:
    """What the address asks of the list; what cannot be read is as if it was not said."""
    asked = lists.Asked(request)
    return queries.Asked(
        search=asked.text("q"),
        state=asked.among("state", VerdictState),
        supplier=asked.number("supplier"),
        station=asked.number("station"),
        worker=asked.text("worker"),
        evidence=asked.among("evidence", EvidenceClass),
        first=asked.day("first"),
        last=asked.day("last"),
        mine=asked.among("mine", ["yes"]) != "",
    )
