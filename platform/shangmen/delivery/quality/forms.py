"""What requests about call-backs may say."""

from typing import Annotated

import msgspec

from shangmen.delivery.quality.states import Heard

Name = Annotated[str, msgspec.Meta(max_length=60)]
Words = Annotated[str, msgspec.Meta(max_length=2000)]
Grade = Annotated[int, msgspec.Meta(ge=1, le=5)]


class HeardForm(msgspec.Struct, kw_only=True):
    """What was heard at a call-back."""

    heard: Heard
    spoke_with: Name = ""
    satisfaction: Grade | None = None
    opinion: Words = ""
