"""The whole program in one list: controllers, effects, error pages, middleware."""

import secrets
from functools import partial
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.static_files import create_static_files_router

from shangmen import access, database, effects, paths
from shangmen.access import Scope
from shangmen.clock import Daily
from shangmen.database import jobs
from shangmen.delivery.service_records import daily as service_records_daily
from shangmen.delivery.service_records import effects as service_records_effects
from shangmen.delivery.service_records import notices as service_records_notices
from shangmen.delivery.service_records.controller import PhoneController, RecordsController
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.homes.controller import HomesController
from shangmen.delivery.service_records.verification import proofs as service_records_proofs
from shangmen.delivery.service_records.verification import restoration as service_records_restoration
from shangmen.delivery.settlement import daily as settlement_daily
from shangmen.delivery.settlement import effects as settlement_effects
from shangmen.delivery.settlement import notices as settlement_notices
from shangmen.delivery.settlement import proofs as settlement_proofs
from shangmen.delivery.settlement.controller import StatementsController
from shangmen.delivery.visits import daily as visits_daily
from shangmen.delivery.visits import effects as visits_effects
from shangmen.delivery.visits import notices as visits_notices
from shangmen.delivery.visits import restoration as visits_restoration
from shangmen.delivery.visits.controller import PlanningController, VisitsController
from shangmen.demand.entitlement.controller import EntitlementController
from shangmen.demand.needs import daily as needs_daily
from shangmen.demand.needs import effects as needs_effects
from shangmen.demand.needs import notices as needs_notices
from shangmen.demand.needs import proofs as needs_proofs
from shangmen.demand.needs import restoration as needs_restoration
from shangmen.demand.needs.controller import NeedsController, PersonNeedsController
from shangmen.demand.needs.drafts.controller import DraftNeedsController
from shangmen.demand.needs.events import NeedEnded, NeedPaused, NeedResumed, NeedTermChanged
from shangmen.demand.needs.lists.assessments import ASSESSMENTS
from shangmen.demand.needs.lists.needs import NEEDS
from shangmen.demand.needs.proposals.controller import ProposalsController
from shangmen.demand.recipients import daily as recipients_daily
from shangmen.demand.recipients import effects as recipients_effects
from shangmen.demand.recipients import notices as recipients_notices
from shangmen.demand.recipients import restoration as recipients_restoration
from shangmen.demand.recipients.absences.controller import AbsencesController
from shangmen.demand.recipients.controller import RecipientsController
from shangmen.demand.recipients.events import FileOpened, HouseholdChanged, RecipientAbsent, StatusChanged
from shangmen.demand.recipients.rolls.kind import RECIPIENTS
from shangmen.foundation.accounts import daily as accounts_daily
from shangmen.foundation.accounts import effects as accounts_effects
from shangmen.foundation.accounts import proofs as accounts_proofs
from shangmen.foundation.accounts.controller import AccountsController, LoginController, OwnAccountController
from shangmen.foundation.accounts.sessions import Sessions
from shangmen.foundation.audit import daily as audit_daily
from shangmen.foundation.audit import held_rows
from shangmen.foundation.audit import proofs as audit_proofs
from shangmen.foundation.audit.controller import AuditController
from shangmen.foundation.audit.held_rows import Held
from shangmen.foundation.audit.proofs import Proof
from shangmen.foundation.catalogue import daily as catalogue_daily
from shangmen.foundation.catalogue import proofs as catalogue_proofs
from shangmen.foundation.catalogue.controller import CatalogueController
from shangmen.foundation.catalogue.events import HolidaysKnown, HolidaysMissing
from shangmen.foundation.catalogue.holidays.controller import HolidaysController
from shangmen.foundation.deeds import actions as deeds
from shangmen.foundation.deeds.controller import DeedsController
from shangmen.foundation.deeds.events import DeedUndone
from shangmen.foundation.imports import daily as imports_daily
from shangmen.foundation.imports import job as lists
from shangmen.foundation.imports import kinds as imports
from shangmen.foundation.imports.controller import ImportsController
from shangmen.foundation.organisations import daily as organisations_daily
from shangmen.foundation.organisations import effects as organisations_effects
from shangmen.foundation.organisations import proofs as organisations_proofs
from shangmen.foundation.organisations import restoration as organisations_restoration
from shangmen.foundation.organisations.controller import OrganisationsController
from shangmen.foundation.organisations.events import (
    AreasLeft,
    EngagementCut,
    OrganisationClosed,
    OrganisationClosing,
    PapersEnding,
    QualificationLost,
    WorkerAbsent,
)
from shangmen.foundation.organisations.lists.providers import PROVIDERS
from shangmen.foundation.organisations.lists.staff import WORKERS
from shangmen.foundation.organisations.lists.stations import STATIONS
from shangmen.foundation.organisations.workers.controller import WorkersController
from shangmen.foundation.regions import daily as regions_daily
from shangmen.foundation.regions.changes.controller import DivisionChangesController
from shangmen.foundation.regions.controller import RegionsController
from shangmen.foundation.regions.events import DivisionReplaced, DivisionSplit
from shangmen.foundation.tasks import daily as tasks_daily
from shangmen.foundation.tasks import effects as tasks_effects
from shangmen.foundation.tasks import notices as tasks_notices
from shangmen.foundation.tasks import restoration as tasks_restoration
from shangmen.foundation.tasks import waiting
from shangmen.foundation.tasks.controller import TasksController
from shangmen.foundation.tasks.set_up.controller import SetUpController
from shangmen.foundation.villages import effects as villages_effects
from shangmen.foundation.villages.controller import VillagesController
from shangmen.foundation.villages.kind import VILLAGES
from shangmen.operations import upkeep
from shangmen.settings import Settings
from shangmen.supply.contracts import daily as contracts_daily
from shangmen.supply.contracts import effects as contracts_effects
from shangmen.supply.contracts import notices as contracts_notices
from shangmen.supply.contracts import proofs as contracts_proofs
from shangmen.supply.contracts.controller import ContractsController
from shangmen.supply.contracts.drafts.controller import DraftsController
from shangmen.supply.contracts.events import ContractEnded, LotAreasLeft
from shangmen.supply.contracts.lists.kind import CONTRACTS
from shangmen.supply.contracts.lots.controller import LotsController
from shangmen.supply.matching_runs import notices as matching_notices
from shangmen.supply.matching_runs.controller import MatchingRunsController
from shangmen.supply.matching_runs.proposals.controller import MatchingNeedController
from shangmen.supply.matching_runs.run import job as matching
from shangmen.supply.matching_runs.suppositions import job as suppositions
from shangmen.supply.placements import daily as placements_daily
from shangmen.supply.placements import effects as placements_effects
from shangmen.supply.placements import proofs as placements_proofs
from shangmen.supply.placements import restoration as placements_restoration
from shangmen.supply.placements.controller import PlacementsController
from shangmen.supply.placements.events import PlacementEnded, PlacementEnding
from shangmen.supply.placements.offers import notices as offers_notices
from shangmen.supply.placements.offers.controller import OffersController
from shangmen.supply.tendering import job as tendering
from shangmen.supply.tendering import notices as tendering_notices
from shangmen.supply.tendering.controller import TenderingController
from shangmen.web import error_pages, pages, security, unsent
from shangmen.web.gate import FIELDS, FORM_BYTES, Gate
from shangmen.web.pages import Answer

