"""Words of contracts."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class ContractState(State):
    """Where a contract stands; suspended takes on nothing new, what was delivered is still settled."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    ENDED = "ended"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {
            cls.DRAFT: (cls.IN_FORCE, cls.ENDED),
            cls.IN_FORCE: (cls.SUSPENDED, cls.ENDED),
            cls.SUSPENDED: (cls.IN_FORCE, cls.ENDED),
        }


class Pricing(StrEnum):
    """What the rate of a line is for."""

    PER_VISIT = "per_visit"
    PER_HOUR = "per_hour"


class AmendmentKind(StrEnum):
    """What a supplementary contract adds."""

    QUANTITY = "quantity"
    TERM = "term"
