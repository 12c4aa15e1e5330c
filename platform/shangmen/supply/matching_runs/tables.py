"""Matching runs: the frozen problem, the certificate, the proposals, and what people made of them."""

from piccolo.columns import (
    JSONB,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.demand.needs.tables import Need
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions.tables import Division
from shangmen.supply.contracts.tables import ContractLine
from shangmen.supply.matching_runs.states import Change, PinKind, RunState, SuppositionState


class MatchingRun(Table, tablename="matching_run"):
    """One run: what was asked (frozen), what came of it, and its certificate."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    requested_by = reference(User, null=True)
    created_at = Timestamptz(default=None)
    starts_on = Date(default=None)  # first day of the placements that it proposes
    policy = JSONB(default="{}")  # forms.RunForm; certificate.FrozenPolicy once it is at work
    problem = JSONB(null=True, default=None)
    problem_digest = Bytea(null=True, default=None)
    solution = JSONB(null=True, default=None)
    certificate = JSONB(null=True, default=None)  # certificate.Certificate
    violations = JSONB(default="[]")  # certificate.Violation, of the solver-free checker
    progress = JSONB(default="[]")  # certificate.Step
    state = Word(RunState, length=12, default=RunState.QUEUED)
    stop_asked = Boolean(default=False)
    message = Text()  # certificate.Message as JSON, "" for none
    finished_at = Timestamptz(null=True, default=None)
    approved_at = Timestamptz(null=True, default=None)
    approved_by = reference(User, null=True)


class Proposal(Table, tablename="proposal"):
    """What a run says of one need: a supplier, or unmet with its reasons."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    matching_run = reference(MatchingRun)
    need = reference(Need)
    supplier = reference(Organisation, null=True)
    contract_line = reference(ContractLine, null=True)
    metres = Integer(null=True, default=None)
    reason = Varchar(length=20)  # code of the first reason when unmet
    reasons = JSONB(default="[]")  # certificate.Reason
    change = Word(Change, length=12)
    previous_supplier = reference(Organisation, null=True)
    overridden = Boolean(default=False)
    override_reason = Text()

    proposal_one_a_need = Unique([matching_run, need])


class Supposition(Table, tablename="supposition"):
    """What if another supplier served a need: asked by a person, answered by a job, kept while the plan stands."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    matching_run = reference(MatchingRun)
    need = reference(Need)
    supplier = reference(Organisation)
    asked_by = reference(User, null=True)
    asked_at = Timestamptz(default=None)
    state = Word(SuppositionState, length=12, default=SuppositionState.QUEUED)
    answer = JSONB(null=True, default=None)  # of the library, without the plan

    supposition_one_a_supplier = Unique([matching_run, need, supplier])


class Pin(Table, tablename="pin"):
    """A person's word to the next runs: this need to this supplier, or not to it, with a reason."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    need = reference(Need)
    supplier = reference(Organisation, null=True)
    kind = Word(PinKind, length=10)
    reason = Text()
    created_by = reference(User, null=True)
    created_at = Timestamptz(default=None)
    lifted_at = Timestamptz(null=True, default=None)
