"""The page of the set-up list."""

from typing import NamedTuple

from litestar import Controller, get

from shangmen import access
from shangmen.access import Scope
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.tasks.set_up import queries, views
from shangmen.web.pages import Answer, Rq, Viewer, page


class Standing(NamedTuple):
    """How many of all steps are done, and whether any run has ended in a plan."""

    done: int
    all: int
    matched: bool


async def standing(viewer: Scope) -> Standing | None:
    """How far the county is; None for who has no part in it, and once it is set up."""
    if not access.may(viewer.role, "tasks.set_up"):
        return None
    figures = await queries.figures(viewer)
    found = views.steps(viewer.role, figures)
    if views.complete(found):
        return None
    return Standing(sum(step.done for step in found), len(found), figures.runs > 0)


class SetUpController(Controller):
    """What a new county needs."""

    path = "/set-up"

    @get("/", name="tasks.set_up")
    async def show(self, request: Rq, viewer: Viewer) -> Answer:
        found = views.steps(viewer.role, await queries.figures(viewer))
        return page(
            request,
            "tasks/set_up.html",
            county=await regions.county(viewer),
            steps=found,
            complete=views.complete(found),
            next=next((step for step in found if not step.done and not step.optional), None),
        )
