"""The dossier of a visit, gathered from the tables in few queries: it happens at every check-out.

Called under an elevated scope: a worker may deliver for two employers, and neither may see the other's records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.evidence import Fix, Presence, metres, point
from shangmen.delivery.service_records.photos import queries as photos
from shangmen.delivery.service_records.states import Confirmation
from shangmen.delivery.service_records.verification.dossier import (
    LIMITS,
    Away,
    Certificate,
    Confirmed,
    Corrects,
    Dossier,
    Elsewhere,
    Limits,
    SharedPhone,
)
from shangmen.delivery.service_records.verification.queries import Arrival, VisitRow
from shangmen.delivery.visits import presence
from shangmen.demand.recipients.relatives import queries as relatives


def fix(
    visit: VisitRow,
    latitude: Decimal | None,
    longitude: Decimal | None,
    accuracy: int | None,
    reason: str,
    age: int | None,
) -> Fix:
    """A position with its distance from the home, and how old it was when it was sent."""
    here = point(latitude, longitude, accuracy)
    return Fix(here, metres(here, visit.home), "" if here else reason, age if here else None)


@dataclass(frozen=True)
class _Value(database.Row):
    name: str
    value: float


async def limits(on: date) -> Limits:
    """The limits of the rules on a day; LookupError when one is missing, as catalogue.parameter does."""
    rows = await database.rows(
        _Value,
        "SELECT DISTINCT ON (name) name, (value #>> '{}')::float8 AS value FROM parameter WHERE name = ANY(:names)"
        " AND valid_from <= :on AND (valid_to IS NULL OR valid_to >= :on) ORDER BY name, valid_from DESC",
        names=list(LIMITS),
        on=on,
    )
    found = {row.name: row.value for row in rows}
    missing = [name for name in LIMITS if name not in found]
    if missing:
        raise LookupError(f"no parameter {missing[0]} on {on}; load the catalogue or set it")
    return Limits(**found)


@dataclass(frozen=True)
class _Near(database.Row):
    """Another record in force of one of the workers, and where that visit was."""

    record: int
    visit: int
    supplier: int
    worker: int
    begun_at: datetime
    ended_at: datetime
    in_latitude: Decimal | None
    in_longitude: Decimal | None
    out_latitude: Decimal | None
    out_longitude: Decimal | None
    latitude: Decimal | None
    longitude: Decimal | None
    item: int

    @property
    def elsewhere(self) -> Elsewhere:
        home = point(self.latitude, self.longitude)
        came = point(self.in_latitude, self.in_longitude) or home
        went = point(self.out_latitude, self.out_longitude) or home
        return Elsewhere(
            self.record, self.visit, self.supplier, self.worker, self.begun_at, self.ended_at, came, went, self.item
        )


@dataclass(frozen=True)
class _Counts(database.Row):
    """How often something was there before; the words are the dossier's."""

    same_place: list[int]
    round_places: int
    this_month: int
    other_people: list[int]
    same_person: int
    month_days: int
    other_households: int
    own_telephone: list[int]


_NEAR = """
SELECT r.id AS record, r.visit, r.supplier, a.worker, a.begun_at, a.ended_at, a.in_latitude, a.in_longitude,
       a.out_latitude, a.out_longitude, v.latitude, v.longitude, v.service_item AS item
FROM attendance a JOIN service_record r ON r.id = a.service_record
JOIN verdict d ON d.service_record = r.id AND d.state <> 'rejected' JOIN visit v ON v.id = r.visit
"""
_OF_WORKERS = f"""{_NEAR}
WHERE a.worker = ANY(:workers) AND r.visit <> :visit
  AND a.begun_at BETWEEN :first AND :last ORDER BY a.begun_at, r.id
"""
_PAID_ALIKE = f"""{_NEAR} JOIN placement p ON p.id = v.placement AND p.contract_line IS NOT NULL
WHERE r.person = :person AND r.visit <> :visit AND r.supplier <> :supplier
  AND r.begun_at BETWEEN :first AND :last ORDER BY r.begun_at, r.id
"""

