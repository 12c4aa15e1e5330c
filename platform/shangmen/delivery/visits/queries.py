"""Reads of visits; what is still to be planned is in rostering/queries.py."""

import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.visits import presence
from shangmen.delivery.visits.states import VisitReason, VisitState
from shangmen.demand.recipients.states import PersonGroup
from shangmen.errors import NotFound
from shangmen.foundation.catalogue.states import Proof
from shangmen.foundation.organisations.states import OrganisationKind, Sex
from shangmen.foundation.regions.states import Accuracy
from shangmen.web import lists


@dataclass(frozen=True)
class VisitingWorker(database.Row):
    """Somebody who comes, or would have come."""

    id: int
    name: str


@dataclass(frozen=True)
class _OfVisit(database.Row):
    visit: int
    id: int
    name: str


@dataclass(frozen=True)
class VisitRow(database.Row):
    """A visit with whom it is for and who makes it; a recipient whom the viewer may not see has no name."""

    id: int
    supplier: int
    placement: int
    person: int
    day: date
    planned_start: datetime
    planned_end: datetime
    state: VisitState
    reason: VisitReason
    note: str
    roster_run: int | None
    version: int
    created_at: datetime
    item_code: str
    item_name: str
    item_english: str
    item_staff: int
    person_name: str
    village: str | None
    township_name: str | None
    accuracy: Accuracy  # of the point that the visit goes to: the home's own, or an estimate
    supplier_name: str
    station_name: str
    workers: list[VisitingWorker]  # by id
    hindrance: VisitReason  # why it cannot take place as planned, as things are now

    @property
    def minutes(self) -> int:
        """How long it is planned to last."""
        return int((self.planned_end - self.planned_start).total_seconds()) // 60


_ACCURACY = "CASE WHEN v.latitude IS NOT NULL THEN 'exact' ELSE coalesce(w.accuracy, '') END"

_VISITS = f"""
v.id, v.supplier, v.placement, v.person, v.day, v.planned_start, v.planned_end, v.state, v.reason, v.note,
       v.roster_run, v.version, v.created_at, i.code AS item_code, i.name AS item_name, i.english AS item_english,
       i.staff_count AS item_staff, coalesce(s.name, '') AS person_name, s.village, d.name AS township_name,
       {_ACCURACY} AS accuracy, o.name AS supplier_name, t.name AS station_name,
       '[]'::jsonb AS workers, '' AS hindrance
FROM visit v JOIN service_item i ON i.id = v.service_item
JOIN organisation o ON o.id = v.supplier JOIN organisation t ON t.id = v.station
LEFT JOIN person s ON s.id = v.person LEFT JOIN division d ON d.id = residence_on(s.id, v.day)
LEFT JOIN home w ON w.person = s.id
"""


async def _with_workers(scope: Scope, found: list[VisitRow]) -> list[VisitRow]:
    """The visits with their workers.

    Names of the people who come are told to whoever may see the visit: the station too, whose recipient it is.
    """
    people: dict[int, list[VisitingWorker]] = defaultdict(list)
    async with database.elevated(scope):
        for one in await database.rows(
            _OfVisit,
            "SELECT x.visit, w.id, w.name FROM visit_worker x JOIN worker w ON w.id = x.worker"
            " JOIN visit v ON v.id = x.visit WHERE x.visit = ANY(:visits)"
            " AND (x.stands OR v.state IN ('missed', 'cancelled', 'phone')) ORDER BY x.visit, w.id",
            visits=[one.id for one in found],
        ):
            people[one.visit].append(VisitingWorker(one.id, one.name))
    hindered = await presence.hindrances(scope, [one.id for one in found])
    return [
        dataclasses.replace(one, workers=people[one.id], hindrance=hindered.get(one.id, VisitReason.NONE))
        for one in found
    ]


@database.scoped
async def visit(scope: Scope, id: int) -> VisitRow:
    """One visit that the viewer reaches, with its workers; raises NotFound."""
    found = await database.row(VisitRow, f"SELECT {_VISITS} WHERE v.id = :id", id=id)
    if found is None:
        raise NotFound
    return (await _with_workers(scope, [found]))[0]


