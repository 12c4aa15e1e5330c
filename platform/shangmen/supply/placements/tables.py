"""Offers (派单) and placements (服务安排): who serves which need, from when until when."""

from piccolo.columns import BigInt, BigSerial, Date, Integer, Numeric, Text, Timestamptz, Varchar
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients.tables import Person
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions.tables import Division
from shangmen.supply.contracts.tables import ContractLine
from shangmen.supply.placements.states import OfferState, PlacementState


class Offer(Table, tablename="offer"):
    """A need offered to a supplier; accepted, it becomes a placement."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    station = reference(Organisation)
    supplier = reference(Organisation)
    need = reference(Need)
    person = reference(Person)
    contract_line = reference(ContractLine, null=True)  # None: the station itself
    matching_run = BigInt(null=True, default=None)  # no foreign key: runs come after placements in the layers
    metres = Integer(default=0)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    state = Word(OfferState, length=12, default=OfferState.OFFERED)
    answer_by = Date(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decided_by = reference(User, null=True)
    reason = Text()
    created_at = Timestamptz(default=None)


class Placement(Table, tablename="placement"):
    """An accepted offer in force. Reserves money and quantity of its contract line for what lies ahead."""

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
    state = Word(PlacementState, length=12, default=PlacementState.IN_FORCE)
    end_reason = Varchar(length=200)
    created_at = Timestamptz(default=None)
