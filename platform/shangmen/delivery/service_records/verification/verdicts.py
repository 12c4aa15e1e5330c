"""Where a verdict leads: money counted or taken back, somebody's work list, the trail.

A verified record counts as delivered on its contract line; a held one does not yet, a rejected one never does. Held
records go to the station of the recipient's township; to the bureau where that station delivered the visit itself, or
is run by who did.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.delivery.service_records import chain, notices
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.states import Severity, VerdictState
from shangmen.delivery.service_records.tables import Verdict
from shangmen.delivery.service_records.verification.queries import Terms, VisitRow
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.foundation.audit.actions import record
from shangmen.supply.contracts import pricing
from shangmen.supply.placements import consumption


@dataclass(frozen=True)
class Price:
    """A service line to be: how many units at which rate, and what they cost."""

    minutes: int
    workers: int
    units: Decimal
    rate: Decimal
    amount: Decimal


def price(visit: VisitRow, minutes: int, present: int) -> Price:
    """What a visit costs; nothing where a station serves its own recipients."""
    workers = min(present, visit.staff_count)
    units, amount = visit.price(minutes, workers)
    return Price(minutes, workers, units, visit.rate or pricing.ZERO, amount)


@dataclass(frozen=True)
class InForce(Terms):
    """A record in force with its verdict, line and placement."""

    verdict: int
    state: VerdictState
    id: int
    county: int
    station: int
    supplier: int
    visit: int
    person: int
    revision: int
    begun_at: datetime
    line: int
    minutes: int
    workers: int
    units: Decimal
    amount: Decimal
    placement: int
    settled: bool
    supplier_name: str


@database.scoped
async def in_force(scope: Scope, service_record: int) -> InForce | None:
    """A record in force, its verdict locked; None for an earlier revision.

    `settled` says whether its line stands in an approved or paid statement: the statement's rows belong to a later
    feature, and are read here because money that was settled is not to be moved behind its back.
    """
    return await database.row(
        InForce,
        """
        SELECT d.id AS verdict, d.state, r.id, r.county, r.station, r.supplier, r.visit, r.person, r.revision,
               r.begun_at, l.id AS line, l.contract_line, l.minutes, l.workers, l.units, l.rate, l.amount, v.placement,
               c.pricing, c.two_workers_pay_twice,
               EXISTS (SELECT 1 FROM statement_line x JOIN statement s ON s.id = x.statement
                       WHERE x.service_line = l.id AND s.state IN ('approved', 'paid')) AS settled,
               (SELECT o.name FROM organisation o WHERE o.id = r.supplier) AS supplier_name
        FROM verdict d JOIN service_record r ON r.id = d.service_record JOIN service_line l ON l.service_record = r.id
        JOIN visit v ON v.id = r.visit LEFT JOIN contract_line c ON c.id = l.contract_line
        WHERE d.service_record = :id FOR NO KEY UPDATE OF d
        """,
        id=service_record,
    )


async def deliver(system: Scope, terms: Terms, placement: int, units: Decimal, yuan: Decimal) -> Decimal:
    """Count a verified visit on the contract; the yuan that are payable, less than asked at the ceiling."""
    if terms.contract_line is None:
        return pricing.ZERO
    payable = await consumption.deliver(system, placement, units, yuan)
    return payable.quantize(pricing.FEN)


async def take_back(system: Scope, row: InForce) -> bool:
    """Take a verified record off the contract; False where its money has been settled already."""
    if row.contract_line is None:
        return True
    if row.settled:
        return False
    units, yuan = row.price(row.minutes, row.workers)
    await consumption.undeliver(system, row.placement, units, yuan, row.amount)
    return True


@database.scoped
async def lower(scope: Scope, service_record: int, finding: Finding) -> bool:
    """Something came to light later: note it, and hold or reject the record; False when nothing about it changed.

    A record that was verified is taken off its contract. What stands in an approved statement keeps its money; the
    bureau gets the claim on its work list. Call it under an elevated scope.
    """
    row = await in_force(scope, service_record)
    if row is None or row.state is VerdictState.REJECTED:
        return False
    if await database.exists(
        "SELECT 1 FROM finding WHERE service_record = :id AND rule = :rule AND details = :details::jsonb",
        id=row.id,
        rule=finding.rule,
        details=database.to_json(finding.details),
    ):
        return False
    await note(row, finding)
    before = row.state
    after = VerdictState.REJECTED if finding.severity is Severity.REJECT else VerdictState.HELD
    taken = before is after or before is not VerdictState.VERIFIED or await take_back(scope, row)
    # what is settled is claimed back or not; there is nothing to hold
    stays = before is after or (not taken and after is VerdictState.HELD)
    record(
        scope, "service_records.find", "service_record", row.id,
        rule=finding.rule, before=before, after=after,
        finding=chain.finding_digest(finding),
        proof=None if stays else chain.proof(row.visit, row.id, after),
    )  # fmt: skip
    day = clock.day_of(row.begun_at)
    if not taken:
        await notices.claim(scope, row.id, row.county, row.amount, day, row.supplier_name)
    if stays:
        return True
    await move(row, after, "", None)
    if after is VerdictState.HELD:
        await notices.held(scope, row.id, row.station, row.supplier, day, row.supplier_name)
    else:
        await notices.decided(scope, row.id)
    await effects.publish(scope, VerdictChanged(row.visit, row.id, row.line, before, after))
    return True


async def note(row: InForce, finding: Finding) -> None:
    """A finding of later; its moment lies after the record's, which is how the chain knows what it has to cover."""
    await database.execute(
        """
        INSERT INTO finding (county, station, supplier, service_record, rule, severity, message, details, found_at)
        SELECT county, station, supplier, id, :rule::text, :severity::text, :message::text, :details::jsonb,
               greatest(:now::timestamptz, recorded_at + interval '1 microsecond')
        FROM service_record WHERE id = :id
        """,
        id=row.id,
        rule=finding.rule,
        severity=finding.severity,
        message=finding.message,
        details=database.to_json(finding.details),
        now=clock.now(),
    )


async def move(row: InForce, state: VerdictState, reason: str, decided_by: int | None) -> None:
    """Move the verdict on a record in force; raises ImpossibleMove."""
    await database.change(
        Verdict,
        row.verdict,
        {
            Verdict.state: row.state.to(state),
            Verdict.reason: reason,
            Verdict.decided_by: decided_by,
            Verdict.decided_at: clock.now(),
        },
    )
