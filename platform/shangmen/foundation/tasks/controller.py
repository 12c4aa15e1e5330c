"""The work list: the first page of each role at a desk."""

from itertools import groupby
from types import SimpleNamespace

from litestar import Controller, get

from shangmen import clock
from shangmen.access import Role
from shangmen.foundation.tasks import figures, queries
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.pages import Answer, Rq, Viewer, address, page, redirect

SHOWN = 8  # of one kind; the others unfold

# Heads of the list; a kind that is not named here is read as words.
TITLES = {
    "contract_running_out": "Contracts that run out",
    "offer_waiting": "Offers to answer",
    "offer_declined": "Declined offers",
    "supplier_blocked": "Suppliers without a valid qualification",
    "placement_cut_short": "Placements cut short by their contract",
    "record_held": "Service records to check",
    "claw_back": "Paid visits to claw back",
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


class TasksController(Controller):
    """What waits for whom."""

    @get("/", name="tasks.home")
    async def home(self, request: Rq, viewer: Viewer) -> Answer:
        """A worker's first page is the day's visits, everybody else's the work list."""
        first = "service_records.today" if viewer.role == Role.WORKER else "tasks.list"
        return redirect(address(request.app, first))

    @get("/tasks", name="tasks.list")
    async def list(self, request: Rq, viewer: Viewer) -> Answer:
        waiting = [_shown(request, row) for row in await queries.waiting(viewer)]
        waiting.sort(key=lambda task: task.kind)
        groups = [
            SimpleNamespace(kind=kind, title=_title(kind), tasks=found[:SHOWN], more=len(found) - SHOWN, all=found)
            for kind, rows in groupby(waiting, key=lambda task: task.kind)
            if (found := sorted(rows, key=lambda task: (task.due is None, task.due, task.id)))
        ]
        groups.sort(key=lambda group: (not any(task.late for task in group.all), group.kind))
        return page(
            request,
            "tasks/list.html",
            groups=groups,
            glance=await figures.of_role(viewer),
            greeting=_greeting(viewer.name),
            total=len(waiting),
            late=sum(task.late for task in waiting),
            soon=sum(_soon(task) for task in waiting),
        )


CODE = "what"  # the one detail of a message that is a code, told in words


def _title(kind: str) -> str:
    return _(TITLES[kind]) if kind in TITLES else label(kind)


def _greeting(name: str) -> str:
    hour = clock.now().astimezone(clock.SHANGHAI).hour
    if hour < 11:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if hour < 18 else _("Good evening, %(name)s", name=name)


def _soon(task: SimpleNamespace) -> bool:
    """Due within a week, and not late."""
    return task.due is not None and 0 <= (task.due - clock.today()).days <= 7


def _shown(request: Rq, row: queries.TaskRow) -> SimpleNamespace:
    details = {name: label(value) if name == CODE else value for name, value in row.details.items()}
    return SimpleNamespace(
        id=row.id,
        kind=row.kind,
        title=_(row.message, **details) if details else _(row.message),
        note="",
        href=address(request.app, row.route, **row.params),
        due=row.due,
        late=row.due is not None and row.due < clock.today(),
    )
