"""Taking back what was done in error: first what comes back and what cannot, then the deed."""

from litestar import Controller, post

from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.deeds import actions, phrases, queries
from shangmen.foundation.deeds.forms import UndoForm
from shangmen.web.forms import bind
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, redirect, url


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
            return redirect(_done_on(request, deed), notice=_("It is taken back."))
        return page(
            request,
            "deeds/undo.html",
            form.status,
            form=form,
            deed=deed,
            deed_words=trail,
            restored=[] if form.faults else phrases.restored(events),
            lost=phrases.lost(events),
            back=_done_on(request, deed),
        )


def _done_on(request: Rq, deed: queries.DeedRow) -> str:
    """The page on which a deed was done: of its row, or the list where it was done to many rows at once."""
    if deed.verb in phrases.LISTS:
        days = {name: deed.details.get(name) for name in ("first", "last")}
        return url(request, phrases.LISTS[deed.verb], **days)
    return url(request, trail.PAGES[deed.subject], id=deed.subject_id)
