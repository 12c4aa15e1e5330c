"""Reading what a plan depends on: wishes, staff, bookings, parameters, in one transaction."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import allowance, presence
from shangmen.delivery.visits.rostering import adapter, queries, staff
from shangmen.delivery.visits.rostering.adapter import Inputs, Policy, Wish
from shangmen.delivery.visits.rostering.queries import PlacementToVisit
from shangmen.delivery.visits.rostering.staff import Booking
from shangmen.delivery.visits.states import COUNTED, VisitState
from shangmen.demand.needs import frequency
from shangmen.demand.recipients.relatives import queries as relatives
from shangmen.errors import NotFound
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.catalogue.holidays import queries as holidays
from shangmen.foundation.organisations import papers
from shangmen.supply.contracts.states import ContractState

REMEMBERED = 90  # days for which a face is familiar
EVERY_DAY = 28  # visits a month: as many as the shortest month has days


@database.scoped
async def gather(
    scope: Scope,
    organisation: int,
    first: date,
    last: date,
    only: int | None = None,
    extra: int = 0,
    ignoring: int = 0,
) -> Inputs:
    """Read what a plan of these days depends on; the days lie within one calendar month.

    `only` and `extra` ask for so many visits of one placement, whatever it lacks: for suggestions. `ignoring` is a
    visit that is about to move.
    """
    base = await _seat(organisation)
    values = {
        name: await catalogue.parameter_as(scope, kind, name, first) for name, kind in adapter.PARAMETERS.items()
    }
    placements = await queries.in_force(scope, organisation, lock=only is None)
    if only is not None:
        placements = [one for one in placements if one.id == only]
    people = await staff.of_organisation(scope, organisation, first, last)
    wishes = await _wishes(scope, placements, first, last, extra if only is not None else None, ignoring)
    return Inputs(
        first=first,
        last=last,
        gone=clock.minute_of(clock.now()) if first == clock.today() else 0,
        latitude=base.latitude,
        longitude=base.longitude,
        policy=Policy.of(values),
        wishes=wishes,
        staff=list(people.values()),
        used=await _used(organisation, first, last),
        bookings=await _bookings(
            scope, list(people), [wish.placement.person for wish in wishes], first, last, ignoring
        ),
    )


@dataclass(frozen=True)
class _Seat(database.Row):
    latitude: Decimal | None
    longitude: Decimal | None


async def _seat(organisation: int) -> _Seat:
    """Where an organisation's workers start, estimated where its own position is missing. Raises NotFound."""
    found = await database.row(
        _Seat, "SELECT latitude, longitude FROM seat WHERE organisation = :organisation", organisation=organisation
    )
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class _Counted(database.Row):
    placement: int
    day: date
    state: VisitState


async def _wishes(
    scope: Scope, placements: list[PlacementToVisit], first: date, last: date, extra: int | None, ignoring: int
) -> list[Wish]:
    """What each placement lacks; those that lack nothing are left out."""
    month_first, month_last = clock.month_of(first)
    counted: dict[int, list[_Counted]] = defaultdict(list)
    for visit in await database.rows(
        _Counted,
        "SELECT placement, day, state FROM visit WHERE placement = ANY(:ids) AND day BETWEEN :begin AND :end"
        " AND state = ANY(:counted) AND id <> :ignoring ORDER BY day",
        ids=[one.id for one in placements],
        begin=month_first - timedelta(62),
        end=month_last + timedelta(62),
        counted=COUNTED,
        ignoring=ignoring,
    ):
        counted[visit.placement].append(visit)
    history = await presence.events(scope, sorted({one.person for one in placements}))
    absent = await presence.absent_days(scope, sorted({one.person for one in placements}), first, last)
    calendar = await holidays.working_days(scope, first, last)
    holidays_within = {day for day in clock.days(first, last) if calendar.is_holiday(day)}
    familiar = await _familiar([one.id for one in placements], first)
    granted = await allowance.allowance(scope, placements, first, ignoring)
    family = await relatives.relatives(scope, [one.person for one in placements])
    uncertified = {one: await papers.halal_codes(scope, one, first) for one in {each.supplier for each in placements}}
    wishes = []
    for placement in placements:
        until = min((day for day in (placement.until, placement.term_to) if day), default=None)
        of_month = [one.day for one in counted[placement.id] if month_first <= one.day <= month_last]
        asked = frequency.visits_due(placement.visits_per_month, placement.valid_from, until, last)
        lacks = min(asked - sum(day <= last for day in of_month), placement.visits_per_month - len(of_month))
        lacks = lacks if extra is None else extra
        if placement.contract_state not in (None, ContractState.IN_FORCE) or (
            placement.term_from and placement.term_from > last
        ):
            lacks = 0
        lacks = granted.take(placement, lacks)
        if lacks <= 0:
            continue
        wishes.append(
            Wish(
                placement=placement,
                visits=lacks,
                windows=await queries.windows(scope, placement),
                away=presence.away_days(history.get(placement.person, []), first, last)
                | absent.get(placement.person, set())
                | (holidays_within if placement.visits_per_month < EVERY_DAY else set()),
                until=until,
                standing=[one.day for one in counted[placement.id] if one.state is not VisitState.PHONE],
                familiar=familiar[placement.id],
                relatives=family.get(placement.person, frozenset()),
                halal=placement.halal and placement.item_code.startswith(uncertified[placement.supplier]),
            )
        )
    return wishes


@dataclass(frozen=True)
class _Face(database.Row):
    placement: int
    worker: int


async def _familiar(placements: list[int], day: date) -> dict[int, set[int]]:
    """Who came, or will come, on which placement lately."""
    found: dict[int, set[int]] = defaultdict(set)
    for one in await database.rows(
        _Face,
        "SELECT DISTINCT v.placement, w.worker FROM visit v JOIN visit_worker w ON w.visit = v.id AND w.stands"
        " WHERE v.placement = ANY(:ids) AND v.day >= :since",
        ids=placements,
        since=day - timedelta(REMEMBERED),
    ):
        found[one.placement].add(one.worker)
    return found


@dataclass(frozen=True)
class _Used(database.Row):
    worker: int
    minutes: int


async def _used(organisation: int, first: date, last: date) -> dict[int, int]:
    """Minutes by worker that stand in the month outside the days, for this organisation."""
    month_first, month_last = clock.month_of(first)
    found = await database.rows(
        _Used,
        "SELECT w.worker, (sum(extract(epoch FROM w.ends - w.starts)) / 60)::int AS minutes"
        " FROM visit_worker w JOIN visit v ON v.id = w.visit WHERE w.stands AND v.supplier = :organisation"
        " AND v.day BETWEEN :month_first AND :month_last AND NOT v.day BETWEEN :first AND :last GROUP BY w.worker",
        organisation=organisation,
        month_first=month_first,
        month_last=month_last,
        first=first,
        last=last,
    )
    return {one.worker: one.minutes for one in found}


async def _bookings(
    scope: Scope, workers: list[int], people: list[int], first: date, last: date, ignoring: int
) -> list[Booking]:
    """What stands in these days for the workers, with whichever employer, and for the recipients, by whomever."""
    begin, end = clock.at(first), clock.at(last, 24 * 60)
    return [
        *await staff.bookings(scope, workers, begin, end, ignoring),
        *await staff.bookings_of_people(scope, people, workers, begin, end, ignoring),
    ]
