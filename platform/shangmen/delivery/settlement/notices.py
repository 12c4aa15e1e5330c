"""Whose work list a statement is on: the next person's, and nobody else's."""

from datetime import date

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.delivery.settlement.queries import StatementRow
from shangmen.delivery.settlement.states import StatementState
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.tasks import actions as tasks

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
