"""What is taken off a statement: by dated rules, by the reviewer for a reason, and what was claimed back."""

from dataclasses import dataclass
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.verification.queries import Terms
from shangmen.delivery.settlement.forms import NewDeduction, ReviewForm
from shangmen.delivery.settlement.inputs import CLAWBACK, ZERO
from shangmen.delivery.settlement.queries import StatementRow
from shangmen.delivery.settlement.tables import Deduction
from shangmen.errors import Faults, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.contracts import pricing
from shangmen.supply.placements import consumption

OTHER = "other"
Fault = tuple[str, dict[str, object]]  # a message id and what fills it


@database.scoped
async def rules(scope: Scope, statement: StatementRow) -> dict[str, Decimal]:
    """Rules that are in force on the last day of the statement, with the amount that each takes off it."""
    shares = await catalogue.parameter_as(scope, dict[str, Decimal], "deduction_shares", statement.period_to)
    return {code: pricing.half_up(statement.gross * share) for code, share in shares.items()}


@database.scoped
async def replace(scope: Scope, statement: StatementRow, form: ReviewForm) -> None:
    """Put a review's deductions in the place of those of the review before; what is claimed back stays.

    Raises Faults beside the rows, Refused when all together exceed the gross.
    """
    id = statement.id
    await database.execute(
        "DELETE FROM deduction WHERE statement = :id AND rule <> :clawback AND NOT id = ANY(:keep::bigint[])",
        id=id,
        clawback=CLAWBACK,
        keep=form.keep,
    )
    before = await Deduction.objects().where(Deduction.statement == id)
    known = await rules(scope, statement)
    taken, used = sum((one.amount for one in before), ZERO), {one.rule for one in before}
    faults: dict[str, Fault] = {}
    made: list[tuple[str, Decimal, str]] = []
    for number, row in form.deductions().items():
        fault = _fault(row, known, used)
        if fault is not None:
            faults[f"{fault[0]}_{number}"] = fault[1]
            continue
        rule = row.rule or OTHER
        amount = known.get(rule, row.amount)
        assert amount is not None
        used |= {rule}
        taken += amount
        if taken > statement.gross:
            left = f"{statement.gross - taken + amount:,.2f}"
            faults[f"amount_{number}"] = ("More than ¥%(left)s cannot be taken off this statement.", {"left": left})
        made.append((rule, amount, row.reason))
    if faults:
        raise Faults(faults)
    for rule, amount, reason in made:
        await database.add(
            Deduction(
                statement=id, rule=rule, amount=amount, reason=reason, created_by=scope.user, created_at=clock.now()
            )
        )
        record(scope, "settlement.deduct", "statement", id, reason, rule=rule, amount=amount)


def _fault(row: NewDeduction, known: dict[str, Decimal], used: set[str]) -> tuple[str, Fault] | None:
    """The field of a row that is wrong and its sentence, None when the row can stand."""
    if row.rule in known:
        if row.rule in used:
            return "rule", ("This rule is applied already.", {})
        if not known[row.rule]:
            return "rule", ("This rule takes nothing off this statement.", {})
        if row.amount is not None and row.amount != known[row.rule]:
            return "amount", (
                "The rule takes off ¥%(amount)s; leave this empty.",
                {"amount": f"{known[row.rule]:,.2f}"},
            )
        return None
    if row.rule not in ("", OTHER):
        return "rule", ("Choose one of the options.", {})
    if row.amount is None:
        return "amount", ("This must be filled in.", {})
    if len(row.reason) < 2:
        return "reason", ("Give the reason for the deduction.", {})
    return None


@database.scoped
async def answer(scope: Scope, statement: int, form: ReviewForm) -> None:
    """Answer the objections that wait; Refused without an answer."""
    waiting = "SELECT 1 FROM objection WHERE statement = :id AND answered_at IS NULL"
    if not await database.exists(waiting, id=statement):
        return
    if not form.answer:
        raise Refused("Answer the provider's objection.", field="answer")
    await answer_all(scope, statement, form.answer)


@database.scoped
async def answer_all(scope: Scope, statement: int, text: str) -> None:
    """Give the same answer to every objection that waits; nothing happens when none does."""
    await database.execute(
        "UPDATE objection SET answer = :text, answered_by = :user, answered_at = :now"
        " WHERE statement = :id AND answered_at IS NULL",
        id=statement,
        text=text,
        user=scope.user,
        now=clock.now(),
    )


@database.scoped
async def clawed(scope: Scope, statement: int) -> list[int]:
    """The service lines of earlier statements that this one takes back."""
    return await database.values(
        int,
        "SELECT x.service_line FROM deduction y JOIN statement_line x ON x.id = y.claws_back"
        " WHERE y.statement = :id ORDER BY x.service_line",
        id=statement,
    )


@dataclass(frozen=True)
class _Settled(Terms):
    """A line that was settled, with what its contract pays for it."""

    minutes: int
    workers: int
    amount: Decimal
    placement: int
    service_record: int


@database.scoped
async def release(scope: Scope, lines: list[int]) -> None:
    """Give the units and the money of lines that were settled and taken back to the contract again.

    The money must be off the settled before: until then the record keeps it (service_records.verdicts.take_back).
    """
    for line in await database.rows(
        _Settled,
        """
        SELECT l.contract_line, l.minutes, l.workers, l.rate, l.amount, k.pricing, k.two_workers_pay_twice,
               v.placement, r.id AS service_record
        FROM service_line l JOIN contract_line k ON k.id = l.contract_line
        JOIN service_record r ON r.id = l.service_record JOIN visit v ON v.id = r.visit
        WHERE l.id = ANY(:lines) ORDER BY l.id
        """,
        lines=lines,
    ):
        units, yuan = line.price(line.minutes, line.workers)
        await consumption.undeliver(scope, line.placement, units, yuan, line.amount)
        await tasks.close(scope, "claw_back", "service_record", line.service_record)
