"""What is told from the door, and what was done about it."""

from typing import Annotated

import msgspec

from shangmen.delivery.service_records.forms import Located
from shangmen.delivery.service_records.states import Next, Told


class TellForm(Located, kw_only=True):
    """Why a visit does not take place, and what happens next; or an alarm."""

    told: Told
    next: Next = Next.NONE
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class AnswerForm(msgspec.Struct, kw_only=True):
    """What was done about it."""

    note: Annotated[str, msgspec.Meta(min_length=2, max_length=500)]
