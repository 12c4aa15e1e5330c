"""Delivered visits for the tests of statements: written as the system, past the rules of verification."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.settlement import actions
from shangmen.delivery.settlement.forms import PaymentForm, ReviewForm, StatementForm
from shangmen.supply.contracts import pricing
from shangmen.supply.placements import consumption
from tests.cast import Cast
from tests.delivery.rows import Placed, placed_need, planned_visit

TODAY = date(2026, 4, 2)
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


@dataclass(frozen=True)
class Delivered:
    """Ids of a delivered visit, and what it costs."""

    visit: int
    record: int
    line: int
    amount: Decimal


async def cleaned(cast: Cast, **changes: Any) -> Placed:
    """The elder of station A whose home provider A cleans, 60.00 yuan an hour; the clock stands in April 2026."""
    clock.set_to(clock.at(TODAY, 600))
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, **changes)


async def delivered(
    cast: Cast, placed: Placed, day: date, minutes: int = 60, state: str = "verified", start: int = 540
) -> Delivered:
    """A visit of `minutes` with its record, line and verdict; a verified one is counted on the contract."""
    visit = await planned_visit(cast, placed, clock.at(day, start), cast.worker_a.worker or 0, state="done")
    return await _record(cast.system, placed, visit, day, minutes, state, start)


@database.scoped
async def _record(
    scope: Scope, placed: Placed, visit: int, day: date, minutes: int, state: str, start: int
) -> Delivered:
    units, yuan, rate = Decimal(0), Decimal(0), Decimal(0)
    line = await database.fetch_one("SELECT * FROM contract_line WHERE id = :id", id=placed.contract_line)
    if line is not None:
        rate = line["rate"]
        units, yuan = pricing.price(line["pricing"], rate, minutes, 1, line["two_workers_pay_twice"])
        if state == "verified":
            yuan = await consumption.deliver(scope, placed.placement, units, yuan)
    begun = clock.at(day, start)
    common = {"county": scope.county, "station": placed.station, "supplier": placed.supplier}
    record = await database.insert(
        "service_record",
        **common,
        visit=visit,
        person=placed.person,
        revision=1,
        correction_reason="",
        begun_at=begun,
        ended_at=begun + timedelta(minutes=minutes),
        notes="",
        observations={},
        evidence_class="A",
        confirmation="signature",
        confirmation_name="",
        no_confirmation_reason="",
        signature="",
        recorded_at=begun + timedelta(minutes=minutes),
        sequence=0,
        previous=b"",
        digest=b"",
    )
    made = await database.insert(
        "service_line",
        **common,
        service_record=record,
        service_item=placed.item,
        contract_line=placed.contract_line,
        minutes=minutes,
        workers=1,
        units=units,
        rate=rate,
        amount=yuan,
    )
    await database.insert(
        "verdict",
        **common,
        visit=visit,
        service_record=record,
        state=state,
        decided_at=clock.now(),
        reason="" if state == "verified" else "没有定位",
    )
    return Delivered(visit, record, made, yuan)


async def overturn(cast: Cast, placed: Placed, visit: Delivered, tell: bool = True) -> None:
    """A verified visit is rejected, as when a death is reported later; `tell` the later features."""
    await _overturn(cast.system, placed, visit, tell)


@database.scoped
async def _overturn(scope: Scope, placed: Placed, visit: Delivered, tell: bool) -> None:
    state = await database.fetch_value(
        "SELECT s.state FROM statement_line x JOIN statement s ON s.id = x.statement WHERE x.service_line = :line",
        line=visit.line,
    )
    if state not in ("approved", "paid"):  # as service_records.verdicts.take_back does
        units = await database.fetch_value("SELECT units FROM service_line WHERE id = :id", id=visit.line)
        await consumption.undeliver(scope, placed.placement, units, visit.amount, visit.amount)
    await database.execute(
        "UPDATE verdict SET state = 'rejected', reason = '服务对象已于服务前去世' WHERE visit = :visit",
        visit=visit.visit,
    )
    if tell:
        await effects.publish(scope, VerdictChanged(visit.visit, visit.record, visit.line, "verified", "rejected"))


async def set_verdict(cast: Cast, visit: Delivered, state: str, reason: str = "") -> None:
    """Write a verdict as it is, nothing else."""

    @database.scoped
    async def write(scope: Scope) -> None:
        await database.execute(
            "UPDATE verdict SET state = :state, reason = :reason WHERE visit = :visit",
            state=state,
            reason=reason,
            visit=visit.visit,
        )

    await write(cast.system)


async def drafted(cast: Cast, placed: Placed, first: date = FIRST, last: date = LAST) -> int:
    """A statement of provider A."""
    assert placed.contract is not None
    return await actions.draft(cast.provider_a, StatementForm(placed.contract, first, last))


async def brought_to(cast: Cast, id: int, state: str) -> int:
    """Take a draft on to a state by the people whose work it is."""
    steps = {
        "submitted": lambda: actions.submit(cast.provider_a, id),
        "reviewed": lambda: actions.review(cast.bureau, id, ReviewForm()),
        "approved": lambda: actions.approve(cast.approver, id),
        "paid": lambda: actions.pay(cast.finance, id, PaymentForm("ZF-2026-0401")),
    }
    for name, step in steps.items():
        await step()
        if name == state:
            break
    return id


async def counters(cast: Cast, placed: Placed) -> tuple[Decimal, Decimal, Decimal]:
    """Delivered, settled and paid of the contract."""

    @database.scoped
    async def read(scope: Scope) -> tuple[Decimal, Decimal, Decimal]:
        row = await database.fetch_one(
            "SELECT delivered, settled, paid FROM contract WHERE id = :id", id=placed.contract
        )
        assert row is not None
        return row["delivered"], row["settled"], row["paid"]

    return await read(cast.system)
