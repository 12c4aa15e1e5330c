"""Reads of service records: the list, one record with everything on it, the worker's visit, and the export."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records import notices, whole_record
from shangmen.delivery.service_records.evidence import Point, point
from shangmen.delivery.service_records.states import Confirmation, EvidenceClass, VerdictState
from shangmen.delivery.service_records.verification import actions, inputs
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.delivery.service_records.whole_record import Linked, Whole
from shangmen.delivery.visits import queries as visits
from shangmen.errors import NotFound
from shangmen.foundation.audit import queries as audit
from shangmen.foundation.regions.states import Accuracy
from shangmen.supply.contracts.states import Pricing
from shangmen.web import lists
from shangmen.web.language import gettext

__all__ = ["record", "records", "visit_of_worker"]


@dataclass(frozen=True)
class Asked:
    """What a list of records is asked for: `search` is a part of the recipient's name, `worker` of a worker's."""

    search: str = ""
    state: str = ""
    supplier: int | None = None
    station: int | None = None
    worker: str = ""
    evidence: str = ""
    first: date | None = None
    last: date | None = None
    mine: bool = False  # only what the viewer is to decide on


@dataclass(frozen=True)
class ListedRow(database.Row):
    """A record in force as the list shows it; `workers` are names in one text."""

    id: int
    visit: int
    begun_at: datetime
    ended_at: datetime
    evidence_class: EvidenceClass
    confirmation: Confirmation
    state: VerdictState
    item_code: str
    item_name: str
    item_english: str
    supplier_name: str
    station_name: str
    person_name: str
    workers: str
    minutes: int
    amount: Decimal
    contract_line: int | None
    findings: list[Finding]


_LISTED = """
r.id, r.visit, r.begun_at, r.ended_at, r.evidence_class, r.confirmation, d.state,
       i.code AS item_code, i.name AS item_name, i.english AS item_english, o.name AS supplier_name,
       t.name AS station_name, coalesce(s.name, '') AS person_name, '' AS workers, l.minutes, l.amount,
       l.contract_line,
       coalesce((SELECT jsonb_agg(jsonb_build_object('rule', f.rule, 'severity', f.severity, 'message', f.message,
                                                     'details', f.details) ORDER BY f.severity = 'note', f.id)
                 FROM finding f WHERE f.service_record = r.id), '[]') AS findings
FROM verdict d JOIN service_record r ON r.id = d.service_record JOIN service_line l ON l.service_record = r.id
JOIN service_item i ON i.id = l.service_item JOIN organisation o ON o.id = r.supplier
JOIN organisation t ON t.id = r.station LEFT JOIN person s ON s.id = r.person
"""
_BY_WORKER = "EXISTS (SELECT 1 FROM attendance a WHERE a.service_record = r.id AND a.worker = ANY(:workers))"


@database.scoped
async def records(
    scope: Scope, asked: Asked | None = None, limit: int | None = lists.PAGE, offset: int = 0
) -> tuple[list[ListedRow], int]:
    """Records in force that the viewer reaches, held ones first, then the latest; and how many fit."""
    asked = asked or Asked()
    which = lists.where(
        lists.within(scope, "r"),
        {
            "d.state = :state": asked.state,
            "r.evidence_class = :evidence": asked.evidence,
            "r.supplier = :supplier": asked.supplier,
            "r.station = :station": asked.station,
            "r.begun_at >= :first": asked.first,
            "r.begun_at < :last": asked.last,
            _BY_WORKER: asked.worker,
            lists.found(person="s", equal=["i.code"]): asked.search,
            notices.TO_DECIDE.get(scope.role, "false"): asked.mine or None,
        },
    )
    joined = (
        " JOIN service_line l ON l.service_record = r.id JOIN service_item i ON i.id = l.service_item"
        " LEFT JOIN person s ON s.id = r.person"
    )

    async def named(rows: list[ListedRow]) -> list[ListedRow]:
        names = await _workers(scope, [row.id for row in rows])
        return [replace(row, workers=gettext(", ").join(names[row.id].values())) for row in rows]

    return await lists.part(
        ListedRow,
        _LISTED,
        f"FROM verdict d JOIN service_record r ON r.id = d.service_record{notices.WHO if asked.mine else ''}"
        f"{joined if asked.search else ''} WHERE {which}",
        "d.state = 'held' DESC, r.begun_at DESC, r.id DESC",
        "r.id",
        named,
        limit=limit,
        offset=offset,
        organisation=scope.organisation or 0,
        search=lists.wanted(asked.search),
        state=asked.state,
        supplier=asked.supplier,
        station=asked.station,
        workers=await _named(scope, asked.worker) if asked.worker else None,
        evidence=asked.evidence,
        first=clock.at(asked.first) if asked.first else None,
        last=clock.at(asked.last, 24 * 60) if asked.last else None,
        **lists.counties(scope),
    )


async def _named(scope: Scope, name: str) -> list[int]:
    """Workers of the county by a part of their name; only used to narrow what the viewer reaches anyway."""
    async with database.elevated(scope):
        return await database.values(
            int, f"SELECT id FROM worker WHERE {lists.found('name')}", search=lists.wanted(name)
        )


@dataclass(frozen=True)
class _Deliverer(database.Row):
    service_record: int
    id: int
    name: str


async def _workers(scope: Scope, ids: list[int]) -> dict[int, dict[int, str]]:
    """Who delivered each of these records, id and name: told to whoever sees the record, the station too."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    async with database.elevated(scope):
        for row in await database.rows(
            _Deliverer,
            "SELECT a.service_record, w.id, w.name FROM attendance a JOIN worker w ON w.id = a.worker"
            " WHERE a.service_record = ANY(:ids) ORDER BY a.service_record, w.id",
            ids=ids,
        ):
            found[row.service_record][row.id] = row.name
    return found


