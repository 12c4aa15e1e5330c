"""What organisations publish."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class QualificationLost:
    """A mandatory qualification of an organisation was suspended: no new work from `on`, present work to be freed."""

    organisation: int
    on: date
    reason: str
