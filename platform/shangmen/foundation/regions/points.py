"""A point as somebody typed it, against the county: converted, and asked about where it can hardly be meant.

One piece for homes, organisations, villages and lists of them. Pure, but for the outline that is given.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shapely.geometry import Point as Dot
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from shangmen.errors import Refused
from shangmen.foundation.regions.coordinates import ReferenceSystem, to_wgs84
from shangmen.foundation.regions.distance import METRES_A_DEGREE
from shangmen.foundation.regions.gazetteer import Geometry
from shangmen.foundation.regions.states import PositionSource

SLACK_METRES = 3000  # outlines are simplified, and villages lie on the border

SOURCES = {
    ReferenceSystem.WGS84: PositionSource.SURVEYED,
    ReferenceSystem.GCJ02: PositionSource.GCJ02,
    ReferenceSystem.BD09: PositionSource.BD09,
}


class Meant(StrEnum):
    """The answer to the question about a point that can hardly be meant."""

    ASKED = ""
    SWAP = "swap"
    KEEP = "keep"


@dataclass(frozen=True)
class Point:
    """A point in WGS-84, and which map said so."""

    latitude: Decimal
    longitude: Decimal
    source: PositionSource


@dataclass(frozen=True)
class County:
    """Where the county lies: its name and its outline, WGS-84."""

    name: str
    outline: Geometry

    def metres_outside(self, latitude: float, longitude: float) -> int:
        """How far a point lies outside the county; 0 within it."""
        return round(_distance(shape(self.outline), latitude, longitude))

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a point lies in the county, or so near its border that the outline does not say."""
        return self.metres_outside(latitude, longitude) <= SLACK_METRES


def _distance(area: BaseGeometry, latitude: float, longitude: float) -> float:
    """Metres from a point to the nearest of an area, flat."""
    dot = Dot(longitude, latitude)
    if area.contains(dot):
        return 0.0
    near = area.boundary.interpolate(area.boundary.project(dot))
    east = (near.x - longitude) * math.cos(math.radians(max(-89.0, min(89.0, latitude))))
    return math.hypot(near.y - latitude, east) * METRES_A_DEGREE


def placed(
    latitude: Decimal | float | None,
    longitude: Decimal | float | None,
    system: ReferenceSystem = ReferenceSystem.WGS84,
    county: County | None = None,
    meant: Meant = Meant.ASKED,
) -> Point | None:
    """The point in WGS-84, or None where none was typed.

    Raises Refused beside the field for half a point and for what is no point of China, and asks about latitude and
    longitude that lie in the county when they are swapped, and about a point outside it: `meant` is the answer.
    """
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        missing = "latitude" if latitude is None else "longitude"
        raise Refused("Latitude and longitude belong together.", field=missing)
    north, east = float(latitude), float(longitude)
    if meant is Meant.SWAP:
        north, east = east, north
    swapped = to_wgs84(system, east, north)
    if _in_china(east, north) and not _in_china(north, east) and (county is None or county.holds(*swapped)):
        raise _swapped(swapped)
    if not _in_china(north, east):
        wrong = "longitude" if 15 <= north <= 55 else "latitude"
        raise Refused("This is no point in China: latitude 15 to 55 degrees, longitude 73 to 136.", field=wrong)
    north, east = to_wgs84(system, north, east)
    if county is not None and meant is not Meant.KEEP and not county.holds(north, east):
        raise Refused(
            "This point lies %(km)s km outside %(county)s. Correct it, or say below that it is meant so.",
            field="latitude",
            km=math.ceil(county.metres_outside(north, east) / 1000),
            county=county.name,
        )
    return Point(Decimal(f"{north:.6f}"), Decimal(f"{east:.6f}"), SOURCES[system])


def _in_china(latitude: float, longitude: float) -> bool:
    # a comparison with NaN is false, so what is not a number is refused too
    return 15 <= latitude <= 55 and 73 <= longitude <= 136


def _swapped(point: tuple[float, float]) -> Refused:
    return Refused(
        "Latitude and longitude look swapped: %(latitude)s north, %(longitude)s east lies in the county."
        " Swap them, or say below what is meant.",
        field="latitude",
        latitude=point[0],
        longitude=point[1],
    )
