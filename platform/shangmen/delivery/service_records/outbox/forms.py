"""What requests of a telephone's outbox may say."""

from typing import Annotated

import msgspec

from shangmen.delivery.service_records.states import EventVerb
from shangmen.web.fields import Id


class EventForm(msgspec.Struct, kw_only=True):
    """Which step of which visit this is, whose telephone kept it, and whether it has waited there."""

    verb: EventVerb
    visit: Id
    user: Id
    waited: bool = False


class SettleForm(msgspec.Struct, kw_only=True):
    """What became of something that could not be booked."""

    note: Annotated[str, msgspec.Meta(min_length=2, max_length=500)]
