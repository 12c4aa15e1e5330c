"""Words of statements."""

from collections.abc import Mapping, Sequence
from typing import Self

from shangmen.database import State


class StatementState(State):
    """Where a statement stands; until it is paid it may be sent back."""

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
            cls.REVIEWED: (cls.APPROVED, cls.DRAFT),
            cls.APPROVED: (cls.PAID, cls.DRAFT),
        }
