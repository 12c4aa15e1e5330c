"""The people who are served, their households, and what happens to them."""

from piccolo.columns import (
    BigSerial,
    Boolean,
    Date,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.demand.recipients.states import (
    Category,
    Doubt,
    Living,
    MoveState,
    Overlay,
    PersonGroup,
    PersonState,
    Scheme,
    SelfCare,
    ShareReason,
    StatusKind,
    Support,
)
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.organisations.states import Sex
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions.states import PositionSource
from shangmen.foundation.regions.tables import Division


class Household(Table, tablename="household"):
    """A family in a category of social assistance, with the days on which it holds."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    number = Varchar(length=30)
    category = Word(Category, length=20)
    tier = Varchar(length=2)  # the class within the category: A, B, C
    scheme = Word(Scheme, length=5, default=Scheme.NONE)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    grace_from = Date(null=True, default=None)
    grace_until = Date(null=True, default=None)
    version = Integer(default=1)  # a stale page is refused


class Person(Table, tablename="person"):
    """A recipient. The ID number is unique within the county, or there is a reason for having none."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)  # whose recipient: the station of the township
    township = reference(Division)
    resident_from = Date(null=True, default=None)  # since when in this township; None is since ever known
    household = reference(Household, null=True)
    name = Varchar(length=60)
    pinyin = Varchar(length=400)
    initials = Varchar(length=60)
    id_number = Varchar(length=18, null=True, default=None)
    no_id_reason = Varchar(length=200)
    sex = Word(Sex, length=6)
    birth_date = Date(default=None)
    telephone = Varchar(length=30)
    telephone_of = Text()  # whose it is, where it is not the person's own
    other_telephones = Text()  # separated by 、
    relation = Varchar(length=20)  # to the head of the household, in the words of the roll
    support = Word(Support, length=9, default=Support.NONE)
    self_care = Word(SelfCare, length=7, default=SelfCare.NONE)  # as a roll says it; an assessment knows better
    overlay = Word(Overlay, length=20, default=Overlay.NONE)
    doubt = Word(Doubt, length=10, default=Doubt.NONE)  # nothing is planned before somebody has looked
    group = Word(PersonGroup, length=10, db_column_name="person_group")
    living = Word(Living, length=20)
    village = Varchar(length=60)
    address = Varchar(length=200)
    registered_address = Varchar(length=200)  # of the household register (户籍); "" is where they live
    residence_permit = Boolean(default=False)  # 居住证: served where they live
    latitude = Numeric((9, 6), null=True, default=None)  # WGS-84
    longitude = Numeric((9, 6), null=True, default=None)
    position_source = Word(PositionSource, length=20)
    position_accuracy = Integer(null=True, default=None)  # metres
    halal = Boolean(default=False)  # the diet that is needed, never the faith
    language = Varchar(length=30)
    guardian_name = Varchar(length=60)
    guardian_telephone = Varchar(length=30)
    guardian_other_telephones = Text()
    guardian_relation = Varchar(length=20)
    relatives = Text()  # declared, by name and number (relatives.rules): they are not sent
    consent_on = Date(null=True, default=None)
    consent_by = Varchar(length=60)
    notes = Text()
    state = Word(PersonState, length=16, default=PersonState.LIVING)
    state_from = Date(null=True, default=None)
    version = Integer(default=1)  # a stale page is refused
    created_at = Timestamptz(default=None)


class Residence(Table, tablename="residence"):
    """In which township somebody lived since when: kept by a trigger; papers print what was true then."""

    id = BigSerial(primary_key=True)
    person = reference(Person)
    township = reference(Division)
    since = Date(default=None)  # 1900-01-01 is since ever known


class DisabilityCertificate(Table, tablename="disability_certificate"):
    """The certificate number carries the ID number, the type (1-7) and the level (1-4, 1 heaviest); it is empty where
    only a roll's words say type and level."""

    id = BigSerial(primary_key=True)
    person = reference(Person)
    number = Varchar(length=24)
    type = Integer(default=0)
    level = Integer(default=0)
    valid_from = Date(null=True, default=None)
    valid_to = Date(null=True, default=None)


class StatusEvent(Table, tablename="status_event"):
    """Hospital, home again, moved, died, institution: effective from a day, reported on another."""

    id = BigSerial(primary_key=True)
    person = reference(Person)
    kind = Word(StatusKind, length=16)
    effective = Date(default=None)
    until = Date(null=True, default=None)
    reported_at = Timestamptz(default=None)
    reported_by = reference(User, null=True)
    note = Text()


class Retraction(Table, tablename="retraction"):
    """A report that was an error: it stays on record and holds no more. What holds is the view `standing_event`."""

    id = BigSerial(primary_key=True)
    status_event = reference(StatusEvent, unique=True)
    reason = Varchar(length=200)
    retracted_at = Timestamptz(default=None)


class RecipientAbsence(Table, tablename="recipient_absence"):
    """Days on which somebody who lives at home is away from it; they may lie ahead. Lifted ones hold no more."""

    id = BigSerial(primary_key=True)
    person = reference(Person)
    first = Date(default=None)
    last = Date(default=None)
    reason = Varchar(length=200)
    lifted_at = Timestamptz(null=True, default=None)


class Share(Table, tablename="share"):
    """Which organisation beyond the station may see a person, from when until when, and why."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    person = reference(Person)
    organisation = reference(Organisation)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    reason = Word(ShareReason, length=20)


class Move(Table, tablename="move"):
    """The file of somebody, or of a household, that one station offers to another, here or in another county."""

    id = BigSerial(primary_key=True)
    county = reference(Division)  # they move from
    station = reference(Organisation)
    to_county = reference(Division)
    to_station = reference(Organisation, null=True)  # another county's bureau says which
    to_township = reference(Division, null=True)
    day = Date(default=None)  # from which they live there
    last_day = Date(null=True, default=None)  # of services, where they leave the county: until then these only rest
    village = Varchar(length=60)
    address = Varchar(length=200)
    reason = Varchar(length=200)
    consent_on = Date(null=True, default=None)
    consent_by = Varchar(length=60)
    state = Word(MoveState, length=12, default=MoveState.OFFERED)
    answer = Varchar(length=200)  # why it was returned or withdrawn
    rested_on = Date(null=True, default=None)  # when services began to rest
    left_on = Date(null=True, default=None)  # when the move out of the county was noted
    offered_by = reference(User, null=True)
    offered_at = Timestamptz(default=None)
    decided_by = reference(User, null=True)
    decided_at = Timestamptz(null=True, default=None)


class Mover(Table, tablename="mover"):
    """Somebody who moves; `taken_over` is the file that another county began."""

    id = BigSerial(primary_key=True)
    move = reference(Move)
    person = reference(Person)
    open = Boolean(default=True)  # nobody is offered twice at once
    taken_over = reference(Person, null=True)


class HandedOver(Table, tablename="handed_over"):
    """A fact of a file that was handed over with a move: all that the receiver sees before it accepts."""

    id = BigSerial(primary_key=True)
    mover = reference(Mover)
    field = Varchar(length=40)
    value = Text()
