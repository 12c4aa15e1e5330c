"""Visits that are wanted: when, where, by whom."""

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Date,
    Integer,
    Numeric,
    Text,
    Timestamptz,
)
from piccolo.constraints import Unique
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.delivery.visits.states import VisitReason, VisitState
from shangmen.demand.recipients.tables import Person
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.catalogue.tables import ServiceItem
from shangmen.foundation.organisations.tables import Organisation, Worker
from shangmen.foundation.regions.tables import Division
from shangmen.supply.placements.tables import Placement


class RosterRun(Table, tablename="roster_run"):
    """One automatic fill of an organisation's roster, and what it could not place."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = reference(Organisation)
    first = Date(default=None)
    last = Date(default=None)
    seed = Integer(default=0)
    placed = Integer(default=0)
    unplaced = JSONB(default="[]")
    totals = JSONB(default="{}")
    created_by = reference(User, null=True)
    created_at = Timestamptz(default=None)


class Visit(Table, tablename="visit"):
    """One planned visit under a placement."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    placement = reference(Placement)
    person = reference(Person)
    service_item = reference(ServiceItem)
    day = Date(default=None, index=True)
    planned_start = Timestamptz(default=None)
    planned_end = Timestamptz(default=None)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    state = Word(VisitState, length=12, default=VisitState.PLANNED)
    reason = Word(VisitReason, length=40)
    note = Text()
    roster_run = reference(RosterRun, null=True)
    version = Integer(default=1)
    created_by = reference(User, null=True)
    created_at = Timestamptz(default=None)


class VisitWorker(Table, tablename="visit_worker"):
    """A worker on a visit. `stands` while the visit does; the time range and its exclusion constraint are in the
    migration, for Piccolo has no range column."""

    id = BigSerial(primary_key=True)
    visit = reference(Visit)
    worker = reference(Worker)
    supplier = BigInt(default=0)
    starts = Timestamptz(default=None)
    ends = Timestamptz(default=None)
    stands = Boolean(default=True)

    visit_worker_once_a_visit = Unique([visit, worker])
