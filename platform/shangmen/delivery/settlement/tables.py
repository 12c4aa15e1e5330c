"""Statements: what a provider claims for a period, what is paid, by whose hands."""

from piccolo.columns import (
    BigSerial,
    Date,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.delivery.service_records.tables import ServiceLine
from shangmen.delivery.settlement.states import StatementState
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions.tables import Division
from shangmen.supply.contracts.tables import Contract


class Statement(Table, tablename="statement"):
    """A contract's statement for a period. Submitter, reviewer, approver and payer are four people (constraint)."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    provider = reference(Organisation)
    contract = reference(Contract)
    number = Varchar(length=60)
    period_from = Date(default=None)
    period_to = Date(default=None)
    state = Word(StatementState, length=12, default=StatementState.DRAFT)
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
    note = Text()  # what the reviewer remarked

    statement_one_number = Unique([county, number])


class StatementLine(Table, tablename="statement_line"):
    """A verified service line in the one statement that settles it (unique)."""

    id = BigSerial(primary_key=True)
    statement = reference(Statement)
    service_line = reference(ServiceLine, unique=True)
    amount = Numeric((14, 2))  # the service line's, which the ceiling has cut already


class Deduction(Table, tablename="deduction"):
    """Money taken off a statement by a dated rule or by the reviewer, with its reason.

    `claws_back` names a line of an earlier, approved statement that was rejected since: each is taken back once.
    """

    id = BigSerial(primary_key=True)
    statement = reference(Statement)
    rule = Varchar(length=60)
    claws_back = reference(StatementLine, null=True, unique=True)
    amount = Numeric((14, 2))
    reason = Text()
    created_by = reference(User, null=True)
    created_at = Timestamptz(default=None)


class Objection(Table, tablename="objection"):
    """What the provider says against a statement's review, and the answer."""

    id = BigSerial(primary_key=True)
    statement = reference(Statement)
    text = Text()
    raised_by = reference(User, null=True)
    raised_at = Timestamptz(default=None)
    answer = Text()
    answered_by = reference(User, null=True)
    answered_at = Timestamptz(null=True, default=None)
