"""Words of statements."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.database import State


class StatementState(State):
    """Where a statement stands; until it is paid it may be sent back, and an objection has it reviewed again."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    PAID = "paid"

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        return {
            cls.DRAFT: (cls.SUBMITTED,),
            cls.SUBMITTED: (cls.REVIEWED, cls.DRAFT),
            cls.REVIEWED: (cls.APPROVED, cls.REVIEWED, cls.DRAFT),
            cls.APPROVED: (cls.PAID, cls.DRAFT),
        }


class Bucket(StrEnum):
    """What became of a delivered visit, in money; each stands in exactly one (buckets.py)."""

    SETTLED = "settled"
    NOT_DUE = "not_due"
    HELD = "held"
    REJECTED = "rejected"
    NOT_PAYABLE = "not_payable"
