"""Pages of service records: the worker's telephone, and the desks that verify."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.access import Role, Scope
from shangmen.delivery.service_records import actions, queries, signature, sketch
from shangmen.delivery.service_records.forms import (
    Alert,
    CheckInForm,
    CheckOutForm,
    CorrectionForm,
    ReasonForm,
    Task,
)
from shangmen.delivery.service_records.phrases import finding_words, history_words
from shangmen.delivery.service_records.verification import inputs
from shangmen.delivery.visits import queries as visits
from shangmen.web import lists, masking
from shangmen.web.exports import export
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

# Names in clear for who looks after the recipient; the county's desks see them masked.
CLEAR = frozenset({Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER, Role.WORKER})


STATES = ("held", "verified", "rejected")
CLASSES = ("A", "B", "C", "D")


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

    async def _page(self, request: Rq, viewer: Scope, id: int, form: AnyForm) -> Answer:
        visit = await queries.visit_of_worker(viewer, id)
        return page(
            request,
            "service_records/visit.html",
            form.status,
            form=form,
            visit=visit,
            afterwards=visit["planned_end"] < clock.now() - timedelta(minutes=30),
            callable=visit["state"] in ("planned", "confirmed", "in_progress")
            and abs((visit["day"] - clock.today()).days) <= 1,
            tasks=[(str(task), label(task)) for task in Task],
            alerts=[(str(alert), label(alert)) for alert in Alert],
        )


class RecordsController(Controller):
    """The list of records, one record, and the decision on what is held."""

    path = "/records"

    @get("/", name="service_records.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        asked = _asked(request)
        rows, total = await queries.records(viewer, **asked, offset=offset_of(request))
        return page(
            request,
            "service_records/list.html",
            rows=[_shown(viewer, row) for row in rows],
            asked=asked,
            query=request.url.query,
            organisations=await queries.organisations(viewer),
            states=STATES,
            classes=CLASSES,
            page=paging(request, total),
        )

    @get("/export", name="service_records.export")
    async def export(self, request: Rq, viewer: Viewer, form: FromQuery[str] = "") -> Answer:
        rows = await queries.exported(viewer, **_asked(request))
        return export(form, _("Service records"), COLUMNS, (_cells(_shown(viewer, row)) for row in rows), viewer.name)

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

    @post("/{id:int}/correct", name="service_records.correct")
    async def correct(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, CorrectionForm)
        newest = await form.attempt(actions.correct, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, {"correct": form})
        return see(request, "service_records.show", notice=_("The correction is recorded."), id=newest)

    async def _page(self, request: Rq, viewer: Scope, id: int, forms: dict[str, AnyForm]) -> Answer:
        row = await queries.record(viewer, id)
        fence = await inputs.fence(viewer, row)
        strokes, width, height = signature.path(row["signature"])
        status = max((form.status for form in forms.values()), default=200)
        return page(
            request,
            "service_records/show.html",
            status,
            record={**row, "person_name": _name(viewer, row["person_name"])},
            findings=[(finding["severity"], finding_words(finding), finding["rule"]) for finding in row["findings"]],
            events=history_words(row["events"]),
            newest=row["newest"] == id,
            own=row["supplier"] == viewer.organisation,
            sketch=sketch.draw(row, fence),
            fence=fence,
            strokes=strokes,
            pad=(width, height),
            accept=_prefixed(forms.get("accept"), "a"),
            reject=_prefixed(forms.get("reject"), "r"),
            correct=_prefixed(forms.get("correct"), "c"),
            correcting="correct" in forms,
        )


def _prefixed(form: AnyForm | None, prefix: str) -> SimpleNamespace:
    """A form for the macros beside others on its page, whose fields have the same names."""
    form = form or Form()
    return SimpleNamespace(values=form.values, faults=form.faults, prefix=prefix)


def _asked(request: Rq) -> dict[str, Any]:
    """What the address asks of the list; what cannot be read is as if it was not said."""
    asked = lists.Asked(request)
    return {
        "search": asked.text("q"),
        "state": asked.among("state", STATES),
        "supplier": asked.number("supplier"),
        "station": asked.number("station"),
        "worker": asked.text("worker"),
        "evidence": asked.among("evidence", CLASSES),
        "first": asked.day("first"),
        "last": asked.day("last"),
    }


def _name(viewer: Scope, name: str) -> str:
    return name if viewer.role in CLEAR else masking.name(name)


def _shown(viewer: Scope, row: dict[str, Any]) -> dict[str, Any]:
    """A row of the list with its findings in words and the name as the viewer may see it."""
    words = [(finding["severity"], finding_words(finding)) for finding in row["findings"]]
    return {**row, "person_name": _name(viewer, row["person_name"]), "findings": words}


COLUMNS = (
    "Day", "Beginning", "End", "Minutes", "Recipient", "Item", "Service", "Workers", "Supplier", "Station", "Evidence",
    "Confirmation", "Verification", "Amount", "Findings", "Number",
)  # fmt: skip


def _cells(row: dict[str, Any]) -> list[Any]:
    local = row["begun_at"].astimezone(clock.SHANGHAI), row["ended_at"].astimezone(clock.SHANGHAI)
    return [
        local[0].date(), local[0].strftime("%H:%M"), local[1].strftime("%H:%M"), row["minutes"], row["person_name"],
        row["item_code"], row["item_name"], row["workers"], row["supplier_name"], row["station_name"],
        row["evidence_class"], label(row["confirmation"]), label(row["state"]), row["amount"],
        " / ".join(words for _severity, words in row["findings"]), row["id"],
    ]  # fmt: skip
