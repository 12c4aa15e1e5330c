"""Who may call what, and on whose rows: one declaration that drives the guard, the menu and the test matrix.

Imports no feature. A route without a line here stops the program at its start and fails the build.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The people who log in (the README says what each does), and the system itself."""

    BUREAU_OFFICER = "bureau_officer"
    BUREAU_FINANCE = "bureau_finance"
    AUDITOR = "auditor"
    STATION_SCHEDULER = "station_scheduler"
    VILLAGE_ASSISTANT = "village_assistant"
    PROVIDER_MANAGER = "provider_manager"
    WORKER = "worker"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Reach(StrEnum):
    """How far a role sees without being asked row by row. Row-level security (policies.sql) knows the same words."""

    COUNTY = "county"  # the whole county
    STATION = "station"  # a station's recipients
    PROVIDER = "provider"  # what was shared with one organisation, or belongs to it


REACH = {
    Role.BUREAU_OFFICER: Reach.COUNTY,
    Role.BUREAU_FINANCE: Reach.COUNTY,
    Role.AUDITOR: Reach.COUNTY,
    Role.ADMINISTRATOR: Reach.COUNTY,
    Role.SYSTEM: Reach.COUNTY,
    Role.STATION_SCHEDULER: Reach.STATION,
    Role.VILLAGE_ASSISTANT: Reach.STATION,
    Role.PROVIDER_MANAGER: Reach.PROVIDER,
    Role.WORKER: Reach.PROVIDER,
}


@dataclass(frozen=True)
class Scope:
    """Who is asking: every query and every verb takes it first.

    `organisation` and `counties` are row ids (never codes); `worker` is set for people who deliver;
    `purpose` says in the audit trail what the system is doing when no person asks.
    """

    role: Role
    counties: tuple[int, ...]
    organisation: int | None = None
    user: int | None = None
    worker: int | None = None
    name: str = ""
    organisation_name: str = ""
    purpose: str = ""
    address: str = ""

    @property
    def reach(self) -> Reach:
        """How far one sees. A worker of a station reaches no further than a provider's worker."""
        return REACH[self.role]

    @property
    def county(self) -> int:
        """The one county of a person at a desk; a system scope over several has none and raises ValueError."""
        (county,) = self.counties
        return county


def system(*counties: int, purpose: str) -> Scope:
    """The scope of work that no person asked for: a job, the demo, a migration of data."""
    return Scope(role=Role.SYSTEM, counties=counties, name="system", purpose=purpose)


class Rows(StrEnum):
    """Whose rows a route touches."""

    PUBLIC = "public"  # before log-in
    NONE = "none"  # no row is named in the address; lists show what the viewer reaches
    REACHED = "reached"  # the row named in the address must be within the viewer's reach, else 404


@dataclass(frozen=True)
class Rule:
    """Which roles may call a route, and on whose rows."""

    roles: frozenset[Role]
    rows: Rows


BO, BF, AU = Role.BUREAU_OFFICER, Role.BUREAU_FINANCE, Role.AUDITOR
SS, VA = Role.STATION_SCHEDULER, Role.VILLAGE_ASSISTANT
PM, WK, AD = Role.PROVIDER_MANAGER, Role.WORKER, Role.ADMINISTRATOR
EVERYONE = (BO, BF, AU, SS, VA, PM, WK, AD)
DESK = (BO, BF, AU, SS, PM, AD)
BUREAU = (BO, BF, AU, AD)


def _public() -> Rule:
    return Rule(frozenset(EVERYONE), Rows.PUBLIC)


def _to(*roles: Role) -> Rule:
    return Rule(frozenset(roles), Rows.NONE)


def _own(*roles: Role) -> Rule:
    return Rule(frozenset(roles), Rows.REACHED)


