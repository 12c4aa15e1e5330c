"""The tables. Until the first release this pair is edited; after it, further migrations follow.

What stands here is a frozen copy of the features' tables: each is changed together with its `tables.py`, and a test
says when they differ. Whatever Piccolo cannot say (words, ranges, row policies, rights) stands in the promises. A
database that was made before an edit is made anew: nothing migrates it.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    OnDelete,
    OnUpdate,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table

ID = "2026-11-30T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "the tables"


def reference(table, null=False, unique=False, db_column_name=None):
    return ForeignKey(
        table,
        null=null,
        default=None,
        unique=unique,
        db_column_name=db_column_name,
        on_delete=OnDelete.restrict,
        on_update=OnUpdate.restrict,
    )


# foundation.audit


class AuditEvent(Table, tablename="audit_event"):
    id = BigSerial(primary_key=True)
    county = BigInt(null=True, default=None)
    organisation = BigInt(default=0)
    sequence = BigInt(default=0)
    at = Timestamptz(default=None)
    user = BigInt(null=True, default=None, db_column_name="user_id")
    user_name = Varchar(length=120)
    role = Varchar(length=40)
    verb = Varchar(length=80)
    subject = Varchar(length=60)
    subject_id = BigInt(null=True, default=None)
    reason = Text()
    details = JSONB(default="{}")
    address = Varchar(length=80)
    previous = Bytea()
    digest = Bytea()

    audit_event_one_place_in_the_chain = Unique([organisation, sequence])


class ChainHead(Table, tablename="chain_head"):
    id = BigSerial(primary_key=True)
    chain = Varchar(length=40)
    organisation = BigInt(default=0)
    sequence = BigInt(default=0)
    digest = Bytea()

    chain_head_one_head = Unique([chain, organisation])


class AuditSeal(Table, tablename="audit_seal"):
    id = BigSerial(primary_key=True)
    day = Date(default=None, unique=True)
    sequence = BigInt(default=0)
    previous = Bytea()
    digest = Bytea()
    heads = JSONB(default="[]")


# foundation.regions


class Division(Table, tablename="division"):
    id = BigSerial(primary_key=True)
    code = Varchar(length=12, index=True)
    name = Varchar(length=60)
    level = Varchar(length=12)
    parent = reference("self", null=True)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    replaced_by = reference("self", null=True)
    split_from = reference("self", null=True)
    split_villages = Text()
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    position_source = Varchar(length=20)
    terrain = Varchar(length=12, default="plain")
    boundary = JSONB(null=True, default=None)
    version = Integer(default=1)


# foundation.deeds


class Deed(Table, tablename="deed"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = BigInt(null=True, default=None)
    station = BigInt(null=True, default=None)
    route = Varchar(length=80)
    verb = Varchar(length=80)
    subject = Varchar(length=60)
    subject_id = BigInt(default=0)
    details = JSONB(default="{}")
    reason = Text()
    user_name = Varchar(length=120)
    done_at = Timestamptz(default=None)
    undone_at = Timestamptz(null=True, default=None)
    undone_reason = Text()


class DeedChange(Table, tablename="deed_change"):
    id = BigSerial(primary_key=True)
    deed = reference(Deed)
    relation = Varchar(length=60)
    row_id = BigInt(default=0)
    before = JSONB(null=True, default=None)
    after = JSONB(null=True, default=None)


# foundation.catalogue


class ServiceItem(Table, tablename="service_item"):
    id = BigSerial(primary_key=True)
    code = Varchar(length=8)
    name = Varchar(length=80)
    english = Varchar(length=80)
    unit = Varchar(length=20)
    kind = Varchar(length=12)
    standard_minutes = Integer(default=30)
    minimum_minutes = Integer(default=10)
    staff_count = Integer(default=1)
    required_qualification = Varchar(length=40)
    same_sex = Boolean(default=False)
    minors_check = Boolean(default=False)
    proof = JSONB(default="[]")
    price_ceiling = Numeric((14, 2), null=True, default=None)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    source = Text()

    service_item_one_version_a_day = Unique([code, valid_from])


class Parameter(Table, tablename="parameter"):
    id = BigSerial(primary_key=True)
    name = Varchar(length=80)
    value = JSONB(default="null")
    unit = Varchar(length=30)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    source = Text()
    version = Integer(default=1)

    parameter_one_value_a_day = Unique([name, valid_from])


class Holiday(Table, tablename="holiday"):
    id = BigSerial(primary_key=True)
    day = Date(default=None, unique=True)
    kind = Varchar(length=12)
    name = Varchar(length=60)
    source = Text()
    version = Integer(default=1)


# foundation.imports


class ListImport(Table, tablename="list_import"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = BigInt(null=True, default=None)
    asked = JSONB(default="{}")
    kind = Varchar(length=20)
    file_name = Text()
    digest = Bytea()
    content = Bytea(null=True, default=None)
    mapping = JSONB(default="{}")
    signature = Text()
    found = JSONB(default="{}")
    counts = JSONB(default="{}")
    state = Varchar(length=12, default="reading")
    done = Integer(default=0)
    fault = JSONB(default="{}")
    created_at = Timestamptz(default=None)
    committed_at = Timestamptz(null=True, default=None)


class ImportRow(Table, tablename="import_row"):
    id = BigSerial(primary_key=True)
    list_import = reference(ListImport)
    row = Integer(default=0)
    verdict = Varchar(length=8)
    code = Varchar(length=30)
    subject = BigInt(null=True, default=None)
    line = JSONB(default="{}")


class ImportMapping(Table, tablename="import_mapping"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = BigInt(null=True, default=None)
    kind = Varchar(length=20)
    signature = Bytea()
    mapping = JSONB(default="{}")
    saved_at = Timestamptz(default=None)


# demand.entitlement


class Rung(Table, tablename="entitlement_rung"):
    id = BigSerial(primary_key=True)
    division = reference(Division, null=True)
    code = Varchar(length=8)
    gate = JSONB(default="{}")
    proposed = Integer(default=0)
    visits = Integer(null=True, default=None)
    minutes = Integer(null=True, default=None)
    yuan = Numeric((14, 2), null=True, default=None)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    source = Text()
    version = Integer(default=1)


# demand.needs


# foundation.villages


class Village(Table, tablename="village"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    township = reference(Division)
    name = Varchar(length=60)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    position_source = Varchar(length=20)
    closed = Boolean(default=False)
    version = Integer(default=1)


# foundation.organisations


class Organisation(Table, tablename="organisation"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    kind = Varchar(length=12)
    name = Varchar(length=120)
    credit_code = Varchar(length=18, null=True, default=None, unique=True)
    township = reference(Division, null=True)
    operator = reference("self", null=True)
    supervisor = reference("self", null=True)
    address = Varchar(length=200)
    telephone = Varchar(length=30)
    contact = Varchar(length=60)
    other_telephones = Varchar(length=120)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    position_source = Varchar(length=20)
    status = Varchar(length=12, default="active")
    version = Integer(default=1)


class ServiceArea(Table, tablename="service_area"):
    id = BigSerial(primary_key=True)
    organisation = reference(Organisation)
    division = reference(Division)


class Worker(Table, tablename="worker"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    registered_by = reference(Organisation)
    name = Varchar(length=60)
    pinyin = Varchar(length=400)
    initials = Varchar(length=60)
    id_number = Varchar(length=18)
    sex = Varchar(length=6)
    birth_date = Date(default=None)
    telephone = Varchar(length=30)
    languages = Varchar(length=120)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    background_checked = Date(null=True, default=None)
    version = Integer(default=1)


class Engagement(Table, tablename="engagement"):
    id = BigSerial(primary_key=True)
    worker = reference(Worker)
    organisation = reference(Organisation)
    position = Varchar(length=20)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    pattern = JSONB(default="{}")
    daily_minutes = Integer(default=480)
    monthly_minutes = Integer(default=9600)
    version = Integer(default=1)


class Absence(Table, tablename="absence"):
    id = BigSerial(primary_key=True)
    worker = reference(Worker)
    first = Date(default=None)
    last = Date(default=None)
    reason = Varchar(length=200)
    lifted_at = Timestamptz(null=True, default=None)


class Qualification(Table, tablename="qualification"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = reference(Organisation, null=True)
    worker = reference(Worker, null=True)
    kind = Varchar(length=40)
    number = Varchar(length=60)
    mandatory = Boolean(default=False)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    status = Varchar(length=12, default="valid")
    note = Text()


# foundation.accounts


class User(Table, tablename="app_user"):
    id = BigSerial(primary_key=True)
    login = Varchar(length=60, unique=True)
    name = Varchar(length=60)
    role = Varchar(length=30)
    organisation = reference(Organisation)
    county = reference(Division)
    worker = reference(Worker, null=True)
    password = Varchar(length=200)
    totp_secret = Varchar(length=64)
    totp_step = BigInt(default=0)
    must_change = Boolean(default=True)
    active = Boolean(default=True)
    locale = Varchar(length=8, default="zh_CN")
    created_at = Timestamptz(default=None)
    version = Integer(default=1)


class Session(Table, tablename="app_session"):
    id = BigSerial(primary_key=True)
    token = Bytea(unique=True)
    user = reference(User, db_column_name="user_id")
    created_at = Timestamptz(default=None)
    seen_at = Timestamptz(default=None)
    address = Text()
    agent = Text()


class Attempt(Table, tablename="attempt"):
    id = BigSerial(primary_key=True)
    account = Varchar(length=60)
    place = Varchar(length=80)
    network = Varchar(length=80)
    known = Boolean()
    at = Timestamptz(default=None)


class KnownPlace(Table, tablename="known_place"):
    id = BigSerial(primary_key=True)
    user = reference(User, db_column_name="user_id")
    place = Varchar(length=80)
    seen_at = Timestamptz(default=None)


class Submission(Table, tablename="submission"):
    id = BigSerial(primary_key=True)
    token = Varchar(length=64, unique=True)
    user = BigInt(null=True, default=None, db_column_name="user_id")
    route = Varchar(length=80)
    body = Bytea()
    result = Text()
    at = Timestamptz(default=None)


class UnsentForm(Table, tablename="unsent_form"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    user = reference(User, db_column_name="user_id")
    address = Text()
    page = Text()
    said = Text()
    at = Timestamptz(default=None)
    shown_at = Timestamptz(null=True, default=None)


# foundation.tasks


class Task(Table, tablename="task"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = reference(Organisation)
    role = Varchar(length=30)
    kind = Varchar(length=60)
    subject = Varchar(length=60)
    subject_id = BigInt(default=0)
    route = Varchar(length=80)
    params = JSONB(default="{}")
    message = Varchar(length=200)
    details = JSONB(default="{}")
    due = Date(null=True, default=None)
    opened_at = Timestamptz(default=None)
    closed_at = Timestamptz(null=True, default=None)


# demand.recipients


class Household(Table, tablename="household"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    number = Varchar(length=30)
    category = Varchar(length=20)
    tier = Varchar(length=2)
    scheme = Varchar(length=5)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    grace_from = Date(null=True, default=None)
    grace_until = Date(null=True, default=None)
    version = Integer(default=1)


class Person(Table, tablename="person"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    township = reference(Division)
    resident_from = Date(null=True, default=None)
    household = reference(Household, null=True)
    name = Varchar(length=60)
    pinyin = Varchar(length=400)
    initials = Varchar(length=60)
    id_number = Varchar(length=18, null=True, default=None)
    no_id_reason = Varchar(length=200)
    sex = Varchar(length=6)
    birth_date = Date(default=None)
    telephone = Varchar(length=30)
    telephone_of = Text()
    other_telephones = Text()
    relation = Varchar(length=20)
    support = Varchar(length=9)
    self_care = Varchar(length=7)
    overlay = Varchar(length=20)
    doubt = Varchar(length=10)
    group = Varchar(length=10, db_column_name="person_group")
    living = Varchar(length=20)
    village = Varchar(length=60)
    address = Varchar(length=200)
    registered_address = Varchar(length=200)
    residence_permit = Boolean(default=False)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    position_source = Varchar(length=20)
    position_accuracy = Integer(null=True, default=None)
    halal = Boolean(default=False)
    language = Varchar(length=30)
    guardian_name = Varchar(length=60)
    guardian_telephone = Varchar(length=30)
    guardian_other_telephones = Text()
    guardian_relation = Varchar(length=20)
    relatives = Text()
    consent_on = Date(null=True, default=None)
    consent_by = Varchar(length=60)
    notes = Text()
    state = Varchar(length=16, default="living")
    state_from = Date(null=True, default=None)
    version = Integer(default=1)
    created_at = Timestamptz(default=None)


class Residence(Table, tablename="residence"):
    id = BigSerial(primary_key=True)
    person = reference(Person)
    township = reference(Division)
    since = Date(default=None)


class DisabilityCertificate(Table, tablename="disability_certificate"):
    id = BigSerial(primary_key=True)
    person = reference(Person)
    number = Varchar(length=24)
    type = Integer(default=0)
    level = Integer(default=0)
    valid_from = Date(null=True, default=None)
    valid_to = Date(null=True, default=None)


class StatusEvent(Table, tablename="status_event"):
    id = BigSerial(primary_key=True)
    person = reference(Person)
    kind = Varchar(length=16)
    effective = Date(default=None)
    until = Date(null=True, default=None)
    reported_at = Timestamptz(default=None)
    reported_by = reference(User, null=True)
    note = Text()


class Retraction(Table, tablename="retraction"):
    id = BigSerial(primary_key=True)
    status_event = reference(StatusEvent, unique=True)
    reason = Varchar(length=200)
    retracted_at = Timestamptz(default=None)


class RecipientAbsence(Table, tablename="recipient_absence"):
    id = BigSerial(primary_key=True)
    person = reference(Person)
    first = Date(default=None)
    last = Date(default=None)
    reason = Varchar(length=200)
    lifted_at = Timestamptz(null=True, default=None)


class Share(Table, tablename="share"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    person = reference(Person)
    organisation = reference(Organisation)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    reason = Varchar(length=20)


class Move(Table, tablename="move"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    to_county = reference(Division)
    to_station = reference(Organisation, null=True)
    to_township = reference(Division, null=True)
    day = Date(default=None)
    last_day = Date(null=True, default=None)
    village = Varchar(length=60)
    address = Varchar(length=200)
    reason = Varchar(length=200)
    consent_on = Date(null=True, default=None)
    consent_by = Varchar(length=60)
    state = Varchar(length=12, default="offered")
    answer = Varchar(length=200)
    rested_on = Date(null=True, default=None)
    left_on = Date(null=True, default=None)
    offered_by = reference(User, null=True)
    offered_at = Timestamptz(default=None)
    decided_by = reference(User, null=True)
    decided_at = Timestamptz(null=True, default=None)


class Mover(Table, tablename="mover"):
    id = BigSerial(primary_key=True)
    move = reference(Move)
    person = reference(Person)
    open = Boolean(default=True)
    taken_over = reference(Person, null=True)


class HandedOver(Table, tablename="handed_over"):
    id = BigSerial(primary_key=True)
    mover = reference(Mover)
    field = Varchar(length=40)
    value = Text()


class Assessment(Table, tablename="assessment"):
    id = BigSerial(primary_key=True)
    person = reference(Person)
    scale = Varchar(length=20)
    scores = JSONB(default="{}")
    total = Integer(default=0)
    level = Varchar(length=12)
    reason = Varchar(length=20)
    assessed_on = Date(default=None)
    review_by = Date(null=True, default=None)
    assessor = Varchar(length=60)
    second_assessor = Varchar(length=60)
    recorded_by = reference(User, null=True)


class CarePlan(Table, tablename="care_plan"):
    id = BigSerial(primary_key=True)
    person = reference(Person)
    assessment = reference(Assessment, null=True)
    goal = Text()
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    version = Integer(default=1)


class Need(Table, tablename="need"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    person = reference(Person)
    care_plan = reference(CarePlan, null=True)
    service_item = reference(ServiceItem)
    visits_per_month = Integer(default=1)
    minutes = Integer(default=30)
    staff_count = Integer(default=1)
    required_sex = Varchar(length=6)
    required_qualification = Varchar(length=40)
    minors_check = Boolean(default=False)
    halal = Boolean(default=False)
    windows = JSONB(default="[]")
    days_between = Integer(default=1)
    priority = Integer(default=1)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    state = Varchar(length=12, default="draft")
    wishes = Text()
    pause_reason = Varchar(length=200)
    pause_until = Date(null=True, default=None)
    paused_from = Varchar(length=12)
    approved_by = reference(User, null=True)
    exception_reason = Varchar(length=200)
    returned_reason = Varchar(length=200)
    version = Integer(default=1)
    created_at = Timestamptz(default=None)


# supply.contracts


class Lot(Table, tablename="lot"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    purchaser = reference(Organisation)
    number = Varchar(length=30)
    name = Varchar(length=120)
    gate = JSONB(default="{}")
    ceiling = Numeric((14, 2))
    valid_from = Date(default=None)
    valid_to = Date(default=None)
    version = Integer(default=1)

    lot_one_number = Unique([county, number])


class LotArea(Table, tablename="lot_area"):
    id = BigSerial(primary_key=True)
    lot = reference(Lot)
    division = reference(Division)


class LotService(Table, tablename="lot_service"):
    id = BigSerial(primary_key=True)
    lot = reference(Lot)
    service_item = reference(ServiceItem)


class Contract(Table, tablename="contract"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    lot = reference(Lot)
    provider = reference(Organisation)
    number = Varchar(length=40)
    term_from = Date(default=None)
    term_to = Date(default=None)
    ceiling = Numeric((14, 2))
    original_ceiling = Numeric((14, 2))
    reserved = Numeric((14, 2))
    delivered = Numeric((14, 2))
    settled = Numeric((14, 2))
    paid = Numeric((14, 2))
    state = Varchar(length=12, default="draft")
    signed_on = Date(null=True, default=None)
    signed_by = reference(User, null=True)
    version = Integer(default=1)

    contract_one_number = Unique([county, number])


class ContractLine(Table, tablename="contract_line"):
    id = BigSerial(primary_key=True)
    contract = reference(Contract)
    service_item = reference(ServiceItem)
    pricing = Varchar(length=12)
    rate = Numeric((14, 2))
    quantity = Numeric((14, 2))
    reserved = Numeric((14, 2))
    delivered = Numeric((14, 2))
    two_workers_pay_twice = Boolean(default=False)
    version = Integer(default=1)

    contract_line_one_line_a_service = Unique([contract, service_item])


class Amendment(Table, tablename="amendment"):
    id = BigSerial(primary_key=True)
    contract = reference(Contract)
    number = Integer(default=1)
    kind = Varchar(length=12)
    delta = Numeric((14, 2))
    new_term_to = Date(null=True, default=None)
    reason = Text()
    signed_on = Date(default=None)
    recorded_at = Timestamptz(default=None)

    amendment_one_number = Unique([contract, number])


# supply.placements


class Offer(Table, tablename="offer"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    need = reference(Need)
    person = reference(Person)
    contract_line = reference(ContractLine, null=True)
    matching_run = BigInt(null=True, default=None)
    metres = Integer(default=0)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    state = Varchar(length=12, default="offered")
    answer_by = Date(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decided_by = reference(User, null=True)
    reason = Text()
    created_at = Timestamptz(default=None)


class Placement(Table, tablename="placement"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    offer = reference(Offer, unique=True)
    need = reference(Need)
    person = reference(Person)
    contract_line = reference(ContractLine, null=True)
    metres = Integer(default=0)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    reserved_units = Numeric((14, 2))
    reserved_yuan = Numeric((14, 2))
    state = Varchar(length=12, default="in_force")
    end_reason = Varchar(length=200)
    created_at = Timestamptz(default=None)


# supply.matching_runs


class MatchingRun(Table, tablename="matching_run"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    requested_by = reference(User, null=True)
    created_at = Timestamptz(default=None)
    starts_on = Date(default=None)
    policy = JSONB(default="{}")
    problem = JSONB(null=True, default=None)
    problem_digest = Bytea(null=True, default=None)
    solution = JSONB(null=True, default=None)
    certificate = JSONB(null=True, default=None)
    violations = JSONB(default="[]")
    progress = JSONB(default="[]")
    state = Varchar(length=12, default="queued")
    stop_asked = Boolean(default=False)
    message = Text()
    finished_at = Timestamptz(null=True, default=None)
    approved_at = Timestamptz(null=True, default=None)
    approved_by = reference(User, null=True)


class Proposal(Table, tablename="proposal"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    matching_run = reference(MatchingRun)
    need = reference(Need)
    supplier = reference(Organisation, null=True)
    contract_line = reference(ContractLine, null=True)
    metres = Integer(null=True, default=None)
    reason = Varchar(length=20)
    reasons = JSONB(default="[]")
    change = Varchar(length=12)
    previous_supplier = reference(Organisation, null=True)
    overridden = Boolean(default=False)
    override_reason = Text()

    proposal_one_a_need = Unique([matching_run, need])


class Supposition(Table, tablename="supposition"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    matching_run = reference(MatchingRun)
    need = reference(Need)
    supplier = reference(Organisation)
    asked_by = reference(User, null=True)
    asked_at = Timestamptz(default=None)
    state = Varchar(length=12, default="queued")
    answer = JSONB(null=True, default=None)

    supposition_one_a_supplier = Unique([matching_run, need, supplier])


class Pin(Table, tablename="pin"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    need = reference(Need)
    supplier = reference(Organisation, null=True)
    kind = Varchar(length=10)
    reason = Text()
    created_by = reference(User, null=True)
    created_at = Timestamptz(default=None)
    lifted_at = Timestamptz(null=True, default=None)


# supply.tendering


class TenderStudy(Table, tablename="tender_study"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    requested_by = reference(User, null=True)
    created_at = Timestamptz(default=None)
    name = Varchar(length=60)
    starts_on = Date(default=None)
    question = JSONB(default="{}")
    result = JSONB(null=True, default=None)
    done = JSONB(default="[]")
    state = Varchar(length=12, default="queued")
    stop_asked = Boolean(default=False)
    message = Text()
    finished_at = Timestamptz(null=True, default=None)


# delivery.visits


class RosterRun(Table, tablename="roster_run"):
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
    state = Varchar(length=12, default="planned")
    reason = Varchar(length=40)
    note = Text()
    roster_run = reference(RosterRun, null=True)
    version = Integer(default=1)
    created_by = reference(User, null=True)
    created_at = Timestamptz(default=None)


class VisitWorker(Table, tablename="visit_worker"):
    id = BigSerial(primary_key=True)
    visit = reference(Visit)
    worker = reference(Worker)
    supplier = BigInt(default=0)
    starts = Timestamptz(default=None)
    ends = Timestamptz(default=None)
    stands = Boolean(default=True)

    visit_worker_once_a_visit = Unique([visit, worker])


# delivery.service_records


class CheckIn(Table, tablename="check_in"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit)
    worker = reference(Worker)
    device_at = Timestamptz(null=True, default=None)
    happened_at = Timestamptz(null=True, default=None)
    fixed_at = Timestamptz(null=True, default=None)
    typed_at = Timestamptz(null=True, default=None)
    server_at = Timestamptz(default=None)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    accuracy = Integer(null=True, default=None)
    no_position_reason = Varchar(length=120)
    metres_off = Integer(null=True, default=None)
    far_reason = Varchar(length=200)
    device = Varchar(length=40)

    check_in_once = Unique([visit, worker])


class ServiceRecord(Table, tablename="service_record"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit)
    person = reference(Person)
    revision = Integer(default=1)
    corrects = reference("self", null=True)
    correction_reason = Text()
    begun_at = Timestamptz(default=None)
    ended_at = Timestamptz(default=None)
    notes = Text()
    observations = JSONB(default="{}")
    evidence_class = Varchar(length=1)
    confirmation = Varchar(length=12)
    confirmation_name = Varchar(length=60)
    no_confirmation_reason = Varchar(length=200)
    signature = Text()
    signature_digest = Bytea(null=True, default=None)
    recorded_by = reference(User, null=True)
    recorded_at = Timestamptz(default=None)
    sequence = BigInt(default=0)
    previous = Bytea()
    digest = Bytea()

    service_record_one_revision = Unique([visit, revision])


class Attendance(Table, tablename="attendance"):
    id = BigSerial(primary_key=True)
    service_record = reference(ServiceRecord)
    worker = reference(Worker)
    begun_at = Timestamptz(default=None)
    ended_at = Timestamptz(default=None)
    begun_typed = Boolean(default=False)
    ended_typed = Boolean(default=False)
    in_latitude = Numeric((9, 6), null=True, default=None)
    in_longitude = Numeric((9, 6), null=True, default=None)
    in_accuracy = Integer(null=True, default=None)
    in_metres_off = Integer(null=True, default=None)
    in_age = Integer(null=True, default=None)
    out_latitude = Numeric((9, 6), null=True, default=None)
    out_longitude = Numeric((9, 6), null=True, default=None)
    out_accuracy = Integer(null=True, default=None)
    out_metres_off = Integer(null=True, default=None)
    out_age = Integer(null=True, default=None)
    no_position_reason = Varchar(length=120)
    out_device = Varchar(length=40)


class ServiceLine(Table, tablename="service_line"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    supplier = reference(Organisation)
    station = reference(Organisation)
    service_record = reference(ServiceRecord)
    service_item = reference(ServiceItem)
    contract_line = reference(ContractLine, null=True)
    minutes = Integer(default=0)
    workers = Integer(default=1)
    units = Numeric((14, 2))
    rate = Numeric((14, 2))
    amount = Numeric((14, 2))


class Verdict(Table, tablename="verdict"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit, unique=True)
    service_record = reference(ServiceRecord)
    state = Varchar(length=12, default="held")
    decided_by = reference(User, null=True)
    decided_at = Timestamptz(default=None)
    reason = Text()


class Finding(Table, tablename="finding"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    service_record = reference(ServiceRecord)
    rule = Varchar(length=40)
    severity = Varchar(length=10)
    message = Varchar(length=200)
    details = JSONB(default="{}")
    found_at = Timestamptz(default=None)


class PhoneEvent(Table, tablename="phone_event"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit)
    worker = reference(Worker)
    verb = Varchar(length=10)
    happened_at = Timestamptz(default=None)
    received_at = Timestamptz(default=None)
    said = JSONB(default="{}")
    sentence = Text()
    state = Varchar(length=10)
    settled_by = reference(User, null=True)
    settled_at = Timestamptz(null=True, default=None)
    settled_note = Text()


class Photo(Table, tablename="photo"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit)
    person = reference(Person)
    worker = reference(Worker, null=True)
    sent_by = reference(User, null=True)
    kind = Varchar(length=12)
    happened_at = Timestamptz(null=True, default=None)
    sent_at = Timestamptz(default=None)
    taken_at = Timestamptz(null=True, default=None)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    amount = Numeric((14, 2), null=True, default=None)
    device = Varchar(length=40)
    width = Integer(default=0)
    height = Integer(default=0)
    across = BigInt(null=True, default=None)
    down = BigInt(null=True, default=None)
    digest = Bytea()
    source_digest = Bytea()
    image = Bytea()


class DoorReport(Table, tablename="door_report"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit)
    person = reference(Person)
    worker = reference(Worker)
    told = Varchar(length=12)
    next = Varchar(length=14)
    note = Text()
    device = Varchar(length=40)
    device_at = Timestamptz(null=True, default=None)
    happened_at = Timestamptz(null=True, default=None)
    fixed_at = Timestamptz(null=True, default=None)
    server_at = Timestamptz(default=None)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    accuracy = Integer(null=True, default=None)
    no_position_reason = Varchar(length=120)
    metres_off = Integer(null=True, default=None)


class DoorAnswer(Table, tablename="door_answer"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    report = reference(DoorReport, unique=True)
    answered_by = reference(User, null=True)
    answered_at = Timestamptz(default=None)
    note = Text()


# delivery.quality


class Sample(Table, tablename="sample"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    day = Date(default=None)
    kind = Varchar(length=10)
    sealed = Date(null=True, default=None)
    seed = Varchar(length=64)
    percent = Integer(default=0)
    population = JSONB(default="[]")
    drawn_at = Timestamptz(default=None)

    sample_once_a_day = Unique([county, day, kind])


class CallBack(Table, tablename="call_back"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    asker = reference(Organisation)
    sample = reference(Sample)
    kind = Varchar(length=10)
    visit = reference(Visit)
    service_record = reference(ServiceRecord)
    person = reference(Person)
    state = Varchar(length=10, default="open")
    due = Date(default=None)
    tries = Integer(default=0)
    heard = Varchar(length=14)
    spoke_with = Varchar(length=60)
    satisfaction = Integer(null=True, default=None)
    opinion = Text()
    decided_by = reference(User, null=True)
    decided_at = Timestamptz(null=True, default=None)

    call_back_once = Unique([visit, kind])


class Complaint(Table, tablename="complaint"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    asker = reference(Organisation)
    person = reference(Person)
    about = Varchar(length=10)
    told_by = Varchar(length=60)
    words = Text()
    received_on = Date(default=None)
    due = Date(default=None)
    state = Varchar(length=10, default="open")
    answer = Text()
    decided_by = reference(User, null=True)
    decided_at = Timestamptz(null=True, default=None)


# delivery.settlement


class Statement(Table, tablename="statement"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    provider = reference(Organisation)
    contract = reference(Contract)
    number = Varchar(length=60)
    period_from = Date(default=None)
    period_to = Date(default=None)
    state = Varchar(length=12, default="draft")
    gross = Numeric((14, 2))
    deducted = Numeric((14, 2))
    payable = Numeric((14, 2))
    created_by = reference(User, null=True)
    created_at = Timestamptz(default=None)
    submitted_by = reference(User, null=True)
    submitted_at = Timestamptz(null=True, default=None)
    reviewed_by = reference(User, null=True)
    reviewed_at = Timestamptz(null=True, default=None)
    approved_by = reference(User, null=True)
    approved_at = Timestamptz(null=True, default=None)
    paid_by = reference(User, null=True)
    paid_at = Timestamptz(null=True, default=None)
    payment_reference = Varchar(length=60)
    note = Text()

    statement_one_number = Unique([county, number])


class StatementLine(Table, tablename="statement_line"):
    id = BigSerial(primary_key=True)
    statement = reference(Statement)
    service_line = reference(ServiceLine, unique=True)
    amount = Numeric((14, 2))


class Deduction(Table, tablename="deduction"):
    id = BigSerial(primary_key=True)
    statement = reference(Statement)
    rule = Varchar(length=60)
    claws_back = reference(StatementLine, null=True, unique=True)
    amount = Numeric((14, 2))
    reason = Text()
    created_by = reference(User, null=True)
    created_at = Timestamptz(default=None)


class Objection(Table, tablename="objection"):
    id = BigSerial(primary_key=True)
    statement = reference(Statement)
    text = Text()
    raised_by = reference(User, null=True)
    raised_at = Timestamptz(default=None)
    answer = Text()
    answered_by = reference(User, null=True)
    answered_at = Timestamptz(null=True, default=None)


# operations


class UpkeepMark(Table, tablename="upkeep_mark"):
    id = BigSerial(primary_key=True)
    county = reference(Division)
    day = Date(default=None)
    part = Varchar(length=40)
    tries = Integer(default=1)
    fault = Text()
    brought = JSONB(default="{}")
    done_at = Timestamptz(null=True, default=None)

    upkeep_mark_once = Unique([county, day, part])


TABLES = [kind for kind in tuple(globals().values()) if isinstance(kind, type) and Table in kind.__bases__]


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="shangmen", description=DESCRIPTION)
    for table in TABLES:
        name, tablename = table.__name__, table._meta.tablename
        manager.add_table(name, tablename)
        for column in table._meta.columns:
            manager.add_column(
                name,
                tablename,
                column._meta.name,
                column._meta.db_column_name,
                column_class=type(column),
                params=column._meta.params,
            )
        for constraint in table._meta.constraints:
            manager.add_constraint(name, tablename, constraint._meta.name, type(constraint), constraint._meta.params)
    return manager