_COUNTS = """
SELECT ARRAY(SELECT max(r.id) FROM attendance a JOIN service_record r ON r.id = a.service_record
        WHERE a.worker = ANY(:workers) AND r.visit <> :visit AND a.begun_at BETWEEN :since AND :ended
          AND (a.in_latitude::text || ' ' || a.in_longitude = ANY(:points)
               OR a.out_latitude::text || ' ' || a.out_longitude = ANY(:points))
        GROUP BY r.visit) AS same_place,
       (SELECT count(DISTINCT r.visit) FROM attendance a JOIN service_record r ON r.id = a.service_record
        WHERE a.worker = ANY(:workers) AND r.visit <> :visit AND a.begun_at BETWEEN :since AND :ended
          AND ((a.in_latitude = round(a.in_latitude, 3) AND a.in_longitude = round(a.in_longitude, 3))
               OR (a.out_latitude = round(a.out_latitude, 3) AND a.out_longitude = round(a.out_longitude, 3)))
       ) AS round_places,
       (SELECT count(*) FROM verdict d JOIN service_record r ON r.id = d.service_record
        JOIN visit v ON v.id = d.visit JOIN placement p ON p.id = v.placement
        WHERE p.need = :need AND d.state <> 'rejected' AND d.visit <> :visit
          AND r.begun_at >= :month_first AND r.begun_at < :month_last) AS this_month,
       ARRAY(SELECT max(r.id) FROM service_record r WHERE r.person <> :person
             AND r.signature_digest = :digest AND r.visit <> :visit GROUP BY r.visit) AS other_people,
       (SELECT count(*) FILTER (WHERE r.person = :person) FROM service_record r
        WHERE r.signature_digest = :digest AND r.visit <> :visit) AS same_person,
       (SELECT coalesce(max(days), 0) FROM (
          SELECT count(DISTINCT (a.begun_at AT TIME ZONE 'Asia/Shanghai')::date) AS days FROM attendance a
          JOIN verdict d ON d.service_record = a.service_record AND d.state <> 'rejected'
          WHERE a.worker = ANY(:workers) AND a.begun_at >= :month_first AND a.begun_at < :month_last
            AND NOT (a.begun_at >= :day_first AND a.begun_at < :day_last)
          GROUP BY a.worker) AS worked) + 1 AS month_days,
       (SELECT count(DISTINCT o.household) FROM person s JOIN person o ON o.county = s.county
          AND o.telephone = s.telephone AND o.household IS DISTINCT FROM s.household
        WHERE s.id = :person AND s.telephone <> '') AS other_households,
       ARRAY(SELECT w.id FROM worker w JOIN person s ON s.telephone = w.telephone
             WHERE s.id = :person AND w.id = ANY(:workers) AND w.telephone <> '' ORDER BY w.id) AS own_telephone
"""


async def _surroundings(
    visit: VisitRow, presences: Sequence[Presence], digest: bytes | None, days: float
) -> tuple[list[Elsewhere], _Counts]:
    """The workers' other records around a visit, and the counts that the rules need."""
    workers = [here.worker for here in presences]
    begun, ended = min(here.begun_at for here in presences), max(here.ended_at for here in presences)
    near = await database.rows(
        _Near,
        _OF_WORKERS,
        workers=workers,
        visit=visit.id,
        first=begun - timedelta(hours=24),
        last=ended + timedelta(hours=24),
    )
    points = {
        (place.point.latitude, place.point.longitude) for here in presences for place in here.fixes if place.point
    }
    month_first, month_last = clock.month_of(clock.day_of(begun))
    counts = await database.row(
        _Counts,
        _COUNTS,
        workers=workers,
        visit=visit.id,
        since=begun - timedelta(days=days),
        ended=ended,
        points=[f"{latitude:.6f} {longitude:.6f}" for latitude, longitude in sorted(points)],
        need=visit.need,
        month_first=clock.at(month_first),
        month_last=clock.at(month_last, 24 * 60),
        day_first=clock.at(clock.day_of(begun)),
        day_last=clock.at(clock.day_of(begun), 24 * 60),
        person=visit.person,
        digest=digest,
    )
    assert counts is not None
    return [one.elsewhere for one in near], counts


async def _paid_alike(visit: VisitRow, day: date) -> list[Elsewhere]:
    """Paid records in force of the recipient by other suppliers on a day and those beside it, for a paid visit."""
    if visit.contract_line is None:
        return []
    found = await database.rows(
        _Near,
        _PAID_ALIKE,
        person=visit.person,
        visit=visit.id,
        supplier=visit.supplier,
        first=clock.at(day, -24 * 60),
        last=clock.at(day, 48 * 60),
    )
    return [one.elsewhere for one in found]


