"""What requests about lots may say."""

from datetime import date
from typing import Annotated

import msgspec

from shangmen.demand.needs.states import AbilityLevel
from shangmen.demand.recipients.states import Category, PersonGroup
from shangmen.web.forms import Money


class LotForm(msgspec.Struct):
    """A new lot. An empty gate list admits all."""

    number: Annotated[str, msgspec.Meta(max_length=30)]
    name: Annotated[str, msgspec.Meta(max_length=120)]
    townships: list[int]
    service_items: list[int]
    ceiling: Money
    valid_from: date
    valid_to: date
    groups: list[PersonGroup] = []
    categories: list[Category] = []
    levels: list[AbilityLevel] = []
