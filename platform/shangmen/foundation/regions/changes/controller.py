"""The page on which an administrator corrects, renames, merges and splits townships."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Controller, get, post

from shangmen import clock
from shangmen.foundation.regions import queries
from shangmen.foundation.regions.changes import actions
from shangmen.foundation.regions.forms import DivisionForm, MergeForm, RenameForm, SplitForm
from shangmen.foundation.regions.states import Terrain
from shangmen.web import versions
from shangmen.web.forms import AnyForm, Form, bind
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see


class DivisionChangesController(Controller):
    """Townships change."""

    path = "/regions"

    @get("/{id:int}/change", name="regions.change")
    async def change(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._page(request, viewer, id, {})

    @post("/{id:int}/edit", name="regions.correct")
    async def correct(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._done(request, viewer, id, "correct", DivisionForm, actions.correct)

    @post("/{id:int}/rename", name="regions.rename")
    async def rename(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._done(request, viewer, id, "rename", RenameForm, actions.rename)

    @post("/{id:int}/merge", name="regions.merge")
    async def merge(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._done(request, viewer, id, "merge", MergeForm, actions.merge)

    @post("/{id:int}/split", name="regions.split")
    async def split(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        return await self._done(request, viewer, id, "split", SplitForm, actions.split)

    async def _done(
        self, request: Rq, viewer: Viewer, id: int, name: str, struct: type[msgspec.Struct],
        verb: Callable[..., Awaitable[int]],
    ) -> Answer:  # fmt: skip
        await queries.division(viewer, id)
        form: Form[Any] = await bind(request, struct)
        made = await form.attempt(verb, viewer, id)
        if form.faults:
            return await self._page(request, viewer, id, {name: form})
        return see(request, "regions.show", notice=_("The division is changed."), id=made)

    async def _page(self, request: Rq, viewer: Viewer, id: int, typed: dict[str, AnyForm]) -> Answer:
        division = await queries.division(viewer, id)
        forms = {name: typed.get(name) or Form() for name in ("correct", "rename", "merge", "split")}
        now = {"version": division.version}
        named = {**now, "name": division.name, "code": division.code, "valid_from": clock.today()}
        for name, begins in (("correct", vars(division)), ("rename", named), ("merge", named), ("split", now)):
            versions.over(forms[name], begins).prefix = name
        return page(
            request,
            "regions/change.html",
            max(form.status for form in forms.values()),
            division=division,
            forms_shown=forms,
            others=[(row.id, f"{row.name} {row.code}") for row in await queries.townships(viewer) if row.id != id],
            terrains=[(str(one), label(one)) for one in Terrain],
        )
