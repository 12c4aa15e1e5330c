"""Pages of lists: upload, mapping, preview, commit, rejects, undo; one set for all kinds."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import Forbidden, Refused
from shangmen.foundation.imports import actions, job, kinds, papers, phrases, queries, views
from shangmen.foundation.imports.forms import ChangesForm, MappingForm, UndoForm, UploadForm
from shangmen.foundation.imports.kinds import Kind
from shangmen.foundation.imports.states import ImportState, Verdict
from shangmen.web import lists
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.gate import FILE_BYTES
from shangmen.web.language import gettext as _
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200  # rows of a page of the preview
Wanted = Annotated[str, QueryParameter(name="verdict")]
MOST = 2**31 - 1  # rows of a sheet
After = Annotated[str, QueryParameter(name="after")]  # of a row
Named = Annotated[str, QueryParameter(name="kind")]


def _kind(viewer: Scope, name: str) -> Kind[Any]:
    """The kind of a name, or the first that the viewer may send; raises Forbidden and NotFound."""
    kind = kinds.kind(name) if name else next((one for one in kinds.kinds() if viewer.role in one.roles), None)
    if kind is None or viewer.role not in kind.roles:
        raise Forbidden
    return kind


def _offered(viewer: Scope, name: str) -> Kind[Any]:
    """The kind that an address names; for a name that is none, the first that the viewer may send."""
    return _kind(viewer, name if any(one.name == name for one in kinds.kinds()) else "")


def _sheet(content: bytes, name: str) -> Answer:
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f"attachment; filename={name}.xlsx"})


class ImportsController(Controller):
    """Lists that come in."""

    path = "/imports"

    @get("/", name="imports.list")
    async def list_of(self, request: Rq, viewer: Viewer, named: Named = "") -> Answer:
        return await self._upload_page(request, viewer, _offered(viewer, named), Form())

    @get("/template", name="imports.template")
    async def template(self, request: Rq, viewer: Viewer, named: Named = "") -> Answer:
        kind = _offered(viewer, named)
        return _sheet(papers.template(kind), kind.name)

    @post("/", name="imports.upload", request_max_body_size=FILE_BYTES)
    async def upload(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, UploadForm)
        kind = _kind(viewer, str(form.values.get("kind") or ""))

        async def keep(scope: Scope, value: UploadForm) -> int:
            id = await actions.upload(scope, kind.name, value.file, str(form.values.get("file") or "list"))
            if len(value.file) > job.INLINE_BYTES:
                await jobs.defer(scope, job.READ, lock=f"import:{id}", id=id)
            return id

        id = await form.attempt(keep, viewer)
        if id is not None and form.value is not None and len(form.value.file) <= job.INLINE_BYTES:
            try:
                await actions.preview(viewer, id)
            except Refused as refused:
                form.fault("file", refused.message, **refused.parameters)
        if form.faults:
            return await self._upload_page(request, viewer, kind, form)
        return see(request, "imports.show", id=id)

    @get("/{id:int}", name="imports.show")
    async def show(self, request: Rq, viewer: Viewer, id: Id, verdict: Wanted = "", after: After = "") -> Answer:
        return await self._show(request, viewer, id, Form(), verdict, min(lists.number(after) or 0, MOST))

    @get("/{id:int}/progress", name="imports.progress")
    async def progress(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        view = await queries.view(viewer, id)
        answer = page(request, "imports/_progress.html", view=view, state=phrases.state(view.state))
        if view.state not in (ImportState.READING, ImportState.COMMITTING):
            answer.headers["HX-Refresh"] = "true"
        return answer

    @get("/{id:int}/mapping", name="imports.mapping")
    async def mapping(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._mapping(request, viewer, id, Form())

    @post("/{id:int}/mapping", name="imports.remap")
    async def remap(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, MappingForm)

        async def decide(scope: Scope, value: MappingForm) -> int:
            return await actions.remap(scope, id, value.mapping())

        size = await form.attempt(decide, viewer)
        if size is not None and size > job.INLINE_BYTES:
            await jobs.defer(viewer, job.READ, lock=f"import:{id}", id=id)
        elif size is not None:
            try:
                await actions.preview(viewer, id)
            except Refused as refused:
                form.fault("", refused.message, **refused.parameters)
        if form.faults:
            return await self._mapping(request, viewer, id, form)
        return see(request, "imports.show", id=id)

    @post("/{id:int}/changes", name="imports.choose")
    async def choose(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, ChangesForm)

        async def decide(scope: Scope, value: ChangesForm) -> int:
            return await actions.choose(scope, id, value.changes)

        await form.attempt(decide, viewer)
        if form.faults:
            return await self._show(request, viewer, id, form)
        return see(request, "imports.show", id=id)

    @post("/{id:int}/commit", name="imports.commit")
    async def commit(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        view = await queries.view(viewer, id)
        if view.counts.rows > job.INLINE_ROWS and view.state is ImportState.PREVIEWED:
            await press(request, actions.begin_writing, viewer, id)
            return see(request, "imports.show", id=id)
        await press(request, self._commit, viewer, id)
        return see(request, "imports.show", notice=_("The list is written."), id=id)

    async def _commit(self, scope: Scope, id: int) -> int:
        return (await actions.commit(scope, id)).rows

    @get("/{id:int}/rejects", name="imports.rejects")
    async def rejects(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        view = await queries.view(viewer, id)
        lines = await queries.lines(viewer, id, Verdict.REFUSED)
        return _sheet(papers.rejects(kinds.kind(view.kind), view.found, lines), f"{view.kind}-{id}-rejects")

    @post("/{id:int}/undo", name="imports.undo")
    async def undo(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        form = await bind(request, UndoForm)

        async def take_back(scope: Scope, value: UndoForm) -> int:
            return await actions.undo(scope, id, value.reason)

        await form.attempt(take_back, viewer)
        if form.faults:
            return await self._show(request, viewer, id, form)
        return see(request, "imports.show", notice=_("It is taken back."), id=id)

    async def _upload_page(self, request: Rq, viewer: Viewer, kind: Kind[Any], form: AnyForm) -> Answer:
        return page(
            request,
            "imports/list.html",
            form.status,
            form=form,
            kind=kind,
            kinds=[one for one in kinds.kinds() if viewer.role in one.roles],
            imports=await queries.latest(viewer, kind.name),
            states=phrases.STATES,
        )

    async def _show(
        self, request: Rq, viewer: Viewer, id: int, form: AnyForm, verdict: str = "", after: int = 0
    ) -> Answer:
        view = await queries.view(viewer, id)
        kind = _kind(viewer, view.kind)
        wanted = Verdict(verdict) if verdict in set(Verdict) else None
        lines = await queries.lines(viewer, id, wanted, after, SHOWN + 1)
        differing = await queries.differing(viewer, id) if view.state is ImportState.PREVIEWED else []
        return page(
            request,
            "imports/show.html",
            form.status,
            form=form,
            view=view,
            kind=kind,
            state=phrases.state(view.state),
            fault=phrases.sentence(view.fault) if view.fault else "",
            lines=[views.line_view(kind, line) for line in lines[:SHOWN]],
            after=lines[SHOWN - 1].row if len(lines) > SHOWN else None,
            verdict=verdict,
            numbered=any(column.field == "id_number" for column in kind.columns),
            verdicts=[(one, phrases.verdict(one), getattr(view.counts, one)) for one in Verdict],
            changes=views.changes_asked(kind, differing),
        )

    async def _mapping(self, request: Rq, viewer: Viewer, id: int, form: AnyForm) -> Answer:
        view = await queries.view(viewer, id)
        kind = _kind(viewer, view.kind)
        lines = await queries.lines(viewer, id)
        heads = sorted(
            [*view.found.columns.items(), *((head, "") for head in view.found.passed)],
            key=lambda pair: view.found.places.get(pair[1], 999),
        )
        return page(
            request,
            "imports/mapping.html",
            form.status,
            form=form,
            view=view,
            kind=kind,
            heads=heads,
            sheets=[(name, name or view.file_name) for name in (view.found.sheet, *view.found.other_sheets)],
            fields=[("", _("passed over")), *((column.field, _(column.label)) for column in kind.columns)],
            words=views.words_asked(kind, view, lines),
            constants=[
                (column.field, _(column.label), view.mapping.constants.get(column.field, ""))
                for column in kind.columns
                if column.field not in view.found.places and column.words
            ],
        )
