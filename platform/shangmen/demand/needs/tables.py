"""What a recipient needs: assessment, care plan, needs."""

from piccolo.columns import (
    JSONB,
    BigSerial,
    Boolean,
    Date,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs.states import AssessmentReason, NeedState, PausedFrom, RequiredSex, Scale
from shangmen.demand.recipients.tables import Person
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.catalogue.tables import ServiceItem
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions.tables import Division


class Assessment(Table, tablename="assessment"):
    """A result on a named scale, by two assessors."""

    id = BigSerial(primary_key=True)
    person = reference(Person)
    scale = Word(Scale, length=20)
    scores = JSONB(default="{}")
    total = Integer(default=0)
    level = Word(AbilityLevel, length=12)
    reason = Word(AssessmentReason, length=20)
    assessed_on = Date(default=None)
    review_by = Date(null=True, default=None)
    assessor = Varchar(length=60)
    second_assessor = Varchar(length=60)
    recorded_by = reference(User, null=True)


class CarePlan(Table, tablename="care_plan"):
    """What was agreed for a person after an assessment; its lines are needs."""

    id = BigSerial(primary_key=True)
    person = reference(Person)
    assessment = reference(Assessment, null=True)
    goal = Text()
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    version = Integer(default=1)


class Need(Table, tablename="need"):
    """One service item for one person: how often, how long, when, by how many."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    person = reference(Person)
    care_plan = reference(CarePlan, null=True)
    service_item = reference(ServiceItem)
    visits_per_month = Integer(default=1)
    minutes = Integer(default=30)  # a visit
    staff_count = Integer(default=1)
    required_sex = Word(RequiredSex, length=6)
    required_qualification = Varchar(length=40)
    minors_check = Boolean(default=False)
    halal = Boolean(default=False)
    windows = JSONB(default="[]")  # [[weekday, earliest minute, latest end minute], …]; [] = office hours
    days_between = Integer(default=1)
    priority = Integer(default=1)  # weight of leaving it unserved: 8 urgent, 4 high, 2 medium, 1 low
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    state = Word(NeedState, length=12, default=NeedState.DRAFT)
    wishes = Text()  # what was asked for in words and is no rule
    pause_reason = Varchar(length=200)  # "hospital" when a status event paused it, else what was typed
    pause_until = Date(null=True, default=None)  # expected
    paused_from = Word(PausedFrom, length=12)  # the state to go back to
    approved_by = reference(User, null=True)
    exception_reason = Varchar(length=200)  # the officer's, for what the ladder does not grant; "" is none
    returned_reason = Varchar(length=200)  # why the bureau gave the draft back; "" once it was changed
    version = Integer(default=1)
    created_at = Timestamptz(default=None)
