"""Pages of placements."""

from collections.abc import Sequence
from functools import partial

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import access, clock
from shangmen.access import Reach, Role
from shangmen.foundation.audit.papers import taken
from shangmen.foundation.audit.views import foretold
from shangmen.foundation.deeds import views as deeds
from shangmen.supply.placements import actions, queries
from shangmen.supply.placements.forms import EndForm
from shangmen.supply.placements.offers import queries as offers
from shangmen.supply.placements.phrases import said, timeline
from shangmen.supply.placements.states import PlacementState
from shangmen.supply.placements.views import shown
from shangmen.web import lists
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.lists import offset_of, paging
from shangmen.web.pages import Answer, Id, InState, Rq, Viewer, page, see


class PlacementsController(Controller):
    """Placements: who serves whom, from when until when."""

    path = "/placements"

    @get("/", name="placements.list")
    async def list(
        self,
        request: Rq,
        viewer: Viewer,
        in_state: InState = "in_force",
        supplier: FromQuery[str] = "",
        affected: FromQuery[str] = "",
    ) -> Answer:
        q = lists.Asked(request).text("q")
        blocked = await _blocked(viewer)
        rows, total = await queries.placements(
            viewer,
            in_state,
            q,
            lists.number(supplier),
            sorted(blocked) if affected else None,
            offset=offset_of(request),
        )
        suppliers = await offers.suppliers(viewer)
        names = {row.id: row.name for row in suppliers}
        chosen = lists.number(supplier)
        stops = []
        for id, missing in blocked.items():
            if chosen not in (None, id):
                continue
            count, visits = await queries.ahead(viewer, id)
            stops.append((id, names.get(id, ""), [label(kind) for kind in missing], count, visits))
        return page(
            request,
            "placements/list.html",
            rows=[shown(viewer, row) for row in rows],
            q=q,
            state=in_state,
            supplier=supplier,
            affected=affected,
            states=list(PlacementState),
            suppliers=suppliers,
            stops=stops,
            page=paging(request, total),
        )

    @get("/export", name="placements.export")
    async def export(
        self,
        request: Rq,
        viewer: Viewer,
        in_state: InState = "in_force",
        supplier: FromQuery[str] = "",
        affected: FromQuery[str] = "",
        form: FromQuery[str] = "",
    ) -> Answer:
        q = lists.Asked(request).text("q")
        blocked = sorted(await _blocked(viewer)) if affected else None
        heads = (
            "Recipient", "Township", "Service", "Visits a month", "Minutes", "Supplier", "Contract", "Kilometres",
            "Position", "From", "To", "State", "Reserved units", "Reserved yuan", "Reason",
        )  # fmt: skip

        def cells(row: queries.PlacementListed) -> Sequence[object]:
            one = shown(viewer, row)
            return (
                one.name, one.row.township_name, one.item, one.row.visits_per_month, one.row.minutes,
                one.row.supplier_name, one.row.contract_number, round(one.row.metres / 1000, 1), one.estimated,
                one.row.valid_from,
                one.row.valid_to, label(one.row.state), one.row.reserved_units, one.row.reserved_yuan,
                said(one.row.end_reason),
            )  # fmt: skip

        read = partial(queries.placements, viewer, in_state, q, lists.number(supplier), blocked, limit=None)
        return await taken(viewer, form, _("Placements"), heads, "placements.export", "placement", read, cells)

    @get("/{id:int}", name="placements.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._page(request, viewer, id, Form({"on": clock.today()}))

    @post("/{id:int}/end", name="placements.end")
    async def end(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.placement(viewer, id)
        form = await bind(request, EndForm)
        asked = await foretold(request, form, _("End the placement"), ("placement", id), actions.end, viewer, id)
        if asked:
            return asked
        await form.attempt(actions.end, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, form)
        return see(request, "placements.show", notice=_("The placement is ended; the need waits again."), id=id)

    async def _page(self, request: Rq, viewer: Viewer, id: int, form: AnyForm) -> Answer:
        placement = await queries.placement(viewer, id)
        return page(
            request,
            "placements/show.html",
            form.status,
            shown=shown(viewer, placement),
            placement=placement,
            reason=said(placement.end_reason),
            ends=placement.state == PlacementState.IN_FORCE
            and access.may(viewer.role, "placements.end")
            and (viewer.reach == Reach.COUNTY or viewer.organisation == placement.station),
            form=form,
            back=await deeds.of_subject(viewer, "placement", id),
            events=timeline(await offers.history(viewer, placement.offer)),
        )


async def _blocked(viewer: Viewer) -> dict[int, list[str]]:
    """Suppliers that may take on no new work, for those who must act on it: the bureau and the supplier itself."""
    found = await queries.blocked(viewer)
    return found if viewer.role in (Role.BUREAU_OFFICER, Role.AUDITOR, Role.PROVIDER_MANAGER) else {}
