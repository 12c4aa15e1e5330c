"""What requests about pins and overrides may say."""

from typing import Annotated, Literal

import msgspec

from shangmen.web.fields import Id

Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class PinForm(msgspec.Struct):
    """A word to the next runs: this supplier, never this supplier, or unserved (never, without a supplier)."""

    kind: Literal["must", "never", "lift"]
    reason: Reason
    supplier: Id | None = None


class OverrideForm(msgspec.Struct):
    """Another option for a need in this run: "supplier:line", "supplier:" for a station, "none" for unserved."""

    option: Annotated[str, msgspec.Meta(pattern=r"^(none|\d{1,18}:\d{0,18})$")]
    reason: Reason
