"""Verbs on matching runs: start (here or in many counties), solve, stop, approve. Pins and overrides: `decisions/`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from msgspec.structs import replace

from shangmen import access, clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.demand.needs.states import NeedState
from shangmen.errors import Conflict, DomainError, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.regions import queries as regions
from shangmen.supply.matching_runs import queries
from shangmen.supply.matching_runs.certificate import Certificate, FrozenPolicy, Parameter, Skipped, Violation
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run.job import JOB
from shangmen.supply.matching_runs.states import RUNNING, RunState
from shangmen.supply.matching_runs.tables import MatchingRun
from shangmen.supply.placements.offers import actions as offers

YEAR = timedelta(days=366)

CHANGED = "The need has changed since the run."


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

    A run that is stopping already is left to it.
    """
    standing = await database.lock(MatchingRun, run)
    if standing.state is RunState.SOLVING:
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


@database.scoped
async def approve(scope: Scope, run: int) -> int:
    """Make an offer of every new and moved need to its proposed supplier; how many offers were made.

    Needs that have changed since the run, and those that a supplier or a contract can no longer take, are skipped and
    listed in the certificate. A moved need keeps its placement until the new supplier accepts: nobody is left without
    help by a supplier that declines. Conflict unless the run is proposed: a second approval finds it approved.
    """
    standing = await database.lock(MatchingRun, run)
    if not standing.state.may(RunState.APPROVED):
        raise Conflict("Only a proposed run can be approved; this one was decided already.")
    if database.decoded(list[Violation], standing.violations):
        raise Conflict("The checker found violations in this plan. It cannot be approved.")
    versions = dict(database.decoded(FrozenPolicy, standing.policy).need_versions)
    made, skipped = 0, []
    for wanted in await _wanted(run):
        refusal = _stale(wanted, versions) or await _offer(scope, run, standing.starts_on, wanted)
        if refusal is None:
            made += 1
        else:
            skipped.append(refusal)
    proof = database.decoded(Certificate, standing.certificate)
    await database.change(
        MatchingRun,
        run,
        {
            MatchingRun.state: RunState.APPROVED,
            MatchingRun.approved_at: clock.now(),
            MatchingRun.approved_by: scope.user,
            MatchingRun.certificate: database.to_json(replace(proof, offers=made, skipped=skipped)),
        },
    )
    record(scope, "matching_runs.approve", "matching_run", run, offers=made, skipped=len(skipped))
    return made


@dataclass(frozen=True)
class _Wanted(database.Row):
    """A new or moved need with its proposed supplier, and how the need stands now."""

    need: int
    supplier: int
    contract_line: int | None
    metres: int
    version: int
    state: NeedState
    valid_from: date
    valid_to: date | None


async def _wanted(run: int) -> list[_Wanted]:
    return await database.rows(
        _Wanted,
        """
        SELECT p.need, p.supplier, p.contract_line, p.metres, n.version, n.state, n.valid_from, n.valid_to
        FROM proposal p JOIN need n ON n.id = p.need
        WHERE p.matching_run = :run AND p.supplier IS NOT NULL AND p.change IN ('new', 'moved') ORDER BY p.need
        """,
        run=run,
    )


def _stale(wanted: _Wanted, versions: dict[int, int]) -> Skipped | None:
    """That a proposal no longer answers the need, or None."""
    if wanted.version != versions.get(wanted.need) or wanted.state not in (NeedState.WAITING, NeedState.PLACED):
        return Skipped(wanted.need, CHANGED, {})
    return None


async def _offer(scope: Scope, run: int, starts_on: date, wanted: _Wanted) -> Skipped | None:
    """Make one offer; when it is refused, why, and nothing of it is left."""
    transaction = database.ENGINE.current_transaction.get()
    assert transaction is not None, "a verb runs in a transaction"
    savepoint = await transaction.savepoint()
    try:
        await offers.offer(
            scope,
            need=wanted.need,
            supplier=wanted.supplier,
            contract_line=wanted.contract_line,
            metres=wanted.metres,
            matching_run=run,
            valid_from=max(starts_on, wanted.valid_from),
            valid_to=wanted.valid_to,
        )
    except DomainError as refused:
        await savepoint.rollback_to()  # type: ignore[no-untyped-call]  # Piccolo has no types here
        return Skipped(wanted.need, refused.message, _kept(refused.parameters))
    await savepoint.release()  # type: ignore[no-untyped-call]  # Piccolo has no types here
    return None


def _kept(parameters: Mapping[str, object]) -> dict[str, Parameter]:
    """What fills a refusal, as it can be stored."""
    return {name: one if isinstance(one, str | int | float | None) else str(one) for name, one in parameters.items()}
