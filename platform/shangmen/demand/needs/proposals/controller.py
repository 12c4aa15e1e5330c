"""Pages of what the ladder proposes, and of what goes beyond it."""

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen.access import Role
from shangmen.demand.needs import caps, phrases
from shangmen.demand.needs.forms import TakeForm
from shangmen.demand.needs.proposals import actions, queries
from shangmen.demand.recipients import phrases as people
from shangmen.demand.recipients import queries as recipients
from shangmen.foundation.audit.actions import exported
from shangmen.foundation.regions import queries as regions
from shangmen.web import lists, masking
from shangmen.web.exports import export
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Rq, Viewer, page, see

EXCEPTIONS = (
    "Need", "Recipient", "Township", "Service item", "Visits a month", "Minutes a visit", "From", "State",
    "What is beyond", "Reason", "Approved by", "Given back because",
)  # fmt: skip


class ProposalsController(Controller):
    """Needs in bulk."""

    path = "/needs"

    @get("/proposals", name="needs.proposals")
    async def proposals(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._proposals(request, viewer, Form())

    @post("/proposals", name="needs.take")
    async def take(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, TakeForm)
        township = await self._township(request, viewer)
        done = await form.attempt(actions.take, viewer, township)
        if form.faults or done is None:
            return await self._proposals(request, viewer, form)
        stated, approved, failed = done
        notice = _("%(stated)s needs are stated, %(approved)s of them approved.", stated=stated, approved=approved)
        if failed:
            notice += " " + _("%(failed)s could not be stated and stand below still.", failed=failed)
        if viewer.role is Role.BUREAU_OFFICER and stated > approved:
            return see(request, "needs.exceptions", notice=notice, township=township)
        return see(request, "needs.proposals", notice=notice, township=township)

    @get("/exceptions", name="needs.exceptions")
    async def exceptions(self, request: Rq, viewer: Viewer) -> Answer:
        township = lists.Asked(request).number("township")
        rows = await caps.exceptions(viewer, township)
        return page(
            request,
            "needs/exceptions.html",
            waiting=[one for one in rows if one.excess],
            approved=[one for one in rows if not one.excess],
            township=township or "",
            townships=await regions.townships(viewer),
            clear=viewer.role in recipients.CLEAR,
            say=phrases,
            form=Form(),
        )

    @get("/exceptions/export", name="needs.export_exceptions")
    async def export_exceptions(self, request: Rq, viewer: Viewer, form: FromQuery[str] = "xlsx") -> Answer:
        rows = await caps.exceptions(viewer, lists.Asked(request).number("township"))
        await exported(viewer, "needs.export_exceptions", "need", len(rows))
        lines = (
            (
                one.row.id,
                masking.name(one.row.name),
                one.row.township_name,
                phrases.service(one.row.code, one.row.item_name, one.row.item_english),
                one.row.visits_per_month,
                one.row.minutes,
                one.row.valid_from,
                phrases.state(one.row.state),
                _(one.excess.sentence, **one.excess.parameters) if one.excess else "",
                one.row.exception_reason,
                one.row.approved_by_name,
                one.row.returned_reason,
            )
            for one in rows
        )
        return export(form, _("Needs beyond the ladder"), EXCEPTIONS, lines, viewer.name)

    async def _township(self, request: Rq, viewer: Viewer) -> int:
        """The township that is asked for among the viewer's, else the first of them; 0 for none."""
        known = [row.id for row in await regions.townships(viewer)]
        asked = lists.Asked(request).number("township")
        return asked if asked in known else (known[0] if known else 0)

    async def _proposals(self, request: Rq, viewer: Viewer, form: AnyForm) -> Answer:
        township = await self._township(request, viewer)
        rows = await queries.proposed(viewer, township)
        first = offset_of(request)
        part = rows[first : first + lists.PAGE]
        typed = {}
        if form.faults:
            typed = {
                key: (visits, minutes)
                for key, visits, minutes in zip(
                    form.values.get("key", []), form.values.get("visits", []), form.values.get("minutes", []),
                    strict=False,
                )
            }  # fmt: skip
        return page(
            request,
            "needs/proposals.html",
            form.status,
            form=form,
            rows=part,
            typed=typed,
            page=paging(request, len(rows)),
            township=township,
            townships=await regions.townships(viewer),
            clear=viewer.role in recipients.CLEAR,
            approves=viewer.role is Role.BUREAU_OFFICER,
            say=phrases,
            people=people,
        )