@dataclass(frozen=True)
class RecordRow(Linked):
    """A record with the verdict on its visit, what was planned, and for whom; `newest` is the record in force."""

    state: VerdictState
    newest: int
    decided_at: datetime
    reason: str
    decided_by_name: str | None
    item_code: str
    item_name: str
    item_english: str
    supplier_name: str
    station_name: str
    person_name: str
    address: str
    village: str
    township_name: str | None
    latitude: Decimal | None
    longitude: Decimal | None
    position_accuracy: int | None
    accuracy: Accuracy  # of the point that the visit was held against: an estimate proves nothing
    planned_start: datetime
    planned_end: datetime
    day: date
    pricing: Pricing | None
    contract_number: str | None
    telephone: str
    telephone_of: str

    @property
    def home(self) -> Point | None:
        """Where the visit took place, with how well that is known."""
        return point(self.latitude, self.longitude, self.position_accuracy)


_RECORD = """
SELECT r.*, d.state, d.service_record AS newest, d.decided_at, d.reason, u.name AS decided_by_name,
       i.code AS item_code, i.name AS item_name, i.english AS item_english, o.name AS supplier_name,
       t.name AS station_name, coalesce(s.name, '') AS person_name,
       coalesce(s.address, '') AS address, coalesce(s.village, '') AS village, e.name AS township_name,
       coalesce(v.latitude, s.latitude) AS latitude, coalesce(v.longitude, s.longitude) AS longitude,
       s.position_accuracy, CASE WHEN coalesce(v.latitude, s.latitude) IS NOT NULL THEN 'exact'
         ELSE coalesce(w.accuracy, '') END AS accuracy,
       v.planned_start, v.planned_end, v.day, k.pricing, c.number AS contract_number,
       coalesce(s.telephone, '') AS telephone, coalesce(s.telephone_of, '') AS telephone_of
FROM service_record r JOIN verdict d ON d.visit = r.visit JOIN visit v ON v.id = r.visit
JOIN service_item i ON i.id = v.service_item JOIN organisation o ON o.id = r.supplier
JOIN organisation t ON t.id = r.station LEFT JOIN person s ON s.id = r.person
LEFT JOIN home w ON w.person = s.id LEFT JOIN division e ON e.id = residence_on(s.id, v.day)
LEFT JOIN app_user u ON u.id = d.decided_by
LEFT JOIN service_line l ON l.service_record = r.id LEFT JOIN contract_line k ON k.id = l.contract_line
LEFT JOIN contract c ON c.id = k.contract WHERE r.id = :id
"""


