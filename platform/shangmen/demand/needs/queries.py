"""Reads of needs."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypedDict

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs.states import NeedState, PausedFrom, RequiredSex
from shangmen.demand.needs.tables import CarePlan
from shangmen.demand.needs.windows import Window
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.states import Category, Living, PersonGroup, PersonState
from shangmen.errors import NotFound
from shangmen.foundation.catalogue.states import ServiceKind, ServiceUnit
from shangmen.foundation.organisations.states import Sex
from shangmen.foundation.regions.states import Accuracy
from shangmen.web import lists

# A need that starts further ahead than this rests as `approved`; matching looks this far.
HORIZON = timedelta(days=60)


@dataclass(frozen=True)
class NeedRow(database.Row):
    """A need with its person, service item and station; `level` is the latest assessment's, None before the first."""

    id: int
    county: int
    station: int
    person: int
    care_plan: int | None
    service_item: int
    visits_per_month: int
    minutes: int
    staff_count: int
    required_sex: RequiredSex
    required_qualification: str
    minors_check: bool
    halal: bool
    windows: list[Window]
    wishes: str
    days_between: int
    priority: int
    valid_from: date
    valid_to: date | None
    state: NeedState
    pause_reason: str
    pause_until: date | None
    paused_from: PausedFrom
    approved_by: int | None
    exception_reason: str
    returned_reason: str
    version: int
    name: str
    sex: Sex
    group: PersonGroup
    living: Living
    person_language: str
    latitude: Decimal | None
    longitude: Decimal | None
    accuracy: Accuracy
    township: int
    township_name: str
    village: str
    person_state: PersonState
    station_name: str
    code: str
    item_name: str
    item_english: str
    kind: ServiceKind
    unit: ServiceUnit
    standard_minutes: int
    minimum_minutes: int
    same_sex: bool
    category: Category | None
    level: AbilityLevel | None


@dataclass(frozen=True)
class MatchableNeed(database.Row):
    """A need as matching asks for it. `end_of_service` is the household's last day; a position is WGS-84."""

    id: int
    station: int
    person: int
    name: str
    latitude: Decimal | None
    longitude: Decimal | None
    accuracy: Accuracy
    township: int
    sex: Sex
    group: PersonGroup
    living: Living
    birth_date: date
    category: Category | None
    level: AbilityLevel | None
    halal: bool
    language: str
    service_item: int
    code: str
    item_name: str
    kind: ServiceKind
    unit: ServiceUnit
    price_ceiling: Decimal | None
    minutes: int
    visits_per_month: int
    days_between: int
    staff_count: int
    required_sex: RequiredSex
    required_qualification: str
    minors_check: bool
    windows: list[Window]
    priority: int
    exception_reason: str
    valid_from: date
    valid_to: date | None
    end_of_service: date | None
    state: NeedState
    created_at: datetime


@dataclass(frozen=True)
class _StateCount(database.Row):
    state: NeedState
    count: int


class Filters(TypedDict):
    """What a list of needs may be narrowed by; "" and None narrow nothing."""

    search: str
    township: int | None
    state: str
    code: str
    group: str


_LEVEL = "(SELECT a.level FROM assessment a WHERE a.person = p.id ORDER BY a.assessed_on DESC, a.id DESC LIMIT 1)"

_NEED = f"""
  n.*, p.name, p.sex, p.person_group AS "group", p.living, p.halal AS person_halal,
  p.language AS person_language, w.latitude, w.longitude,
  w.accuracy, p.township, t.name AS township_name, p.village, p.state AS person_state, o.name AS station_name,
  i.code, i.name AS item_name, i.english AS item_english, i.kind, i.unit, i.standard_minutes, i.minimum_minutes,
  i.same_sex, h.category, {_LEVEL} AS level
  FROM need n JOIN person p ON p.id = n.person JOIN home w ON w.person = p.id JOIN division t ON t.id = p.township
  JOIN organisation o ON o.id = n.station JOIN service_item i ON i.id = n.service_item
  LEFT JOIN household h ON h.id = p.household
"""


