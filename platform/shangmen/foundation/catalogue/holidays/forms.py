"""What requests about holidays may say."""

from typing import Annotated

import msgspec

from shangmen.foundation.catalogue.states import HolidayKind
from shangmen.web.fields import Day, Version


class HolidayForm(msgspec.Struct):
    """One day: free, or worked in exchange."""

    day: Day
    kind: HolidayKind
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    version: Version | None = None
