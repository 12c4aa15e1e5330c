"""Reading the facts of a run: parameters, needs, placements, offers, pins; suppliers by `suppliers.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement import rules as entitlement
from shangmen.demand.entitlement.rules import TOGETHER, Amount
from shangmen.demand.needs import caps
from shangmen.demand.needs import queries as needs
from shangmen.demand.needs.states import NeedState
from shangmen.demand.recipients.relatives import queries as relatives
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.regions.states import Terrain
from shangmen.supply.contracts.pricing import Terms
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import suppliers
from shangmen.supply.matching_runs.run.snapshot import (
    Commitment,
    Decision,
    Facts,
    LineFacts,
    NeedFacts,
    Roads,
    RunPolicy,
)
from shangmen.supply.matching_runs.states import PinKind
from shangmen.supply.placements import queries as placements
from shangmen.supply.placements import reservation


@database.scoped
async def policy(scope: Scope, form: RunForm) -> RunPolicy:
    """What a run is asked to do, with the parameters in force on its first day.

    Raises LookupError when a parameter is missing.
    """

    async def parameter(name: str) -> int:
        return await catalogue.parameter(scope, name, form.starts_on)

    access_minutes = await parameter("village_access_minutes")
    roads = {
        terrain: Roads(
            await catalogue.parameter_as(scope, float, f"detour_{terrain}", form.starts_on),
            await parameter(f"speed_{terrain}_kmh"),
            access_minutes,
        )
        for terrain in Terrain
    }
    opens, closes = await catalogue.parameter_as(scope, tuple[int, int], "office_hours", form.starts_on)
    return RunPolicy(
        starts_on=form.starts_on,
        seed=form.seed,
        seconds=form.seconds,
        placed=form.placed,
        neighbours=form.neighbours,
        most_moves=form.most_moves,
        order=form.order,
        distance_limit_metres=await parameter("distance_limit_metres"),
        background_check_months=await parameter("background_check_months"),
        travel_share_percent=await parameter("travel_share_percent"),
        caseload_per_worker=await parameter("caseload_per_worker"),
        office_hours=(opens, closes),
        roads=roads,
    )


@database.scoped
async def facts(scope: Scope, policy: RunPolicy) -> Facts:
    """Everything that a run looks at, read in one transaction."""
    plan = {row.need: row for row in await placements.in_force(scope)}
    offers = {row.need: row for row in await _open_offers(scope)}
    extra = await _versions(scope)
    declined = await _declined(scope)
    who = await suppliers.suppliers(scope, policy.starts_on)
    lines = {line.id: line for supplier in who for line in supplier.lines}
    matched: list[NeedFacts] = []
    commitments: list[Commitment] = []
    wanted = sorted(await needs.to_match(scope, policy.starts_on), key=lambda row: row.id)
    family = await relatives.relatives(scope, [row.person for row in wanted])
    measured = await caps.caps(scope, scope.county, [row.person for row in wanted], policy.starts_on)
    for row in wanted:
        need = _need(
            row,
            extra[row.id],
            plan.get(row.id),
            declined.get(row.id, ()),
            _granted(row, measured, policy),
            measured.standings[row.person],
            family.get(row.person, frozenset()),
        )
        offer = offers.get(need.id)
        placed = Commitment(need, *need.present, reserved=True) if need.present is not None else None
        if offer is not None:
            holds = _held_by(offer, need, lines.get(offer.contract_line or 0))
            commitments.append(Commitment(need, offer.supplier, offer.contract_line, reserved=False, holds=holds))
            # until the other accepts, the placement goes on, and so do its hours
            if placed is not None and placed.supplier != offer.supplier:
                commitments.append(placed)
        elif placed is not None and policy.placed == "leave":
            commitments.append(placed)
        elif row.state in (NeedState.WAITING, NeedState.PLACED):
            matched.append(need)
    return Facts(
        policy=policy,
        needs=tuple(matched),
        suppliers=who,
        commitments=tuple(commitments),
        decisions=tuple([Decision(row.need, row.supplier, row.kind) for row in await _pins(scope)]),
    )


def price(policy: RunPolicy) -> Callable[[NeedFacts, LineFacts], tuple[int, int]]:
    """Units (hundredths) and fen that a placement takes on a contract line from its first day to its last."""

    def of(need: NeedFacts, line: LineFacts) -> tuple[int, int]:
        first = max(need.valid_from, policy.starts_on)
        return _between(need, line, first, min(need.valid_to or line.term_to, line.term_to))

    return of


def _between(need: NeedFacts, line: LineFacts, first: date, last: date) -> tuple[int, int]:
    _visits, units, yuan = reservation.units_between(
        reservation.Demand(need.visits_per_month, need.minutes, need.staff_count),
        Terms(line.pricing, Decimal(line.rate_fen) / 100, line.two_workers_pay_twice),
        first,
        last,
    )
    return round(units * 100), round(yuan * 100)


@dataclass(frozen=True)
class _Version(database.Row):
    id: int
    version: int
    terrain: Terrain


async def _versions(scope: Scope) -> dict[int, _Version]:
    """The version of each need, and the terrain that its recipient lives in."""
    rows = await database.rows(
        _Version,
        "SELECT n.id, n.version, d.terrain FROM need n JOIN person p ON p.id = n.person"
        " JOIN division d ON d.id = p.township WHERE n.county = ANY(:counties)",
        counties=list(scope.counties),
    )
    return {row.id: row for row in rows}


@dataclass(frozen=True)
class _Declined(database.Row):
    need: int
    suppliers: list[int]


async def _declined(scope: Scope) -> dict[int, tuple[int, ...]]:
    """Who declined an offer of which need, or let it lapse, within the policy's days."""
    days = await catalogue.parameter(scope, "declined_offer_days")
    rows = await database.rows(
        _Declined,
        "SELECT need, array_agg(DISTINCT supplier ORDER BY supplier) AS suppliers FROM offer"
        " WHERE state IN ('declined', 'lapsed') AND decided_at >= :since AND county = ANY(:counties) GROUP BY need",
        since=clock.now() - timedelta(days=days),
        counties=list(scope.counties),
    )
    return {row.need: tuple(row.suppliers) for row in rows}


