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
class Paper:
    """A licence of an organisation, or a certificate or record check of a worker, with its last day.

    `told` are the organisations concerned: the holder, or those that a worker works for.
    """

    kind: str
    holder: str
    id: int  # of the qualification; of the worker, for a record check
    worker: int | None
    told: tuple[tuple[int, str], ...]  # id and kind of each
    ends: date


@dataclass(frozen=True)
class PapersEnding:
    """Every paper and record check of a county that ends soon, or has ended and was not renewed."""

    papers: tuple[Paper, ...]
    checks: tuple[Paper, ...]
