"""What the pages of visits show: the week by worker, who could come, when it would fit, what is filled in already."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.visits import rules
from shangmen.delivery.visits.bookings import clock_time
from shangmen.delivery.visits.queries import VisitRow
from shangmen.delivery.visits.rostering import queries, staff
from shangmen.delivery.visits.rostering.adapter import Idea
from shangmen.delivery.visits.rules import Proposal, hm
from shangmen.delivery.visits.states import FALLEN, STANDING, VisitState
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.web import language, masking
from shangmen.web.language import gettext as _

CLEAR = (Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER)


def person_name(viewer: Scope, name: str) -> str:
    """A recipient's name: in clear to who plans the visits and to the station, masked to everybody else."""
    return name if viewer.role in CLEAR else masking.name(name)


class OfItem(Protocol):
    """A row that names a service."""

    @property
    def item_name(self) -> str:
        """In Chinese."""

    @property
    def item_english(self) -> str:
        """In English."""


def item_name(row: OfItem) -> str:
    """The service's name in the language in use."""
    return row.item_name if language.current() == "zh_CN" else row.item_english


TONES = {VisitState.CANCELLED: "quiet", VisitState.PHONE: "quiet"}  # where the state's own tone says too much


def steps(state: VisitState) -> list[tuple[str, str]]:
    """How far a visit has come, as detail.steps() shows it."""
    if state in FALLEN:
        return [(language.label(VisitState.PLANNED), "done"), (language.label(state), "stopped")]
    reached = STANDING.index(state)
    last = state is VisitState.DONE
    return [
        (language.label(one), "done" if place < reached or (place == reached and last) else "now" * (place == reached))
        for place, one in enumerate(STANDING)
    ]


# ---- the week


@dataclass(frozen=True)
class Chip:
    """One visit in the calendar; `place` is followed by who comes along, `flag` says that it does not take place."""

    start: datetime
    end: datetime
    title: str
    place: str
    state: VisitState
    tone: str
    flag: str
    href: str


@dataclass(frozen=True)
class WeekOfWorker:
    """One row of the calendar: `note` has the hours, `cells` the visits by day."""

    name: str
    note: str
    cells: list[list[Chip]]


@database.scoped
async def people(scope: Scope, organisation: int, first: date, last: date) -> dict[int, str]:
    """Names, by id, of everybody whom an organisation engages on some day of a period."""
    return {one.id: one.name for one in (await staff.of_organisation(scope, organisation, first, last)).values()}


def weeks(
    viewer: Scope, visits: list[VisitRow], people: dict[int, str], days: list[date], address: Callable[..., str]
) -> list[WeekOfWorker]:
    """The rows of the calendar: everybody who is engaged, and whoever has visits besides.

    `address(route, **parameters)` makes links.
    """
    by_worker: dict[int, dict[date, list[Chip]]] = defaultdict(lambda: defaultdict(list))
    minutes: dict[int, int] = defaultdict(int)
    names = dict(people)
    for visit in visits:
        for worker in visit.workers:
            names.setdefault(worker.id, worker.name)
            by_worker[worker.id][visit.day].append(_chip(viewer, visit, worker.id, address))
            if visit.state in STANDING:
                minutes[worker.id] += visit.minutes
    return [
        WeekOfWorker(
            name=name,
            note=_("%(hours)s h", hours=f"{minutes[id] / 60:.1f}".removesuffix(".0")) if minutes[id] else "",
            cells=[by_worker[id][day] for day in days],
        )
        for id, name in names.items()
    ]


def _chip(viewer: Scope, visit: VisitRow, worker: int, address: Callable[..., str]) -> Chip:
    partners = [one.name for one in visit.workers if one.id != worker]
    place = visit.village or visit.township_name or ""
    if partners:
        place = " · ".join(part for part in (place, _("with %(name)s", name=_(", ").join(partners))) if part)
    return Chip(
        start=visit.planned_start,
        end=visit.planned_end,
        title=f"{person_name(viewer, visit.person_name)} · {item_name(visit)}",
        place=place,
        state=visit.state,
        tone=TONES.get(visit.state, ""),
        flag=language.label(visit.state) if visit.state in FALLEN else "",
        href=address("visits.show", id=visit.id),
    )


# ---- forms


@database.scoped
async def choices(scope: Scope, placement: int, day: date) -> list[tuple[int, str]]:
    """(id, text) of the workers for a form, those who may come on the day first; the others with what they lack."""
    served = await queries.placement(scope, placement)
    months = await catalogue.parameter(scope, "background_check_months", day)
    # Hours are left open here: the form says so when the time is chosen.
    proposal = Proposal(day, 0, served.minutes, (), reason="-")
    asked = await rules.what_is_asked(scope, served, day, months)
    fit, unfit = [], []
    for worker in (await staff.of_organisation(scope, served.supplier, day, day + timedelta(31))).values():
        fault = rules.unfit(worker, proposal, asked)
        name = _("%(who)s (%(role)s)", who=worker.name, role=worker.sex)
        if fault is None:
            fit.append((worker.id, name))
        else:
            unfit.append((worker.id, f"✕ {_(fault[0], **fault[1])}"))
    return fit + unfit


@dataclass(frozen=True)
class Suggestion:
    """A free time for reading, and what its link fills in."""

    day: date
    time: str
    workers: str
    travel: int  # minutes added
    familiar: bool
    fill: dict[str, object]


def suggestions(ideas: list[Idea], people: list[tuple[int, str]]) -> list[Suggestion]:
    """Ideas for reading."""
    names = dict(people)
    return [
        Suggestion(
            day=idea.day,
            time=f"{hm(idea.start)}–{hm(idea.end)}",
            workers=_(", ").join(names.get(worker, "") for worker in idea.workers),
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


def prefilled(query: Mapping[str, str]) -> dict[str, object]:
    """What a suggestion's link fills in."""
    return {name: query[name][:20] for name in ("day", "start", "worker", "second_worker") if query.get(name)}


def of_visit(visit: VisitRow) -> dict[str, object]:
    """A visit as the form for moving it begins."""
    workers = [one.id for one in visit.workers]
    return {
        "day": visit.day.isoformat(),
        "start": clock_time(visit.planned_start),
        "minutes": visit.minutes,
        "worker": workers[0] if workers else "",
        "second_worker": workers[1] if len(workers) > 1 else "",
        "note": visit.note,
        "version": visit.version,
    }


def planned(visit: VisitRow) -> str:
    """When a visit is planned and with whom, in one line."""
    workers = _(", ").join(one.name for one in visit.workers)
    return f"{visit.day} {clock_time(visit.planned_start)}–{clock_time(visit.planned_end)} {workers}"


def next_period() -> tuple[date, date]:
    """What the filler is most likely asked for: the rest of the month, or the next when a week or less is left."""
    tomorrow = clock.today() + timedelta(1)
    last = clock.month_of(tomorrow)[1]
    if (last - tomorrow).days < 7:
        last = clock.month_of(clock.next_month(tomorrow))[1]
    return tomorrow, last
