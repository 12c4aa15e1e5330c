"""How verdicts come back when what was reported of the recipient was an error."""

from dataclasses import dataclass
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records import chain
from shangmen.delivery.service_records.states import Severity, VerdictState
from shangmen.delivery.service_records.tables import Verdict
from shangmen.delivery.service_records.verification import verdicts
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.errors import Conflict
from shangmen.foundation.audit.actions import record
from shangmen.foundation.deeds.actions import Coming, Kept

WITHDRAWN = Finding(
    "report_withdrawn", Severity.NOTE, "What was reported of the recipient was an error; the verdict is as before."
)


@dataclass(frozen=True)
class _ClaimedBack(database.Row):
    number: str


async def _stands(system: Scope, coming: Coming) -> None:
    """Count the money of a verified record again; raises Conflict where it was claimed back, or is not there."""
    verdict = await database.read(Verdict, coming.id)
    row = await verdicts.in_force(system, verdict.service_record)
    if row is None:
        raise Conflict("The record was corrected since.")
    claimed = await database.row(
        _ClaimedBack,
        "SELECT s.number FROM deduction d JOIN statement_line x ON x.id = d.claws_back"
        " JOIN statement s ON s.id = d.statement WHERE x.service_line = :line",
        line=row.line,
    )
    if claimed is not None:
        raise Conflict("What was paid for the visit is claimed back in statement %(number)s.", number=claimed.number)
    state = VerdictState(str(coming.was.get("state", row.state)))
    if state is VerdictState.VERIFIED and row.state is not VerdictState.VERIFIED and not row.settled:
        units, yuan = row.price(row.minutes, row.workers)
        payable: Decimal = await verdicts.deliver(system, row, row.placement, units, yuan)
        if payable != row.amount:
            raise Conflict("The contract has not enough money left to pay for the visit.")
    await verdicts.note(row, WITHDRAWN)
    reason = str(coming.was.get("reason", verdict.reason))
    by = coming.was.get("decided_by", verdict.decided_by)
    record(
        system, "service_records.find", "service_record", row.id,
        rule=WITHDRAWN.rule, before=row.state, after=state, finding=chain.finding_digest(WITHDRAWN),
        proof=chain.proof(row.visit, row.id, state, reason, by if isinstance(by, int) else None),
    )  # fmt: skip


KEPT = (Kept(Verdict, check=_stands),)
