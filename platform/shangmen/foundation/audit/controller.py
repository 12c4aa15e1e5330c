"""Pages of the audit trail."""

from types import SimpleNamespace

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import access
from shangmen.access import Scope
from shangmen.foundation.audit import actions, phrases, proofs, queries
from shangmen.foundation.audit.queries import EventRow
from shangmen.web import lists
from shangmen.web.exports import begun
from shangmen.web.forms import press
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Rq, Viewer, page, see, url

SHOWN = 5  # a notice is no report; the shell lists them all


async def _verify(scope: Scope) -> list[str]:
    """The sentences of what was found: a second click gets them again."""
    found = await proofs.verify(scope)
    await actions.checked(scope, found)
    return [_(one.message, **one.parameters) for one in found]


class AuditController(Controller):
    """The trail: who did what, when, why, from where."""

    path = "/audit"

    @get("/", name="audit.list")
    async def list(
        self,
        request: Rq,
        viewer: Viewer,
        verb: FromQuery[str] = "",
        since: FromQuery[str] = "",
        until: FromQuery[str] = "",
    ) -> Answer:
        who = lists.Asked(request).text("who")
        rows, total = await queries.events(
            viewer, verb, who, lists.day(since), lists.day(until), limit=50, offset=offset_of(request)
        )
        return page(
            request,
            "audit/list.html",
            rows=[_shown(request, viewer, row) for row in rows],
            page=paging(request, total),
            query={"who": who, "verb": verb, "since": since, "until": until},
            features=[(name, label(name)) for name in await queries.features(viewer)],
            seals=await queries.seals(viewer),
        )

    @get("/export", name="audit.export")
    async def export(
        self,
        request: Rq,
        viewer: Viewer,
        form: FromQuery[str] = "",
        verb: FromQuery[str] = "",
        since: FromQuery[str] = "",
        until: FromQuery[str] = "",
    ) -> Answer:
        who = lists.Asked(request).text("who")
        columns = (
            "Chain", "Entry", "Time", "Who", "Role", "Organisation", "What", "Code", "Data table", "Row number",
            "Reason", "Details", "From where", "Digest",
        )  # fmt: skip
        with begun(form, _("Audit"), columns, viewer.name) as made:
            asked = (verb, who, lists.day(since), lists.day(until))
            await actions.export(viewer, lambda row: made.write(_cells(row)), *asked)
        return made.finish()

    @post("/verify", name="audit.verify")
    async def verify(self, request: Rq, viewer: Viewer) -> Answer:
        found = await press(request, _verify, viewer)
        if not found:
            return see(request, "audit.list", notice=_("Every entry was recomputed: the trail is whole."))
        told = found[:SHOWN]
        if len(found) > SHOWN:
            told.append(_("%(count)s in all.", count=len(found)))
        return see(request, "audit.list", notice=" ".join([_("The trail is broken."), *told]), kind="error")


def _cells(row: EventRow) -> tuple[object, ...]:
    """An event as a row of the export."""
    return (
        row.organisation,
        row.sequence,
        row.at,
        phrases.actor(row),
        label(row.role),
        row.organisation_name or "",
        phrases.what(row.verb),
        row.verb,
        row.subject,
        row.subject_id,
        phrases.reason(row),
        phrases.told(row.details),
        row.address,
        row.digest.hex(),
    )


def _shown(request: Rq, viewer: Scope, row: EventRow) -> SimpleNamespace:
    """An event as the list shows it."""
    route = phrases.PAGES.get(row.subject, "")
    linked = (
        row.subject_id is not None
        and request.app.get_handler_index_by_name(route) is not None
        and access.may(viewer.role, route)
    )
    return SimpleNamespace(
        at=row.at,
        sequence=row.sequence,
        who=phrases.actor(row),
        role="" if row.role == access.Role.SYSTEM else label(row.role),
        organisation=row.organisation_name,
        what=phrases.what(row.verb),
        feature=row.verb.partition(".")[0],
        reason=phrases.reason(row),
        facts=phrases.facts(row.details),
        subject=row.subject,
        subject_id=row.subject_id,
        href=url(request, route, id=row.subject_id) if linked else "",
        address=row.address,
        digest=row.digest.hex()[:12],
    )
