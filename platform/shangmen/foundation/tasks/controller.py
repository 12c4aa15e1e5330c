"""The work list: the first page of each role at a desk."""

from itertools import groupby
from types import SimpleNamespace
from typing import Any

import asyncpg
from litestar import Controller, Response, get

from shangmen import clock, database
from shangmen.access import Role
from shangmen.foundation.tasks import queries
from shangmen.language import gettext as _
from shangmen.language import label
from shangmen.pages import Rq, Viewer, address, page, redirect

SHOWN = 8  # of one kind; the list behind the first holds the others


class TasksController(Controller):
    """What waits for whom."""

    @get("/", name="tasks.home")
    async def home(self, request: Rq, viewer: Viewer) -> Response[Any]:
        """A worker's first page is the day's visits, everybody else's the work list."""
        first = "service_records.today" if viewer.role == Role.WORKER else "tasks.list"
        return redirect(address(request.app, first))

    @get("/tasks", name="tasks.list")
    async def list(self, request: Rq, viewer: Viewer) -> Response[Any]:
        waiting = [_shown(request, row) for row in await queries.waiting(viewer)]
        waiting.sort(key=lambda task: task.kind)
        groups = [
            SimpleNamespace(kind=kind, title=label(kind), tasks=found[:SHOWN], more=len(found) - SHOWN, all=found)
            for kind, rows in groupby(waiting, key=lambda task: task.kind)
            if (found := sorted(rows, key=lambda task: (task.due is None, task.due, task.id)))
        ]
        groups.sort(key=lambda group: (not any(task.late for task in group.all), group.kind))
        return page(
            request,
            "tasks/list.html",
            groups=groups,
            greeting=_greeting(viewer.name),
            total=len(waiting),
            late=sum(task.late for task in waiting),
            soon=sum(task.due is not None and not task.late and (task.due - clock.today()).days <= 7 for task in waiting),
        )


def _greeting(name: str) -> str:
    hour = clock.now().astimezone(clock.SHANGHAI).hour
    if hour < 11:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if hour < 18 else _("Good evening, %(name)s", name=name)


def _shown(request: Rq, row: asyncpg.Record) -> SimpleNamespace:
    details = database.from_json(row["details"]) or {}
    return SimpleNamespace(
        id=row["id"],
        kind=row["kind"],
        title=_(row["message"], **details) if details else _(row["message"]),
        note="",
        href=address(request.app, row["route"], **(database.from_json(row["params"]) or {})),
        due=row["due"],
        late=row["due"] is not None and row["due"] < clock.today(),
    )
