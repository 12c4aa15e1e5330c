"""Words of matching runs."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class RunState(State):
    """Where a run stands."""

    QUEUED = "queued"
    SOLVING = "solving"
    PROPOSED = "proposed"
    APPROVED = "approved"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {
            cls.QUEUED: (cls.SOLVING, cls.CANCELLED, cls.FAILED),
            cls.SOLVING: (cls.PROPOSED, cls.CANCELLED, cls.FAILED),
            cls.PROPOSED: (cls.APPROVED, cls.CANCELLED),
        }


RUNNING = (RunState.QUEUED, RunState.SOLVING)


class Change(StrEnum):
    """What a proposal does to the plan in force."""

    KEPT = "kept"
    NEW = "new"
    MOVED = "moved"
    LOST = "lost"
    NONE = "none"


class SuppositionState(State):
    """Whether a question about a run is answered; one that failed may be asked again."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {cls.QUEUED: (cls.DONE, cls.FAILED), cls.FAILED: (cls.QUEUED,)}


class PinKind(StrEnum):
    """What a person tells the next runs about a need and a supplier."""

    MUST = "must"
    NEVER = "never"
