"""Words of imports."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class Verdict(StrEnum):
    """What becomes of a row: somebody or something new, a change, nothing (it says what is known), more facts about
    what another list brought, or refused."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    MERGED = "merged"
    REFUSED = "refused"


class ImportState(State):
    """Where an import stands."""

    READING = "reading"
    PREVIEWED = "previewed"
    COMMITTING = "committing"
    COMMITTED = "committed"
    UNDONE = "undone"
    FAILED = "failed"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {
            cls.READING: (cls.PREVIEWED, cls.FAILED),
            cls.PREVIEWED: (cls.READING, cls.COMMITTING, cls.COMMITTED, cls.FAILED),
            cls.COMMITTING: (cls.COMMITTED, cls.PREVIEWED, cls.FAILED),
            cls.COMMITTED: (cls.UNDONE,),
            cls.FAILED: (cls.READING,),
        }
