"""Where a verdict leads: money counted or taken back, somebody's work list, the trail.

A verified record counts as delivered on its contract line; a held one does not yet, a rejected one never does. Held
records go to the station of the recipient's township; to the bureau where that station delivered the visit itself, or
is run by who did.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import asyncpg

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.delivery.service_records import chain
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.verification.rules import REJECT, Finding
from shangmen.foundation.audit.actions import record
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.contracts import pricing
from shangmen.supply.placements import consumption

SETTLED = ("approved", "paid")  # states of a statement in which its money has been counted as settled


@dataclass(frozen=True)
class Price:
    """A service line to be: how many units at which rate, and what they cost."""

    minutes: int
    workers: int
    units: Decimal
    rate: Decimal
    amount: Decimal


def price(row: Any, minutes: int, present: int) -> Price:
    """What a visit of `row` (gathering.visit) costs; nothing where a station serves its own recipients."""
    workers = min(present, row["staff_count"])
    if row["contract_line"] is None:
        return Price(minutes, workers, pricing.ZERO, pricing.ZERO, pricing.ZERO)
    units, amount = pricing.price(row["pricing"], row["rate"], minutes, workers, row["two_workers_pay_twice"])
    return Price(minutes, workers, units, row["rate"], amount)


@dataclass(frozen=True)
class Verifier:
    """Who decides on held records: an organisation and the role there."""

    organisation: int
    role: Role


@database.scoped
async def verifier(scope: Scope, station: int, supplier: int) -> Verifier:
    """The station of the recipient, or the bureau where that would be judging one's own work."""
    row = await database.fetch_one(
        """
        SELECT t.id = o.id OR t.operator = o.id OR o.operator = t.id OR t.operator = o.operator AS own,
               (SELECT b.id FROM organisation b WHERE b.county = t.county AND b.kind = 'bureau' ORDER BY b.id LIMIT 1)
                 AS bureau
        FROM organisation t, organisation o WHERE t.id = :station AND o.id = :supplier
        """,
        station=station,
        supplier=supplier,
    )
    if row is None or (row["own"] and row["bureau"] is not None):
        assert row is not None, "a record has a station and a supplier"
        return Verifier(row["bureau"], Role.BUREAU_OFFICER)
    return Verifier(station, Role.STATION_SCHEDULER)


@database.scoped
async def in_force(scope: Scope, service_record: int) -> asyncpg.Record | None:
    """A record in force with its verdict, line and placement, the verdict locked; None for an earlier revision.

    `statement` is the state of the statement that its line stands in, None for none: the statement's rows belong to a
    later feature, and are read here because money that was settled is not to be moved behind its back.
    """
    return await database.fetch_one(
        """
        SELECT d.id AS verdict, d.state, r.id, r.county, r.station, r.supplier, r.visit, r.person, r.revision,
               r.begun_at, l.id AS line, l.contract_line, l.minutes, l.workers, l.units, l.rate, l.amount, v.placement,
               c.pricing, c.two_workers_pay_twice,
               (SELECT s.state FROM statement_line x JOIN statement s ON s.id = x.statement
                WHERE x.service_line = l.id) AS statement,
               (SELECT o.name FROM organisation o WHERE o.id = r.supplier) AS supplier_name
        FROM verdict d JOIN service_record r ON r.id = d.service_record JOIN service_line l ON l.service_record = r.id
        JOIN visit v ON v.id = r.visit LEFT JOIN contract_line c ON c.id = l.contract_line
        WHERE d.service_record = :id FOR NO KEY UPDATE OF d
        """,
        id=service_record,
    )


async def deliver(system: Scope, row: Any, asked: Price) -> Decimal:
    """Count a verified visit on the contract; the yuan that are payable, less than asked at the ceiling."""
    if row["contract_line"] is None:
        return pricing.ZERO
    payable = await consumption.deliver(system, row["placement"], asked.units, asked.amount)
    return payable.quantize(pricing.FEN)


async def take_back(system: Scope, row: Any) -> bool:
    """Take a verified record (`in_force`) off the contract; False where its money has been settled already."""
    if row["contract_line"] is None:
        return True
    if row["statement"] in SETTLED:
        return False
    units, yuan = pricing.price(
        row["pricing"], row["rate"], row["minutes"], row["workers"], row["two_workers_pay_twice"]
    )
    await consumption.undeliver(system, row["placement"], units, yuan, row["amount"])
    return True


