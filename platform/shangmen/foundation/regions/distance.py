"""How far one position is from another: straight over the mean sphere. Positions are WGS-84 degrees. Pure."""

import math
from decimal import Decimal

EARTH_RADIUS_METRES = 6_371_008.8  # mean radius R1, IUGG
Degrees = Decimal | float
METRES_A_DEGREE = EARTH_RADIUS_METRES * math.pi / 180  # of latitude


def metres(latitude: Degrees, longitude: Degrees, other_latitude: Degrees, other_longitude: Degrees) -> float:
    """Straight metres between two positions (haversine)."""
    here, there = math.radians(latitude), math.radians(other_latitude)
    half_north, half_east = (there - here) / 2, (math.radians(other_longitude) - math.radians(longitude)) / 2
    h = math.sin(half_north) ** 2 + math.cos(here) * math.cos(there) * math.sin(half_east) ** 2
    return 2 * EARTH_RADIUS_METRES * math.asin(math.sqrt(min(1.0, h)))


def offset(latitude: Degrees, longitude: Degrees, latitude_to: Degrees, longitude_to: Degrees) -> tuple[float, float]:
    """Metres east and north from a position to another; flat, which is right over a few dozen kilometres."""
    north = (float(latitude_to) - float(latitude)) * METRES_A_DEGREE
    east = (float(longitude_to) - float(longitude)) * METRES_A_DEGREE * math.cos(math.radians(latitude))
    return east, north
