"""Reads of what is still to be planned: placements in force, what they lack, and the runs of the filler."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.states import COUNTED
from shangmen.demand.needs import frequency
from shangmen.demand.needs.states import NeedState, RequiredSex
from shangmen.errors import NotFound
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.regions.states import Accuracy, Terrain
from shangmen.supply.contracts.pricing import Terms
from shangmen.supply.contracts.states import ContractState, Pricing
from shangmen.supply.placements.states import PlacementState


@dataclass(frozen=True)
class PlacementToVisit(database.Row):
    """What a visit of a placement has to respect: the placement with its need, item, recipient and contract."""

    id: int
    county: int
    station: int
    supplier: int
    need: int
    person: int
    valid_from: date
    valid_to: date | None
    state: PlacementState
    need_state: NeedState
    need_to: date | None
    visits_per_month: int
    minutes: int
    staff_count: int
    windows: list[tuple[int, int, int]]  # weekday, earliest, latest end; none: office hours on working days
    days_between: int
    priority: int
    qualification: str
    sex: RequiredSex
    minors_check: bool
    halal: bool
    language: str
    service_item: int
    item_code: str
    item_name: str
    item_english: str
    person_name: str
    latitude: Decimal | None
    longitude: Decimal | None
    accuracy: Accuracy
    village: str
    terrain: Terrain
    township_name: str
    contract_state: ContractState | None  # None with the other two where a station comes
    term_from: date | None
    term_to: date | None
    pricing: Pricing | None  # None with the other two where a station comes
    rate: Decimal | None
    two_workers_pay_twice: bool | None
    exception_reason: str  # why an officer went beyond the ladder of entitlement; "" for what it grants

    @property
    def terms(self) -> Terms | None:
        """What the contract line pays; None where a station comes."""
        if self.pricing is None or self.rate is None:
            return None
        return Terms(self.pricing, self.rate, bool(self.two_workers_pay_twice))

    @property
    def surveyed(self) -> tuple[Decimal | None, Decimal | None]:
        """The home's own position: what a visit keeps, for an estimate is no place to be held against."""
        return (self.latitude, self.longitude) if self.accuracy is Accuracy.EXACT else (None, None)

    @property
    def until(self) -> date | None:
        """The last day on which it may be visited, the contract's term aside."""
        return min((day for day in (self.valid_to, self.need_to) if day), default=None)


_PLACEMENTS = """
SELECT p.id, p.county, p.station, p.supplier, p.need, p.person, p.valid_from, p.valid_to, p.state,
       n.state AS need_state, n.valid_to AS need_to, n.visits_per_month, n.minutes, n.staff_count, n.windows,
       n.days_between, n.priority,
       coalesce(nullif(n.required_qualification, ''), i.required_qualification) AS qualification,
       CASE WHEN n.required_sex <> '' THEN n.required_sex WHEN i.same_sex THEN s.sex ELSE '' END AS sex,
       (n.minors_check OR i.minors_check) AS minors_check, n.halal, s.language,
       i.id AS service_item, i.code AS item_code, i.name AS item_name, i.english AS item_english,
       s.name AS person_name, w.latitude, w.longitude, w.accuracy, s.village, d.terrain, d.name AS township_name,
       c.state AS contract_state, c.term_from, c.term_to, l.pricing, l.rate, l.two_workers_pay_twice,
       n.exception_reason
FROM placement p JOIN need n ON n.id = p.need JOIN service_item i ON i.id = n.service_item
JOIN person s ON s.id = p.person JOIN home w ON w.person = s.id JOIN division d ON d.id = s.township
LEFT JOIN contract_line l ON l.id = p.contract_line LEFT JOIN contract c ON c.id = l.contract
"""


@database.scoped
async def placement(scope: Scope, id: int, lock: bool = False) -> PlacementToVisit:
    """A placement with all that bears on its visits; raises NotFound. `lock` keeps other planners off it."""
    found = await database.row(
        PlacementToVisit, f"{_PLACEMENTS} WHERE p.id = :id {'FOR NO KEY UPDATE OF p' if lock else ''}", id=id
    )
    if found is None:
        raise NotFound
    return found