CONTROLLERS: tuple[Any, ...] = (
    LoginController,
    OwnAccountController,
    AccountsController,
    AuditController,
    DeedsController,
    RegionsController,
    DivisionChangesController,
    CatalogueController,
    HolidaysController,
    ImportsController,
    VillagesController,
    OrganisationsController,
    WorkersController,
    TasksController,
    SetUpController,
    LotsController,
    ContractsController,
    DraftsController,
    OffersController,
    PlacementsController,
    MatchingRunsController,
    MatchingNeedController,
    TenderingController,
    VisitsController,
    PlanningController,
    PhoneController,
    HomesController,
    RecordsController,
    StatementsController,
    RecipientsController,
    AbsencesController,
    EntitlementController,
    ProposalsController,
    NeedsController,
    DraftNeedsController,
    PersonNeedsController,
)

# Who hears of what: an event, and the later features that answer to it inside the same transaction, in this order.
EFFECTS: tuple[tuple[type, tuple[effects.Handler, ...]], ...] = (
    (HolidaysMissing, (tasks_effects.on_holidays_missing,)),
    (HolidaysKnown, (tasks_effects.on_holidays_known,)),
    (PapersEnding, (tasks_effects.on_papers_ending,)),
    (
        DivisionReplaced,
        (
            villages_effects.on_division_replaced,
            organisations_effects.on_division_replaced,
            recipients_effects.on_division_replaced,
            contracts_effects.on_division_replaced,
        ),
    ),
    (
        DivisionSplit,
        (
            organisations_effects.on_division_split,
            recipients_effects.on_division_split,
            contracts_effects.on_division_split,
        ),
    ),
    (AreasLeft, (placements_effects.on_areas_left,)),
    (
        OrganisationClosing,
        (
            recipients_effects.on_organisation_closing,
            contracts_effects.on_organisation_closing,
            placements_effects.on_organisation_closing,
        ),
    ),
    (LotAreasLeft, (placements_effects.on_lot_areas_left,)),
    (EngagementCut, (visits_effects.on_engagement_cut,)),
    (OrganisationClosed, (accounts_effects.on_organisation_closed,)),
    (ContractEnded, (placements_effects.on_contract_ended,)),
    (
        QualificationLost,
        (
            placements_effects.on_qualification_lost,
            visits_effects.on_qualification_lost,
        ),
    ),
    (
        FileOpened,
        (
            service_records_effects.on_file_opened,
            needs_effects.on_file_opened,
            placements_effects.on_file_opened,
            visits_effects.on_file_opened,
        ),
    ),
    (PlacementEnding, (visits_effects.on_placement_ending,)),
    (PlacementEnded, (visits_effects.on_placement_ended,)),
    (
        StatusChanged,
        (needs_effects.on_status_changed, visits_effects.on_status_changed, service_records_effects.on_status_changed),
    ),
    (WorkerAbsent, (visits_effects.on_worker_absent,)),
    (RecipientAbsent, (visits_effects.on_recipient_absent,)),
    (VerdictChanged, (settlement_effects.on_verdict_changed,)),
    (HouseholdChanged, (needs_effects.on_household_changed,)),
    (NeedEnded, (placements_effects.on_need_ended,)),
    (NeedPaused, (visits_effects.on_need_paused,)),
    (NeedResumed, ()),
    (DeedUndone, (placements_effects.on_deed_undone,)),
    (
        NeedTermChanged,
        (
            placements_effects.on_need_term_changed,
            visits_effects.on_need_term_changed,
        ),
    ),
)

