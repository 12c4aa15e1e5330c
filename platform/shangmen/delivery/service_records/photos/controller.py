"""Adding a photo, and showing one."""

from litestar import Controller, Response, get, post

from shangmen.delivery.service_records.photos import actions, queries
from shangmen.delivery.service_records.photos.forms import PhotoForm
from shangmen.errors import Refused
from shangmen.web.forms import bind
from shangmen.web.gate import FILE_BYTES
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, see


class PhotosController(Controller):
    """Photos of visits."""

    @get("/photos/{id:int}", name="photos.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return Response(await queries.image(viewer, id), media_type="image/jpeg")

    @post("/visits/{id:int}/photos", name="photos.add", request_max_body_size=FILE_BYTES)
    async def add(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.deliverer_visit(viewer, id)
        form = await bind(request, PhotoForm)
        if form.value is not None:
            try:
                picture = await actions.read(form.value.file, form.value.upright)
            except Refused as refused:
                form.fault(refused.field, refused.message, **refused.parameters)
            else:
                await form.attempt(actions.add, viewer, id, picture)
        if form.faults:
            raise Refused(next(iter(form.faults.values())))
        return see(request, "visits.show", notice=_("The photo is kept."), id=id)
