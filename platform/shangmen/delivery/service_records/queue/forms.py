"""What requests about the queue may say."""

from typing import Annotated, Literal

import msgspec

from shangmen.delivery.service_records.forms import Reason

Key = Annotated[str, msgspec.Meta(pattern=r"^\d{1,18}\.\d{1,4}$")]


class VerdictForm(msgspec.Struct, kw_only=True):
    """One verdict with its reason on like records; `take` has the keys of the chosen: record.number of findings."""

    take: list[Key] = []
    verdict: Literal["accept", "reject"]
    reason: Reason
