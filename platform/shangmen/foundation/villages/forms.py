"""What requests about villages may say."""

from typing import Annotated

import msgspec

from shangmen.foundation.regions.coordinates import ReferenceSystem
from shangmen.foundation.regions.points import Meant
from shangmen.web.fields import Degrees, Id, Version


class VillageForm(msgspec.Struct, kw_only=True):
    """A village of a township and where its middle lies, in the words of a map."""

    township: Id
    name: Annotated[str, msgspec.Meta(min_length=2, max_length=60)]
    latitude: Degrees | None = None
    longitude: Degrees | None = None
    system: ReferenceSystem = ReferenceSystem.WGS84
    meant: Meant = Meant.ASKED
    synthetic: bool = False
    closed: bool = False
    version: Version | None = None
