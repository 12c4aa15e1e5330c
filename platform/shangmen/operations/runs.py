"""Matching runs from the shell: `shangmen match`, one run for each county, waited for on wish."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

import msgspec

from shangmen import access, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import DomainError
from shangmen.operations import maintenance
from shangmen.supply.matching_runs import actions, phrases, queries
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.states import RUNNING, RunState
from shangmen.supply.matching_runs.tables import MatchingRun


class Told(TypedDict, total=False):
    """What came of a county's run, for the last line."""

    county: str
    run: int
    state: str
    sentence: str
    needs: int
    served: int
    unmet: dict[str, int]
    proven: bool
    goals: dict[str, dict[str, object]]
    checker: list[str]


async def order(
    codes: Sequence[str],
    form: RunForm,
    wait: bool,
    as_json: bool,
    dsn: str,
    work: Mapping[str, jobs.Job],
    given_up: Mapping[str, jobs.Job],
) -> int:
    """Ask for a run in each county; 1 when any could not be started or, waited for, did not end in a plan.

    Who waits takes jobs too, for perhaps no worker is there; whoever breaks off the waiting (Ctrl-C, a signal) stops
    the runs that are not over, for the county can start no other beside them. `as_json` prints one JSON object as the
    last line.
    """
    began = time.monotonic()
    told: list[Told] = []
    async with maintenance.everywhere() as scope:
        async for code, outcome in actions.start_each(scope, codes, form):
            if isinstance(outcome, DomainError):
                told.append({"county": code, "state": "not started", "sentence": str(outcome)})
                print(f"{code}\tnot started: {outcome}", flush=True)
            else:
                told.append({"county": code, "run": outcome, "state": RunState.QUEUED})
                print(f"{code}\trun {outcome}", flush=True)
        if not told:
            print("No need waits in any county.", flush=True)
        started = [one["run"] for one in told if "run" in one]
        if wait and started:

            async def done() -> bool:
                return not await _running(scope, started)

            waiting = asyncio.current_task()
            if waiting is not None:
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, waiting.cancel)
            try:
                await jobs.help_until(dsn, work, given_up, done)
            except asyncio.CancelledError:
                await _stop(scope, started)
                raise
            for one in told:
                if "run" in one:
                    one |= await _came(scope, one["run"])
                    print(f"{one['county']}\trun {one['run']}: {one['state']}", flush=True)
    if as_json:
        print(msgspec.json.encode(_together(told, time.monotonic() - began)).decode(), flush=True)
    wanted = {RunState.PROPOSED} if wait else {RunState.QUEUED}
    return 1 if any(one["state"] not in wanted for one in told) else 0


@database.scoped
async def _running(scope: Scope, runs: Sequence[int]) -> bool:
    return await database.exists(
        "SELECT 1 FROM matching_run WHERE id = ANY(:runs) AND state = ANY(:running)",
        runs=list(runs),
        running=list(RUNNING),
    )


async def _stop(scope: Scope, runs: Sequence[int]) -> None:
    """Stop those of these runs that are not over."""
    async with database.transaction(scope):
        standing = await MatchingRun.objects().where(MatchingRun.id.is_in(list(runs)))
    for one in (row for row in standing if row.state in RUNNING):
        await actions.cancel(access.system(one.county, purpose="matching_runs.cancel"), one.id)
        print(f"run {one.id}: stopped", flush=True)


async def _came(scope: Scope, run: int) -> Told:
    """What came of a run that is over."""
    found, figures = await queries.run(scope, run), await queries.summary(scope, run)
    return {
        "state": found.state,
        "sentence": phrases.message(found.message),
        "needs": figures.needs,
        "served": figures.served,
        "unmet": figures.unmet,
        "proven": bool(figures.goals) and all(goal.proven for goal in figures.goals.values()),
        "goals": {
            name: {"value": goal.value, "bound": goal.bound, "gap": goal.gap, "proven": goal.proven}
            for name, goal in figures.goals.items()
        },
        "checker": [one.sentence for one in figures.violations],
    }


def _together(told: Sequence[Told], seconds: float) -> dict[str, object]:
    """The counts of all counties together, and each run."""
    unmet: Counter[str] = Counter()
    for one in told:
        unmet.update(one.get("unmet", {}))
    return {
        "needs": sum(one.get("needs", 0) for one in told),
        "served": sum(one.get("served", 0) for one in told),
        "unmet": dict(sorted(unmet.items())),
        "proven": bool(told) and all(one.get("proven", False) for one in told),
        "runs": list(told),
        "seconds": round(seconds, 1),
    }
