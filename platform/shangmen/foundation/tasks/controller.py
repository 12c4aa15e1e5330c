"""The work list: the first page of each role at a desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from litestar import Controller, get
from litestar.params import FromQuery

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.foundation.tasks import figures, queries, waiting
from shangmen.foundation.tasks.set_up import controller as set_up
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.pages import Answer, Rq, Viewer, address, page, redirect, url

# Heads of tasks that others' news puts on the list; a kind that is not named here is read as words.
TITLES = {
    "contract_running_out": "Contracts that run out",
    "offer_waiting": "Offers to answer",
    "offer_declined": "Declined offers",
    "supplier_blocked": "Suppliers without a valid qualification",
    "placement_cut_short": "Placements cut short by their contract",
    "record_held": "Service records to check",
    "claw_back": "Paid visits to claw back",
    "need_refused": "Needs to review after refusals",
    "visit_alert": "Alerts from visits",
    "statement_submitted": "Statements to review",
    "statement_reviewed": "Statements to approve",
    "statement_approved": "Statements to pay",
    "statement_sent_back": "Statements that came back",
    "statement_objected": "Objections to answer",
    "visits_cancelled": "Cancelled visits",
    "visits_blocked": "Planned visits that are blocked",
    "household_recheck": "Households to re-check",
    "hospital_return": "Recipients in hospital",
    "offer_lapsed": "Offers that nobody answered",
    "upkeep_failed": "What the night could not do",
    "holidays_missing": "Holidays to enter",
    "paper_ending": "Papers that end",
    "check_ending": "Record checks that end",
    "coming_of_age": "Recipients who come of age",
    "own_consent_due": "Own consent to ask for",
    "grace_ending": "Grace periods that end",
    "entitlement_ending": "Entitlements that end",
    "certificate_ending": "Disability certificates that end",
    "contract_ending": "Contracts that end",
    "visits_missed": "Missed visits",
    "month_to_plan": "A month to plan",
    "records_held_long": "Records held for long",
    "records_held_raised": "Stations that hold records for long",
    "statement_due": "Visits to state",
    "objection_unanswered": "Objections without an answer",
    "claw_back_open": "Money to take back",
    "task_overdue": "Overdue at a station or provider",
}


@dataclass(frozen=True)
class Told:
    """One thing that waits, as the list of its kind shows it."""

    title: str
    href: str
    due: date | None
    late: bool
    note: str = ""


@dataclass(frozen=True)
class Line:
    """A kind of things that wait: how many, the day of the most urgent, and where they are dealt with.

    `told` are the things themselves where no list of rows shows just them.
    """

    kind: str
    title: str
    count: int
    day: date | None
    due: bool
    button: str
    href: str
    told: Sequence[Told] = ()

    @property
    def late(self) -> bool:
        """Whether the day of the most urgent is over."""
        return self.due and self.day is not None and self.day < clock.today()


class TasksController(Controller):
    """What waits for whom."""

    @get("/", name="tasks.home")
    async def home(self, request: Rq, viewer: Viewer) -> Answer:
        """The day's visits for a worker, in a new county the set-up list for the bureau, else the work list."""
        first = "service_records.today" if viewer.role == Role.WORKER else "tasks.list"
        setting_up = await set_up.standing(viewer)
        if setting_up and not setting_up.matched:
            first = "tasks.set_up"
        return redirect(address(request.app, first))

    @get("/tasks", name="tasks.list")
    async def list(self, request: Rq, viewer: Viewer, kind: FromQuery[str] = "") -> Answer:
        lines = await _lines(request, viewer)
        if kind in {*TITLES, *(one.name for one in waiting.kinds(viewer.role))}:
            return _of_kind(request, viewer, kind, lines)
        return page(
            request,
            "tasks/list.html",
            lines=lines,
            glance=[one for one in await figures.of_role(viewer) if one.value],
            greeting=_greeting(viewer.name),
            total=sum(line.count for line in lines),
            late=sum(line.late for line in lines),
            setting_up=await set_up.standing(viewer),
        )


def _of_kind(request: Rq, viewer: Scope, name: str, lines: Sequence[Line]) -> Answer:
    """The things of one kind one by one."""
    known = {one.name: one for one in waiting.kinds(viewer.role)}
    found = next((line for line in lines if line.kind == name), None)
    whole = known[name].route if name in known and known[name].entries is not None else ""
    return page(
        request,
        "tasks/kind.html",
        title=found.title if found else _(known[name].title) if name in known else _title(name),
        told=found.told if found else (),
        button=_(known[name].button) if whole else "",
        href=_to(request, viewer, known[name]) if whole else "",
    )


@database.scoped
async def _standing(scope: Scope) -> list[tuple[waiting.Kind, waiting.Standing, Sequence[waiting.Entry]]]:
    found = []
    for kind in waiting.kinds(scope.role):
        entries = await kind.entries(scope) if kind.entries is not None else ()
        found.append((kind, await waiting.standing(scope, kind, entries), entries))
    return found


async def _lines(request: Rq, viewer: Scope) -> Sequence[Line]:
    """Everything that waits for the viewer, a line a kind, the overdue first; what is nothing is left out."""
    lines, instead = [], set()
    for kind, standing, entries in await _standing(viewer):
        instead |= {kind.name, *kind.instead}
        if standing.count:
            lines.append(
                Line(
                    kind.name, _(kind.title), standing.count, standing.day, kind.due, _(kind.button),
                    _kind_page(request, kind.name) if entries else _to(request, viewer, kind),
                    [_entry(request, kind, entry) for entry in entries],
                )
            )  # fmt: skip
    tasks = sorted((row for row in await queries.waiting(viewer) if row.kind not in instead), key=lambda row: row.kind)
    for name, rows in groupby(tasks, key=lambda row: row.kind):
        told = sorted((_told(request, row) for row in rows), key=lambda one: (one.due is None, one.due))
        here = told[0].href if len(told) == 1 else _kind_page(request, name)
        lines.append(Line(name, _title(name), len(told), told[0].due, True, _("Look at it"), here, told))
    return sorted(lines, key=lambda line: not line.late)


CODE = "what"  # the one detail of a message that is a code, told in words


def _kind_page(request: Rq, name: str) -> str:
    return url(request, "tasks.list", kind=name)


def _to(request: Rq, viewer: Scope, kind: waiting.Kind) -> str:
    return url(request, kind.route, **kind.address(viewer))


def _title(kind: str) -> str:
    return _(TITLES[kind]) if kind in TITLES else label(kind)


def _greeting(name: str) -> str:
    hour = clock.now().astimezone(clock.SHANGHAI).hour
    if hour < 11:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if hour < 18 else _("Good evening, %(name)s", name=name)


def _said(message: str, details: Mapping[str, object]) -> str:
    words = {name: label(value) if name == CODE else value for name, value in details.items()}
    return _(message, **words) if words else _(message)


def _entry(request: Rq, kind: waiting.Kind, entry: waiting.Entry) -> Told:
    late = kind.due and entry.day is not None and entry.day < clock.today()
    href = url(request, entry.route, **entry.params)
    return Told(_said(entry.message, entry.details), href, entry.day if kind.due else None, late)


def _told(request: Rq, row: queries.TaskRow) -> Told:
    late = row.due is not None and row.due < clock.today()
    return Told(_said(row.message, row.details), address(request.app, row.route, **row.params), row.due, late)
