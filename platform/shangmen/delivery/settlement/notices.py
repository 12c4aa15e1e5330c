"""Whose work list a statement is on: the next person's, and nobody else's."""

from collections.abc import Sequence
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.settlement import daily
from shangmen.delivery.settlement.queries import OBJECTED, OPEN_OBJECTION, TO_APPROVE, StatementRow
from shangmen.delivery.settlement.states import StatementState
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.tasks import actions as tasks
from shangmen.foundation.tasks.waiting import Entry, Kind, Standing, own

MESSAGES = {
    "statement_submitted": "Statement %(number)s of %(provider)s waits for its review: ¥%(payable)s.",
    "statement_reviewed": (
        "Statement %(number)s of %(provider)s is reviewed and waits for a second officer: ¥%(payable)s."
    ),
    "statement_approved": "Statement %(number)s of %(provider)s is approved and waits for its payment: ¥%(payable)s.",
    "statement_sent_back": "Statement %(number)s came back: %(reason)s",
    "statement_objected": "%(provider)s objects to the review of statement %(number)s.",
}
ROLES = {
    "statement_submitted": Role.BUREAU_OFFICER,
    "statement_reviewed": Role.BUREAU_OFFICER,
    "statement_approved": Role.BUREAU_FINANCE,
    "statement_sent_back": Role.PROVIDER_MANAGER,
    "statement_objected": Role.BUREAU_OFFICER,
}


@database.scoped
async def handed_on(scope: Scope, statement: StatementRow) -> None:
    """The statement has reached a state: whoever acts next finds it on the list; a payment has its term."""
    await _close(scope, statement)
    due = None
    if statement.state is StatementState.APPROVED:
        days = await catalogue.parameter(scope, "payment_days")
        due = clock.day_of(clock.at(clock.today(), days * 24 * 60))
    await _open(scope, f"statement_{statement.state}", statement, due, payable=f"{statement.payable:,.2f}")


@database.scoped
async def objected(scope: Scope, statement: StatementRow) -> None:
    """The reviewer has something to answer; the approval waits."""
    await _close(scope, statement)
    await _open(scope, "statement_objected", statement)


@database.scoped
async def sent_back(scope: Scope, statement: StatementRow, reason: str) -> None:
    """The provider has to look at it again."""
    await _close(scope, statement)
    await _open(scope, "statement_sent_back", statement, reason=reason)


@database.scoped
async def paid(scope: Scope, statement: StatementRow) -> None:
    """Nobody has to do anything any more."""
    await _close(scope, statement)


async def _close(scope: Scope, statement: StatementRow) -> None:
    for kind in MESSAGES:
        await tasks.close(scope, kind, "statement", statement.id)


async def _open(scope: Scope, kind: str, statement: StatementRow, due: date | None = None, **more: str) -> None:
    role = ROLES[kind]
    await tasks.open(
        scope,
        organisation=statement.provider if role == Role.PROVIDER_MANAGER else statement.purchaser,
        role=role,
        kind=kind,
        subject="statement",
        subject_id=statement.id,
        route="settlement.show",
        params={"id": statement.id},
        message=MESSAGES[kind],
        due=due,
        number=statement.number,
        provider=statement.provider_name,
        **more,
    )


@database.scoped
async def _to_pay(scope: Scope) -> Standing:
    """Approved statements; they are to be paid so many days after their approval."""
    days = await catalogue.parameter(scope, "payment_days")
    found = await database.row(
        Standing,
        "SELECT count(*) AS count, min((approved_at AT TIME ZONE 'Asia/Shanghai')::date) AS day FROM statement"
        " WHERE state = 'approved' AND county = ANY(:counties)",
        counties=list(scope.counties),
    )
    assert found is not None
    return Standing(found.count, found.day + timedelta(days=days) if found.day else None)


async def _to_state(scope: Scope) -> Sequence[Entry]:
    today = clock.today()
    return [
        Entry(
            daily.UNSTATED, "settlement.new", {"contract": one.id}, daily.state_by(today),
            {"number": one.number, "day": one.day.isoformat()},
        )
        for one in await daily.to_state(scope, today)
    ]  # fmt: skip


async def _claw_backs(scope: Scope) -> Sequence[Entry]:
    return [
        Entry(
            daily.FALLEN, "settlement.show", {"id": one.id}, one.day,
            {"number": one.number, "day": one.day.isoformat()},
        )
        for one in await daily.claw_backs(scope)
    ]  # fmt: skip


def _in(state: str, since: str, condition: str = "") -> str:
    return (
        f"SELECT count(*) AS count, min((s.{since} AT TIME ZONE 'Asia/Shanghai')::date) AS day FROM statement s"
        f" WHERE s.state = '{state}' AND s.county = ANY(:counties) {condition}"
    )


BO, PM = Role.BUREAU_OFFICER, Role.PROVIDER_MANAGER
SUBMITTED, DRAFT, APPROVED = StatementState.SUBMITTED, StatementState.DRAFT, StatementState.APPROVED
LIST = "settlement.list"
WAITING = (
    Kind("statements_objected", "Objections to answer", "Answer", (BO,), LIST, own(state=OBJECTED),
         _in("reviewed", "reviewed_at", f"AND {OPEN_OBJECTION}"),
         instead=("statement_objected", "objection_unanswered")),
    Kind("statements_to_review", "Statements to review", "Review", (BO,), LIST, own(state=SUBMITTED),
         _in("submitted", "submitted_at"), instead=("statement_submitted",)),
    Kind("statements_to_approve", "Statements to approve", "Approve", (BO,), LIST, own(state=TO_APPROVE),
         _in("reviewed", "reviewed_at", f"AND NOT {OPEN_OBJECTION}"), instead=("statement_reviewed",)),
    Kind("statements_to_pay", "Statements to pay", "Pay", (Role.BUREAU_FINANCE,), LIST, own(state=APPROVED),
         count=_to_pay, instead=("statement_approved",), due=True),
    Kind("claw_backs", "Paid visits to claw back", "Look at it", (BO,), entries=_claw_backs,
         instead=("claw_back", "claw_back_open")),
    Kind("statements_to_submit", "Statements to submit", "Submit", (PM,), LIST, own(state=DRAFT),
         _in("draft", "created_at"), instead=("statement_sent_back",)),
    Kind("visits_to_state", "Visits to state", "Draft a statement", (PM,), "settlement.new", entries=_to_state,
         instead=("statement_due",), due=True),
)  # fmt: skip
