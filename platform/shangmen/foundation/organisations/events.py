"""What organisations publish."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class QualificationLost:
    """A mandatory qualification of an organisation is suspended or over: no new work from `on`, present work to be
    freed. `services` is how the codes of the services begin that ask for it; empty where it concerns all work."""

    organisation: int
    on: date
    reason: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class AreasLeft:
    """An organisation is to serve some townships no more; whoever knows why not raises Refused."""

    organisation: int
    divisions: tuple[int, ...]


@dataclass(frozen=True)
class OrganisationClosing:
    """An organisation is to be closed; whoever still needs it raises Refused."""

    organisation: int


@dataclass(frozen=True)
class OrganisationClosed:
    """An organisation is closed: nobody works for it and nobody logs in for it any more."""

    organisation: int


@dataclass(frozen=True)
class EngagementCut:
    """An engagement is to have these days and at most so many minutes; whoever has planned more raises Refused."""

    worker: int
    organisation: int
    valid_from: date
    valid_to: date | None
    daily_minutes: int
    monthly_minutes: int


@dataclass(frozen=True)
class WorkerAbsent:
    """A worker cannot come from `first` to `last`, to whichever organisation's visits."""

    worker: int
    first: date
    last: date


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