@database.scoped
async def needs(
    scope: Scope,
    search: str = "",
    state: str = "",
    township: int | None = None,
    code: str = "",
    group: str = "",
    person: int | None = None,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[NeedRow], int]:
    """Needs that the viewer reaches, the weightiest first, and how many there are."""
    which = lists.where(
        f"{lists.within(scope, 'n')} AND {recipients.reads(scope, 'n', 'person')}",
        {
            "n.state = :state": state,
            "n.person = :person": person,
            "p.township = :township": township,
            "i.code = :code": code,
            "p.person_group = :person_group": group,
            lists.found(person="p"): search,
        },
    )
    item = " JOIN service_item i ON i.id = n.service_item" if code else ""
    return await lists.part(
        NeedRow,
        _NEED,
        f"FROM need n JOIN person p ON p.id = n.person{item} WHERE {which}",
        "(n.state = 'ended'), n.priority DESC, n.created_at, n.id",
        "n.id",
        limit=limit,
        offset=offset,
        search=lists.wanted(search),
        state=state,
        township=township,
        code=code,
        person_group=group,
        person=person,
        **lists.counties(scope),
    )


@database.scoped
async def counts(scope: Scope) -> dict[NeedState, int]:
    """How many needs the viewer reaches, by state."""
    found = await database.rows(
        _StateCount,
        "SELECT state, count(*) AS count FROM need n WHERE county = ANY(:counties)"
        f" AND {recipients.reads(scope, 'n', 'person')} GROUP BY state",
        counties=list(scope.counties),
    )
    return {one.state: one.count for one in found}


@database.scoped
async def need(scope: Scope, id: int) -> NeedRow:
    """One need with its person and item; raises NotFound for what the viewer may not know of."""
    found = await database.row(
        NeedRow,
        f"SELECT {_NEED} WHERE n.id = :id AND n.county = ANY(:counties) AND {recipients.reads(scope, 'n', 'person')}",
        id=id,
        counties=list(scope.counties),
    )
    if found is None:
        raise NotFound
    return found


@database.scoped
async def of_person(scope: Scope, person: int) -> list[NeedRow]:
    """A person's needs, the open ones first."""
    found, _total = await needs(scope, person=person, limit=None)
    return found


@database.scoped
async def care_plan(scope: Scope, id: int | None) -> CarePlan | None:
    """A care plan, None for none."""
    return None if id is None else await database.read(CarePlan, id)


@database.scoped
async def to_match(scope: Scope, on: date) -> list[MatchableNeed]:
    """Needs that want a supplier on a day or within the horizon after it: waiting, placed, or approved and near."""
    return await database.rows(
        MatchableNeed,
        """
        SELECT n.id, n.station, n.person, p.name, w.latitude, w.longitude, w.accuracy, p.township, p.sex,
               p.person_group AS "group", p.living, p.birth_date, h.category, a.level, n.halal, p.language,
               n.service_item, i.code, i.name AS item_name, i.kind, i.unit, i.price_ceiling,
               n.minutes, n.visits_per_month, n.days_between, n.staff_count, n.required_sex,
               n.required_qualification, n.minors_check, n.windows, n.priority, n.exception_reason,
               n.valid_from, n.valid_to,
               coalesce(h.grace_until, h.valid_to) AS end_of_service, n.state, n.created_at
        FROM need n
        JOIN person p ON p.id = n.person
        JOIN home w ON w.person = p.id
        JOIN service_item i ON i.id = n.service_item
        LEFT JOIN household h ON h.id = p.household
        LEFT JOIN (SELECT DISTINCT ON (person) person, level FROM assessment
                   ORDER BY person, assessed_on DESC, id DESC) a ON a.person = p.id
        WHERE n.county = ANY(:counties)
          AND (n.state IN ('waiting', 'placed') OR (n.state = 'approved' AND n.valid_from <= :horizon))
          AND (n.valid_to IS NULL OR n.valid_to >= :on)
        ORDER BY n.id
        """,
        counties=list(scope.counties),
        on=on,
        horizon=on + HORIZON,
    )