_SHARED = """
SELECT DISTINCT ON (c.visit, c.worker) d.service_record AS record, c.visit, c.worker, w.name,
       coalesce(c.happened_at, c.server_at) AS begun_at,
       (SELECT coalesce(sum(extract(epoch FROM a.ended_at - a.begun_at)), 0)::int / 60 FROM attendance a
        JOIN verdict x ON x.service_record = a.service_record AND x.state <> 'rejected'
        WHERE a.worker = c.worker AND a.begun_at >= :first AND a.begun_at < :after) AS day_minutes
FROM check_in c JOIN worker w ON w.id = c.worker
LEFT JOIN verdict d ON d.visit = c.visit AND d.state <> 'rejected'
WHERE c.device = ANY(:devices) AND c.visit <> :visit AND c.worker <> ALL(:workers)
  AND coalesce(c.happened_at, c.server_at) >= :first AND coalesce(c.happened_at, c.server_at) < :after
ORDER BY c.visit, c.worker
"""


async def _shared(
    visit: VisitRow, presences: Sequence[Presence], arrivals: Sequence[Arrival], day: date
) -> list[SharedPhone]:
    """Check-ins of others by the telephones of this visit, on its day."""
    devices = {one.device for one in arrivals} | {here.out_device for here in presences}
    devices.discard("")
    if not devices:
        return []
    return await database.rows(
        SharedPhone,
        _SHARED,
        devices=sorted(devices),
        visit=visit.id,
        workers=[here.worker for here in presences],
        first=clock.at(day),
        after=clock.at(day, 24 * 60),
    )


async def _away(scope: Scope, person: int, day: date) -> Away | None:
    """Why a recipient was not there on a day."""
    history = (await presence.events(scope, [person])).get(person, [])
    event = presence.away(history, day)
    return Away(event.kind, event.effective, event.until) if event else None


def _clock_off(arrivals: Sequence[Arrival], told: tuple[datetime, datetime] | None) -> timedelta:
    """By how much a telephone's clock was off, at worst; nothing where none was heard."""
    heard = [(one.device_at, one.came_at) for one in arrivals if one.device_at is not None]
    if told is not None:
        heard.append(told)
    return max((abs(said - ours) for said, ours in heard), default=timedelta())


@database.scoped
async def dossier(
    scope: Scope,
    visit: VisitRow,
    limits: Limits,
    presences: tuple[Presence, ...],
    arrivals: Sequence[Arrival],
    confirmation: Confirmation,
    confirmation_name: str,
    digest: bytes | None,
    corrects: Corrects | None = None,
    told: tuple[datetime, datetime] | None = None,
    kept: timedelta = timedelta(),
    measured: bool = False,
) -> Dossier:
    """All that the rules look at, of a record that is written now; `digest` is the signature's.

    `told` is what the clock of the telephone said when it checked out, and what ours said then; `kept` for how long
    the telephone kept that until it had a network.
    """
    day = clock.day_of(min(here.begun_at for here in presences))
    elsewhere, counts = await _surroundings(visit, presences, digest, limits.identical_positions_days)
    certificates = await database.rows(
        Certificate,
        "SELECT worker, kind, mandatory, valid_from, valid_to, status FROM qualification"
        " WHERE worker = ANY(:workers) OR organisation = :supplier",
        workers=[here.worker for here in presences],
        supplier=visit.supplier,
    )
    pictured = await photos.parts(scope, visit.id)
    return Dossier(
        service=visit.service,
        presences=presences,
        confirmed=Confirmed(confirmation, confirmation_name, tuple(counts.other_people), counts.same_person),
        recorded_at=clock.now(),
        limits=limits,
        home=visit.home,
        rural=bool(visit.village),
        names={one.worker: one.name for one in arrivals},
        background={one.worker: one.background_checked for one in arrivals},
        certificates=tuple(certificates),
        elsewhere=tuple(elsewhere),
        supplier=visit.supplier,
        item=visit.service_item,
        paid_alike=tuple(await _paid_alike(visit, day)),
        month_days=counts.month_days,
        shared_phones=tuple(await _shared(visit, presences, arrivals, day)),
        relatives=(await relatives.relatives(scope, [visit.person])).get(visit.person, frozenset()),
        own_telephone=frozenset(counts.own_telephone),
        other_households=counts.other_households,
        same_place=tuple(counts.same_place),
        round_places=counts.round_places,
        this_month=counts.this_month,
        away=await _away(scope, visit.person, day),
        clock_off=_clock_off(arrivals, told),
        kept=max([kept, *(one.server_at - one.came_at for one in arrivals)]),
        corrects=corrects,
        photos=tuple(pictured),
        alike=tuple(await photos.alike(pictured, int(limits.photo_likeness_bits))),
        measured=measured,
    )
