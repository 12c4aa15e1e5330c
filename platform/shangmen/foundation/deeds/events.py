"""What is published when a deed is taken back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DeedUndone:
    """A deed was taken back. `restored` are the rows that are as before: table name and id."""

    deed: int
    restored: frozenset[tuple[str, int]]
