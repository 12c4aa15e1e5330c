"""What the rules look at: one delivered visit and its surroundings, gathered once. Pure."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal

from shangmen import clock, database
from shangmen.delivery.service_records.evidence import Point, Presence
from shangmen.delivery.service_records.states import Confirmation, PhotoKind, VerdictState
from shangmen.demand.recipients.states import StatusKind
from shangmen.foundation.catalogue.states import Proof
from shangmen.foundation.organisations.rules import STANDING, Paper
from shangmen.foundation.organisations.states import QualificationStatus


@dataclass(frozen=True)
class Service:
    """What was to be delivered: the item and the need in the words of the catalogue; the visit's day and times."""

    minimum_minutes: int
    planned_start: datetime
    planned_end: datetime
    staff_count: int
    visits_per_month: int
    proof: tuple[Proof, ...] = ()
    qualification: str = ""
    minors_check: bool = False

    @property
    def planned_minutes(self) -> int:
        """Whole minutes that were planned."""
        return int((self.planned_end - self.planned_start).total_seconds()) // 60


@dataclass(frozen=True)
class Confirmed:
    """How the recipient confirmed, and what of the signature is known elsewhere."""

    kind: Confirmation
    name: str = ""
    other_people: tuple[int, ...] = ()  # records of other recipients with the very same strokes
    same_person: int = 0  # earlier records of this recipient with them


@dataclass(frozen=True)
class Elsewhere:
    """Another record in force of one of the workers, at whichever employer; or of the recipient, whoever came."""

    record: int
    visit: int
    supplier: int
    worker: int
    begun_at: datetime
    ended_at: datetime
    start: Point | None
    end: Point | None
    item: int = 0


@dataclass(frozen=True)
class SharedPhone(database.Row):
    """Another worker checked in at another visit of the day by a telephone of this one; its record, if there is one.

    `day_minutes` are all that the other worker was recorded at visits for on the day, over all employers.
    """

    record: int | None
    visit: int
    worker: int
    name: str
    begun_at: datetime
    day_minutes: int


@dataclass(frozen=True)
class Certificate(database.Row):
    """A qualification of a worker (or of the supplier: worker None), dates inclusive."""

    worker: int | None
    kind: str
    mandatory: bool
    valid_from: date
    valid_to: date | None
    status: QualificationStatus

    @property
    def paper(self) -> Paper:
        """What the rules about organisations and workers ask for."""
        return Paper(self.kind, self.valid_from, self.valid_to, self.mandatory, self.status in STANDING)


@dataclass(frozen=True)
class PhotoPart(database.Row):
    """A photo of the visit, as it was sent: the digest stands for the picture."""

    id: int
    worker: int | None
    kind: PhotoKind
    happened_at: datetime | None
    sent_at: datetime
    taken_at: datetime | None
    latitude: Decimal | None
    longitude: Decimal | None
    amount: Decimal | None
    device: str
    across: int | None
    down: int | None
    digest: bytes
    source_digest: bytes

    @classmethod
    def columns(cls) -> str:
        """All but the picture, which is large."""
        return ", ".join(one.name for one in fields(cls))


@dataclass(frozen=True)
class AlikePhoto(database.Row):
    """A photo of another visit that is the same as one of this visit, or differs from it in `apart` of 128 bits."""

    visit: int
    record: int | None
    person: int
    same: bool
    apart: int


@dataclass(frozen=True)
class Away:
    """Why the recipient was not there to be visited: died, hospital, institution or moved, from a day (and until)."""

    kind: StatusKind
    effective: date
    until: date | None = None


@dataclass(frozen=True)
class Corrects:
    """What a correction changes: the verdict on the earlier record, its amount, and its times."""

    state: VerdictState
    amount: Decimal
    begun_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class Limits:
    """The dated parameters of the rules as they are on the day of a visit; the catalogue says the units."""

    geofence_rural_metres: float
    geofence_town_metres: float
    position_accuracy_metres: float
    identical_positions: float
    identical_positions_days: float
    overlong_share: float
    start_tolerance_minutes: float
    max_speed_kmh: float
    worker_day_minutes: float
    worker_day_visits: float
    worker_month_days: float
    background_check_months: float
    late_entry_hours: float
    clock_skew_minutes: float
    position_age_minutes: float
    photo_likeness_bits: float
    photo_time_minutes: float
    telephone_households: float
    shared_phone_hours: float

    def fence(self, rural: bool) -> int:
        """Metres around a home within which a position counts, in the country and in town."""
        return int(self.geofence_rural_metres if rural else self.geofence_town_metres)


LIMITS = tuple(one.name for one in fields(Limits))


@dataclass(frozen=True)
class Dossier:
    """A record to be verified. Times are moments."""

    service: Service
    presences: tuple[Presence, ...]
    confirmed: Confirmed
    recorded_at: datetime
    limits: Limits
    home: Point | None = None
    rural: bool = True
    amount: Decimal = Decimal(0)
    names: dict[int, str] = field(default_factory=dict)  # of the workers
    background: dict[int, date | None] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    supplier: int = 0
    item: int = 0
    paid_alike: tuple[Elsewhere, ...] = ()  # paid records of the recipient around this paid one, by other suppliers
    month_days: int = 0  # days of the month with visits of the worker who has most of them, this one included
    shared_phones: tuple[SharedPhone, ...] = ()
    relatives: frozenset[int] = frozenset()  # workers who are family of the recipient
    own_telephone: frozenset[int] = frozenset()  # workers whose telephone is given as the recipient's
    other_households: int = 0  # with the recipient's telephone
    same_place: tuple[int, ...] = ()  # earlier records of the workers at exactly one of these positions
    round_places: int = 0  # earlier records of the workers at positions with three decimals or fewer
    this_month: int = 0  # other records of the placement's need in the month that are not rejected
    away: Away | None = None
    clock_off: timedelta = timedelta()  # by how much a telephone's clock was off, at worst
    kept: timedelta = timedelta()  # for how long a telephone kept what happened, at most
    corrects: Corrects | None = None
    photos: tuple[PhotoPart, ...] = ()
    alike: tuple[AlikePhoto, ...] = ()  # photos of other visits that are these again, or nearly
    measured: bool = False  # vital signs were noted

    @property
    def lacking(self) -> list[Proof]:
        """What the catalogue demands as proof beside position and confirmation, and nobody has given."""
        shown = {photo.kind for photo in self.photos}
        given = {
            Proof.PHOTO: bool(shown & {PhotoKind.BEFORE, PhotoKind.AFTER}),
            Proof.RECEIPT: PhotoKind.RECEIPT in shown,
            Proof.VITALS: self.measured,
        }
        return [one for one in self.service.proof if not given.get(one, True)]

    def papers(self, worker: int | None) -> list[Paper]:
        """The certificates of a worker, or the licences of the supplier (None)."""
        return [one.paper for one in self.certificates if one.worker == worker]

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
        return self.limits.fence(self.rural) + ((self.home.accuracy or 0) if self.home else 0)

    @property
    def age_limit(self) -> int:
        """Seconds within which a position was taken when it was sent."""
        return int(self.limits.position_age_minutes * 60)

    @property
    def accuracy_limit(self) -> int:
        """Metres within which a fix counts."""
        return int(self.limits.position_accuracy_metres)
