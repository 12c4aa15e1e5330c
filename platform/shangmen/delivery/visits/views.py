"""What the forms of planning offer: who could come, when it would fit, what is filled in already."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import rules, wanted
from shangmen.delivery.visits.bookings import clock_time
from shangmen.delivery.visits.rostering import staff
from shangmen.delivery.visits.rostering.adapter import Idea
from shangmen.delivery.visits.rules import Proposal, hm
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.web import language


@database.scoped
async def people(scope: Scope, organisation: int, first: date, last: date) -> list[SimpleNamespace]:
    """Everybody whom an organisation engages on some day of a period: id and name."""
    found = await staff.of_organisation(scope, organisation, first, last)
    return [SimpleNamespace(id=one.id, name=one.name) for one in found.values()]


@database.scoped
async def choices(scope: Scope, placement: int, day: date) -> list[tuple[int, str]]:
    """(id, text) of the workers for a form, those who may come on the day first; the others with what they lack."""
    row = await wanted.placement(scope, placement)
    months = await catalogue.parameter(scope, "background_check_months", day)
    # Hours are left open here: the form says so when the time is chosen.
    asked = Proposal(day, 0, row["minutes"], (), reason="-")
    fit, unfit = [], []
    for worker in (await staff.of_organisation(scope, row["supplier"], day, day + timedelta(31))).values():
        fault = rules.unfit(row, worker, asked, months)
        name = language.gettext("%(who)s (%(role)s)", who=worker.name, role=language.label(worker.sex))
        if fault is None:
            fit.append((worker.id, name))
        else:
            unfit.append((worker.id, f"✕ {language.gettext(fault[0], **fault[1])}"))
    return fit + unfit


def shown(ideas: list[Idea], people: list[tuple[int, str]]) -> list[SimpleNamespace]:
    """Suggestions for reading, each with what its link fills in."""
    names = dict(people)
    return [
        SimpleNamespace(
            day=idea.day,
            time=f"{hm(idea.start)}–{hm(idea.end)}",
            workers=language.gettext(", ").join(names.get(worker, "") for worker in idea.workers),
            travel=idea.travel,
            familiar=idea.familiar,
            fill={
                "day": idea.day.isoformat(),
                "start": hm(idea.start),
                "worker": idea.workers[0],
                "second_worker": idea.workers[1] if len(idea.workers) > 1 else None,
            },
        )
        for idea in ideas
    ]


def prefilled(query: Mapping[str, str]) -> dict[str, Any]:
    """What a suggestion's link fills in."""
    return {name: query[name][:20] for name in ("day", "start", "worker", "second_worker") if query.get(name)}


def of_visit(visit: Mapping[str, Any]) -> dict[str, Any]:
    """A visit as the form for moving it begins."""
    workers = [one["id"] for one in visit["workers"]]
    return {
        "day": visit["day"].isoformat(),
        "start": clock_time(visit["planned_start"]),
        "minutes": int((visit["planned_end"] - visit["planned_start"]).total_seconds()) // 60,
        "worker": workers[0] if workers else "",
        "second_worker": workers[1] if len(workers) > 1 else "",
        "version": visit["version"],
    }


def next_period() -> tuple[date, date]:
    """What the filler is most likely asked for: the rest of the month, or the next when a week or less is left."""
    tomorrow = clock.today() + timedelta(1)
    last = clock.month_of(tomorrow)[1]
    if (last - tomorrow).days < 7:
        last = clock.month_of(clock.next_month(tomorrow))[1]
    return tomorrow, last
