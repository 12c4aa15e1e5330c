"""Pages of villages: the list of a township, and one village."""

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen.foundation.regions import phrases
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.villages import actions, queries
from shangmen.foundation.villages.forms import VillageForm
from shangmen.foundation.villages.queries import VillageRow
from shangmen.web import lists, versions
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

EDITED = ("township", "name", "latitude", "longitude", "closed")


class VillagesController(Controller):
    """The villages and communities of the county."""

    path = "/villages"

    @get("/", name="villages.list")
    async def list(self, request: Rq, viewer: Viewer, township: FromQuery[str] = "") -> Answer:
        return await self._page(request, viewer, Form({"township": township}), lists.number(township))

    @post("/", name="villages.note")
    async def note(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, VillageForm)
        await form.attempt(actions.note, viewer)
        if form.faults or form.value is None:
            return await self._page(request, viewer, form, lists.number(str(form.values.get("township") or "")))
        return see(request, "villages.list", notice=_("The village is noted."), township=form.value.township)

    @get("/{id:int}", name="villages.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._edit(request, viewer, Form(), await queries.village(viewer, id))

    @post("/{id:int}", name="villages.correct")
    async def correct(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        village = await queries.village(viewer, id)
        form = await bind(request, VillageForm)
        await form.attempt(actions.correct, viewer, id)
        if form.faults:
            return await self._edit(request, viewer, form, village)
        return see(request, "villages.list", notice=_("The village is corrected."), township=village.township)

    async def _page(self, request: Rq, viewer: Viewer, form: AnyForm, township: int | None) -> Answer:
        own = await queries.own_townships(viewer)
        townships = [(row.id, row.name) for row in await regions.townships(viewer)]
        return page(
            request,
            "villages/list.html",
            form.status,
            form=form,
            rows=await queries.villages(viewer, township, closed=True),
            township=township or "",
            townships=townships,
            own=[one for one in townships if one[0] in own],
            systems=phrases.systems(),
        )

    async def _edit(self, request: Rq, viewer: Viewer, form: AnyForm, village: VillageRow) -> Answer:
        versions.over(form, {"version": village.version, **{name: getattr(village, name) for name in EDITED}})
        return page(
            request,
            "villages/edit.html",
            form.status,
            form=form,
            village=village,
            systems=phrases.systems(),
        )
