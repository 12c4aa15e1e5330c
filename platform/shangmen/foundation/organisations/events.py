"""What organisations publish."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class QualificationLost:
    """A mandatory qualification of an organisation was suspended: no new work from `on`, present work to be freed."""

    organisation: int
    on: date
    reason: str


@dataclass(frozen=True)
class PaperEnding:
    """A licence of an organisation, or a certificate or record check of a worker, ends on a day that is near.

    `told` are the organisations concerned: the holder, or those that a worker works for.
    """

    kind: str
    holder: str
    subject: str  # table
    subject_id: int
    worker: int | None
    told: tuple[tuple[int, str], ...]  # id and kind of each
    ends: date
