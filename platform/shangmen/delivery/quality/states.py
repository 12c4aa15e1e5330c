"""Words of call-backs and complaints."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class SampleKind(StrEnum):
    """How the recipients of a sample are asked."""

    TELEPHONE = "telephone"
    SITE = "site"


class CallBackState(State):
    """Where a call-back stands: it is made once, and what was heard stays."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DOUBTED = "doubted"
    UNCLEAR = "unclear"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {cls.OPEN: (cls.CONFIRMED, cls.DOUBTED, cls.UNCLEAR)}


class Heard(StrEnum):
    """What the recipient, or somebody of the house, says of a visit."""

    NOTHING = ""  # nobody was asked yet
    AS_RECORDED = "as_recorded"
    SHORTER = "shorter"
    OTHER_SERVICE = "other_service"
    OTHER_PERSON = "other_person"
    NOBODY_CAME = "nobody_came"
    CANNOT_SAY = "cannot_say"
    NOT_REACHED = "not_reached"


class ComplaintState(State):
    """Where a complaint stands."""

    OPEN = "open"
    FOUNDED = "founded"
    UNFOUNDED = "unfounded"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {cls.OPEN: (cls.FOUNDED, cls.UNFOUNDED)}


class ComplaintAbout(StrEnum):
    """What a complaint is about."""

    NOT_COME = "not_come"
    LATE = "late"
    SHORT = "short"
    MANNER = "manner"
    MONEY = "money"
    HARM = "harm"
    OTHER = "other"
