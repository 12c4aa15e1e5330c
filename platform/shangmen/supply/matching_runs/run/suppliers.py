"""Reading the suppliers of a run: stations and providers with their workers and contract lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.foundation.organisations import papers, rules
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.states import OrganisationKind, OrganisationStatus
from shangmen.foundation.organisations.workers import queries as workers
from shangmen.foundation.regions.states import Accuracy
from shangmen.supply.contracts import queries as contracts
from shangmen.supply.matching_runs.run.snapshot import LineFacts, Spot, SupplierFacts, WorkerFacts

MONTH = timedelta(days=30)
"""The span over which absences are counted against a worker's month."""


@dataclass(frozen=True)
class _Supplier(database.Row):
    id: int
    kind: OrganisationKind
    name: str
    status: OrganisationStatus
    township: int | None
    latitude: Decimal | None
    longitude: Decimal | None
    accuracy: Accuracy
    credit_code: str | None
    code: str | None
    areas: list[int]


async def suppliers(scope: Scope, on: date) -> tuple[SupplierFacts, ...]:
    """Stations and providers that are not closed, with what they have on a day, the first of the placements."""
    lines = await _lines(scope, on)
    rows = await database.rows(
        _Supplier,
        """
        SELECT o.id, o.kind, o.name, o.status, o.township, w.latitude, w.longitude, w.accuracy, o.credit_code, d.code,
               ARRAY(SELECT a.division FROM service_area a WHERE a.organisation = o.id ORDER BY 1) AS areas
        FROM organisation o JOIN seat w ON w.organisation = o.id LEFT JOIN division d ON d.id = o.township
        WHERE o.county = ANY(:counties) AND o.kind IN ('station', 'provider') AND o.status <> 'closed' ORDER BY o.id
        """,
        counties=list(scope.counties),
    )
    return tuple(
        [
            SupplierFacts(
                id=row.id,
                kind=row.kind,
                name=row.name,
                code=(row.code if row.kind is OrganisationKind.STATION else row.credit_code) or "",
                status=row.status,
                spot=spot(row.latitude, row.longitude),
                accuracy=row.accuracy,
                township=row.township if row.kind is OrganisationKind.STATION else None,
                areas=tuple(row.areas),
                lapsed=tuple(await organisations.missing_mandatory(scope, row.id, on)),
                lacking=await papers.lacking(scope, row.id, {line.item_code for line in lines.get(row.id, ())}, on),
                halal_codes=await papers.halal_codes(scope, row.id, on),
                workers=await _workers(scope, row.id, on),
                lines=tuple(lines.get(row.id, ())),
            )
            for row in rows
        ]
    )


async def _workers(scope: Scope, organisation: int, on: date) -> tuple[WorkerFacts, ...]:
    rows = await workers.roster_workers(scope, organisation, on, on + MONTH - timedelta(days=1))
    return tuple(
        WorkerFacts(
            id=row.id,
            sex=row.sex,
            qualifications=tuple(sorted(rules.held(row.papers, on))),
            pattern=tuple(
                (int(day), first, last) for day, spans in sorted(row.pattern.items()) for first, last in spans
            ),
            minutes=usable_minutes(row.pattern, row.monthly_minutes, row.daily_minutes, row.absences, on),
            background_checked=row.background_checked,
            languages=row.languages,
            lapsed=rules.lapsed(row.papers, on),
        )
        for row in rows
    )


def usable_minutes(
    pattern: Mapping[str, Sequence[Sequence[int]]],
    monthly: int,
    daily: int,
    absences: Sequence[tuple[date, date]],
    on: date,
) -> int:
    """What a worker may be planned for in the month from `on`: working days less absences, within both limits."""
    total = 0
    for offset in range(MONTH.days):
        day = on + timedelta(days=offset)
        if not any(first <= day <= last for first, last in absences):
            spans = pattern.get(str(day.weekday()), ())
            total += min(daily, sum(last - first for first, last in spans))
    return min(monthly, total)


async def _lines(scope: Scope, on: date) -> dict[int, list[LineFacts]]:
    found: dict[int, list[LineFacts]] = {}
    for row in await contracts.lines_in_force(scope, on):
        found.setdefault(row.provider, []).append(
            LineFacts(
                id=row.id,
                contract=row.contract,
                number=row.contract_number,
                item_code=row.item_code,
                areas=tuple(row.areas),
                term_from=row.term_from,
                term_to=row.term_to,
                pricing=row.pricing,
                rate_fen=round(row.rate * 100),
                units_left=int(row.units_left * 100),
                fen_left=int(row.yuan_left * 100),
                two_workers_pay_twice=row.two_workers_pay_twice,
                lot_name=row.lot_number,
                gate=row.gate,
            )
        )
    return found


def spot(latitude: Decimal | None, longitude: Decimal | None) -> Spot | None:
    """A position in whole micro-degrees."""
    if latitude is None or longitude is None:
        return None
    return round(latitude * 1_000_000), round(longitude * 1_000_000)
