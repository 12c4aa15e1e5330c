"""What requests about organisations and workers may say."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

import msgspec

from shangmen.foundation.catalogue.states import PaperKind
from shangmen.foundation.organisations.states import OrganisationKind, Position, Sex
from shangmen.foundation.regions.coordinates import ReferenceSystem
from shangmen.foundation.regions.points import Meant
from shangmen.foundation.regions.states import PositionSource
from shangmen.web.fields import Between, ClockTime, Code, Day, Degrees, Id, Latitude, Longitude, Minute, Version

# As people say it; kept in minutes.
DayHours = Annotated[Decimal, Between(Decimal("0.5"), Decimal(12))]
MonthHours = Annotated[Decimal, Between(Decimal(1), Decimal(300))]
Name = Annotated[str, msgspec.Meta(min_length=2, max_length=120)]

# What organisations and workers are qualified to do; an unknown kind may be typed for an organisation.
ORGANISATION_QUALIFICATIONS = tuple(PaperKind)
WORKER_QUALIFICATIONS = (
    "health_certificate",
    "care_worker",
    "bath_training",
    "social_worker",
    "nurse",
    "first_aid",
    "rehab_therapist",
    "halal",
)


class DetailsForm(msgspec.Struct, kw_only=True):
    """What is kept of an organisation."""

    name: Name
    credit_code: Annotated[str, msgspec.Meta(max_length=24)] = ""
    township: Id | None = None  # of a station: the township that it serves
    operator: Id | None = None  # of a station: the provider that runs it
    supervisor: Id | None = None
    address: Annotated[str, msgspec.Meta(max_length=200)] = ""
    telephone: Annotated[str, msgspec.Meta(max_length=30)] = ""
    contact: Annotated[str, msgspec.Meta(max_length=60)] = ""
    other_telephones: Annotated[str, msgspec.Meta(max_length=120)] = ""
    latitude: Degrees | None = None
    longitude: Degrees | None = None
    system: ReferenceSystem = ReferenceSystem.WGS84  # of the map that the point was read from
    meant: Meant = Meant.ASKED
    position_source: PositionSource = PositionSource.SURVEYED
    areas: list[Id] = []  # townships that it serves


class OrganisationForm(DetailsForm, kw_only=True):
    """A new organisation of the viewer's county."""

    kind: OrganisationKind


class CorrectionForm(DetailsForm, kw_only=True):
    """An organisation as it should be kept; its kind stays."""

    version: Version | None = None


class StatusForm(msgspec.Struct, kw_only=True):
    """Why an organisation is suspended, takes on work again, or is closed."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    version: Version | None = None


class QualificationForm(msgspec.Struct):
    """A licence or a certificate with its days."""

    kind: Annotated[str, msgspec.Meta(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
    valid_from: Day
    number: Annotated[str, msgspec.Meta(max_length=60)] = ""
    valid_to: Day | None = None
    mandatory: bool = False
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class SuspensionForm(msgspec.Struct):
    """Why a qualification is suspended, and from which day (today)."""

    reason: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    on: Day | None = None


ReasonForm = SuspensionForm


class WorkerForm(msgspec.Struct, kw_only=True):
    """Somebody who will come to the door, with the first engagement."""

    name: Annotated[str, msgspec.Meta(min_length=2, max_length=60)]
    id_number: Annotated[str, msgspec.Meta(max_length=24)]
    sex: Sex
    position: Position
    valid_from: Day
    birth_date: Day | None = None  # checked against the ID number when given
    telephone: Annotated[str, msgspec.Meta(max_length=30)] = ""
    languages: Annotated[str, msgspec.Meta(max_length=120)] = ""
    latitude: Latitude | None = None  # where the working day starts; the organisation's place when left out
    longitude: Longitude | None = None
    background_checked: Day | None = None
    valid_to: Day | None = None
    daily_minutes: Annotated[int, msgspec.Meta(ge=30, le=720)] = 480
    monthly_minutes: Annotated[int, msgspec.Meta(ge=60, le=18_000)] = 9600
    daily_hours: DayHours | None = None  # instead of minutes, for people
    monthly_hours: MonthHours | None = None
    starts: list[ClockTime] = []  # seven texts "08:00" from Monday on, "" for a free day
    ends: list[ClockTime] = []
    pattern: dict[Code, list[tuple[Minute, Minute]]] | None = None  # instead of starts and ends, for programs
    organisation: Id | None = None  # only the system names another organisation than its own


class WorkerCorrectionForm(msgspec.Struct, kw_only=True):
    """Who a worker is; an ID number or telephone that is left empty stays."""

    name: Annotated[str, msgspec.Meta(min_length=2, max_length=60)]
    id_number: Annotated[str, msgspec.Meta(max_length=24)] = ""
    telephone: Annotated[str, msgspec.Meta(max_length=30)] = ""
    languages: Annotated[str, msgspec.Meta(max_length=120)] = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    background_checked: Day | None = None
    version: Version | None = None


class EngagementForm(msgspec.Struct, kw_only=True):
    """How a worker is engaged by the viewer's organisation."""

    position: Position
    valid_from: Day
    valid_to: Day | None = None
    daily_minutes: Annotated[int, msgspec.Meta(ge=30, le=720)] = 480
    monthly_minutes: Annotated[int, msgspec.Meta(ge=60, le=18_000)] = 9600
    daily_hours: DayHours | None = None  # instead of minutes, for people
    monthly_hours: MonthHours | None = None
    starts: list[ClockTime] = []
    ends: list[ClockTime] = []
    pattern: dict[Code, list[tuple[Minute, Minute]]] | None = None
    background_checked: Day | None = None
    telephone: Annotated[str, msgspec.Meta(max_length=30)] = ""
    organisation: Id | None = None
    version: Version | None = None  # of the engagement that was seen; None for programs


class ShortenForm(msgspec.Struct):
    """The new last day of an absence; none, or one before it begins: it is lifted."""

    last: Day | None = None


class AbsenceForm(msgspec.Struct):
    """Days on which a worker cannot come."""

    first: Day
    last: Day
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


def clock_text(minute: int) -> str:
    """480 -> "08:00"."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def hours_of(pattern: Mapping[str, list[tuple[int, int]]]) -> tuple[list[str], list[str]]:
    """The first start and the last end of each weekday of a pattern, as the form shows them."""
    starts, ends = [], []
    for day in range(7):
        spans = pattern.get(str(day)) or []
        starts.append(clock_text(spans[0][0]) if spans else "")
        ends.append(clock_text(spans[-1][1]) if spans else "")
    return starts, ends


def limits(form: WorkerForm | EngagementForm) -> tuple[int, int]:
    """Most minutes a day and a month that a form says, in hours or in minutes."""
    return (
        form.daily_minutes if form.daily_hours is None else int(form.daily_hours * 60),
        form.monthly_minutes if form.monthly_hours is None else int(form.monthly_hours * 60),
    )


def hours(minutes: int) -> str:
    """450 -> "7.5"."""
    return f"{(Decimal(minutes) / 60).quantize(Decimal('0.01')).normalize():f}"
