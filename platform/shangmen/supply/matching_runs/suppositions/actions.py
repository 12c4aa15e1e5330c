"""Asking what would follow if another supplier served a need of a run."""

from datetime import timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.supply.matching_runs import queries
from shangmen.supply.matching_runs.proposals import queries as proposals
from shangmen.supply.matching_runs.suppositions.forms import SupposeForm
from shangmen.supply.matching_runs.suppositions.job import JOB

PATIENCE = timedelta(minutes=1)
"""A question without an answer for so long may be asked again: its job may have been lost."""


@database.scoped
async def suppose(scope: Scope, run: int, need: int, form: SupposeForm) -> int:
    """Ask what would follow if a supplier served a need; a job answers, once for each plan. Returns the supplier.

    Raises NotFound for a need that the run did not look at; Refused for a supplier that is none of the county's or is
    proposed already.
    """
    proposal = await proposals.proposal(scope, run, need)
    if form.supplier not in {row.id for row in await queries.suppliers(scope)}:
        raise Refused("There is no such supplier in this county.", field="supplier")
    if form.supplier == proposal.supplier:
        raise Refused("The run proposes this supplier already.", field="supplier")
    id = await database.value(
        int,
        """
        INSERT INTO supposition (county, matching_run, need, supplier, asked_by, asked_at, state)
        VALUES (:county, :run, :need, :supplier, :user, :now, 'queued')
        ON CONFLICT (matching_run, need, supplier)
        DO UPDATE SET state = 'queued', asked_by = excluded.asked_by, asked_at = excluded.asked_at
          WHERE supposition.state = 'failed' OR (supposition.state = 'queued' AND supposition.asked_at < :lost)
        RETURNING id
        """,
        county=proposal.county,
        run=run,
        need=need,
        supplier=form.supplier,
        user=scope.user,
        now=clock.now(),
        lost=clock.now() - PATIENCE,
    )
    if id is not None:
        record(scope, "matching_runs.suppose", "matching_run", run, need=need, supplier=form.supplier)
        await jobs.defer(scope, JOB, queue=jobs.QUESTIONS, supposition=id)
    return form.supplier