@database.scoped
async def in_force(scope: Scope, supplier: int, lock: bool = False) -> list[PlacementToVisit]:
    """Placements of a supplier that are in force with a need that is served, by id."""
    return await database.rows(
        PlacementToVisit,
        f"{_PLACEMENTS} WHERE p.supplier = :supplier AND p.state = 'in_force' AND n.state = 'placed'"
        f" ORDER BY p.id {'FOR NO KEY UPDATE OF p' if lock else ''}",
        supplier=supplier,
    )


@database.scoped
async def windows(scope: Scope, placement: PlacementToVisit) -> list[tuple[int, int, int]]:
    """(weekday, earliest, latest end) of a placement's need; office hours on working days where it has none."""
    if placement.windows:
        return placement.windows
    opens, closes = await catalogue.parameter_as(scope, tuple[int, int], "office_hours", clock.today())
    return [(day, opens, closes) for day in range(5)]


@dataclass(frozen=True)
class Lacking:
    """A placement whose calendar month is not planned to the end, with visits of the month."""

    placement: PlacementToVisit
    asked: int
    lacks: int

    @property
    def planned(self) -> int:
        """Visits that stand or count."""
        return self.asked - self.lacks


@dataclass(frozen=True)
class _Planned(database.Row):
    placement: int
    number: int


@database.scoped
async def lacking(scope: Scope, organisation: int, month: date) -> list[Lacking]:
    """Placements of an organisation whose calendar month is not planned to the end, the most urgent first."""
    first, last = clock.month_of(month)
    planned = {
        one.placement: one.number
        for one in await database.rows(
            _Planned,
            "SELECT placement, count(*) AS number FROM visit WHERE supplier = :organisation"
            " AND day BETWEEN :first AND :last AND state = ANY(:counted) GROUP BY placement",
            organisation=organisation,
            first=first,
            last=last,
            counted=COUNTED,
        )
    }
    found = []
    for one in await in_force(scope, organisation):
        asked = frequency.visits_due(one.visits_per_month, one.valid_from, one.until, last)
        lacks = asked - planned.get(one.id, 0)
        if lacks > 0:
            found.append(Lacking(one, asked, lacks))
    return sorted(found, key=lambda one: (-one.placement.priority, -one.lacks, one.placement.id))


@dataclass(frozen=True)
class LeftOver:
    """Visits of a placement that a run could not place; `sentence` is a message id, its {placeholders} in `facts`."""

    placement: int
    missing: int
    code: str
    sentence: str
    facts: dict[str, str | int]
    person: int = 0
    need: int = 0
    month: str = ""  # 2026-11


@dataclass(frozen=True)
class RosterRunRow(database.Row):
    """One automatic fill."""

    id: int
    organisation: int
    first: date
    last: date
    seed: int
    placed: int
    unplaced: list[LeftOver]
    totals: dict[str, int]
    created_at: datetime
    organisation_name: str
    user_name: str | None


_RUNS = """
SELECT r.*, o.name AS organisation_name, u.name AS user_name
FROM roster_run r JOIN organisation o ON o.id = r.organisation LEFT JOIN app_user u ON u.id = r.created_by
"""


@database.scoped
async def roster_run(scope: Scope, id: int) -> RosterRunRow:
    """One automatic fill that the viewer reaches; raises NotFound."""
    found = await database.row(RosterRunRow, f"{_RUNS} WHERE r.id = :id", id=id)
    if found is None:
        raise NotFound
    return found


@database.scoped
async def roster_runs(scope: Scope, organisation: int, limit: int = 10) -> list[RosterRunRow]:
    """The latest automatic fills of an organisation."""
    return await database.rows(
        RosterRunRow,
        f"{_RUNS} WHERE r.organisation = :organisation ORDER BY r.created_at DESC, r.id DESC LIMIT :limit",
        organisation=organisation,
        limit=limit,
    )
