"""What happened at the door. Raw facts are append-only and hash-chained; only the verdict beside them changes."""

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    Bytea,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.delivery.service_records.states import (
    Confirmation,
    EventState,
    EventVerb,
    EvidenceClass,
    Next,
    PhotoKind,
    Severity,
    Told,
    VerdictState,
)
from shangmen.delivery.visits.tables import Visit
from shangmen.demand.recipients.tables import Person
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.catalogue.tables import ServiceItem
from shangmen.foundation.organisations.tables import Organisation, Worker
from shangmen.foundation.regions.tables import Division
from shangmen.supply.contracts.tables import ContractLine


class CheckIn(Table, tablename="check_in"):
    """A worker's arrival at a visit. Append-only."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit)
    worker = reference(Worker)
    device_at = Timestamptz(null=True, default=None)  # by the telephone's clock, when it happened
    happened_at = Timestamptz(null=True, default=None)  # of what the telephone kept: heard of so much later
    fixed_at = Timestamptz(null=True, default=None)  # when the position was taken, by the same clock
    typed_at = Timestamptz(null=True, default=None)
    server_at = Timestamptz(default=None)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    accuracy = Integer(null=True, default=None)  # metres
    no_position_reason = Varchar(length=120)
    metres_off = Integer(null=True, default=None)  # from the home
    far_reason = Varchar(length=200)  # why it is far from there
    device = Varchar(length=40)  # the telephone, by a number that it drew itself

    check_in_once = Unique([visit, worker])


class ServiceRecord(Table, tablename="service_record"):
    """One visit as it was delivered. A correction is a later record that names the one it corrects. Append-only."""

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
    evidence_class = Word(EvidenceClass, length=1)
    confirmation = Word(Confirmation, length=12)
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
    """When and where each worker came and went. Append-only."""

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
    in_age = Integer(null=True, default=None)  # seconds from the position to its sending; None: not known
    out_latitude = Numeric((9, 6), null=True, default=None)
    out_longitude = Numeric((9, 6), null=True, default=None)
    out_accuracy = Integer(null=True, default=None)
    out_metres_off = Integer(null=True, default=None)
    out_age = Integer(null=True, default=None)
    no_position_reason = Varchar(length=120)
    out_device = Varchar(length=40)


class ServiceLine(Table, tablename="service_line"):
    """A payable unit of a record: what, how much, at which rate. Append-only."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    supplier = reference(Organisation)
    station = reference(Organisation)
    service_record = reference(ServiceRecord)
    service_item = reference(ServiceItem)
    contract_line = reference(ContractLine, null=True)  # None: a station's own visit, never payable
    minutes = Integer(default=0)
    workers = Integer(default=1)
    units = Numeric((14, 2))
    rate = Numeric((14, 2))
    amount = Numeric((14, 2))


class Verdict(Table, tablename="verdict"):
    """Where the verification of a visit's records stands. One row a visit; its history is the audit trail."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit, unique=True)
    service_record = reference(ServiceRecord)  # the record in force
    state = Word(VerdictState, length=12, default=VerdictState.HELD)
    decided_by = reference(User, null=True)  # None: by the rules
    decided_at = Timestamptz(default=None)
    reason = Text()


class Finding(Table, tablename="finding"):
    """What a named rule found in a record. Append-only."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    service_record = reference(ServiceRecord)
    rule = Varchar(length=40)
    severity = Word(Severity, length=10)
    message = Varchar(length=200)
    details = JSONB(default="{}")
    found_at = Timestamptz(default=None)


class PhoneEvent(Table, tablename="phone_event"):
    """What a telephone kept and sent later, and what could not be booked when it came: told, and never dropped."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit)
    worker = reference(Worker)
    verb = Word(EventVerb, length=10)
    happened_at = Timestamptz(default=None)
    received_at = Timestamptz(default=None)
    said = JSONB(default="{}")  # the form
    sentence = Text()  # why it was not booked, to the worker
    state = Word(EventState, length=10)
    settled_by = reference(User, null=True)
    settled_at = Timestamptz(null=True, default=None)
    settled_note = Text()


class Photo(Table, tablename="photo"):
    """A photo of a visit, written anew: `digest` is of the picture that is kept, `source_digest` of what was sent.

    `across` and `down` say how it looks (photos/reader.py). Append-only.
    """

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit)
    person = reference(Person)
    worker = reference(Worker, null=True)  # None: a desk has sent it
    sent_by = reference(User, null=True)
    kind = Word(PhotoKind, length=12)
    happened_at = Timestamptz(null=True, default=None)  # when the telephone took it up, of what it kept
    sent_at = Timestamptz(default=None)
    taken_at = Timestamptz(null=True, default=None)  # by the camera's clock
    latitude = Numeric((9, 6), null=True, default=None)  # by the camera
    longitude = Numeric((9, 6), null=True, default=None)
    amount = Numeric((14, 2), null=True, default=None)  # yuan, of a receipt
    device = Varchar(length=40)
    width = Integer(default=0)
    height = Integer(default=0)
    across = BigInt(null=True, default=None)
    down = BigInt(null=True, default=None)
    digest = Bytea()
    source_digest = Bytea()
    image = Bytea()


class DoorReport(Table, tablename="door_report"):
    """What a worker told from the door: why a visit does not take place, or an alarm. Append-only."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    visit = reference(Visit)
    person = reference(Person)
    worker = reference(Worker)
    told = Word(Told, length=12)
    next = Word(Next, length=14)
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
    """What was done about what a worker told from the door. Append-only."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    report = reference(DoorReport, unique=True)
    answered_by = reference(User, null=True)
    answered_at = Timestamptz(default=None)
    note = Text()
