"""What can be bought and done at the door, and the dated parameters of law and policy."""

from piccolo.columns import JSONB, BigSerial, Boolean, Date, Integer, Numeric, Text, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

from shangmen.database import Word
from shangmen.foundation.catalogue.states import HolidayKind, ServiceKind, ServiceUnit


class ServiceItem(Table, tablename="service_item"):
    """One version of a catalogue line, in force from `valid_from` to `valid_to`."""

    id = BigSerial(primary_key=True)
    code = Varchar(length=8)
    name = Varchar(length=80)
    english = Varchar(length=80)
    unit = Word(ServiceUnit, length=20)
    kind = Word(ServiceKind, length=12)
    standard_minutes = Integer(default=30)
    minimum_minutes = Integer(default=10)
    staff_count = Integer(default=1)
    required_qualification = Varchar(length=40)  # "" = none
    same_sex = Boolean(default=False)
    minors_check = Boolean(default=False)  # workers need a criminal-record check not older than the policy says
    proof = JSONB(default="[]")  # a list of Proof
    price_ceiling = Numeric((14, 2), null=True, default=None)  # yuan a unit
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    source = Text()

    service_item_one_version_a_day = Unique([code, valid_from])


class Parameter(Table, tablename="parameter"):
    """A value of law or policy with its source and the days on which it holds."""

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
    """A public holiday, or a weekend day that is worked in exchange (调休); one row a day, for the whole country."""

    id = BigSerial(primary_key=True)
    day = Date(default=None, unique=True)
    kind = Word(HolidayKind, length=12)
    name = Varchar(length=60)
    source = Text()
    version = Integer(default=1)
