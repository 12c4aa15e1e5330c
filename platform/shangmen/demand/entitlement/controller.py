"""Pages of the ladder of entitlement."""

from datetime import timedelta

from litestar import Controller, get, post

from shangmen import clock
from shangmen.demand.entitlement import actions, phrases, queries, seed
from shangmen.demand.entitlement.forms import AdoptForm, EndRungForm, RungForm
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.web import lists, versions
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


async def _services(viewer: Viewer) -> list[tuple[str, str]]:
    """The services that a rung may be for, by code."""
    items = await catalogue.items(viewer)
    return [(item.code, phrases.service(item.code, item.name, item.english)) for item in items]


class EntitlementController(Controller):
    """How much of which service a month for whom."""

    path = "/entitlement"

    @get("/", name="entitlement.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        return await self._list(request, viewer, Form())

    @get("/new", name="entitlement.new")
    async def new(self, request: Rq, viewer: Viewer) -> Answer:
        form: AnyForm = Form({"division": str(viewer.county), "valid_from": clock.today().isoformat()})
        return await self._form(request, viewer, form)

    @post("/", name="entitlement.add")
    async def add(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, RungForm)
        await form.attempt(actions.add, viewer)
        if form.faults:
            return await self._form(request, viewer, form)
        return see(request, "entitlement.list", notice=_("The rung is noted with its day and its source."))

    @post("/adopt", name="entitlement.adopt")
    async def adopt(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, AdoptForm)
        count = await form.attempt(actions.adopt, viewer)
        if form.faults:
            return await self._list(request, viewer, form)
        return see(request, "entitlement.list", notice=_("%(count)s rungs are taken over.", count=count))

    @get("/{id:int}/revise", name="entitlement.revise_form")
    async def revise_form(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._form(request, viewer, Form(), await queries.rung(viewer, id))

    @post("/{id:int}/revise", name="entitlement.revise")
    async def revise(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.rung(viewer, id)
        form = await bind(request, RungForm)
        await form.attempt(actions.revise, viewer, id)
        if form.faults:
            return await self._form(request, viewer, form, await queries.rung(viewer, id))
        return see(request, "entitlement.list", notice=_("The new version is noted; the old one ends the day before."))

    @post("/{id:int}/end", name="entitlement.end")
    async def end(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.rung(viewer, id)
        form = await bind(request, EndRungForm)
        await form.attempt(actions.end, viewer, id)
        if form.faults:
            return await self._form(request, viewer, Form(), await queries.rung(viewer, id), ending=form)
        return see(request, "entitlement.list", notice=_("The rung ends on its day."))

    async def _list(self, request: Rq, viewer: Viewer, form: AnyForm) -> Answer:
        asked = lists.Asked(request)
        on = asked.day("on") or clock.today()
        code = asked.text("code")
        every = asked.text("every") == "yes"
        rows = [
            row
            for row in await queries.rungs(viewer, viewer.county)
            if code in ("", row.code or "together")
            and (every or (row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)))
        ]
        nearest: dict[str, int] = {}
        for row in rows:
            nearest[row.code] = min(row.distance, nearest.get(row.code, row.distance))
        return page(
            request,
            "entitlement/list.html",
            form.status,
            form=form,
            rows=rows,
            speaks=nearest,
            asked={"on": on.isoformat(), "code": code, "every": every},
            services=[("together", phrases.service("", "", "")), *await _services(viewer)],
            published=[(key, one.name) for key, one in seed.PUBLISHED.items()],
            ladder=phrases,
        )

    async def _form(
        self,
        request: Rq,
        viewer: Viewer,
        form: AnyForm,
        editing: queries.RungRow | None = None,
        ending: AnyForm | None = None,
    ) -> Answer:
        if editing is not None:
            begins = max(clock.today(), editing.valid_from + timedelta(days=1))
            if not form.values:
                form.values["valid_from"] = begins.isoformat()
            now = {**vars(editing), **{name: getattr(editing.gate, name) for name in editing.gate.__struct_fields__}}
            now |= {"hours": phrases.hours(editing.minutes), "yuan": phrases.yuan(editing.yuan).replace(",", "")}
            shown = set(RungForm.__struct_fields__) - {"valid_from"}
            versions.over(form, {name: value for name, value in now.items() if name in shown})
        return page(
            request,
            "entitlement/rung.html",
            max(form.status, ending.status if ending else 200),
            form=form,
            ending=ending or Form(),
            editing=editing,
            divisions=[(row.id, row.name) for row in await queries.divisions(viewer, viewer.county)],
            services=[("", phrases.service("", "", "")), *await _services(viewer)],
            choices=phrases.choices(),
            ladder=phrases,
        )
