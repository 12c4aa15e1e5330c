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
    """Where the verification of a visit stands; a correction brings a new record, which is judged anew."""

    VERIFIED = "verified"
    HELD = "held"
    REJECTED = "rejected"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {now: tuple(then for then in cls if then is not now) for now in cls}


class Severity(StrEnum):
    """What a finding does to a record: it is noted, held for a person, or rejected."""

    NOTE = "note"
    HOLD = "hold"
    REJECT = "reject"
