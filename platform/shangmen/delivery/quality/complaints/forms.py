"""What requests about complaints may say."""

from typing import Annotated, Literal

import msgspec

from shangmen.delivery.quality.forms import Name
from shangmen.delivery.quality.states import ComplaintAbout
from shangmen.web.fields import Day, Id

Said = Annotated[str, msgspec.Meta(min_length=2, max_length=2000)]


class ComplaintForm(msgspec.Struct, kw_only=True):
    """A complaint about a supplier."""

    supplier: Id
    about: ComplaintAbout
    received_on: Day
    words: Said
    told_by: Name = ""


class DecisionForm(msgspec.Struct, kw_only=True):
    """How a complaint is answered."""

    outcome: Literal["founded", "unfounded"]
    answer: Said
