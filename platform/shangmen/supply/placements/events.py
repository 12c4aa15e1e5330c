"""What placements tell later features."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class PlacementEnded:
    """A placement is over. `on` is its last day: visits planned after it fall away."""

    placement: int
    need: int
    on: date
    reason: str