RULES: dict[str, Rule] = {
    "static": _public(),
    "health": _public(),
    "service_records.service_worker": _public(),
    # accounts
    "unsent.show": _own(*EVERYONE),
    "lists.seek": _to(*EVERYONE),
    "accounts.login": _public(),
    "accounts.enter": _public(),
    "accounts.locale": _public(),
    "accounts.logout": _to(*EVERYONE),
    "accounts.own": _to(*EVERYONE),
    "accounts.change_password": _to(*EVERYONE),
    "accounts.enrol_totp": _to(AD),
    "accounts.list": _to(AD, SS, PM),
    "accounts.new": _to(AD, SS, PM),
    "accounts.create": _to(AD, SS, PM),
    "accounts.show": _own(AD, SS, PM),
    "accounts.edit": _own(AD, SS, PM),
    "accounts.change": _own(AD, SS, PM),
    "accounts.disable": _own(AD, SS, PM),
    "accounts.enable": _own(AD, SS, PM),
    "accounts.reset": _own(AD, SS, PM),
    # tasks
    "tasks.home": _to(*EVERYONE),
    "tasks.list": _to(*EVERYONE),
    "tasks.set_up": _to(BO, AD),
    # audit
    "audit.list": _to(AU, AD),
    "audit.export": _to(AU, AD),
    "audit.verify": _to(AU, AD),
    # deeds
    "deeds.undo": _own(BO, SS, PM),
    # regions
    "regions.list": _to(*DESK),
    "regions.show": _to(*DESK),
    "regions.geojson": _to(*DESK),
    # villages
    "villages.list": _to(BO, AU, AD, SS),
    "villages.note": _to(BO, AD, SS),
    "villages.show": _own(BO, AU, AD, SS),
    "villages.correct": _own(BO, AD, SS),
    "regions.change": _to(AD),
    "regions.correct": _to(AD),
    "regions.rename": _to(AD),
    "regions.merge": _to(AD),
    "regions.split": _to(AD),
    # catalogue
    "catalogue.list": _to(*DESK),
    "catalogue.show": _to(*DESK),
    "catalogue.revise_form": _to(AD),
    "catalogue.revise": _to(AD),
    "catalogue.parameters": _to(*BUREAU),
    "catalogue.set_parameter": _to(AD),
    "catalogue.holidays": _to(*DESK),
    "catalogue.note_holiday": _to(AD),
    "catalogue.remove_holiday": _to(AD),
    # entitlement
    "entitlement.list": _to(BO, BF, AU, SS, AD),
    "entitlement.new": _to(AD),
    "entitlement.add": _to(AD),
    "entitlement.adopt": _to(AD),
    "entitlement.revise_form": _own(AD),
    "entitlement.revise": _own(AD),
    "entitlement.end": _own(AD),
    # organisations
    "organisations.list": _to(*DESK),
    "organisations.export": _to(*DESK),
    "organisations.new": _to(BO, AD),
    "organisations.create": _to(BO, AD),
    "organisations.show": _own(*DESK),
    "organisations.edit": _own(BO, AD),
    "organisations.correct": _own(BO, AD),
    "organisations.suspend": _own(BO, AD),
    "organisations.reopen": _own(BO, AD),
    "organisations.close": _own(BO, AD),
    "organisations.add_qualification": _own(BO, PM),
    "organisations.suspend_qualification": _own(BO),
    "organisations.workers": _to(BO, AU, SS, PM, AD),
    "organisations.export_workers": _to(BO, AU, SS, PM, AD),
    "organisations.worker_new": _to(SS, PM),
    "organisations.worker_create": _to(SS, PM),
    "organisations.worker": _own(BO, AU, SS, PM, AD),
    "organisations.worker_edit": _own(SS, PM),
    "organisations.worker_correct": _own(SS, PM),
    "organisations.worker_qualify": _own(BO, SS, PM),
    "organisations.worker_engage": _own(SS, PM),
    "organisations.worker_absence": _own(SS, PM),
    "organisations.worker_shorten_absence": _own(SS, PM),
    # lists that come in: which kinds a role may send, the kinds say
    "imports.list": _to(BO, SS, PM, AD),
    "imports.template": _to(BO, SS, PM, AD),
    "imports.upload": _to(BO, SS, PM, AD),
    "imports.show": _own(BO, SS, PM, AD),
    "imports.progress": _own(BO, SS, PM, AD),
    "imports.mapping": _own(BO, SS, PM, AD),
    "imports.remap": _own(BO, SS, PM, AD),
    "imports.choose": _own(BO, SS, PM, AD),
    "imports.commit": _own(BO, SS, PM, AD),
    "imports.rejects": _own(BO, SS, PM, AD),
    "imports.undo": _own(BO, SS, PM, AD),
    # recipients
    "recipients.list": _to(BO, AU, SS, VA, PM),
    "recipients.export": _to(BO, AU, SS),
    "recipients.map": _to(BO, AU, SS),
    "recipients.geojson": _to(BO, AU, SS),
    "recipients.new": _to(SS),
    "recipients.create": _to(SS),
    "recipients.show": _own(BO, AU, SS, VA, PM),
    "recipients.edit": _own(SS),
    "recipients.update": _own(SS),
    "recipients.event": _own(SS, VA),
    "recipients.absence": _own(SS, VA),
    "recipients.shorten_absence": _own(SS, VA),
    "recipients.grace": _own(SS),
    "recipients.recheck": _own(SS),
    "recipients.reveal": _own(BO, AU, SS, PM),
    # moves
    "moves.list": _to(BO, AU, SS),
    "moves.new": _own(SS),
    "moves.offer": _own(SS),
    "moves.show": _own(BO, AU, SS),
    "moves.accept": _own(BO, SS),
    "moves.give_back": _own(BO, SS),
    "moves.withdraw": _own(SS),
    # needs
    "needs.list": _to(BO, AU, SS, PM),
    "needs.export": _to(BO, AU, SS),
    "needs.show": _own(BO, AU, SS, PM),
    "needs.assess_form": _own(SS),
    "needs.assess": _own(SS),
    "needs.new": _own(SS),
    "needs.create": _own(SS),
    "needs.edit": _own(SS),
    "needs.correct": _own(SS),
    "needs.goal": _own(SS),
    "needs.set_goal": _own(SS),
    "needs.approve": _own(BO),
    "needs.approve_all": _to(BO),
    "needs.exceptions": _to(BO, AU, SS),
    "needs.export_exceptions": _to(BO, AU, SS),
    "needs.give_back": _own(BO),
    "needs.proposals": _to(BO, SS),
    "needs.take": _to(BO, SS),
    "needs.pause": _own(SS),
    "needs.resume": _own(SS),
    "needs.end": _own(SS),
    # contracts
    "contracts.lots": _to(BO, BF, AU, SS, PM),
    "contracts.lot_new": _to(BO),
    "contracts.lot_create": _to(BO),
    "contracts.lot": _own(BO, BF, AU, SS, PM),
    "contracts.lot_edit": _own(BO),
    "contracts.lot_correct": _own(BO),
    "contracts.list": _to(BO, BF, AU, PM),
    "contracts.export": _to(BO, BF, AU),
    "contracts.new": _own(BO),
    "contracts.create": _own(BO),
    "contracts.show": _own(BO, BF, AU, PM),
    "contracts.edit": _own(BO),
    "contracts.correct": _own(BO),
    "contracts.line_edit": _own(BO),
    "contracts.line_correct": _own(BO),
    "contracts.line_remove": _own(BO),
    "contracts.drop": _own(BO),
    "contracts.add_line": _own(BO),
    "contracts.sign": _own(BO),
    "contracts.amend": _own(BO),
    "contracts.suspend": _own(BO),
    "contracts.resume": _own(BO),
    # placements
    "placements.offers": _to(BO, AU, SS, PM),
    "placements.export_offers": _to(BO, AU, SS, PM),
    "placements.offer": _own(BO, AU, SS, PM),
    "placements.accept": _own(SS, PM),
    "placements.accept_all": _to(SS, PM),
    "placements.decline": _own(SS, PM),
    "placements.withdraw": _own(BO),
    "placements.list": _to(BO, AU, SS, PM),
    "placements.export": _to(BO, AU, SS, PM),
    "placements.show": _own(BO, AU, SS, PM),
    "placements.end": _own(BO, SS),
    # matching runs
    "matching_runs.list": _to(BO, AU),
    "matching_runs.start": _to(BO),
    "matching_runs.show": _own(BO, AU),
    "matching_runs.progress": _own(BO, AU),
    "matching_runs.geojson": _own(BO, AU),
    "matching_runs.need": _own(BO, AU),
    "matching_runs.latest": _own(BO, AU),
    "matching_runs.why": _own(BO, AU, SS),
    "matching_runs.unserved": _own(BO, AU),
    "matching_runs.export": _own(BO, AU),
    "matching_runs.suppose": _own(BO, AU),
    "matching_runs.supposed": _own(BO, AU),
    "matching_runs.pin": _own(BO),
    "matching_runs.override": _own(BO),
    "matching_runs.apply_pins": _own(BO),
    "matching_runs.approve": _own(BO),
    "matching_runs.cancel": _own(BO),
    # tendering
    "tendering.list": _to(BO, AU),
    "tendering.new": _to(BO),
    "tendering.start": _to(BO),
    "tendering.show": _own(BO, AU),
    "tendering.progress": _own(BO, AU),
    "tendering.export": _own(BO, AU),
    "tendering.cancel": _own(BO),
    # visits
    "visits.calendar": _to(BO, AU, SS, PM),
    "visits.list": _to(BO, AU, SS, PM),
    "visits.export": _to(BO, AU, SS, PM),
    "visits.show": _own(BO, AU, SS, PM),
    "visits.new": _own(SS, PM),
    "visits.create": _own(SS, PM),
    "visits.move": _own(SS, PM),
    "visits.confirm": _own(SS, PM),
    "visits.cancel": _own(SS, PM),
    "visits.cancel_many": _to(SS, PM),
    "visits.missed": _own(SS, PM),
    "visits.phone": _own(SS, PM),
    "visits.fill_form": _to(SS, PM),
    "visits.fill": _to(SS, PM),
    "visits.roster": _own(SS, PM, BO, AU),
    # service records
    "service_records.accept_home": _own(SS),
    "service_records.today": _to(WK),
    "service_records.visit": _own(WK),
    "service_records.check_in": _own(WK),
    "service_records.check_out": _own(WK),
    "service_records.photo": _own(WK),
    "service_records.ticket": _to(WK),
    "service_records.ahead": _to(WK),
    "service_records.event": _to(WK),
    "service_records.tell": _own(WK),
    "door_reports.list": _to(BO, AU, SS, PM),
    "door_reports.answer": _own(SS, PM),
    "photos.show": _own(BO, AU, SS, PM, WK),
    "photos.of_visit": _own(BO, AU, SS, PM),
    "photos.add": _own(SS, PM),
    "phone_events.list": _to(BO, AU, SS, PM),
    "phone_events.settle": _own(SS, PM),
    "service_records.list": _to(BO, AU, SS, PM),
    "service_records.export": _to(BO, AU, SS, PM),
    "service_records.show": _own(BO, AU, SS, PM),
    "service_records.accept": _own(SS, BO),
    "service_records.reject": _own(SS, BO),
    "service_records.correct": _own(PM, SS),
    "service_records.telephone": _own(SS, BO),
    "service_records.queue": _to(BO, AU, SS, PM),
    "service_records.decide_many": _to(SS, BO),
    "service_records.next": _to(SS, BO),
    "service_records.rates": _to(BO, AU, SS, PM),
    # quality
    "quality.list": _to(BO, AU, SS, PM),
    "quality.results": _to(BO, AU, SS, PM),
    "quality.samples": _to(BO, AU),
    "quality.sample": _own(BO, AU),
    "quality.show": _own(BO, AU, SS, PM),
    "quality.note": _own(BO, SS),
    "complaints.list": _to(BO, AU, SS, PM),
    "complaints.new": _own(BO, SS),
    "complaints.note": _own(BO, SS),
    "complaints.show": _own(BO, AU, SS, PM),
    "complaints.decide": _own(BO, SS),
    # settlement
    "settlement.list": _to(BO, BF, AU, PM),
    "settlement.export": _to(BO, BF, AU, PM),
    "settlement.new": _to(PM),
    "settlement.create": _to(PM),
    "settlement.show": _own(BO, BF, AU, PM),
    "settlement.export_lines": _own(BO, BF, AU, PM),
    "settlement.refresh": _own(PM),
    "settlement.submit": _own(PM),
    "settlement.review": _own(BO),
    "settlement.approve": _own(BO),
    "settlement.send_back": _own(BO),
    "settlement.object": _own(PM),
    "settlement.pay": _own(BF),
}

# The main menu, in the order of the main job. A viewer sees what the rules let them call.
MENU: tuple[tuple[str, str], ...] = (
    ("tasks.list", "Work list"),
    ("service_records.today", "Today's visits"),
    ("recipients.list", "Recipients"),
    ("needs.list", "Needs"),
    ("matching_runs.list", "Matching"),
    ("placements.offers", "Offers"),
    ("placements.list", "Placements"),
    ("visits.calendar", "Visits"),
    ("service_records.list", "Service records"),
    ("quality.list", "Call-backs"),
    ("settlement.list", "Statements"),
    ("contracts.list", "Contracts"),
    ("contracts.lots", "Lots"),
    ("tendering.list", "Tender studies"),
    ("organisations.list", "Organisations"),
    ("organisations.workers", "Workers"),
    ("catalogue.list", "Catalogue"),
    ("entitlement.list", "Ladder of entitlement"),
    ("regions.list", "Regions"),
    ("accounts.list", "Accounts"),
    ("audit.list", "Audit"),
)


def may(role: Role, route: str) -> bool:
    """Whether a role may call a route at all; which rows it then sees is the queries' and the database's answer."""
    return role in RULES[route].roles
