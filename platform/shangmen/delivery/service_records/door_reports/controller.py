"""The desk's list of what was told from the door."""

from typing import Any

from litestar import Controller, get, post

from shangmen.delivery.service_records.door_reports import actions, queries
from shangmen.delivery.service_records.door_reports.forms import AnswerForm
from shangmen.demand.recipients.queries import shown_name
from shangmen.web import lists
from shangmen.web.forms import Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

ABOUT = ("alarm", "not_made")


class DoorReportsController(Controller):
    """Alarms, and visits that could not be made."""

    path = "/records/door"

    @get("/", name="door_reports.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._page(request, viewer, Form())

    @post("/{id:int}/answer", name="door_reports.answer")
    async def answer(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, AnswerForm)
        await form.attempt(actions.answer, viewer, id)
        if form.faults:
            return await self._page(request, viewer, form, id)
        return see(request, "door_reports.list", notice=_("It is noted what was done."))

    async def _page(self, request: Rq, viewer: Viewer, form: Form[Any], editing: int = 0) -> Answer:
        said = lists.Asked(request)
        asked = queries.Asked(
            said.among("about", ABOUT), said.among("open", ["yes"]) != "", said.among("mine", ["yes"]) != ""
        )
        rows, total = await queries.reports(viewer, asked, offset=offset_of(request))
        return page(
            request,
            "service_records/door_reports.html",
            form.status,
            rows=[(row, shown_name(viewer, row.person_name)) for row in rows],
            form=form,
            editing=editing,
            asked=asked,
            page=paging(request, total),
        )
