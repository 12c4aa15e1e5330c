"""Words of tender studies."""

from collections.abc import Mapping, Sequence
from typing import Self

from shangmen.database import State


class StudyState(State):
    """Where a study stands."""

    QUEUED = "queued"
    COMPUTING = "computing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {
            cls.QUEUED: (cls.COMPUTING, cls.CANCELLED, cls.FAILED),
            cls.COMPUTING: (cls.DONE, cls.CANCELLED, cls.FAILED),
        }


RUNNING = (StudyState.QUEUED, StudyState.COMPUTING)
