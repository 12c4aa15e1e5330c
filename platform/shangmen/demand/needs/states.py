"""Words of assessments and needs."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class Scale(StrEnum):
    """On what somebody is assessed; scales.py scores them."""

    SIX_ITEM = "SIX_ITEM"  # 民发〔2021〕43号
    GBT42195 = "GBT42195"
    MINOR = "MINOR"


class Rank(StrEnum):
    """With whom a need is put when not all can be served, the first first: priority.py says who."""

    WHOLLY = "wholly"
    PARTLY = "partly"
    REST = "rest"


class AssessmentReason(StrEnum):
    """Why somebody was assessed."""

    FIRST = "first"
    REGULAR = "regular"
    CHANGE = "change"
    DOUBT = "doubt"
    OTHER = "other"


class RequiredSex(StrEnum):
    """Who may come."""

    EITHER = ""
    FEMALE = "female"
    MALE = "male"


class NeedState(State):
    """Where a need stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    WAITING = "waiting"
    PLACED = "placed"
    PAUSED = "paused"
    ENDED = "ended"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {
            cls.DRAFT: (cls.APPROVED, cls.WAITING, cls.ENDED),
            cls.APPROVED: (cls.WAITING, cls.PLACED, cls.PAUSED, cls.ENDED),
            cls.WAITING: (cls.PLACED, cls.PAUSED, cls.ENDED),
            cls.PLACED: (cls.WAITING, cls.PAUSED, cls.ENDED),
            cls.PAUSED: (cls.APPROVED, cls.WAITING, cls.PLACED, cls.ENDED),
        }


class PausedFrom(StrEnum):
    """The state that a resting need goes back to."""

    NOTHING = ""
    APPROVED = "approved"
    WAITING = "waiting"
    PLACED = "placed"
