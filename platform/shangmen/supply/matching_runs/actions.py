"""Verbs on matching runs: start (here or in many counties), stop. Others: `run/`, `decisions/`, `approval/`."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from shangmen import access, clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import Conflict, DomainError, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.regions import queries as regions
from shangmen.supply.matching_runs import queries
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run.job import JOB
from shangmen.supply.matching_runs.states import RUNNING, RunState
from shangmen.supply.matching_runs.tables import MatchingRun

YEAR = timedelta(days=366)


@database.scoped
async def start(scope: Scope, form: RunForm) -> int:
    """Ask for a run; a job solves it. Refused for a first day in the past; Conflict while another run is at work."""
    if not clock.today() <= form.starts_on <= clock.today() + YEAR:
        raise Refused("Give a day from today on, within a year.", field="starts_on")
    if form.most_moves is not None and form.placed == "leave":
        raise Refused("Placements can only change when placed needs are matched again.", field="most_moves")
    # two runs at once would propose the same hours twice
    await jobs.refuse_second(scope, MatchingRun, RUNNING, "Another run is at work. Wait for it, or stop it.")
    id = await database.add(
        MatchingRun(
            county=scope.county,
            requested_by=scope.user,
            created_at=clock.now(),
            starts_on=form.starts_on,
            policy=database.to_json(form),
        )
    )
    record(scope, "matching_runs.start", "matching_run", id, starts_on=form.starts_on, seed=form.seed)
    await jobs.defer(scope, JOB, lock=f"matching_runs.{scope.county}", run=id)
    return id


async def start_each(
    scope: Scope, codes: Sequence[str], form: RunForm
) -> AsyncIterator[tuple[str, int | DomainError]]:
    """Ask for a run in each of many counties: those of `codes` (six digits), or all of the scope where needs wait.

    Each county has its own transaction, system scope and job, so that one's refusal leaves the others and their jobs
    can be solved side by side. Yields each county's code with the number of its run, or with why it got none; raises
    Refused for codes that are no county of the scope, before anything is started.
    """
    known = {row.code[:6]: row.id for row in await regions.counties(scope)}
    unknown = sorted(set(codes) - set(known))
    if unknown:
        raise Refused("There is no county %(codes)s.", codes=", ".join(unknown))
    if not codes:
        waiting = await queries.waiting(scope, form.starts_on)
        codes = [code for code, county in known.items() if county in waiting]
    for code in dict.fromkeys(codes):
        outcome: int | DomainError
        try:
            outcome = await start(access.system(known[code], purpose="matching_runs.start_each"), form)
        except DomainError as refused:
            outcome = refused
        yield code, outcome


@database.scoped
async def cancel(scope: Scope, run: int) -> int:
    """Stop a run that is queued or at work, or drop its proposals; Conflict once it is approved or over.

    A run that is stopping already is left to it; one whose worker is dead is over at once.
    """
    standing = await database.lock(MatchingRun, run)
    if standing.state is RunState.SOLVING and await jobs.at_work(JOB, run=run):
        if standing.stop_asked:
            return run
        await database.change(MatchingRun, run, {MatchingRun.stop_asked: True})
    elif standing.state in RunState.before(RunState.CANCELLED):
        await database.change(
            MatchingRun,
            run,
            {
                MatchingRun.state: RunState.CANCELLED,
                MatchingRun.stop_asked: True,
                MatchingRun.finished_at: clock.now(),
            },
        )
    else:
        raise Conflict("This run is over already.")
    record(scope, "matching_runs.cancel", "matching_run", run)
    return run


@database.scoped
async def note_export(scope: Scope, run: int) -> None:
    """Note that the proposals of a run left the house; raises NotFound."""
    if not await database.exists("SELECT 1 FROM matching_run WHERE id = :id", id=run):
        raise NotFound
    record(scope, "matching_runs.export", "matching_run", run)
