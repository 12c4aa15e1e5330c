"""The job behind a question about another supplier: the plan is solved again with that one decision."""

import logging

import anyio.to_thread

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import DatabaseAway
from shangmen.supply.matching_runs import adapter
from shangmen.supply.matching_runs.adapter import need_id, problem_from_json, supplier_id
from shangmen.supply.matching_runs.proposals import queries
from shangmen.supply.matching_runs.states import SuppositionState
from shangmen.supply.matching_runs.tables import Supposition

log = logging.getLogger(__name__)

JOB = "matching_runs.suppose"


async def answer(scope: Scope, supposition: int) -> None:
    """Answer a question under the system's scope of its county: about two seconds in a thread.

    An error is logged and told on the page; to repeat the job would repeat it.
    """
    asked = await _asked(scope, supposition)
    if asked is None:
        return
    try:
        consequences = await _answered(scope, asked)
    except DatabaseAway:
        raise  # no fault of the question: it is answered when the database is back
    except Exception:  # whatever it is, the page must not wait for ever
        log.exception("supposition %s failed", supposition)
        await _close(scope, supposition, SuppositionState.FAILED, None)
    else:
        await _close(scope, supposition, SuppositionState.DONE, consequences)


async def give_up(scope: Scope, supposition: int) -> None:
    """Say on the page that there is no answer; the question may be asked again."""
    if await _asked(scope, supposition) is not None:
        await _close(scope, supposition, SuppositionState.FAILED, None)


async def _answered(scope: Scope, asked: Supposition) -> str:
    text, served = await queries.plan(scope, asked.matching_run)
    plan = [row.assignment() for row in served]
    need, supplier = need_id(asked.need), supplier_id(asked.supplier)

    def work() -> str:
        return adapter.consequences_to_json(adapter.what_if(problem_from_json(text), plan, need, supplier))

    return await anyio.to_thread.run_sync(work)


@database.scoped
async def _asked(scope: Scope, supposition: int) -> Supposition | None:
    """The open question; None when it is answered, or the plan has changed since it was asked."""
    of = (Supposition.id == supposition) & (Supposition.state == SuppositionState.QUEUED)
    return await Supposition.objects().where(of).first()


@database.scoped
async def _close(scope: Scope, supposition: int, state: SuppositionState, answer: str | None) -> None:
    """Store the answer, unless the question is gone because the plan has changed in between."""
    await Supposition.update({Supposition.state: state, Supposition.answer: answer}).where(
        Supposition.id == supposition
    )
