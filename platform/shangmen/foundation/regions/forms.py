"""What requests about divisions may say."""

from typing import Annotated

import msgspec

from shangmen.foundation.regions.states import Terrain
from shangmen.web.fields import Day, Id, Latitude, Longitude, Version

Name = Annotated[str, msgspec.Meta(min_length=2, max_length=60)]
TownshipCode = Annotated[str, msgspec.Meta(max_length=20)]  # nine or twelve digits


class DivisionForm(msgspec.Struct, kw_only=True):
    """A township as it should be kept; its name and code stay until they change from a day on."""

    terrain: Terrain
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    version: Version | None = None


class RenameForm(msgspec.Struct, kw_only=True):
    """The name and the code of a township from a day on."""

    name: Name
    code: TownshipCode
    valid_from: Day
    version: Version | None = None


class MergeForm(RenameForm, kw_only=True):
    """The same for several townships that become one."""

    others: list[Id]


class SplitForm(RenameForm, kw_only=True):
    """A new township made of villages of an old one, which goes on."""

    villages: Annotated[str, msgspec.Meta(max_length=2000)] = ""  # divided by blanks or commas
