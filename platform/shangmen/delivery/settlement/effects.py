"""What verdicts do to statements."""

from dataclasses import dataclass
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.settlement import inputs, proofs
from shangmen.delivery.settlement.states import StatementState
from shangmen.foundation.audit.actions import record


@dataclass(frozen=True)
class _Drafted(database.Row):
    statement: int
    amount: Decimal


async def on_verdict_changed(scope: Scope, event: VerdictChanged) -> None:
    """A record that is not verified any more, or was corrected, leaves the draft that its line stands in.

    A statement that was handed in is not changed behind anybody's back: it cannot go on until it is sent back
    (actions.py asks `inputs.fallen`). What was approved is claimed back with the next statement.
    """
    if event.before is not VerdictState.VERIFIED:
        return
    async with database.elevated(scope) as system:
        line = await database.row(
            _Drafted,
            "SELECT x.statement, x.amount FROM statement_line x JOIN statement s ON s.id = x.statement"
            " WHERE x.service_line = :line AND s.state = 'draft'",
            line=event.service_line,
        )
        if line is None:
            return
        statement = await inputs.locked(system, line.statement)
        if statement.state is not StatementState.DRAFT:
            return  # handed in while this waited for the lock
        sums = await inputs.fill(system, statement, without=event.service_line)
        record(
            system, "settlement.drop", "statement", statement.id,
            organisation=statement.provider, visit=event.visit, amount=line.amount, gross=sums.gross,
            proof=await proofs.stated(system, statement.id),
        )  # fmt: skip
