"""Words of service records."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class EvidenceClass(StrEnum):
    """How well a visit is proven; evidence.py says when which."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Confirmation(StrEnum):
    """How the recipient confirmed that the service took place."""

    SIGNATURE = "signature"
    THUMB = "thumb"
    WITNESS = "witness"
    REFUSED = "refused"
    NONE = "none"


class VerdictState(State):
    """Where the verification of a visit stands. What was decided may still fall, when more comes to light or somebody
    looks again; what is rejected comes back only with a correction: a later record, which a person looks at.
    """

    VERIFIED = "verified"
    HELD = "held"
    REJECTED = "rejected"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {
            cls.HELD: (cls.VERIFIED, cls.REJECTED),
            cls.VERIFIED: (cls.HELD, cls.REJECTED),
            cls.REJECTED: (cls.HELD,),
        }


class PhotoKind(StrEnum):
    """What a photo of a visit shows."""

    BEFORE = "scene_before"
    AFTER = "scene_after"
    RECEIPT = "receipt"
    THUMB = "thumb_print"  # the print on the paper slip
    PAPER = "paper_form"  # the whole form that was filled in by hand


class Told(StrEnum):
    """What a worker tells from the door: why the visit does not take place, or an alarm."""

    NOBODY_HOME = "nobody_home"
    REFUSED = "refused"
    CANNOT_GO = "cannot_go"
    ELSEWHERE = "elsewhere"
    INJURY = "injury"
    GAS = "gas"
    ALARM = "alarm"

    @property
    def alarming(self) -> bool:
        """Whether somebody has to hear of it at once."""
        return self in (Told.INJURY, Told.GAS, Told.ALARM)


class Next(StrEnum):
    """What happens next with a visit that does not take place."""

    NONE = ""
    AGAIN_TODAY = "again_today"
    PLAN_AGAIN = "plan_again"
    CALL = "station_calls"


class Severity(StrEnum):
    """What a finding does to a record: it is noted, held for a person, or rejected."""

    NOTE = "note"
    HOLD = "hold"
    REJECT = "reject"


class EventVerb(StrEnum):
    """What a telephone may keep until it has a network."""

    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    PHOTO = "photo"
    TELL = "tell"


class EventState(State):
    """Where something stands that a telephone sent later and that could not be booked when it came."""

    WAITING = "waiting"  # for what happened before it, which the telephone sends yet
    REFUSED = "refused"
    BOOKED = "booked"
    SETTLED = "settled"  # somebody has looked at it

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {cls.WAITING: (cls.BOOKED, cls.REFUSED, cls.SETTLED), cls.REFUSED: (cls.SETTLED,)}
