"""What a plan of a day is, made by a search or by hand."""

from __future__ import annotations

from msgspec import Struct


class Stop(Struct, frozen=True, forbid_unknown_fields=True):
    """One service of one visit, beginning at `start`."""

    visit: str
    service: str
    start: int


class Rest(Struct, frozen=True, forbid_unknown_fields=True):
    """A break, beginning at `start`, at a place."""

    place: int
    start: int


class Route(Struct, frozen=True, forbid_unknown_fields=True):
    """A worker's day; the order in which stops are written does not matter, their times do."""

    worker: str
    stops: tuple[Stop, ...] = ()
    rest: Rest | None = None


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """The day. Workers without a route stay where they are; visits without a stop are left out."""

    routes: tuple[Route, ...]
