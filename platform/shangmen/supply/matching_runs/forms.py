"""What requests about matching runs may say."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from shangmen.supply.matching_runs.run.snapshot import Placed

Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class RunForm(msgspec.Struct):
    """A new run: from which day, with which seed, how much effort (about seconds of one processor core).

    `most_moves` is how many placements may change supplier when placed needs are matched again; None: any number.
    """

    starts_on: date
    seed: Annotated[int, msgspec.Meta(ge=0, le=2_000_000_000)] = 1
    seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 30
    placed: Placed = "leave"
    neighbours: bool = False
    most_moves: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None


class PinForm(msgspec.Struct):
    """A word to the next runs: this supplier, never this supplier, or unserved (never, without a supplier)."""

    kind: Literal["must", "never", "lift"]
    reason: Reason
    supplier: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | None = None


class SupposeForm(msgspec.Struct):
    """Another supplier for a need, only to know what would follow."""

    supplier: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class OverrideForm(msgspec.Struct):
    """Another option for a need in this run: "supplier:line", "supplier:" for a station, "none" for unserved."""

    option: Annotated[str, msgspec.Meta(pattern=r"^(none|\d{1,18}:\d{0,18})$")]
    reason: Reason
