"""What verdicts do to statements."""

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records.events import VerdictChanged
from shangmen.delivery.settlement import inputs
from shangmen.foundation.audit.actions import record


async def on_verdict_changed(scope: Scope, event: VerdictChanged) -> None:
    """A record that is not verified any more, or was corrected, leaves the draft that its line stands in.

    A statement that was handed in is not changed behind anybody's back: it cannot go on until it is sent back
    (actions.py asks `gathering.fallen`). What was approved is claimed back with the next statement.
    """
    if event.before != "verified":
        return
    async with database.elevated(scope) as system:
        row = await database.fetch_one(
            "SELECT s.id, s.contract, s.provider, x.id AS line, x.amount FROM statement_line x"
            " JOIN statement s ON s.id = x.statement WHERE x.service_line = :line AND s.state = 'draft'",
            line=event.service_line,
        )
        if row is None:
            return
        await database.execute("SELECT 1 FROM contract WHERE id = :id FOR UPDATE", id=row["contract"])
        statement = await database.fetch_one("SELECT * FROM statement WHERE id = :id FOR UPDATE", id=row["id"])
        if statement is None or statement["state"] != "draft":
            return  # handed in while this waited for the lock
        sums = await inputs.fill(system, statement, without=event.service_line)
        record(
            system, "settlement.drop", "statement", row["id"],
            organisation=row["provider"], visit=event.visit, amount=row["amount"], gross=sums.gross,
        )  # fmt: skip
