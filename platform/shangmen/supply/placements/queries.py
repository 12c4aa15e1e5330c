"""Reads of placements, and of who is served with what by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement.queries import STANDING
from shangmen.demand.needs.frequency import visits_between
from shangmen.demand.needs.states import NeedState, RequiredSex
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.states import PersonGroup
from shangmen.errors import NotFound
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.rules import SUPPLIER_RULES, Asked, first_broken
from shangmen.foundation.organisations.states import OrganisationKind, Sex
from shangmen.foundation.regions.states import Accuracy
from shangmen.supply.contracts.pricing import Terms
from shangmen.supply.contracts.states import Pricing
from shangmen.supply.placements.reservation import Demand
from shangmen.supply.placements.states import OfferState, PlacementState
from shangmen.web import lists

# A supplier whose share has lapsed keeps its offers and placements, but not the person: hence the outer joins.
WHO = f"""
  x.station = (SELECT app_organisation()) OR {recipients.taken("x.person")} AS taken,
  p.name AS person_name, p.sex AS person_sex, p.birth_date, p.person_group, p.village, w.accuracy, p.halal, p.language,
  d.name AS township_name, i.code AS item_code, i.name AS item_name, i.english AS item_english,
  n.visits_per_month, n.minutes, n.staff_count, n.required_sex, n.required_qualification,
  n.state AS need_state, s.name AS supplier_name, s.kind AS supplier_kind, t.name AS station_name,
  c.id AS contract, c.number AS contract_number, least(x.valid_to, n.valid_to, c.term_to) AS last_day,
  l.pricing, l.rate, l.two_workers_pay_twice
"""
JOINS = """
  LEFT JOIN person p ON p.id = x.person LEFT JOIN division d ON d.id = p.township LEFT JOIN home w ON w.person = p.id
  LEFT JOIN need n ON n.id = x.need LEFT JOIN service_item i ON i.id = n.service_item
  JOIN organisation s ON s.id = x.supplier JOIN organisation t ON t.id = x.station
  LEFT JOIN contract_line l ON l.id = x.contract_line LEFT JOIN contract c ON c.id = l.contract
