"""What the needs tell later features."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class NeedEnded:
    """A need is served for the last time on `on`; said again with an earlier day when that is corrected."""

    need: int
    on: date
    reason: str


@dataclass(frozen=True)
class NeedPaused:
    """A need rests from `on`; `until` is the last day of rest when it is known, which may be past already."""

    need: int
    on: date
    until: date | None = None


@dataclass(frozen=True)
class NeedResumed:
    """A need is served again from `on`."""

    need: int
    on: date


@dataclass(frozen=True)
class NeedTermChanged:
    """The last day of a need moved with its household's; None is no last day."""

    need: int
    valid_to: date | None
