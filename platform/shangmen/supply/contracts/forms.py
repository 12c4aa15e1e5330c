"""What requests about contracts may say."""

from decimal import Decimal
from typing import Annotated

import msgspec

from shangmen.supply.contracts.states import AmendmentKind, Pricing
from shangmen.web.fields import Day, Id, Money, Version

Text200 = Annotated[str, msgspec.Meta(max_length=200)]


class ContractForm(msgspec.Struct):
    """A new contract of a provider for a lot; a draft until it is signed."""

    provider: Id
    number: Annotated[str, msgspec.Meta(max_length=40)]
    term_from: Day
    term_to: Day
    ceiling: Money


class ContractEditForm(ContractForm, kw_only=True):
    """A draft as it should be kept."""

    version: Version | None = None


class LineForm(msgspec.Struct):
    """A priced line of a draft: yuan a visit or an hour, and at most so many of them."""

    service_item: Id
    pricing: Pricing
    rate: Money
    quantity: Money
    two_workers_pay_twice: bool = False


class LineEditForm(LineForm, kw_only=True):
    """A line of a draft as it should be kept."""

    version: Version | None = None


class SignForm(msgspec.Struct):
    """The signature under a draft, by somebody who has read this version of it."""

    version: Version | None = None


class AmendmentForm(msgspec.Struct):
    """A supplementary contract: more money (`delta` yuan, with it more units of a line), or a later end."""

    kind: AmendmentKind
    reason: Text200
    signed_on: Day
    delta: Money = Decimal("0")
    line: Id | None = None
    more_units: Money = Decimal("0")
    new_term_to: Day | None = None
    version: Version | None = None  # of the contract that was read


class ReasonForm(msgspec.Struct):
    """Why."""

    reason: Text200