"""


@dataclass(frozen=True)
class Served(database.Row):
    """Who would serve or serves whom with what; None where the viewer may not know of the person."""

    id: int
    need: int
    person: int
    station: int
    station_name: str
    supplier: int
    supplier_name: str
    supplier_kind: OrganisationKind
    contract_line: int | None
    contract: int | None
    contract_number: str | None
    metres: int
    valid_from: date
    valid_to: date | None
    last_day: date | None
    taken: bool  # whether the viewer's organisation is the station, or has accepted to come
    person_name: str | None
    person_sex: Sex | None
    birth_date: date | None
    person_group: PersonGroup | None
    village: str | None
    accuracy: Accuracy | None  # of the home's point: the way may be an estimate
    halal: bool | None
    language: str | None
    township_name: str | None
    item_code: str | None
    item_name: str | None
    item_english: str | None
    visits_per_month: int | None
    minutes: int | None
    staff_count: int | None
    required_sex: RequiredSex | None
    required_qualification: str | None
    need_state: NeedState | None
    pricing: Pricing | None
    rate: Decimal | None
    two_workers_pay_twice: bool | None

    @property
    def demand(self) -> Demand | None:
        """What the need asks for, where the viewer may know of it."""
        if self.visits_per_month is None or self.minutes is None or self.staff_count is None:
            return None
        return Demand(self.visits_per_month, self.minutes, self.staff_count)

    @property
    def terms(self) -> Terms | None:
        """What the contract line pays; None for a station and where the viewer may not know of the line."""
        if self.pricing is None or self.rate is None or self.two_workers_pay_twice is None:
            return None
        return Terms(self.pricing, self.rate, self.two_workers_pay_twice)


@dataclass(frozen=True)
class PlacementListed(Served):
    """A placement in the list."""

    state: PlacementState
    reserved_units: Decimal
    reserved_yuan: Decimal
    end_reason: str


@dataclass(frozen=True)
class PlacementRow(Served):
    """A placement with the offer that it came of."""

    state: PlacementState
    offer: int
    matching_run: int | None
    accepted_at: datetime | None
    reserved_units: Decimal
    reserved_yuan: Decimal
    end_reason: str


@dataclass(frozen=True)
class InForce(database.Row):
    """A placement of the plan in force."""

    id: int
    need: int
    person: int
    supplier: int
    contract_line: int | None
    metres: int
    valid_from: date
    valid_to: date | None
    reserved_units: Decimal
    reserved_yuan: Decimal


@database.scoped
async def placements(
    scope: Scope,
    state: str = "",
    search: str = "",
    supplier: int | None = None,
    suppliers: list[int] | None = None,
    need: int | None = None,
    person: int | None = None,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[PlacementListed], int]:
    """Placements that the viewer reaches, by township and recipient; `suppliers` narrows to several at once."""
    which = lists.where(
        lists.within(scope, "x"),
        {
            "x.state = :state": state,
            "x.supplier = :supplier": supplier,
            "x.supplier = ANY(:suppliers)": suppliers,
            "x.need = :need": need,
            "x.person = :person": person,
            lists.found("s.name", person="p"): search,
        },
    )
    return await lists.part(
        PlacementListed,
        f"x.*, {WHO} FROM placement x {JOINS}",
        "FROM placement x LEFT JOIN person p ON p.id = x.person LEFT JOIN division d ON d.id = p.township"
        f" JOIN organisation s ON s.id = x.supplier WHERE {which}",
        "x.state = 'ended', d.code, x.person, x.valid_from, x.id",
        "x.id",
        limit=limit,
        offset=offset,
        state=state,
        supplier=supplier,
        suppliers=suppliers,
        need=need,
        person=person,
        search=lists.wanted(search),
        **lists.counties(scope),
    )


@database.scoped
async def placement(scope: Scope, id: int) -> PlacementRow:
    """One placement; raises NotFound."""
    row = await database.row(
        PlacementRow,
        f"""
        SELECT x.*, {WHO}, o.matching_run, o.decided_at AS accepted_at
        FROM placement x {JOINS} JOIN offer o ON o.id = x.offer WHERE x.id = :id
        """,
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def in_force(scope: Scope, on: date | None = None) -> list[InForce]:
    """The plan in force, by need. With `on`, only what has not ended by that day."""
    return await database.rows(
        InForce,
        "SELECT id, need, person, supplier, contract_line, metres, valid_from, valid_to, reserved_units, reserved_yuan"
        " FROM placement WHERE state = 'in_force' AND county = ANY(:counties)"
        " AND (:on::date IS NULL OR valid_to IS NULL OR valid_to >= :on) ORDER BY need",
        counties=list(scope.counties),
        on=on,
    )


@database.scoped
async def blocked(scope: Scope) -> dict[int, list[str]]:
    """Suppliers with placements in force or open offers that may take on no new work, and what each lacks."""
    today, found = clock.today(), {}
    for supplier in await database.values(
        int,
        """
        SELECT o.id FROM organisation o WHERE o.county = ANY(:counties) AND (
          EXISTS (SELECT 1 FROM placement p WHERE p.supplier = o.id AND p.state = 'in_force')
          OR EXISTS (SELECT 1 FROM offer f WHERE f.supplier = o.id AND f.state = 'offered')) ORDER BY o.id
        """,
        counties=list(scope.counties),
    ):
        who = await organisations.standing(scope, supplier, today)
        if first_broken(SUPPLIER_RULES, who, Asked(today)) is not None:
            found[supplier] = list(who.lapsed)
    return found


@database.scoped
async def held(scope: Scope, supplier: int, services: Sequence[str] = ()) -> tuple[int, int]:
    """Placements in force and open offers of a supplier; `services` narrows by how codes of services begin."""
    placements, offers = [
        await database.number(
            f"SELECT count(*) FROM {table} x JOIN need n ON n.id = x.need JOIN service_item i ON i.id = n.service_item"
            " WHERE x.supplier = :supplier AND x.state = :state"
            " AND (:services::text[] = '{}' OR i.code ~ ('^(' || array_to_string(:services::text[], '|') || ')'))",
            supplier=supplier,
            state=state,
            services=list(services),
        )
        for table, state in (("placement", PlacementState.IN_FORCE), ("offer", OfferState.OFFERED))
    ]
    return placements, offers


@dataclass(frozen=True)
class _Term(database.Row):
    """The days of a placement and how often its need is visited."""

    valid_from: date
    valid_to: date | None
    visits_per_month: int


@database.scoped
async def ahead(scope: Scope, supplier: int, until: date | None = None) -> tuple[int, int]:
    """Placements of a supplier in force, and the visits that their needs expect from today on.

    To the end of each placement, or to `until` (its contract's end, the year's end) where that is earlier.
    """
    rows = await database.rows(
        _Term,
        """
        SELECT x.valid_from, x.valid_to, n.visits_per_month FROM placement x JOIN need n ON n.id = x.need
        WHERE x.supplier = :supplier AND x.state = 'in_force'
        """,
        supplier=supplier,
    )
    today = clock.today()
    until = until or clock.year_of(today)[1]
    visits = sum(
        visits_between(row.visits_per_month, max(today, row.valid_from), min(row.valid_to or until, until))
        for row in rows
    )
    return len(rows), visits


@dataclass(frozen=True)
class Placeable(database.Row):
    """What of a need decides its placing."""

    id: int
    county: int
    station: int
    person: int
    state: NeedState
    visits_per_month: int
    minutes: int
    staff_count: int
    valid_from: date
    valid_to: date | None
    exception_reason: str  # why an officer went beyond the ladder of entitlement; "" for what it grants
    item_code: str
    township: int
    group: str
    category: str
    tier: str
    level: str
    living: str
    birth_date: date
    certificates: list[tuple[int, int]]

    @property
    def age(self) -> int:
        """In years, today."""
        return clock.age(self.birth_date, clock.today())

    @property
    def demand(self) -> Demand:
        """What it asks for."""
        return Demand(self.visits_per_month, self.minutes, self.staff_count)


@database.scoped
async def placeable(scope: Scope, need: int) -> Placeable:
    """A need that is to be placed, its row locked; raises NotFound."""
    row = await database.row(
        Placeable,
        f"""
        SELECT n.id, n.county, n.station, n.person, n.state, n.visits_per_month, n.minutes, n.staff_count,
               n.valid_from, n.valid_to, n.exception_reason, i.code AS item_code, p.township, {STANDING}
        FROM need n JOIN service_item i ON i.id = n.service_item JOIN person p ON p.id = n.person
        LEFT JOIN household h ON h.id = p.household WHERE n.id = :id FOR UPDATE OF n
        """,
        id=need,
    )
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class AlsoServed(database.Row):
    """Another need of a recipient that is served or on offer, with what its line pays; None where a station comes."""

    visits_per_month: int
    minutes: int
    staff_count: int
    pricing: Pricing | None
    rate: Decimal | None
    two_workers_pay_twice: bool | None

    @property
    def terms(self) -> Terms | None:
        """What the contract line pays; None for a station."""
        if self.pricing is None or self.rate is None:
            return None
        return Terms(self.pricing, self.rate, bool(self.two_workers_pay_twice))


@database.scoped
async def also_served(scope: Scope, person: int, need: int) -> list[AlsoServed]:
    """A recipient's other needs that are served or on offer; not those that an officer approved beyond the ladder.

    An offer of a need that is served counts instead of its placement: it would end it.
    """
    return await database.rows(
        AlsoServed,
        """
        SELECT DISTINCT ON (n.id) n.visits_per_month, n.minutes, n.staff_count, l.pricing, l.rate,
               l.two_workers_pay_twice
        FROM (SELECT need, contract_line, 0 AS held FROM offer WHERE person = :person AND state = 'offered'
              UNION ALL SELECT need, contract_line, 1 FROM placement WHERE person = :person AND state = 'in_force') x
        JOIN need n ON n.id = x.need LEFT JOIN contract_line l ON l.id = x.contract_line
        WHERE n.id <> :need AND n.exception_reason = '' ORDER BY n.id, x.held
        """,
        person=person,
        need=need,
    )
