"""What requests about lots may say."""

from typing import Annotated

import msgspec

from shangmen.demand.entitlement.forms import GateForm
from shangmen.web.fields import Day, Id, Money, Version


class LotForm(GateForm, kw_only=True):
    """A new lot. An empty gate list admits all."""

    number: Annotated[str, msgspec.Meta(max_length=30)]
    name: Annotated[str, msgspec.Meta(max_length=120)]
    townships: list[Id]
    service_items: list[Id]
    ceiling: Money
    valid_from: Day
    valid_to: Day


class LotEditForm(LotForm, kw_only=True):
    """A lot as it should be kept."""

    version: Version | None = None
