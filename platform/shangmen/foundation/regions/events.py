"""What divisions publish."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DivisionReplaced:
    """A township is another from now on: who lives there, sits there or serves it follows. The past keeps the old."""

    old: int
    new: int


@dataclass(frozen=True)
class DivisionSplitting:
    """Villages of a township are to be split off; who knows that it has no such village raises Refused."""

    old: int
    villages: tuple[str, ...]


@dataclass(frozen=True)
class DivisionSplit:
    """Villages of a township belong to a new one from now on; who serves the old one serves the new one too."""

    old: int
    new: int
    villages: tuple[str, ...]
