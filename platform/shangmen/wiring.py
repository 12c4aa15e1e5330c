"""What later features bring to earlier ones, as lists: effects, dates, proofs, what waits, kinds of lists, jobs."""

from typing import Any

from shangmen import effects
from shangmen.clock import Daily
from shangmen.database import jobs
from shangmen.delivery.quality import daily as quality_daily
from shangmen.delivery.quality import effects as quality_effects
from shangmen.delivery.quality import notices as quality_notices
from shangmen.delivery.quality import proofs as quality_proofs
from shangmen.delivery.service_records import daily as service_records_daily
from shangmen.delivery.service_records import effects as service_records_effects
from shangmen.delivery.service_records import notices as service_records_notices
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.verification import proofs as service_records_proofs
from shangmen.delivery.service_records.verification import restoration as service_records_restoration
from shangmen.delivery.settlement import daily as settlement_daily
from shangmen.delivery.settlement import effects as settlement_effects
from shangmen.delivery.settlement import notices as settlement_notices
from shangmen.delivery.settlement import proofs as settlement_proofs
from shangmen.delivery.visits import daily as visits_daily
from shangmen.delivery.visits import effects as visits_effects
from shangmen.delivery.visits import notices as visits_notices
from shangmen.delivery.visits import restoration as visits_restoration
from shangmen.demand.needs import daily as needs_daily
from shangmen.demand.needs import effects as needs_effects
from shangmen.demand.needs import notices as needs_notices
from shangmen.demand.needs import proofs as needs_proofs
from shangmen.demand.needs import restoration as needs_restoration
from shangmen.demand.needs.events import NeedEnded, NeedPaused, NeedResumed, NeedTermChanged
from shangmen.demand.needs.lists.assessments import ASSESSMENTS
from shangmen.demand.needs.lists.needs import NEEDS
from shangmen.demand.recipients import daily as recipients_daily
from shangmen.demand.recipients import effects as recipients_effects
from shangmen.demand.recipients import notices as recipients_notices
from shangmen.demand.recipients import restoration as recipients_restoration
from shangmen.demand.recipients.events import (
    FileOpened,
    HandingOver,
    HouseholdChanged,
    RecipientAbsent,
    RecipientLeaving,
    RecipientMoved,
    RecipientStaying,
    StatusChanged,
)
from shangmen.demand.recipients.rolls.kind import RECIPIENTS
from shangmen.foundation.accounts import daily as accounts_daily
from shangmen.foundation.accounts import effects as accounts_effects
from shangmen.foundation.accounts import proofs as accounts_proofs
from shangmen.foundation.audit import daily as audit_daily
from shangmen.foundation.audit import held_rows
from shangmen.foundation.audit import proofs as audit_proofs
from shangmen.foundation.audit.held_rows import Held
from shangmen.foundation.audit.proofs import Proof
from shangmen.foundation.catalogue import daily as catalogue_daily
from shangmen.foundation.catalogue import proofs as catalogue_proofs
from shangmen.foundation.catalogue.events import HolidaysKnown, HolidaysMissing
from shangmen.foundation.deeds import actions as deeds
from shangmen.foundation.deeds.events import DeedUndone
from shangmen.foundation.imports import daily as imports_daily
from shangmen.foundation.imports import job as lists
from shangmen.foundation.imports import kinds as imports
from shangmen.foundation.organisations import daily as organisations_daily
from shangmen.foundation.organisations import effects as organisations_effects
from shangmen.foundation.organisations import proofs as organisations_proofs
from shangmen.foundation.organisations import restoration as organisations_restoration
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
from shangmen.foundation.regions import daily as regions_daily
from shangmen.foundation.regions.events import DivisionReplaced, DivisionSplit, DivisionSplitting
from shangmen.foundation.tasks import daily as tasks_daily
from shangmen.foundation.tasks import effects as tasks_effects
from shangmen.foundation.tasks import notices as tasks_notices
from shangmen.foundation.tasks import restoration as tasks_restoration
from shangmen.foundation.tasks import waiting
from shangmen.foundation.villages import effects as villages_effects
from shangmen.foundation.villages.kind import VILLAGES
from shangmen.operations import upkeep
from shangmen.supply.contracts import daily as contracts_daily
from shangmen.supply.contracts import effects as contracts_effects
from shangmen.supply.contracts import notices as contracts_notices
from shangmen.supply.contracts import proofs as contracts_proofs
from shangmen.supply.contracts.events import ContractEnded, LotAreasLeft
from shangmen.supply.contracts.lists.kind import CONTRACTS
from shangmen.supply.matching_runs import notices as matching_notices
from shangmen.supply.matching_runs.run import job as matching
from shangmen.supply.matching_runs.suppositions import job as suppositions
from shangmen.supply.placements import daily as placements_daily
from shangmen.supply.placements import effects as placements_effects
from shangmen.supply.placements import proofs as placements_proofs
from shangmen.supply.placements import restoration as placements_restoration
from shangmen.supply.placements.events import PlacementEnded, PlacementEnding
from shangmen.supply.placements.offers import notices as offers_notices
from shangmen.supply.tendering import job as tendering
from shangmen.supply.tendering import notices as tendering_notices

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
    (DivisionSplitting, (villages_effects.on_division_splitting,)),
    (
        DivisionSplit,
        (
            villages_effects.on_division_split,
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
            quality_effects.on_file_opened,
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
    (
        RecipientMoved,
        (needs_effects.on_recipient_moved, placements_effects.on_recipient_moved, visits_effects.on_recipient_moved),
    ),
    (RecipientLeaving, (needs_effects.on_recipient_leaving,)),
    (RecipientStaying, (needs_effects.on_recipient_staying,)),
    (HandingOver, (needs_effects.on_handing_over, visits_effects.on_handing_over)),
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

# What a date brings: each feature's part, in the order of the layers; then the day is sealed, and what is drawn by its
# seal comes last.
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
    Daily("quality", quality_daily.bring, quality_daily.contradictions),
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
    service_records_proofs.pictures,
    quality_proofs.samples,
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
    *quality_notices.WAITING,
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
    upkeep.JOB: upkeep.give_up(DAILY),
}


# Half past midnight in Asia/Shanghai is half past four in the afternoon of the day before in UTC.
NIGHTLY: tuple[jobs.Nightly, ...] = (jobs.Nightly("upkeep.night", "30 16 * * *", upkeep.order),)


def wire() -> None:
    """Connect effects, proofs, kinds of lists, what can be taken back, what waits; done by every process of verbs."""
    effects.wire(EFFECTS)
    deeds.wire(KEPT)
    audit_proofs.wire(PROOFS)
    held_rows.wire(HELD)
    waiting.wire(WAITING)
    imports.wire(KINDS)
