"""Verbs on statements: a provider claims a period, the bureau reviews, approves and pays it.

The contract's counters move with what is payable, not with the gross: `ledger.settle` at the approval, `ledger.pay`
at the payment, so that paid <= settled <= delivered holds at every moment. Every verb locks the contract's row first,
then the statement's, then the verdicts in the order of their visits.
"""

from dataclasses import replace
from decimal import Decimal

from asyncpg.exceptions import ExclusionViolationError

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement import deductions, inputs, notices, periods, proofs, queries, rules
from shangmen.delivery.settlement.forms import (
    ObjectionForm,
    PaymentForm,
    ReasonForm,
    ReviewForm,
    SeenForm,
    StatementForm,
)
from shangmen.delivery.settlement.inputs import ZERO
from shangmen.delivery.settlement.queries import StatementRow
from shangmen.delivery.settlement.states import StatementState
from shangmen.delivery.settlement.tables import Objection, Statement
from shangmen.errors import Conflict, Forbidden, Refused
from shangmen.foundation.audit.actions import record
from shangmen.supply.contracts import ledger
from shangmen.supply.contracts.tables import Contract

FALLEN_DRAFT = (
    "Visits in this statement are not verified any more: %(count)s, first the one of %(day)s (¥%(amount)s)."
    " Refresh the draft to take them out."
)
FALLEN_LATER = (
    "Visits in this statement are not verified any more: %(count)s, first the one of %(day)s (¥%(amount)s)."
    " Send it back to have them taken out."
)


@database.scoped
async def draft(scope: Scope, form: StatementForm) -> int:
    """State a period of a contract: every verified service line that no statement holds yet goes in; its id.

    Raises NotFound for a contract of others, Refused for a period that is not over or has nothing to settle, Conflict
    for one that overlaps with another statement of the contract.
    """
    if scope.role != Role.PROVIDER_MANAGER or scope.user is None:
        raise Forbidden
    contract = await database.lock(Contract, form.contract)
    refused = await periods.refusal(scope, form.contract, form.period_from, form.period_to)
    if refused is not None:
        raise refused
    number = await _number(contract, form)
    try:
        id = await database.add(
            Statement(
                county=contract.county,
                provider=contract.provider,
                contract=contract.id,
                number=number,
                period_from=form.period_from,
                period_to=form.period_to,
                state=StatementState.DRAFT,
                gross=ZERO,
                deducted=ZERO,
                payable=ZERO,
                created_by=scope.user,
                created_at=clock.now(),
            )
        )
    except ExclusionViolationError as clash_later:
        raise Conflict(periods.OVERLAP, field="period_from", number="") from clash_later
    sums = await inputs.fill(scope, await queries.statement(scope, id))
    record(
        scope, "settlement.draft", "statement", id,
        number=number, period=[form.period_from, form.period_to], lines=sums.lines, gross=sums.gross,
        deducted=sums.deducted,
        proof=await proofs.stated(scope, id),
    )  # fmt: skip
    return id


async def _number(contract: Contract, form: StatementForm) -> str:
    """The contract's number, the month in which the period begins, and how many statements the contract has by now."""
    count = await Statement.count().where(Statement.contract == contract.id)
    return f"{contract.number}-{form.period_from:%Y%m}-{count + 1:02d}"


async def _open(scope: Scope, id: int, verb: str, seen: Decimal | None) -> StatementRow:
    """The statement, locked after its contract, for somebody who may do the verb now; raises what is in the way."""
    statement = await inputs.locked(scope, id)
    refused = rules.refusal(verb, scope, statement, seen)
    if refused is not None:
        raise refused
    return statement


async def _refuse_fallen(scope: Scope, statement: StatementRow) -> None:
    """A statement goes on only while every visit in it is verified."""
    rows = await inputs.fallen(scope, statement.id)
    if rows:
        raise Conflict(
            FALLEN_DRAFT if statement.state is StatementState.DRAFT else FALLEN_LATER,
            count=len(rows),
            day=rows[0].day.isoformat(),
            amount=f"{rows[0].amount:,.2f}",
        )


@database.scoped
async def refresh(scope: Scope, id: int, form: SeenForm | None = None) -> int:
    """Fill a draft anew: visits rejected since are taken out, visits verified since are taken in."""
    statement = await _open(scope, id, "refresh", form.seen if form else None)
    before = statement.gross
    sums = await inputs.fill(scope, statement)
    record(
        scope, "settlement.refresh", "statement", id, lines=sums.lines, before=before, gross=sums.gross,
        proof=await proofs.stated(scope, id),
    )  # fmt: skip
    return id


@database.scoped
async def submit(scope: Scope, id: int, form: SeenForm | None = None) -> int:
    """Hand a draft in to the bureau; Conflict when one of its visits is not verified any more."""
    statement = await _open(scope, id, "submit", form.seen if form else None)
    await _refuse_fallen(scope, statement)
    if not statement.lines:
        raise Refused(periods.NOTHING)
    after = statement.state.to(StatementState.SUBMITTED)
    await database.change(
        Statement,
        id,
        {Statement.state: after, Statement.submitted_by: scope.user, Statement.submitted_at: clock.now()},
    )
    record(
        scope, "settlement.submit", "statement", id, number=statement.number, payable=statement.payable,
        proof=await proofs.stated(scope, id),
    )  # fmt: skip
    await notices.handed_on(scope, replace(statement, state=after))
    return id