@dataclass(frozen=True)
class Revision(database.Row):
    """One version of the record of a visit."""

    id: int
    recorded_at: datetime
    begun_at: datetime
    ended_at: datetime
    amount: Decimal | None


@dataclass(frozen=True)
class FullRecord:
    """One record with everything on it.

    `names` are the workers', `events` the history of the visit and its records, `fence` metres around the home.
    """

    row: RecordRow
    whole: Whole
    names: dict[int, str]
    revisions: list[Revision]
    events: list[audit.HistoryRow]
    answer: actions.Answer
    fence: int


@database.scoped
async def record(scope: Scope, id: int) -> FullRecord:
    """One record that the viewer reaches, with its parts, revisions, history and who may decide; raises NotFound."""
    row = await database.row(RecordRow, _RECORD, id=id)
    whole = await whole_record.whole(scope, id)
    if row is None or whole is None:
        raise NotFound
    revisions = await database.rows(
        Revision,
        "SELECT r.id, r.recorded_at, r.begun_at, r.ended_at, l.amount"
        " FROM service_record r LEFT JOIN service_line l ON l.service_record = r.id"
        " WHERE r.visit = :visit ORDER BY r.revision",
        visit=row.visit,
    )
    async with database.elevated(scope) as system:
        events = [event for one in revisions for event in await audit.history(system, "service_record", one.id)]
        events += await audit.history(system, "visit", row.visit)
    limits = await inputs.limits(row.day)
    return FullRecord(
        row=row,
        whole=whole,
        names=(await _workers(scope, [id]))[id],
        revisions=revisions,
        events=sorted(events, key=lambda event: event.at),
        answer=await actions.may_decide(scope, row.station, row.supplier),
        fence=limits.fence(bool(row.village)) + (row.position_accuracy or 0),
    )


@dataclass(frozen=True)
class ArrivalRow(database.Row):
    """A worker's check-in as the telephone tells it."""

    worker: int
    name: str
    server_at: datetime
    metres_off: int | None


@dataclass(frozen=True)
class LoggedRow(database.Row):
    """The record in force of a visit as the telephone tells it."""

    begun_at: datetime
    ended_at: datetime
    notes: str
    confirmation: Confirmation
    state: VerdictState


@dataclass(frozen=True)
class PhoneVisit:
    """One of the viewer's own visits: who has checked in (`mine`, `others`), the record in force."""

    visit: visits.OwnVisit
    mine: ArrivalRow | None
    others: list[ArrivalRow]
    record: LoggedRow | None


@dataclass(frozen=True)
class Near:
    """The home, and within how many metres of it a position counts."""

    home: Point
    fence: int


@database.scoped
async def near(scope: Scope, visit: visits.OwnVisit) -> Near | None:
    """Where a visit of the viewer's own is to take place; None where nobody knows, or no limit is set."""
    home = point(visit.latitude, visit.longitude)
    try:
        limits = await inputs.limits(visit.day)
    except LookupError:  # a county whose parameters are not loaded
        return None
    return None if home is None else Near(home, limits.fence(bool(visit.village)))


@database.scoped
async def visit_of_worker(scope: Scope, id: int) -> PhoneVisit:
    """One of the viewer's own visits, for the phone; raises NotFound for anybody else's."""
    visit = await visits.visit_of_worker(scope, id)
    arrivals = await database.rows(
        ArrivalRow,
        "SELECT c.worker, coalesce(c.happened_at, c.server_at) AS server_at, c.metres_off, w.name FROM check_in c"
        " JOIN worker w ON w.id = c.worker WHERE c.visit = :visit ORDER BY c.id",
        visit=id,
    )
    logged = await database.row(
        LoggedRow,
        "SELECT r.begun_at, r.ended_at, r.notes, r.confirmation, d.state FROM verdict d"
        " JOIN service_record r ON r.id = d.service_record WHERE d.visit = :visit",
        visit=id,
    )
    return PhoneVisit(
        visit=visit,
        mine=next((arrival for arrival in arrivals if arrival.worker == scope.worker), None),
        others=[arrival for arrival in arrivals if arrival.worker != scope.worker],
        record=logged,
    )
