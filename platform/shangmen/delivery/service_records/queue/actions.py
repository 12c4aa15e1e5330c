"""Deciding on like records with one reason: each decision is its own, with its own event."""

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records import chain
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.queue import queries
from shangmen.delivery.service_records.queue.forms import VerdictForm
from shangmen.delivery.service_records.verification import actions as verification
from shangmen.errors import DomainError, Refused

VERBS = {"accept": verification.accept, "reject": verification.reject}


@database.scoped
async def decide(scope: Scope, form: VerdictForm) -> tuple[int, int]:
    """Give one verdict on the chosen records: how many were decided, and how many were left.

    Left is what somebody has decided meanwhile, what the viewer may not decide on, and what has got another finding
    since it was read. Raises Refused when none is chosen.
    """
    if not form.take:
        raise Refused("Choose at least one record.", field="take")
    chain.announce()  # before the first draft, so that the chains' heads are locked in one order
    decided = left = 0
    for record, seen in sorted({_read(key) for key in form.take}):
        try:
            async with database.savepoint():
                if await queries.findings(scope, record) != seen:
                    left += 1
                    continue
                await VERBS[form.verdict](scope, record, ReasonForm(reason=form.reason))
        except DomainError:
            left += 1
        else:
            decided += 1
    return decided, left


def _read(key: str) -> tuple[int, int]:
    record, seen = key.split(".")
    return int(record), int(seen)