@database.scoped
async def review(scope: Scope, id: int, form: ReviewForm) -> int:
    """Examine a statement, take off what has to be taken off, answer an objection.

    Raises Faults beside the rows of the deductions, Refused when they exceed the gross or an answer is missing,
    Conflict when a visit is not verified any more.
    """
    statement = await _open(scope, id, "review", form.seen)
    await _refuse_fallen(scope, statement)
    await deductions.replace(scope, statement, form)
    await deductions.answer(scope, id, form)
    sums = await inputs.total(scope, id)
    after = statement.state.to(StatementState.REVIEWED)
    await database.change(
        Statement,
        id,
        {
            Statement.state: after,
            Statement.reviewed_by: scope.user,
            Statement.reviewed_at: clock.now(),
            Statement.note: form.note,
        },
    )
    record(
        scope, "settlement.review", "statement", id, form.answer or form.note,
        deducted=sums.deducted, payable=sums.payable,
        proof=await proofs.stated(scope, id),
    )  # fmt: skip
    await notices.handed_on(scope, replace(statement, state=after, payable=sums.payable))
    return id


@database.scoped
async def object(scope: Scope, id: int, form: ObjectionForm) -> int:  # the verb's name; the builtin is not used here
    """Say something against the review; the reviewer has to answer before anybody approves."""
    statement = await _open(scope, id, "object", form.seen)
    await database.add(Objection(statement=id, text=form.text, raised_by=scope.user, raised_at=clock.now()))
    record(
        scope, "settlement.object", "statement", id, form.text,
        proof=await proofs.stated(scope, id),
    )  # fmt: skip
    await notices.objected(scope, statement)
    return id


@database.scoped
async def send_back(scope: Scope, id: int, form: ReasonForm) -> int:
    """Return a statement to its provider as a draft, filled anew; an approved one is taken off the settled first.

    What reviewers had deducted is gone with the review, what was objected against it is answered by it.
    """
    statement = await _open(scope, id, "send_back", form.seen)
    if statement.state is StatementState.APPROVED:
        await ledger.settle(scope, statement.contract, -statement.payable)
        fallen = await inputs.fallen(scope, id)
        await deductions.release(scope, [row.service_line for row in fallen if row.state is VerdictState.REJECTED])
    await database.change(
        Statement,
        id,
        {
            Statement.state: statement.state.to(StatementState.DRAFT),
            Statement.submitted_by: None,
            Statement.submitted_at: None,
            Statement.reviewed_by: None,
            Statement.reviewed_at: None,
            Statement.approved_by: None,
            Statement.approved_at: None,
            Statement.note: "",
        },
    )
    await deductions.answer_all(scope, id, form.reason)
    sums = await inputs.fill(scope, statement)
    record(
        scope, "settlement.send_back", "statement", id, form.reason,
        state=statement.state, before=statement.gross, gross=sums.gross,
        proof=await proofs.stated(scope, id),
    )  # fmt: skip
    await notices.sent_back(scope, statement, form.reason)
    return id


@database.scoped
async def approve(scope: Scope, id: int, form: SeenForm | None = None) -> int:
    """Approve a reviewed statement: its payable sum counts as settled on the contract from now on.

    Raises Refused for the reviewer, Conflict while an objection waits, a visit is not verified any more, or the
    contract has less delivered than this would settle.
    """
    statement = await _open(scope, id, "approve", form.seen if form else None)
    await inputs.hold_still(scope, id)
    await _refuse_fallen(scope, statement)
    await ledger.settle(scope, statement.contract, statement.payable)
    after = statement.state.to(StatementState.APPROVED)
    await database.change(
        Statement,
        id,
        {Statement.state: after, Statement.approved_by: scope.user, Statement.approved_at: clock.now()},
    )
    record(
        scope, "settlement.approve", "statement", id, number=statement.number, payable=statement.payable,
        proof=await proofs.stated(scope, id),
    )  # fmt: skip
    await notices.handed_on(scope, replace(statement, state=after))
    return id


@database.scoped
async def pay(scope: Scope, id: int, form: PaymentForm) -> int:
    """Note the payment of an approved statement with the number of its paper; final.

    Raises Refused for somebody who had a part in it, Conflict when a visit was rejected after the approval: then an
    officer sends it back.
    """
    statement = await _open(scope, id, "pay", form.seen)
    await _refuse_fallen(scope, statement)
    await ledger.pay(scope, statement.contract, statement.payable)
    await database.change(
        Statement,
        id,
        {
            Statement.state: statement.state.to(StatementState.PAID),
            Statement.paid_by: scope.user,
            Statement.paid_at: clock.now(),
            Statement.payment_reference: form.payment_reference,
        },
    )
    record(
        scope, "settlement.pay", "statement", id,
        payable=statement.payable, payment_reference=form.payment_reference,
        proof=await proofs.stated(scope, id),
    )  # fmt: skip
    async with database.elevated(scope) as system:  # what is free on the contract is not the finance's to write
        await deductions.release(system, await deductions.clawed(system, id))
    await notices.paid(scope, statement)
    return id
