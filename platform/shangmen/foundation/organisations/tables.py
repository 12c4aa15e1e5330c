"""Organisations, the people who work for them, and what they are qualified to do."""

from piccolo.columns import (
    JSONB,
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
from shangmen.foundation.organisations.states import (
    OrganisationKind,
    OrganisationStatus,
    Position,
    QualificationStatus,
    Sex,
)
from shangmen.foundation.regions.states import PositionSource
from shangmen.foundation.regions.tables import Division


class Organisation(Table, tablename="organisation"):
    """A bureau, a station, a provider or an institution."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    kind = Word(OrganisationKind, length=12)
    name = Varchar(length=120)
    credit_code = Varchar(length=18, null=True, default=None, unique=True)  # GB 32100-2015
    township = reference(Division, null=True)  # the township a station serves
    operator = reference("self", null=True)  # who runs a station
    supervisor = reference("self", null=True)
    address = Varchar(length=200)
    telephone = Varchar(length=30)
    contact = Varchar(length=60)  # who answers
    other_telephones = Varchar(length=120)
    latitude = Numeric((9, 6), null=True, default=None)
    longitude = Numeric((9, 6), null=True, default=None)
    position_source = Word(PositionSource, length=20)
    status = Word(OrganisationStatus, length=12, default=OrganisationStatus.ACTIVE)
    version = Integer(default=1)


class ServiceArea(Table, tablename="service_area"):
    """A township that an organisation serves."""

    id = BigSerial(primary_key=True)
    organisation = reference(Organisation)
    division = reference(Division)


class Worker(Table, tablename="worker"):
    """One person who delivers, whoever employs them."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    registered_by = reference(Organisation)
    name = Varchar(length=60)
    pinyin = Varchar(length=400)
    initials = Varchar(length=60)
    id_number = Varchar(length=18)
    sex = Word(Sex, length=6)
    birth_date = Date(default=None)
    telephone = Varchar(length=30)
    languages = Varchar(length=120)
    latitude = Numeric((9, 6), null=True, default=None)  # where the working day starts
    longitude = Numeric((9, 6), null=True, default=None)
    background_checked = Date(null=True, default=None)  # criminal-record query, for work with minors
    version = Integer(default=1)


class Engagement(Table, tablename="engagement"):
    """A worker's employment by one organisation; somebody may have two."""

    id = BigSerial(primary_key=True)
    worker = reference(Worker)
    organisation = reference(Organisation)
    position = Word(Position, length=20)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    pattern = JSONB(default="{}")  # {"0": [[480, 1080]], …}: ISO weekday from 0 = Monday, minutes of the day
    daily_minutes = Integer(default=480)
    monthly_minutes = Integer(default=9600)
    version = Integer(default=1)


class Absence(Table, tablename="absence"):
    """Days on which a worker cannot come; those that were lifted hold no more."""

    id = BigSerial(primary_key=True)
    worker = reference(Worker)
    first = Date(default=None)
    last = Date(default=None)
    reason = Varchar(length=200)
    lifted_at = Timestamptz(null=True, default=None)


class Qualification(Table, tablename="qualification"):
    """A licence of an organisation or a certificate of a worker, with its days."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = reference(Organisation, null=True)
    worker = reference(Worker, null=True)
    kind = Varchar(length=40)  # registration, health_certificate, care_worker, bath_training, social_worker, nurse, …
    number = Varchar(length=60)
    mandatory = Boolean(default=False)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    status = Word(QualificationStatus, length=12, default=QualificationStatus.VALID)
    note = Text()
