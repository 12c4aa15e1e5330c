"""Reads of what is verified: a visit with its need, item, home and contract line, and who arrived at it.

Called under an elevated scope: a worker may deliver for two employers, and neither may see the other's records.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records.evidence import Point, point
from shangmen.delivery.service_records.verification.dossier import Service
from shangmen.delivery.service_records.whole_record import CheckInPart
from shangmen.delivery.visits.states import VisitState
from shangmen.errors import NotFound
from shangmen.foundation.catalogue.states import Proof
from shangmen.supply.contracts import pricing
from shangmen.supply.contracts.states import Pricing


@dataclass(frozen=True)
class Terms(database.Row):
    """What the contract pays for a visit; all None where a station serves its own recipients."""

    contract_line: int | None
    pricing: Pricing | None
    rate: Decimal | None
    two_workers_pay_twice: bool | None

    def price(self, minutes: int, workers: int) -> tuple[Decimal, Decimal]:
        """Units and yuan of a visit; nothing without a contract."""
        if self.pricing is None or self.rate is None:
            return pricing.ZERO, pricing.ZERO
        return pricing.price(self.pricing, self.rate, minutes, workers, bool(self.two_workers_pay_twice))


@dataclass(frozen=True)
class VisitRow(Terms):
    """A visit with its need, item, home and contract line.

    `on_it` and `checked_in` say whether the viewer is one of its workers, and has checked in.
    """

    id: int
    county: int
    station: int
    supplier: int
    supplier_name: str
    placement: int
    need: int
    person: int
    service_item: int
    day: date
    planned_start: datetime
    planned_end: datetime
    state: VisitState
    latitude: Decimal | None
    longitude: Decimal | None
    position_accuracy: int | None
    village: str
    minimum_minutes: int
    proof: list[Proof]
    staff_count: int
    visits_per_month: int
    minors_check: bool
    qualification: str
    on_it: bool
    checked_in: datetime | None

    @property
    def home(self) -> Point | None:
        """Where the visit takes place, with how well that is known."""
        return point(self.latitude, self.longitude, self.position_accuracy)

    @property
    def service(self) -> Service:
        """What was to be delivered."""
        return Service(
            minimum_minutes=self.minimum_minutes,
            planned_start=self.planned_start,
            planned_end=self.planned_end,
            staff_count=self.staff_count,
            visits_per_month=self.visits_per_month,
            proof=tuple(self.proof),
            qualification=self.qualification,
            minors_check=self.minors_check,
        )


_VISIT = """
SELECT v.id, v.county, v.station, v.supplier, v.placement, v.person, v.service_item, v.day, v.planned_start,
       v.planned_end, v.state, coalesce(v.latitude, s.latitude) AS latitude,
       coalesce(v.longitude, s.longitude) AS longitude, s.position_accuracy, s.village,
       i.minimum_minutes, i.proof, p.need, n.staff_count, n.visits_per_month,
       n.minors_check OR i.minors_check AS minors_check,
       coalesce(nullif(n.required_qualification, ''), i.required_qualification) AS qualification,
       p.contract_line, l.pricing, l.rate, l.two_workers_pay_twice, o.name AS supplier_name,
       EXISTS (SELECT 1 FROM visit_worker x WHERE x.visit = v.id AND x.worker = :worker
               AND (x.stands OR v.state IN ('cancelled', 'missed', 'phone'))) AS on_it,
       (SELECT coalesce(c.happened_at, c.server_at) FROM check_in c
        WHERE c.visit = v.id AND c.worker = :worker) AS checked_in
FROM visit v JOIN placement p ON p.id = v.placement JOIN need n ON n.id = p.need
JOIN service_item i ON i.id = v.service_item JOIN person s ON s.id = v.person JOIN organisation o ON o.id = v.supplier
LEFT JOIN contract_line l ON l.id = p.contract_line
WHERE v.id = :id FOR NO KEY UPDATE OF v
"""


@database.scoped
async def visit(scope: Scope, id: int) -> VisitRow:
    """A visit, locked; raises NotFound."""
    row = await database.row(VisitRow, _VISIT, id=id, worker=scope.worker or 0)
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True)
class Arrival(CheckInPart):
    """A check-in, with who came."""

    name: str
    background_checked: date | None


@database.scoped
async def check_ins(scope: Scope, visit: int) -> list[Arrival]:
    """The arrivals at a visit, by worker. Locks the workers against records of theirs that are written at the same
    time: overlaps would pass unseen."""
    rows = await database.rows(
        Arrival,
        "SELECT c.*, w.name, w.background_checked FROM check_in c JOIN worker w ON w.id = c.worker"
        " WHERE c.visit = :visit ORDER BY c.worker",
        visit=visit,
    )
    await database.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('attendance', worker))"
        " FROM unnest(:workers::bigint[]) AS worker",
        workers=sorted(row.worker for row in rows),
    )
    return rows
