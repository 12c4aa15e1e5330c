"""Positions from Chinese maps to WGS-84.

GCJ-02 (高德, 腾讯) shifts WGS-84 by a published polynomial over the Krasovsky 1940 ellipsoid; BD-09 (百度) turns
GCJ-02 a little further. The formulae are those of the widely reprinted open implementation "eviltransform" (MIT).
GCJ-02 has no closed inverse: the point whose shift gives the input is found by fixed-point iteration, to less than a
centimetre. Mixing the systems moves a household by 300 to 600 metres, more than the check-in radius.
"""

import re
from enum import StrEnum
from math import atan2, cos, hypot, pi, radians, sin, sqrt


class ReferenceSystem(StrEnum):
    """How a map names a point."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


_NAMES = {ReferenceSystem.GCJ02: r"gcj|高德|腾讯|火星", ReferenceSystem.BD09: r"bd-?09|百度"}


def named(text: str) -> ReferenceSystem:
    """The system that a text names: GCJ-02, 高德, 百度, GPS, CGCS2000; WGS-84 where it names none."""
    return next((one for one, words in _NAMES.items() if re.search(words, text, re.IGNORECASE)), ReferenceSystem.WGS84)


_AXIS = 6378245.0  # metres, Krasovsky 1940
_ECCENTRICITY = 0.00669342162296594323  # squared
_BAIDU = pi * 3000.0 / 180.0


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    """What GCJ-02 adds to a WGS-84 point, in degrees."""
    x, y = longitude - 105.0, latitude - 35.0
    wave = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    angle = radians(latitude)
    magic = 1 - _ECCENTRICITY * sin(angle) ** 2
    north = north * 180.0 / ((_AXIS * (1 - _ECCENTRICITY)) / (magic * sqrt(magic)) * pi)
    east = east * 180.0 / (_AXIS / sqrt(magic) * cos(angle) * pi)
    return north, east


def wgs84_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """A WGS-84 point as 高德 and 腾讯 show it."""
    north, east = _shift(latitude, longitude)
    return latitude + north, longitude + east


def gcj02_to_wgs84(latitude: float, longitude: float) -> tuple[float, float]:
    """A point of 高德 or 腾讯 in WGS-84."""
    north, east = latitude, longitude
    for _ in range(6):
        up, right = _shift(north, east)
        north, east = latitude - up, longitude - right
    return north, east


def bd09_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """A point of 百度 as 高德 shows it."""
    x, y = longitude - 0.0065, latitude - 0.006
    radius = hypot(x, y) - 0.00002 * sin(y * _BAIDU)
    angle = atan2(y, x) - 0.000003 * cos(x * _BAIDU)
    return radius * sin(angle), radius * cos(angle)


def to_wgs84(system: ReferenceSystem, latitude: float, longitude: float) -> tuple[float, float]:
    """A point of a reference system in WGS-84, degrees to six places."""
    if system is ReferenceSystem.BD09:
        latitude, longitude = gcj02_to_wgs84(*bd09_to_gcj02(latitude, longitude))
    elif system is ReferenceSystem.GCJ02:
        latitude, longitude = gcj02_to_wgs84(latitude, longitude)
    return round(latitude, 6), round(longitude, 6)
