"""Pages of the queue of held records."""

from litestar import Controller, get, post

from shangmen import clock
from shangmen.access import Scope
from shangmen.delivery.service_records import notices, views
from shangmen.delivery.service_records.queue import actions, queries
from shangmen.delivery.service_records.queue.forms import VerdictForm
from shangmen.delivery.service_records.verification.patterns.rules import PATTERNS
from shangmen.delivery.service_records.verification.rules import RULES
from shangmen.delivery.visits import queries as visits
from shangmen.web import lists
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Rq, Viewer, page, see

NAMES = (*(one.name for one in RULES), *(one.name for one in PATTERNS), "call_back")


class QueueController(Controller):
    """Held records: the longest first."""

    path = "/records/held"

    @get("/", name="service_records.queue")
    async def queue(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._page(request, viewer, Form())

    @post("/", name="service_records.decide_many")
    async def decide(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, VerdictForm)
        done = await form.attempt(actions.decide, viewer)
        if form.faults or done is None:
            return await self._page(request, viewer, form)
        decided, left = done
        notice = _("%(count)s records are decided.", count=decided)
        if left:
            notice += " " + _("%(count)s have changed since they were read, and are as they were.", count=left)
        return see(request, "service_records.queue", notice=notice, mine="yes")

    @get("/next", name="service_records.next")
    async def following(self, request: Rq, viewer: Viewer) -> Answer:
        asked, after = _asked(request), lists.Asked(request).number("after") or 0
        found = await queries.following(viewer, queries.Asked(asked.rule, asked.supplier, mine=True), after)
        if found is None:
            return see(request, "service_records.queue", notice=_("Nothing else waits for your decision."), mine="yes")
        return see(request, "service_records.show", id=found)

    async def _page(self, request: Rq, viewer: Scope, form: AnyForm) -> Answer:
        asked = _asked(request)
        rows, total = await queries.held(viewer, asked, offset=offset_of(request))
        today = clock.today()
        return page(
            request,
            "service_records/queue.html",
            form.status,
            rows=[
                (row, views.shown_name(viewer, row.person_name), views.findings(row.findings),
                 (today - clock.day_of(row.since)).days)
                for row in rows
            ],
            asked=asked,
            like=await queries.like(viewer, asked.mine),
            form=form,
            chosen=set(form.values.get("take") or ()),
            decides=viewer.role in notices.TO_DECIDE,
            suppliers=[(one.id, one.name) for one in await visits.deliverers(viewer, wide=True)],
            page=paging(request, total),
        )  # fmt: skip


def _asked(request: Rq) -> queries.Asked:
    """What the address asks of the queue."""
    asked = lists.Asked(request)
    return queries.Asked(
        rule=asked.among("rule", NAMES),
        supplier=asked.number("supplier"),
        mine=asked.among("mine", ["yes"]) != "",
    )