# How what a deed ended comes back, in this order.
KEPT: tuple[deeds.Kept, ...] = (
    *organisations_restoration.KEPT,
    *recipients_restoration.KEPT,
    *needs_restoration.KEPT,
    *placements_restoration.KEPT,
    *visits_restoration.KEPT,
    *service_records_restoration.KEPT,
    *tasks_restoration.KEPT,
)

# What a date brings: each feature's part, in the order of the layers; the day is sealed last.
DAILY: tuple[Daily, ...] = (
    Daily("regions", regions_daily.bring, regions_daily.contradictions),
    Daily("catalogue", catalogue_daily.bring, catalogue_daily.contradictions),
    Daily("imports", imports_daily.bring, imports_daily.contradictions),
    Daily("organisations", organisations_daily.bring, organisations_daily.contradictions),
    Daily("recipients", recipients_daily.bring, recipients_daily.contradictions),
    Daily("needs", needs_daily.bring, needs_daily.contradictions),
    Daily("contracts", contracts_daily.bring, contracts_daily.contradictions),
    Daily("placements", placements_daily.bring, placements_daily.contradictions),
    Daily("visits", visits_daily.bring, visits_daily.contradictions),
    Daily("service_records", service_records_daily.bring, service_records_daily.contradictions),
    Daily("settlement", settlement_daily.bring, settlement_daily.contradictions),
    Daily("tasks", tasks_daily.bring, tasks_daily.contradictions),
    Daily("accounts", accounts_daily.bring, accounts_daily.contradictions),
    Daily("audit", audit_daily.bring, audit_daily.contradictions),
)

# The kinds of lists that come in, in the order in which a county is set up.
KINDS: tuple[imports.Kind[Any], ...] = (
    STATIONS,
    VILLAGES,
    PROVIDERS,
    WORKERS,
    CONTRACTS,
    RECIPIENTS,
    ASSESSMENTS,
    NEEDS,
)

# What `shangmen audit verify` proves, in this order.
PROOFS: tuple[Proof, ...] = (
    audit_proofs.chains,
    audit_proofs.seals,
    audit_proofs.rows,
    catalogue_proofs.untold,
    accounts_proofs.roles,
    service_records_proofs.chains,
    service_records_proofs.verdicts,
    service_records_proofs.moved,
    settlement_proofs.statements,
    settlement_proofs.contracts,
)

# The rows that the trail holds: whatever a verb leaves of them, its event tells.
HELD: tuple[Held, ...] = (
    *accounts_proofs.HELD,
    *catalogue_proofs.HELD,
    *organisations_proofs.HELD,
    *needs_proofs.HELD,
    *contracts_proofs.HELD,
    *placements_proofs.HELD,
)

