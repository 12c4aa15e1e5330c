"""What placements tell later features."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class PlacementEnding:
    """Somebody wants a placement to end with its day `on`; whoever knows why not raises Refused."""

    placement: int
    on: date


@dataclass(frozen=True)
class PlacementEnded:
    """A placement is over. `on` is its last day: visits planned after it fall away."""

    placement: int
    need: int
    on: date
    reason: str
