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

from shangmen import access, database, paths
from shangmen.access import Scope
from shangmen.delivery.quality.complaints.controller import ComplaintsController
from shangmen.delivery.quality.controller import QualityController
from shangmen.delivery.service_records.controller import PhoneController, RecordsController
from shangmen.delivery.service_records.door_reports.controller import DoorReportsController
from shangmen.delivery.service_records.homes.controller import HomesController
from shangmen.delivery.service_records.measures.controller import MeasuresController
from shangmen.delivery.service_records.outbox.controller import (
    OutboxController,
    PhoneEventsController,
    service_worker,
)
from shangmen.delivery.service_records.photos.controller import PhotosController
from shangmen.delivery.service_records.queue.controller import QueueController
from shangmen.delivery.settlement.controller import StatementsController
from shangmen.delivery.visits.controller import PlanningController, VisitsController
from shangmen.demand.entitlement.controller import EntitlementController
from shangmen.demand.needs.controller import NeedsController, PersonNeedsController
from shangmen.demand.needs.drafts.controller import DraftNeedsController
from shangmen.demand.needs.proposals.controller import ProposalsController
from shangmen.demand.recipients.absences.controller import AbsencesController
from shangmen.demand.recipients.controller import RecipientsController
from shangmen.demand.recipients.moves.controller import MovesController
from shangmen.foundation.accounts.controller import AccountsController, LoginController, OwnAccountController
from shangmen.foundation.accounts.sessions import Sessions
from shangmen.foundation.audit.controller import AuditController
from shangmen.foundation.catalogue.controller import CatalogueController
from shangmen.foundation.catalogue.holidays.controller import HolidaysController
from shangmen.foundation.deeds.controller import DeedsController
from shangmen.foundation.imports.controller import ImportsController
from shangmen.foundation.organisations.controller import OrganisationsController
from shangmen.foundation.organisations.workers.controller import WorkersController
from shangmen.foundation.regions.changes.controller import DivisionChangesController
from shangmen.foundation.regions.controller import RegionsController
from shangmen.foundation.regions.phrases import estimate
from shangmen.foundation.tasks.controller import TasksController
from shangmen.foundation.tasks.set_up.controller import SetUpController
from shangmen.foundation.villages.controller import VillagesController
from shangmen.settings import Settings
from shangmen.supply.contracts.controller import ContractsController
from shangmen.supply.contracts.drafts.controller import DraftsController
from shangmen.supply.contracts.lots.controller import LotsController
from shangmen.supply.matching_runs.controller import MatchingRunsController
from shangmen.supply.matching_runs.proposals.controller import MatchingNeedController
from shangmen.supply.placements.controller import PlacementsController
from shangmen.supply.placements.offers.controller import OffersController
from shangmen.supply.tendering.controller import TenderingController
from shangmen.web import error_pages, pages, security, sought, unsent
from shangmen.web.gate import FIELDS, FORM_BYTES, Gate
from shangmen.web.pages import Answer
from shangmen.wiring import wire

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
    OutboxController,
    PhoneEventsController,
    PhotosController,
    DoorReportsController,
    HomesController,
    QueueController,
    MeasuresController,
    RecordsController,
    QualityController,
    ComplaintsController,
    StatementsController,
    RecipientsController,
    AbsencesController,
    MovesController,
    EntitlementController,
    ProposalsController,
    NeedsController,
    DraftNeedsController,
    PersonNeedsController,
)

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
            sought.seek,
            service_worker,
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
    pages.environment().globals.update(url=partial(pages.address, app), demo=demo, estimate=estimate)
    missing = undeclared(app)
    if missing:
        raise RuntimeError(f"routes without a rule in access.py: {', '.join(missing)}")
    return app
