"""States: enums that know their permitted moves. Each feature's are in its `states.py`, once each.

A column takes its words from the enum (`Varchar(choices=NeedState)`), the pages and filters from its members, and a
test compares the database's own constraint with it.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from shangmen.errors import ImpossibleMove


class State(StrEnum):
    """A state, with the states that each may become; a kind overrides `moves`."""

    @classmethod
    def moves(cls) -> Mapping[Self, Sequence[Self]]:
        """For each state the states that may follow it; one that is missing is an end."""
        return {}

    def may(self, then: Self) -> bool:
        """Whether `then` may follow this state."""
        return then in self.moves().get(self, ())

    def to(self, then: Self) -> Self:
        """The next state; raises ImpossibleMove, which names both, when it may not follow this one."""
        if not self.may(then):
            raise ImpossibleMove(self, then)
        return then

    @classmethod
    def before(cls, then: Self) -> tuple[Self, ...]:
        """The states from which `then` may be reached: for conditions of queries and buttons of pages."""
        return tuple(state for state in cls if state.may(then))
