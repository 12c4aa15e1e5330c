"""Photos of a visit on the desks: what there is, one more (the paper form), and the pictures themselves."""

from litestar import Controller, Response, get, post

from shangmen.delivery.service_records.photos import actions, queries
from shangmen.delivery.service_records.photos.forms import PhotoForm
from shangmen.delivery.service_records.states import PhotoKind
from shangmen.errors import Refused
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.gate import FILE_BYTES
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


class PhotosController(Controller):
    """Photos of visits."""

    @get("/photos/{id:int}", name="photos.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return Response(await queries.image(viewer, id), media_type="image/jpeg")

    @get("/visits/{id:int}/photos", name="photos.of_visit")
    async def list(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._page(request, viewer, id, Form())

    @post("/visits/{id:int}/photos", name="photos.add", request_max_body_size=FILE_BYTES)
    async def add(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.deliverer_visit(viewer, id)
        form = await bind(request, PhotoForm)
        try:
            await form.attempt(actions.add, viewer, id, await actions.read_of(form.value))
        except Refused as refused:
            form.fault(refused.field, refused.message, **refused.parameters)
        if form.faults:
            return await self._page(request, viewer, id, form)
        return see(request, "photos.of_visit", notice=_("The photo is kept."), id=id)

    async def _page(self, request: Rq, viewer: Viewer, id: int, form: AnyForm) -> Answer:
        visit = await queries.pictured_visit(viewer, id)
        return page(
            request,
            "service_records/photos.html",
            form.status,
            visit=visit,
            photos=await queries.of_visit(viewer, id),
            own=visit.supplier == viewer.organisation,
            kinds=tuple(PhotoKind),
            form=form,
        )
