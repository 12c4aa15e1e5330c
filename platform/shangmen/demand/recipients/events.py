"""What the demand layer tells later features about people and households."""

from dataclasses import dataclass, field
from datetime import date

from shangmen.demand.recipients.states import StatusKind


@dataclass(frozen=True)
class StatusChanged:
    """Something happened to a person: hospital, home, institution, moved or died, effective from a day.

    `effective` may lie before the day of the report; `until` is the last day of a stay in hospital, when it is known.
    """

    person: int
    kind: StatusKind
    effective: date
    until: date | None = None


@dataclass(frozen=True)
class RecipientAbsent:
    """Somebody who lives at home is away from `first` to `last`: visits then need another day."""

    person: int
    first: date
    last: date


@dataclass(frozen=True)
class RecipientMoved:
    """Somebody lives in another township of the county from a day on, and another station (or the same) cares."""

    person: int
    township: int
    station_before: int
    station: int
    on: date


@dataclass(frozen=True)
class RecipientLeaving:
    """Somebody is about to leave the county: from a day on nothing is done for them here until that is settled."""

    person: int
    on: date


@dataclass(frozen=True)
class RecipientStaying:
    """The move out of the county came to nothing: what rested for it goes on."""

    person: int


@dataclass(frozen=True)
class HandingOver:
    """The file of somebody is put together for another station: later features add (field, value)."""

    person: int
    facts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class HouseholdChanged:
    """The last day on which a household's members may be served moved; None is no last day."""

    household: int
    end_before: date | None
    end_after: date | None


@dataclass(frozen=True)
class Panel:
    """A part of a person's page that a later feature contributes: a template and what it shows.

    The names of all panels meet in one page: call them after the feature, such as `visits`. The page's own win.
    """

    template: str
    context: dict[str, object]


@dataclass(frozen=True)
class FileOpened:
    """Somebody reads a person's page; later features append their panels, in the order of the layers."""

    person: int
    panels: list[Panel] = field(default_factory=list)
