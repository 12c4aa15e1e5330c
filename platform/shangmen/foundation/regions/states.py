"""Words of the gazetteer."""

from enum import StrEnum


class Level(StrEnum):
    """What a division is."""

    REGION = "region"
    CITY = "city"
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
    GEONAMES = "GEONAMES"


class Accuracy(StrEnum):
    """How well a position is known: as it was surveyed, or only as the middle of what it lies in: an estimate.

    An estimate serves the reckoning of ways. It never proves or disproves where somebody was.
    """

    EXACT = "exact"
    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"
    UNKNOWN = ""


class Terrain(StrEnum):
    """Which detour factor applies."""

    PLAIN = "plain"
    HILLS = "hills"
