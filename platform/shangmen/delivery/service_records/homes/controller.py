"""The button that accepts a home."""

from litestar import Controller, post

from shangmen.delivery.service_records.homes import actions
from shangmen.delivery.service_records.homes.forms import AcceptForm
from shangmen.demand.recipients import queries as recipients
from shangmen.errors import Refused
from shangmen.web.forms import bind
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, see


class HomesController(Controller):
    """Homes that check-ins found."""

    path = "/recipients"

    @post("/{id:int}/home", name="service_records.accept_home")
    async def accept(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await recipients.in_care(viewer, id)
        form = await bind(request, AcceptForm)
        await form.attempt(actions.accept, viewer, id)
        if form.faults:
            raise Refused(next(iter(form.faults.values())))
        return see(request, "recipients.show", notice=_("The home has its point."), id=id)