@database.scoped
async def ask(scope: Scope, service_record: int, station: int, supplier: int, day: str, name: str) -> None:
    """Put a held record on the work list of who decides on it."""
    who = await verifier(scope, station, supplier)
    await tasks.open(
        scope,
        organisation=who.organisation,
        role=who.role,
        kind="record_held",
        subject="service_record",
        subject_id=service_record,
        route="service_records.show",
        params={"id": service_record},
        message="The service record of %(day)s by %(supplier)s is held.",
        day=day,
        supplier=name,
    )


async def answered(scope: Scope, service_record: int) -> None:
    """Take a record off the work lists."""
    await tasks.close(scope, "record_held", "service_record", service_record)


@database.scoped
async def lower(scope: Scope, service_record: int, finding: Finding) -> bool:
    """Something came to light later: note it, and hold or reject the record; False when nothing about it changed.

    A record that was verified is taken off its contract. What stands in an approved statement keeps its money; the
    bureau gets the claim on its work list. Call it under an elevated scope.
    """
    row = await in_force(scope, service_record)
    if row is None or row["state"] == "rejected":
        return False
    known = await database.fetch_value(
        "SELECT 1 FROM finding WHERE service_record = :id AND rule = :rule AND details = :details::jsonb",
        id=row["id"],
        rule=finding.rule,
        details=database.to_json(finding.details),
    )
    if known:
        return False
    await _add(row, finding)
    before, after = row["state"], "rejected" if finding.severity == REJECT else "held"
    record(
        scope, "service_records.find", "service_record", row["id"],
        rule=finding.rule, before=before, after=after,
        finding=chain.finding_digest(vars(finding)),
    )  # fmt: skip
    if before == after:
        return True
    taken = before != "verified" or await take_back(scope, row)
    if not taken:
        await _claim(scope, row)
        if after == "held":
            return True  # what is settled is claimed back or not; there is nothing to hold
    await set_state(row, after, "", None)
    if after == "held":
        await ask(
            scope, row["id"], row["station"], row["supplier"],
            clock.day_of(row["begun_at"]).isoformat(), row["supplier_name"],
        )  # fmt: skip
    else:
        await answered(scope, row["id"])
    await effects.publish(scope, VerdictChanged(row["visit"], row["id"], row["line"], before, after))
    return True


async def _add(row: Any, finding: Finding) -> None:
    """A finding of later; its moment lies after the record's, which is how the chain knows what it has to cover."""
    await database.execute(
        """
        INSERT INTO finding (county, station, supplier, service_record, rule, severity, message, details, found_at)
        SELECT county, station, supplier, id, :rule::text, :severity::text, :message::text, :details::jsonb,
               greatest(:now::timestamptz, recorded_at + interval '1 microsecond')
        FROM service_record WHERE id = :id
        """,
        id=row["id"],
        rule=finding.rule,
        severity=finding.severity,
        message=finding.message,
        details=database.to_json(finding.details),
        now=clock.now(),
    )


async def set_state(row: Any, state: str, reason: str, decided_by: int | None) -> None:
    """Write a verdict; `row` is `in_force`'s."""
    await database.update(
        "verdict", row["verdict"], state=state, reason=reason, decided_by=decided_by, decided_at=clock.now()
    )


async def _claim(scope: Scope, row: Any) -> None:
    """The bureau has to claim settled money back."""
    bureau = await database.fetch_value(
        "SELECT id FROM organisation WHERE county = :county AND kind = 'bureau' ORDER BY id LIMIT 1",
        county=row["county"],
    )
    if bureau is None:
        return
    await tasks.open(
        scope,
        organisation=bureau,
        role=Role.BUREAU_OFFICER,
        kind="claw_back",
        subject="service_record",
        subject_id=row["id"],
        route="service_records.show",
        params={"id": row["id"]},
        message="¥%(amount)s for the visit of %(day)s by %(supplier)s was settled and should be claimed back.",
        amount=f"{row['amount']:,.2f}",
        day=clock.day_of(row["begun_at"]).isoformat(),
        supplier=row["supplier_name"],
    )
