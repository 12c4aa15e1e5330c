"""Taking back what was done in error: first what comes back and what cannot, then the deed."""

from litestar import Controller, post

from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.deeds import actions, phrases, queries
from shangmen.foundation.deeds.forms import UndoForm
from shangmen.web.forms import bind
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see, url


class DeedsController(Controller):
    """Deeds that can be taken back."""

    path = "/deeds"

    @post("/{id:int}/undo", name="deeds.undo")
    async def undo(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        deed = await queries.deed(viewer, id)
        form = await bind(request, UndoForm)
        events = await form.rehearse("audit", actions.undo, viewer, id)
        if form.sure:
            await form.attempt(actions.undo, viewer, id)
        if form.sure and not form.faults:
            return see(request, trail.PAGES[deed.subject], notice=_("It is taken back."), id=deed.subject_id)
        return page(
            request,
            "deeds/undo.html",
            form.status,
            form=form,
            deed=deed,
            deed_words=trail,
            restored=[] if form.faults else phrases.restored(events),
            lost=phrases.lost(events),
            back=url(request, trail.PAGES[deed.subject], id=deed.subject_id),
        )