# What may wait for whom, in the order of the work list: where money and people wait first.
WAITING: tuple[waiting.Kind, ...] = (
    *visits_notices.WAITING,
    *offers_notices.WAITING,
    *service_records_notices.WAITING,
    *settlement_notices.WAITING,
    *matching_notices.WAITING,
    *needs_notices.WAITING,
    *recipients_notices.WAITING,
    *contracts_notices.WAITING,
    *tendering_notices.WAITING,
    *tasks_notices.WAITING,
)

# Work that no request waits for, by name; each is called with a system scope.
JOBS: dict[str, jobs.Job] = {
    upkeep.JOB: upkeep.job(DAILY),
    lists.READ: lists.read,
    lists.WRITE: lists.write,
    matching.JOB: matching.solve,
    suppositions.JOB: suppositions.answer,
    tendering.JOB: tendering.compute,
}


# What is said of work that was given up: its process died, or it failed, as often as may be.
GIVEN_UP: dict[str, jobs.Job] = {
    lists.READ: lists.give_up,
    lists.WRITE: lists.give_up,
    matching.JOB: matching.give_up,
    suppositions.JOB: suppositions.give_up,
    tendering.JOB: tendering.give_up,
}


# Half past midnight in Asia/Shanghai is half past four in the afternoon of the day before in UTC.
NIGHTLY: tuple[jobs.Nightly, ...] = (jobs.Nightly("upkeep.night", "30 16 * * *", upkeep.order),)


POOL_SECONDS = 10.0


@get("/health", name="health")
async def health() -> Answer:
    """Answers when the database does."""
    async with database.transaction(access.system(purpose="health")):
        await database.number("SELECT 1")
    return Response("ok", media_type="text/plain")


def viewer(request: Request[Scope, Any, Any]) -> Scope:
    """Who is asking; the guard has made sure that there is somebody."""
    return request.user


def undeclared(app: Litestar) -> list[str]:
    """Routes without a line in access.RULES, and lines without a route."""
    names = {
        str(handler.name)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)])
        if handler is not None
        and not str(handler.name or "").startswith("static")
        and "OPTIONS" not in _methods(handler)
    }
    return sorted(names - set(access.RULES))


def _methods(handler: object) -> set[str]:
    return {str(method) for method in getattr(handler, "http_methods", ())}


def wire() -> None:
    """Connect effects, proofs, kinds of lists, what can be taken back, what waits; done by every process of verbs."""
    effects.wire(EFFECTS)
    deeds.wire(KEPT)
    audit_proofs.wire(PROOFS)
    held_rows.wire(HELD)
    waiting.wire(WAITING)
    imports.wire(KINDS)


async def open_pool() -> None:
    """Nobody before a page waits longer for a connection than for an answer that says so."""
    await database.open_pool(patience=POOL_SECONDS)


def create_app(settings: Settings, demo: bool = False, manage_pool: bool = True) -> Litestar:
    """The web application over an engine that already points at the database."""
    wire()
    app = Litestar(
        route_handlers=[
            health,
            unsent.show,
            create_static_files_router("/static", [paths.STATIC], name="static", guards=[]),
            *CONTROLLERS,
        ],
        guards=[security.guard],
        dependencies={"viewer": Provide(viewer, sync_to_thread=False)},
        middleware=[
            DefineMiddleware(Gate, secret=settings.secret, proxies=settings.proxies),
            DefineMiddleware(Sessions, exclude=["^/static/", "^/health$"]),
            DefineMiddleware(security.FormTokens, config=security.form_tokens(settings)),
        ],
        before_request=security.same_origin(settings.trusted_origins),
        before_send=[security.add_headers],
        exception_handlers=error_pages.HANDLERS,
        # Workbooks and photographs are packed already.
        compression_config=CompressionConfig(
            backend="brotli", brotli_quality=5, gzip_compress_level=6, exclude=["/export", r"\.(png|xlsx)$"]
        ),
        request_max_body_size=FORM_BYTES,  # routes that take files say how large
        multipart_form_part_limit=FIELDS,
        openapi_config=None,
        logging_config=None,  # logs.py has the say
        on_startup=[open_pool] if manage_pool else [],
        on_shutdown=[database.close_pool] if manage_pool else [],
        state=State({"settings": settings, "demo": demo, "boot": secrets.token_hex(4)}),
    )
    pages.environment().globals.update(url=partial(pages.address, app), demo=demo)
    missing = undeclared(app)
    if missing:
        raise RuntimeError(f"routes without a rule in access.py: {', '.join(missing)}")
    return app
