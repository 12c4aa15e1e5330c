"""What the rules look at: one delivered visit and its surroundings, gathered once. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from shangmen import clock
from shangmen.delivery.service_records.evidence import Point, Presence


@dataclass(frozen=True)
class Service:
    """What was to be delivered: the item and the need in the words of the catalogue."""

    minimum_minutes: int
    planned_start: datetime
    planned_end: datetime
    staff_count: int
    visits_per_month: int
    proof: tuple[str, ...] = ()
    qualification: str = ""
    minors_check: bool = False

    @property
    def planned_minutes(self) -> int:
        """Whole minutes that were planned."""
        return int((self.planned_end - self.planned_start).total_seconds()) // 60


@dataclass(frozen=True)
class Confirmed:
    """How the recipient confirmed, and what of the signature is known elsewhere."""

    kind: str
    name: str = ""
    other_people: int = 0  # records of other recipients with the very same strokes
    same_person: int = 0  # earlier records of this recipient with them


@dataclass(frozen=True)
class Elsewhere:
    """Another record in force of one of the workers, at whichever employer."""

    record: int
    visit: int
    supplier: int
    worker: int
    begun_at: datetime
    ended_at: datetime
    start: Point | None
    end: Point | None


@dataclass(frozen=True)
class Certificate:
    """A qualification of a worker (or of the supplier: worker None), dates inclusive."""

    worker: int | None
    kind: str
    mandatory: bool
    valid_from: date
    valid_to: date | None
    status: str

    def holds(self, day: date) -> bool:
        """Whether it is valid on a day."""
        return self.status == "valid" and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Away:
    """Why the recipient was not there to be visited: died, hospital, institution or moved, from a day."""

    kind: str
    effective: date


@dataclass(frozen=True)
class Corrects:
    """What a correction changes: the verdict on the earlier record, and its amount."""

    state: str
    amount: Decimal


@dataclass(frozen=True)
class Facts:
    """A record to be verified. Times are moments, `parameters` those of the day of the visit by name."""

    service: Service
    presences: tuple[Presence, ...]
    confirmed: Confirmed
    recorded_at: datetime
    parameters: dict[str, Any]
    home: Point | None = None
    rural: bool = True
    amount: Decimal = Decimal(0)
    names: dict[int, str] = field(default_factory=dict)  # of the workers
    background: dict[int, date | None] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    same_place: int = 0  # earlier records of the workers at exactly one of these positions
    round_places: int = 0  # earlier records of the workers at positions with three decimals or fewer
    this_month: int = 0  # other records of the placement's need in the month that are not rejected
    away: Away | None = None
    corrects: Corrects | None = None

    @property
    def begun_at(self) -> datetime:
        """When the first worker came."""
        return min(presence.begun_at for presence in self.presences)

    @property
    def ended_at(self) -> datetime:
        """When the last worker left."""
        return max(presence.ended_at for presence in self.presences)

    @property
    def day(self) -> date:
        """The business day of the visit."""
        return clock.day_of(self.begun_at)

    @property
    def minutes(self) -> int:
        """Whole minutes that every worker was there: who came late shortens the visit."""
        together = min(presence.ended_at - presence.begun_at for presence in self.presences)
        return max(0, together // timedelta(minutes=1))

    @property
    def payable_minutes(self) -> int:
        """What an hourly rate is paid for: never more than was planned."""
        return min(self.minutes, self.service.planned_minutes)

    @property
    def fence(self) -> int:
        """Metres around the home: by country or town, and how well the home is known."""
        name = "geofence_rural_metres" if self.rural else "geofence_town_metres"
        return int(self.parameters[name]) + ((self.home.accuracy or 0) if self.home else 0)

    @property
    def accuracy_limit(self) -> int:
        """Metres within which a fix counts."""
        return int(self.parameters["position_accuracy_metres"])


# Every parameter that a rule reads; gathered in one query, and missing ones are loud.
PARAMETERS = (
    "geofence_rural_metres",
    "geofence_town_metres",
    "position_accuracy_metres",
    "identical_positions",
    "identical_positions_days",
    "overlong_share",
    "start_tolerance_minutes",
    "max_speed_kmh",
    "worker_day_minutes",
    "background_check_months",
    "late_entry_hours",
    "clock_skew_minutes",
)
