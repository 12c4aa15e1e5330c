"""Noting and shortening absences, on a person's page."""

from litestar import Controller, post

from shangmen.demand.recipients import queries
from shangmen.demand.recipients.absences import actions
from shangmen.demand.recipients.forms import AbsenceForm, ShortenForm
from shangmen.foundation.audit.views import foretold
from shangmen.web.forms import AnyForm, bind
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see, url


class AbsencesController(Controller):
    """Days on which somebody is away from home."""

    path = "/recipients"

    @post("/{id:int}/absences", name="recipients.absence")
    async def absence(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        await queries.in_care(viewer, id)
        form = await bind(request, AbsenceForm)
        asked = await foretold(
            request, form, _("Note that the person is away"), ("person", id), actions.absent, viewer, id
        )
        if asked:
            return asked
        await form.attempt(actions.absent, viewer, id)
        if form.faults:
            return _again(request, id, form)
        return see(
            request, "recipients.show", id=id,
            notice=_("The absence is noted. Visits that are planned on these days need another day."),
        )  # fmt: skip

    @post("/{id:int}/absences/{absence:int}", name="recipients.shorten_absence")
    async def shorten(self, request: Rq, viewer: Viewer, id: Id, absence: Id) -> Answer:
        await queries.in_care(viewer, id)
        form = await bind(request, ShortenForm)
        await form.attempt(actions.shorten, viewer, id, absence)
        if form.faults:
            return _again(request, id, form)
        return see(request, "recipients.show", notice=_("The absence is shortened."), id=id)


def _again(request: Rq, person: int, form: AnyForm) -> Answer:
    """The form alone, with what was typed and its faults."""
    return page(
        request,
        "recipients/absence.html",
        form.status,
        form=form,
        action=request.url.path,
        back=url(request, "recipients.show", id=person),
    )
