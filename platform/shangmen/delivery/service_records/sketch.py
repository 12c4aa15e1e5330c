"""A small drawing of where a visit was checked in and out around the home: plain SVG numbers, no map service."""

from dataclasses import dataclass
from typing import Any

from shangmen.foundation.regions import distance

SIZE = 240  # units of the drawing, square
MARGIN = 24


@dataclass(frozen=True)
class Dot:
    """A place on the drawing: `kind` is in or out."""

    x: float
    y: float
    kind: str
    worker: str


@dataclass(frozen=True)
class Sketch:
    """The home in the middle, the fence around it, the dots; `metres` is half the width of the drawing."""

    size: int
    fence: float
    dots: list[Dot]
    metres: int


def draw(row: dict[str, Any], fence: int) -> Sketch | None:
    """The drawing of a record (queries.record), north at the top; None without a home or without positions."""
    if row["latitude"] is None or row["longitude"] is None:
        return None
    places = [
        (
            *distance.offset(row["latitude"], row["longitude"], part[f"{side}_latitude"], part[f"{side}_longitude"]),
            side,
            part["name"],
        )
        for part in row["attendances"]
        for side in ("in", "out")
        if part[f"{side}_latitude"] is not None
    ]
    if not places:
        return None
    reach = max([fence * 1.25, *(max(abs(east), abs(north)) for east, north, *_ in places)])
    scale = (SIZE / 2 - MARGIN) / reach
    dots = [
        Dot(round(SIZE / 2 + east * scale, 1), round(SIZE / 2 - north * scale, 1), side, name)
        for east, north, side, name in places
    ]
    return Sketch(SIZE, round(fence * scale, 1), dots, round(SIZE / 2 / scale))
