"""Distance and travel time between places.

Units: positions are whole micro-degrees (1e-6 degree) on WGS-84, distances whole metres, times
whole minutes. Times are rounded up, so that a plan never counts on a minute that is not there.

The straight-line distance is the haversine (great-circle) formula, R. W. Sinnott, "Virtues of the
Haversine", Sky and Telescope 68(2), 1984, on a sphere with the mean Earth radius
R1 = 6,371,008.8 m (IUGG; H. Moritz, "Geodetic Reference System 1980", Journal of Geodesy 74, 2000).
Against the ellipsoid it is wrong by at most about 0.5 %, which is far below the uncertainty of a
detour factor.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

EARTH_RADIUS_METRES = 6_371_008.8
UNKNOWN = -1
"""Marks a cell of a matrix that nobody measured."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point on WGS-84 in micro-degrees; `id` finds it in an uploaded matrix."""

    latitude: int
    longitude: int
    id: str = ""

    def __post_init__(self) -> None:
        if abs(self.latitude) > 90_000_000 or abs(self.longitude) > 180_000_000:
            raise ValueError(f"not a position in micro-degrees: {self.latitude}, {self.longitude}")

    @classmethod
    def from_degrees(cls, latitude: float, longitude: float, id: str = "") -> Place:
        """The place at these decimal degrees, rounded to a micro-degree (about 0.1 m)."""
        return cls(round(latitude * 1_000_000), round(longitude * 1_000_000), id)


@runtime_checkable
class TravelModel(Protocol):
    """How far apart two places are and how long the way takes."""

    @property
    def name(self) -> str:
        """What a page says about where the numbers come from."""
        ...

    def metres(self, a: Place, b: Place) -> int:
        """Road metres from `a` to `b`."""
        ...

    def minutes(self, a: Place, b: Place) -> int:
        """Minutes from `a` to `b`, door to door."""
        ...


class TravelFallbackWarning(UserWarning):
    """A matrix did not know a pair of places and another model answered."""


class UnknownLeg(LookupError):
    """A matrix does not know a pair of places and has no model to fall back on."""


def straight_metres(a: Place, b: Place) -> float:
    """Great-circle metres between two places (haversine; see the source above)."""
    lat_a, lat_b = math.radians(a.latitude / 1e6), math.radians(b.latitude / 1e6)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians((b.longitude - a.longitude) / 1e6) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_METRES * math.asin(math.sqrt(min(1.0, h)))


@dataclass(frozen=True, slots=True)
class DetourModel:
    """The straight line times a road factor, driven at one speed, plus minutes of access.

    The access minutes (from the main road into a village and to the door) are spent once on every
    way between two different places; staying where one is costs nothing.
    """

    detour_factor: float
    kilometres_per_hour: int
    access_minutes: int = 0

    def __post_init__(self) -> None:
        if not self.detour_factor >= 1:
            raise ValueError(f"a road is not shorter than the straight line: factor {self.detour_factor}")
        if self.kilometres_per_hour <= 0:
            raise ValueError(f"speed must be above 0 km/h: {self.kilometres_per_hour}")
        if self.access_minutes < 0:
            raise ValueError(f"access minutes must not be negative: {self.access_minutes}")

    @property
    def name(self) -> str:
        """The model with its parameters."""
        return f"straight line × {self.detour_factor:g} at {self.kilometres_per_hour} km/h + {self.access_minutes} min"

    def metres(self, a: Place, b: Place) -> int:
        """Straight metres times the detour factor, to the nearest metre."""
        return round(straight_metres(a, b) * self.detour_factor)

    def minutes(self, a: Place, b: Place) -> int:
        """Driving time rounded up to a minute, plus access; 0 between equal positions."""
        metres = self.metres(a, b)
        if metres == 0:
            return 0
        # metres / (km/h × 1000 / 60): whole-number ceiling division keeps it exact.
        return -(-metres * 60 // (self.kilometres_per_hour * 1000)) + self.access_minutes


PLAIN = DetourModel(1.25, 50, 5)
"""The irrigated plain along the Yellow River: planning values, to be replaced by measured ones."""
LOESS_HILLS = DetourModel(1.7, 32, 5)
"""The loess hills in the south: planning values, to be replaced by measured ones."""


@dataclass(frozen=True, slots=True)
class MatrixModel:
    """An uploaded matrix of metres and minutes between places known by id.

    A pair that the matrix does not hold is answered by `fallback` with a `TravelFallbackWarning`
    (once for each pair) and is listed in `missing`; without a fallback it raises `UnknownLeg`.
    Rows are origins, columns destinations, in the order of `ids`; `UNKNOWN` (-1) is a hole.
    """

    source: str
    ids: tuple[str, ...]
    metre_rows: tuple[tuple[int, ...], ...]
    minute_rows: tuple[tuple[int, ...], ...]
    fallback: TravelModel | None = None
    _index: dict[str, int] = field(init=False, repr=False, compare=False)
    _missing: set[tuple[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {place_id: i for i, place_id in enumerate(self.ids)})
        object.__setattr__(self, "_missing", set())
        if len(self._index) != len(self.ids):
            raise ValueError("the matrix names a place twice")
        for title, rows in (("metres", self.metre_rows), ("minutes", self.minute_rows)):
            if len(rows) != len(self.ids) or any(len(row) != len(self.ids) for row in rows):
                raise ValueError(f"the matrix of {title} must be {len(self.ids)} × {len(self.ids)}")
            if any(cell < UNKNOWN for row in rows for cell in row):
                raise ValueError(f"the matrix of {title} holds a negative number")

    @property
    def name(self) -> str:
        """The source of the matrix and what answers where it is silent."""
        otherwise = f", otherwise {self.fallback.name}" if self.fallback else ""
        return f"matrix {self.source} ({len(self.ids)} places){otherwise}"

    @property
    def missing(self) -> tuple[tuple[str, str], ...]:
        """The pairs asked so far that the matrix did not hold, sorted."""
        return tuple(sorted(self._missing))

    def metres(self, a: Place, b: Place) -> int:
        """Metres in the matrix from `a` to `b`."""
        known = self._cell(self.metre_rows, a, b)
        return self._otherwise(a, b).metres(a, b) if known == UNKNOWN else known

    def minutes(self, a: Place, b: Place) -> int:
        """Minutes in the matrix from `a` to `b`."""
        known = self._cell(self.minute_rows, a, b)
        return self._otherwise(a, b).minutes(a, b) if known == UNKNOWN else known

    def _cell(self, rows: tuple[tuple[int, ...], ...], a: Place, b: Place) -> int:
        if a == b:
            return 0
        i, j = self._index.get(a.id), self._index.get(b.id)
        return UNKNOWN if i is None or j is None else rows[i][j]

    def _otherwise(self, a: Place, b: Place) -> TravelModel:
        pair = (_label(a), _label(b))
        if self.fallback is None:
            raise UnknownLeg(f"matrix {self.source} has no way from {pair[0]} to {pair[1]}")
        if pair not in self._missing:
            self._missing.add(pair)
            warnings.warn(
                f"matrix {self.source} has no way from {pair[0]} to {pair[1]}: {self.fallback.name} is used",
                TravelFallbackWarning,
                stacklevel=3,
            )
        return self.fallback


def _label(place: Place) -> str:
    return place.id or f"{place.latitude},{place.longitude}"