def _granted(row: needs.MatchableNeed, measured: caps.Caps, policy: RunPolicy) -> tuple[Amount | None, Amount | None]:
    """What the ladder grants of the service, and of all together; no limit for what an officer approved beyond it."""
    if row.exception_reason:
        return None, None
    on = max(row.valid_from, policy.starts_on)
    own, whole = (measured.granted(row.person, code, on) for code in (row.code, TOGETHER))
    return own.amount if own else None, whole.amount if whole else None


def _need(
    row: needs.MatchableNeed,
    now: _Version,
    placement: placements.InForce | None,
    declined: tuple[int, ...],
    granted: tuple[Amount | None, Amount | None],
    who: entitlement.Facts,
    family: frozenset[int],
) -> NeedFacts:
    present = (placement.supplier, placement.contract_line) if placement is not None else None
    held = (round(placement.reserved_units * 100), round(placement.reserved_yuan * 100)) if placement else None
    return NeedFacts(
        id=row.id,
        version=now.version,
        item_code=row.code,
        item_kind=row.kind,
        item_name=row.item_name,
        weight=row.priority,
        group=row.group,
        category=row.category or "",
        level=row.level or "",
        station=row.station,
        person=row.person,
        township=row.township,
        spot=suppliers.spot(row.latitude, row.longitude),
        accuracy=row.accuracy,
        terrain=now.terrain,
        visits_per_month=row.visits_per_month,
        minutes=row.minutes,
        staff_count=row.staff_count,
        sex=row.required_sex,
        qualification=row.required_qualification,
        minors_check=row.minors_check,
        windows=tuple(row.windows),
        valid_from=row.valid_from,
        valid_to=reservation.last_day(row.valid_to, row.end_of_service),
        present=present,
        held=held,
        declined=declined,
        tier=who.tier,
        living=who.living,
        age=who.age,
        certificates=who.certificates,
        halal=row.halal,
        language=row.language,
        relatives=family,
        granted=granted[0],
        together=granted[1],
    )


@dataclass(frozen=True)
class _Offer(database.Row):
    need: int
    supplier: int
    contract_line: int | None
    valid_from: date
    valid_to: date | None


async def _open_offers(scope: Scope) -> list[_Offer]:
    return await database.rows(
        _Offer,
        "SELECT need, supplier, contract_line, valid_from, valid_to FROM offer"
        " WHERE state = 'offered' AND county = ANY(:counties)",
        counties=list(scope.counties),
    )


def _held_by(offer: _Offer, need: NeedFacts, line: LineFacts | None) -> tuple[int, int] | None:
    """What an offer takes on its line when it is accepted today, whenever the run begins."""
    if line is None:
        return None
    last = reservation.last_day(offer.valid_to, need.valid_to, line.term_to) or line.term_to
    return _between(need, line, max(clock.today(), offer.valid_from), last)


@dataclass(frozen=True)
class _Pin(database.Row):
    need: int
    supplier: int | None
    kind: PinKind


async def _pins(scope: Scope) -> list[_Pin]:
    """Standing pins, the oldest first: a later one on the same need prevails."""
    return await database.rows(
        _Pin,
        "SELECT need, supplier, kind FROM pin WHERE lifted_at IS NULL AND county = ANY(:counties) ORDER BY id",
        counties=list(scope.counties),
    )
