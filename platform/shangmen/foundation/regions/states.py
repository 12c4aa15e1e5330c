"""Words of the gazetteer."""

from enum import StrEnum


class Level(StrEnum):
    """What a division is."""

    COUNTY = "county"
    TOWNSHIP = "township"


class PositionSource(StrEnum):
    """Where a position comes from. All are WGS-84; some were converted to it."""

    UNKNOWN = ""
    SURVEYED = "SURVEYED"
    GCJ02 = "GCJ02"
    BD09 = "BD09"
    SYNTHETIC = "SYNTHETIC"
    OUTLINE = "OUTLINE"


class Terrain(StrEnum):
    """Which detour factor applies."""

    PLAIN = "plain"
    HILLS = "hills"
