"""What the government has bought: lots, contracts, their lines, amendments."""

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
from piccolo.constraints import Unique
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.catalogue.tables import ServiceItem
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions.tables import Division
from shangmen.supply.contracts.states import AmendmentKind, ContractState, Pricing


class Lot(Table, tablename="lot"):
    """A lot (标段): which services for whom, where, under which ceiling."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    purchaser = reference(Organisation)
    number = Varchar(length=30)
    name = Varchar(length=120)
    gate = JSONB(default="{}")  # entitlement.rules.Gate; {} admits all
    ceiling = Numeric((14, 2))  # yuan
    valid_from = Date(default=None)
    valid_to = Date(default=None)
    version = Integer(default=1)

    lot_one_number = Unique([county, number])


class LotArea(Table, tablename="lot_area"):
    """A township of a lot."""

    id = BigSerial(primary_key=True)
    lot = reference(Lot)
    division = reference(Division)


class LotService(Table, tablename="lot_service"):
    """A service item that a lot buys."""

    id = BigSerial(primary_key=True)
    lot = reference(Lot)
    service_item = reference(ServiceItem)


class Contract(Table, tablename="contract"):
    """A provider's contract for a lot, with its money counters: paid <= settled <= delivered, and
    reserved + delivered <= ceiling (check constraints)."""

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
    state = Word(ContractState, length=12, default=ContractState.DRAFT)
    signed_on = Date(null=True, default=None)
    signed_by = reference(User, null=True)
    version = Integer(default=1)

    contract_one_number = Unique([county, number])


class ContractLine(Table, tablename="contract_line"):
    """A priced line: per visit or per hour, a rate, and a ceiling of units with its counters."""

    id = BigSerial(primary_key=True)
    contract = reference(Contract)
    service_item = reference(ServiceItem)
    pricing = Word(Pricing, length=12)
    rate = Numeric((14, 2))  # yuan a visit or an hour
    quantity = Numeric((14, 2))  # ceiling in units
    reserved = Numeric((14, 2))
    delivered = Numeric((14, 2))
    two_workers_pay_twice = Boolean(default=False)
    version = Integer(default=1)

    contract_line_one_line_a_service = Unique([contract, service_item])


class Amendment(Table, tablename="amendment"):
    """A supplementary contract; all together at most 10 % (Government Procurement Law, article 49)."""

    id = BigSerial(primary_key=True)
    contract = reference(Contract)
    number = Integer(default=1)
    kind = Word(AmendmentKind, length=12)
    delta = Numeric((14, 2))
    new_term_to = Date(null=True, default=None)
    reason = Text()
    signed_on = Date(default=None)
    recorded_at = Timestamptz(default=None)

    amendment_one_number = Unique([contract, number])
