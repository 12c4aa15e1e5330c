"""States: enums that know their permitted moves, and the column that holds a word of an enum.

Each feature's enums are in its `states.py`, once each. A column takes its words from there (`Word(NeedState, …)`), the
pages and filters from the members, and a test compares the database's own constraint with them.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar, overload

from piccolo.columns import Varchar
from piccolo.table import Table

from shangmen.errors import ImpossibleMove

Kind = TypeVar("Kind", bound=StrEnum)


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


class Word(Varchar, Generic[Kind]):
    """A column that holds a word of an enum; a row reads it as the enum's member.

    Without a default a row must say the word. The database's own check stands in the promises: add it there too.
    """

    def __init__(self, kind: type[Kind], length: int, default: Kind | None = None, **more: Any) -> None:
        super().__init__(length=length, default="" if default is None else str(default), **more)
        self.kind = kind

    @property  # type: ignore[misc]  # to mypy it is an attribute
    def __class__(self) -> Any:
        """To migrations it is what it is in the database: no migration depends on an enum of today."""
        return Varchar

    @overload
    def __get__(self, obj: Table, objtype: Any = None) -> Kind: ...

    @overload
    def __get__(self, obj: None, objtype: Any = None) -> "Word[Kind]": ...

    def __get__(self, obj: Table | None, objtype: Any = None) -> Any:
        return obj.__dict__[self._meta.name] if obj else self

    def __set__(self, obj: Table, value: Kind | None) -> None:  # type: ignore[override]  # only words of the enum
        obj.__dict__[self._meta.name] = value if value is None else self.kind(value)
