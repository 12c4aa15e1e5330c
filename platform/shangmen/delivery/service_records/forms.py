"""What requests about service records may say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from shangmen.delivery.service_records.at_the_door.tasks import Task
from shangmen.delivery.service_records.states import Confirmation
from shangmen.web.fields import Between, Latitude, Longitude, Moment

Metres = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=32_503_680_000_000)]  # to the year 3000
Device = Annotated[str, msgspec.Meta(max_length=40)]
Line = Annotated[str, msgspec.Meta(max_length=120)]
Name = Annotated[str, msgspec.Meta(max_length=60)]
Notes = Annotated[str, msgspec.Meta(max_length=2000)]
Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=500)]


class Alert(StrEnum):
    """What somebody has to look after; any of them goes on the station's work list."""

    FALL_RISK = "fall_risk"
    FIRE_RISK = "fire_risk"
    NO_HEATING = "no_heating"
    NO_FOOD = "no_food"
    NEEDS_DOCTOR = "needs_doctor"
    SUSPECTED_INJURY = "suspected_injury"


VITAL_SIGNS = ("systolic", "diastolic", "pulse", "temperature", "sugar", "oxygen")


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


class Located(msgspec.Struct, kw_only=True):
    """A position with its accuracy, or why there is none; the telephone's clock beside it.

    `device_at`, when this is sent, and `fixed_at`, when the position was taken, are milliseconds since 1970 by the
    telephone's clock: noted and compared, never believed. Between them lies the position's age, whatever clock it is.
    `at` is typed when a visit is entered afterwards. `queued_at` is when it happened, by the same clock, of what a
    telephone kept because it had no network: how long it was kept is the difference, however wrong the clock.
    """

    latitude: Latitude | None = None
    longitude: Longitude | None = None
    accuracy: Metres | None = None
    position_absent: Line = ""
    device_at: Milliseconds | None = None
    fixed_at: Milliseconds | None = None
    queued_at: Milliseconds | None = None
    at: Moment | None = None
    device: Device = ""  # the telephone, by a number that it drew itself

    @property
    def told_at(self) -> datetime | None:
        """What the telephone's clock said when this happened; None when it said nothing."""
        return _moment(self.device_at if self.queued_at is None else self.queued_at)

    @property
    def kept_for(self) -> timedelta | None:
        """How long the telephone kept this before it was sent; None of what it sent at once."""
        if self.queued_at is None:
            return None
        return timedelta(milliseconds=(self.device_at or 0) - self.queued_at)

    @property
    def fixed(self) -> datetime | None:
        """When the position was taken by the telephone's clock; None when it does not say."""
        return _moment(self.fixed_at)


class CheckInForm(Located, kw_only=True):
    """A worker's arrival; `far_reason` says why it is far from the home."""

    far_reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class CheckOutForm(Located, kw_only=True):
    """The end of a visit: what was done, what was seen, who confirmed it.

    `signature` is the pad's JSON {"w", "h", "strokes": [[x, y, …], …]}. Without a choice of `confirmation` a signature
    speaks for itself, and no signature is none.
    """

    tasks: list[Task] = msgspec.field(default_factory=list)
    notes: Notes = ""
    mood: Literal["good", "usual", "low"] | None = None
    health: Literal["good", "usual", "worse"] | None = None
    alerts: list[Alert] = msgspec.field(default_factory=list)
    confirmation: Confirmation | None = None
    confirmation_name: Name = ""
    no_confirmation_reason: Annotated[str, msgspec.Meta(max_length=200)] = ""
    signature: Annotated[str, msgspec.Meta(max_length=60_000)] = ""
    photos: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0  # that this telephone has sent for the visit, or will
    systolic: Annotated[int, msgspec.Meta(ge=60, le=260)] | None = None  # mmHg
    diastolic: Annotated[int, msgspec.Meta(ge=30, le=160)] | None = None  # mmHg
    pulse: Annotated[int, msgspec.Meta(ge=30, le=220)] | None = None  # a minute
    temperature: Annotated[Decimal, Between(Decimal(34), Decimal(43), 1)] | None = None  # °C
    sugar: Annotated[Decimal, Between(Decimal(1), Decimal(35), 1)] | None = None  # mmol/l
    oxygen: Annotated[int, msgspec.Meta(ge=50, le=100)] | None = None  # percent

    @property
    def signs(self) -> dict[str, str]:
        """The vital signs that were measured, as text."""
        return {name: str(value) for name in VITAL_SIGNS if (value := getattr(self, name)) is not None}

    @property
    def measured(self) -> bool:
        """Whether any vital sign was measured."""
        return bool(self.signs)


class ReasonForm(msgspec.Struct, kw_only=True):
    """A decision on a held record, and why."""

    reason: Reason


class CorrectionForm(msgspec.Struct, kw_only=True):
    """What a later record says instead: the times and the notes; the reason is shown to whoever verifies it."""

    begun_at: Moment
    ended_at: Moment
    reason: Reason
    notes: Notes | None = None  # None: as before
