"""Delivered visits for the tests of statements: written as the system, past the rules of verification."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.states import (
    Confirmation,
    EventState,
    EventVerb,
    EvidenceClass,
    PhotoKind,
    Told,
    VerdictState,
)
from shangmen.delivery.service_records.tables import DoorReport, PhoneEvent, Photo, ServiceLine, ServiceRecord, Verdict
from shangmen.delivery.settlement import actions
from shangmen.delivery.settlement.forms import PaymentForm, ReviewForm, StatementForm
from shangmen.delivery.settlement.states import StatementState
from shangmen.delivery.settlement.tables import Statement, StatementLine
from shangmen.delivery.visits.states import VisitState
from shangmen.delivery.visits.tables import Visit
from shangmen.supply.contracts import pricing
from shangmen.supply.contracts.tables import Contract, ContractLine
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
    cast: Cast,
    placed: Placed,
    day: date,
    minutes: int = 60,
    state: VerdictState = VerdictState.VERIFIED,
    start: int = 540,
) -> Delivered:
    """A visit of `minutes` with its record, line and verdict; a verified one is counted on the contract."""
    visit = await planned_visit(cast, placed, clock.at(day, start), cast.worker_a.worker or 0, state=VisitState.DONE)
    return await _record(cast.system, placed, visit, day, minutes, state, start)


@database.scoped
async def _record(
    scope: Scope, placed: Placed, visit: int, day: date, minutes: int, state: VerdictState, start: int
) -> Delivered:
    units, yuan, rate = Decimal(0), Decimal(0), Decimal(0)
    if placed.contract_line is not None:
        line = await database.read(ContractLine, placed.contract_line)
        rate = line.rate
        units, yuan = pricing.price(line.pricing, rate, minutes, 1, line.two_workers_pay_twice)
        if state is VerdictState.VERIFIED:
            yuan = await consumption.deliver(scope, placed.placement, units, yuan)
    begun = clock.at(day, start)
    common: dict[str, Any] = {"county": scope.county, "station": placed.station, "supplier": placed.supplier}
    record = await database.add(
        ServiceRecord(
            **common,
            visit=visit,
            person=placed.person,
            begun_at=begun,
            ended_at=begun + timedelta(minutes=minutes),
            evidence_class=EvidenceClass.A,
            confirmation=Confirmation.SIGNATURE,
            recorded_at=begun + timedelta(minutes=minutes),
        )
    )
    made = await database.add(
        ServiceLine(
            **common,
            service_record=record,
            service_item=placed.item,
            contract_line=placed.contract_line,
            minutes=minutes,
            units=units,
            rate=rate,
            amount=yuan,
        )
    )
    await database.add(
        Verdict(
            **common,
            visit=visit,
            service_record=record,
            state=state,
            decided_at=clock.now(),
            reason="" if state is VerdictState.VERIFIED else "没有定位",
        )
    )
    return Delivered(visit, record, made, yuan)


async def overturn(cast: Cast, placed: Placed, visit: Delivered, tell: bool = True) -> None:
    """A verified visit is rejected, as when a death is reported later; `tell` the later features."""
    await _overturn(cast.system, placed, visit, tell)


@database.scoped
async def _overturn(scope: Scope, placed: Placed, visit: Delivered, tell: bool) -> None:
    line = await StatementLine.objects().where(StatementLine.service_line == visit.line).first()
    statement = await database.read(Statement, line.statement) if line else None
    # as verdicts.take_back of service_records does
    if statement is None or statement.state not in (StatementState.APPROVED, StatementState.PAID):
        units = (await database.read(ServiceLine, visit.line)).units
        await consumption.undeliver(scope, placed.placement, units, visit.amount, visit.amount)
    await _set_verdict(scope, visit, VerdictState.REJECTED, "服务对象已于服务前去世")
    if tell:
        before, after = VerdictState.VERIFIED, VerdictState.REJECTED
        await effects.publish(scope, VerdictChanged(visit.visit, visit.record, visit.line, before, after))


async def set_verdict(cast: Cast, visit: Delivered, state: VerdictState, reason: str = "") -> None:
    """Write a verdict as it is, nothing else."""
    await _set_verdict(cast.system, visit, state, reason)


@database.scoped
async def _set_verdict(scope: Scope, visit: Delivered, state: VerdictState, reason: str) -> None:
    await Verdict.update({Verdict.state: state, Verdict.reason: reason}).where(Verdict.visit == visit.visit)


async def drafted(cast: Cast, placed: Placed, first: date = FIRST, last: date = LAST) -> int:
    """A statement of provider A."""
    assert placed.contract is not None
    return await actions.draft(cast.provider_a, StatementForm(placed.contract, first, last))


async def brought_to(cast: Cast, id: int, state: StatementState) -> int:
    """Take a draft on to a state by the people whose work it is."""
    steps: dict[StatementState, Callable[[], Awaitable[object]]] = {
        StatementState.SUBMITTED: lambda: actions.submit(cast.provider_a, id),
        StatementState.REVIEWED: lambda: actions.review(cast.bureau, id, ReviewForm()),
        StatementState.APPROVED: lambda: actions.approve(cast.approver, id),
        StatementState.PAID: lambda: actions.pay(cast.finance, id, PaymentForm("ZF-2026-0401")),
    }
    for reached, step in steps.items():
        await step()
        if reached is state:
            break
    return id


async def counters(cast: Cast, placed: Placed) -> tuple[Decimal, Decimal, Decimal]:
    """Delivered, settled and paid of the contract."""
    assert placed.contract is not None
    async with database.transaction(cast.system):
        contract = await database.read(Contract, placed.contract)
    return contract.delivered, contract.settled, contract.paid


@database.scoped
async def told(scope: Scope, visit: int, worker: int) -> int:
    """A check-in that a telephone sent too late to be booked, of a visit; its id. Written as the system."""
    row = await database.read(Visit, visit)
    return await database.add(
        PhoneEvent(
            county=row.county, station=row.station, supplier=row.supplier, visit=visit, worker=worker,
            verb=EventVerb.CHECK_IN, happened_at=clock.now(), received_at=clock.now(), said="{}",
            sentence="已经取消", state=EventState.REFUSED,
        )
    )  # fmt: skip


@database.scoped
async def pictured(scope: Scope, record: int) -> int:
    """A photo of the visit of a record; its id. Written as the system."""
    row = await database.read(ServiceRecord, record)
    image = b"an image"
    return await database.add(
        Photo(
            county=row.county, station=row.station, supplier=row.supplier, visit=row.visit, person=row.person,
            kind=PhotoKind.AFTER, sent_at=clock.now(), image=image, digest=hashlib.sha256(image).digest(),
            source_digest=b"",
        )
    )  # fmt: skip


@database.scoped
async def reported(scope: Scope, visit: int, worker: int, what: Told) -> int:
    """Something that a worker told from the door of a visit; its id. Written as the system."""
    row = await database.read(Visit, visit)
    return await database.add(
        DoorReport(
            county=row.county, station=row.station, supplier=row.supplier, visit=visit, person=row.person,
            worker=worker, told=what, server_at=clock.now(),
        )
    )  # fmt: skip