@database.scoped
async def visits(
    scope: Scope,
    search: str = "",
    state: VisitState | None = None,
    organisation: int | None = None,
    worker: int | None = None,
    placement: int | None = None,
    first: date | None = None,
    last: date | None = None,
    hindered: bool = False,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[list[VisitRow], int]:
    """Visits that the viewer reaches, by time, and how many there are."""
    which = lists.where(
        lists.within(scope, "v"),
        {
            "v.state = :state": state,
            "v.supplier = :organisation": organisation,
            "v.placement = :placement": placement,
            "EXISTS (SELECT 1 FROM visit_worker x WHERE x.visit = v.id AND x.worker = :worker)": worker,
            "v.day >= :first": first,
            "v.day <= :last": last,
            presence.HINDERED: hindered or None,
            lists.found("i.name", person="s", equal=["i.code"]): search,
        },
    )
    joined = " JOIN service_item i ON i.id = v.service_item LEFT JOIN person s ON s.id = v.person"
    return await lists.part(
        VisitRow,
        _VISITS,
        f"FROM visit v{joined if search else ''} WHERE {which}",
        "v.planned_start, v.id",
        "v.id",
        partial(_with_workers, scope),
        limit=limit,
        offset=offset,
        search=lists.wanted(search),
        state=state,
        organisation=organisation,
        worker=worker,
        placement=placement,
        first=first,
        last=last,
        **lists.counties(scope),
    )


@database.scoped
async def week(scope: Scope, monday: date, organisation: int | None = None) -> list[VisitRow]:
    """The visits of seven days of one organisation, the viewer's own by default, by time."""
    found = await database.rows(
        VisitRow,
        f"SELECT {_VISITS} WHERE v.supplier = :organisation AND v.day BETWEEN :first AND :last"
        " ORDER BY v.planned_start, v.id",
        organisation=organisation or scope.organisation or 0,
        first=monday,
        last=monday + timedelta(6),
    )
    return await _with_workers(scope, found)


@dataclass(frozen=True)
class OwnVisit(database.Row):
    """A visit as its worker carries it: the recipient's name in clear, the telephone to be masked."""

    id: int
    day: date
    planned_start: datetime
    planned_end: datetime
    state: VisitState
    note: str
    placement: int
    person: int
    station: int
    supplier: int
    service_item: int
    latitude: Decimal | None
    longitude: Decimal | None
    version: int
    item_code: str
    item_name: str
    item_english: str
    proof: list[Proof]
    minimum_minutes: int
    person_name: str
    person_sex: Sex
    person_group: PersonGroup
    telephone: str
    village: str
    address: str
    guardian_name: str
    township_name: str
    accuracy: Accuracy  # as above
    contract_line: int | None
    need: int
    partner: str  # who comes along, "" for nobody


_OF_WORKER = f"""
SELECT v.id, v.day, v.planned_start, v.planned_end, v.state, v.note, v.placement, v.person, v.station, v.supplier,
       v.service_item, v.latitude, v.longitude, v.version, i.code AS item_code, i.name AS item_name,
       i.english AS item_english, i.proof, i.minimum_minutes, s.name AS person_name, s.sex AS person_sex,
       s.person_group, s.telephone, s.village, s.address, s.guardian_name, d.name AS township_name, p.contract_line,
       {_ACCURACY.replace("w.", "m.")} AS accuracy,
       p.need, coalesce((SELECT string_agg(w.name, '、' ORDER BY w.id) FROM visit_worker o
          JOIN worker w ON w.id = o.worker WHERE o.visit = v.id AND o.stands AND o.worker <> x.worker), '') AS partner
FROM visit_worker x JOIN visit v ON v.id = x.visit JOIN service_item i ON i.id = v.service_item
JOIN person s ON s.id = v.person JOIN division d ON d.id = s.township JOIN placement p ON p.id = v.placement
LEFT JOIN home m ON m.person = s.id
WHERE x.worker = :worker AND v.supplier = :organisation AND (x.stands OR v.state IN ('cancelled', 'missed', 'phone'))
"""


@database.scoped
async def of_worker(scope: Scope, day: date) -> list[OwnVisit]:
    """The viewer's own visits on a day, by time, for the phone.

    Cancelled, missed and telephoned ones are told too, so that nobody sets out.
    """
    return await database.rows(
        OwnVisit,
        f"{_OF_WORKER} AND v.day = :day ORDER BY v.planned_start, v.id",
        worker=scope.worker or 0,
        organisation=scope.organisation or 0,
        day=day,
    )


@database.scoped
async def visit_of_worker(scope: Scope, id: int) -> OwnVisit:
    """One of the viewer's own visits, as `of_worker` tells it; raises NotFound for anybody else's."""
    found = await database.row(
        OwnVisit, f"{_OF_WORKER} AND v.id = :id", worker=scope.worker or 0, organisation=scope.organisation or 0, id=id
    )
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class Deliverer(database.Row):
    """A station or a provider."""

    id: int
    name: str
    kind: OrganisationKind


@database.scoped
async def deliverers(scope: Scope, wide: bool = False) -> list[Deliverer]:
    """Stations and providers whose visits the viewer may see: the county's, or the own; `wide`: all by name."""
    return await database.rows(
        Deliverer,
        "SELECT id, name, kind FROM organisation WHERE kind IN ('station', 'provider') AND county = ANY(:counties)"
        " AND (:all OR id = :organisation) ORDER BY kind DESC, id",
        counties=list(scope.counties),
        all=wide or scope.reach == "county",
        organisation=scope.organisation or 0,
    )
