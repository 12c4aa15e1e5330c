"""What requests about offers and placements may say."""

from typing import Annotated

import msgspec

from shangmen.web.fields import Day

Reason = Annotated[str, msgspec.Meta(max_length=200)]


class ReasonForm(msgspec.Struct):
    """Why an offer is declined."""

    reason: Reason


class EndForm(msgspec.Struct):
    """The end of a placement: its last day, and why."""

    on: Day
    reason: Reason
