"""The job behind a run: gather, build, search in a thread, store. Short transactions around the long work."""

import functools
import logging
from typing import Any

import anyio.to_thread
import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.foundation.audit.actions import record
from shangmen.supply.matching_runs import adapter
from shangmen.supply.matching_runs.adapter import CONTRADICTORY, MOVES, Problem, Progress, Solution
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import inputs, results
from shangmen.supply.matching_runs.run import problem as building
from shangmen.supply.matching_runs.run.problem import Question
from shangmen.supply.matching_runs.run.snapshot import Facts, RunPolicy

log = logging.getLogger(__name__)

ROWS_KEPT = 400
CANCELLED = "Stopped by hand; nothing was proposed."
FAILED = "The run failed: %(fault)s"
TOO_FEW_MOVES = "More than %(most)s placements must change supplier. Allow more, or none to be matched again."
TOO_SHORT = "No plan was found in which at most %(most)s placements change supplier. Allow more, or more effort."
CONTRADICTION = "The pins cannot all be obeyed. Look at those of these needs: %(needs)s."
NAMED = 12
COMPARING = "fewer moves"  # the phase after those of the library


async def solve(scope: Scope, run: int) -> None:
    """Solve a queued run under the system's scope of its county; the state says how it went.

    A run that was left in the middle (its process died) is solved again from the start. An error is stored as the
    run's message and logged; it is not raised, for to repeat the job would repeat the error.
    """
    try:
        facts = await _begin(scope, run)
        if facts is None:
            return
        question = await anyio.to_thread.run_sync(building.build, facts, inputs.price(facts.policy))
        await _freeze(scope, run, facts, question)
        progress: list[list[Any]] = []
        solution = await _search(scope, run, question.problem, facts.policy, progress)
        prices = await anyio.to_thread.run_sync(adapter.worth_more, question.problem, solution)
        fewer = await _compare(scope, run, question.problem, solution, facts.policy, progress)
        await _finish(scope, run, facts, question, solution, {"prices": prices, "fewer_moves": fewer})
    except Exception as fault:  # whatever it is, the page must show that the run ended, and why
        log.exception("matching run %s failed", run)
        await _fail(scope, run, f"{type(fault).__name__}: {fault}")


@database.scoped
async def _begin(scope: Scope, run: int) -> Facts | None:
    """Take the run; None when it is finished or cancelled already."""
    row = await database.fetch_one("SELECT * FROM matching_run WHERE id = :id FOR UPDATE", id=run)
    if row is None or row["state"] not in ("queued", "solving"):
        return None
    if row["stop_asked"]:
        await _close(run, "cancelled", CANCELLED)
        return None
    await database.update("matching_run", run, state="solving", progress=[])
    form = msgspec.convert(database.from_json(row["policy"]), RunForm)
    return await inputs.facts(scope, await inputs.policy(scope, form))


@database.scoped
async def _freeze(scope: Scope, run: int, facts: Facts, question: Question) -> None:
    """Store what was asked before it is answered."""
    policy = msgspec.to_builtins(facts.policy)
    policy["need_versions"] = {str(need.id): need.version for need in facts.needs}
    await database.execute(
        "UPDATE matching_run SET policy = :policy::jsonb, problem = :problem::jsonb WHERE id = :id",
        id=run,
        policy=database.to_json(policy),
        problem=adapter.problem_to_json(question.problem).decode(),
    )


async def _search(scope: Scope, run: int, problem: Problem, policy: RunPolicy, rows: list[list[Any]]) -> Solution:
    """Solve in a thread, and store the progress."""

    def note(progress: Progress) -> None:
        row = [
            round(progress.seconds, 2),
            progress.phase,
            progress.unserved,
            progress.unserved_bound,
            progress.travel,
            progress.travel_bound,
        ]
        if not rows or rows[-1][1:] != row[1:]:
            rows.append(row)

    work = functools.partial(adapter.find_plan, problem, policy, note)
    return await jobs.in_thread(work, rows, functools.partial(_report, scope, run))


async def _compare(
    scope: Scope, run: int, problem: Problem, solution: Solution, policy: RunPolicy, rows: list[list[Any]]
) -> list[adapter.Fewer]:
    """What plans that move fewer come to: in a thread, and told as a last step of the progress."""
    if not adapter.moves_somebody(problem, solution):
        return []
    if rows:
        rows.append([round(solution.seconds, 2), COMPARING, *rows[-1][2:]])
    work = functools.partial(adapter.fewer_moves, problem, solution, policy.seconds)
    return await jobs.in_thread(work, rows, functools.partial(_report, scope, run))


@database.scoped
async def _report(scope: Scope, run: int, rows: list[list[Any]] | None) -> bool:
    """Store the progress when there is news; whether somebody asked to stop."""
    if rows is not None:
        await database.update("matching_run", run, progress=rows[-ROWS_KEPT:])
    return bool(await database.fetch_value("SELECT stop_asked FROM matching_run WHERE id = :id", id=run))


@database.scoped
async def _finish(
    scope: Scope,
    run: int,
    facts: Facts,
    question: Question,
    solution: Solution,
    beside: dict[str, Any],
) -> None:
    """Store the plan with its certificate and what stands `beside` it, unless somebody stopped it or the pins
    contradict each other.
    """
    row = await database.fetch_one("SELECT stop_asked FROM matching_run WHERE id = :id FOR UPDATE", id=run)
    if row is None or row["stop_asked"]:
        await _close(run, "cancelled", CANCELLED)
        record(scope, "matching_runs.stopped", "matching_run", run)
        return
    if solution.status == CONTRADICTORY:
        needs = sorted({adapter.number_of(need) for conflict in solution.conflicts for need in conflict.needs})
        limited = any(conflict.code == MOVES for conflict in solution.conflicts)
        if limited:
            sentence = TOO_FEW_MOVES if solution.stopped == "proved" else TOO_SHORT
            await _close(run, "failed", sentence, most=facts.policy.most_moves)
        else:
            named = ", ".join(f"#{need}" for need in needs[:NAMED]) + (" …" if len(needs) > NAMED else "")
            await _close(run, "failed", CONTRADICTION, needs=named)
        record(scope, "matching_runs.failed", "matching_run", run, needs=len(needs))
        return
    rows = results.proposals(facts, question, solution)
    proof = {**results.certificate(facts, question, solution, rows), **beside}
    await _store(scope, run, rows)
    await database.execute(
        """
        UPDATE matching_run SET state = 'proposed', problem_digest = :digest, solution = :solution::jsonb,
          certificate = :certificate::jsonb, violations = :violations::jsonb, message = '', finished_at = :now
        WHERE id = :id
        """,
        id=run,
        digest=bytes.fromhex(solution.input_hash),
        solution=adapter.solution_to_json(solution).decode(),
        certificate=database.to_json(proof),
        violations=database.to_json(results.violations(question.problem, solution)),
        now=clock.now(),
    )
    record(
        scope, "matching_runs.solved", "matching_run", run,
        needs=proof["needs"], served=proof["served"], digest=solution.input_hash,
    )  # fmt: skip


async def _store(scope: Scope, run: int, rows: list[dict[str, Any]]) -> None:
    await database.execute_many(
        """
        INSERT INTO proposal (county, station, matching_run, need, supplier, contract_line, metres, reason, reasons,
                              change, previous_supplier, overridden, override_reason)
        VALUES (:county, :station, :run, :need, :supplier, :contract_line, :metres, :reason, :reasons, :change,
                :previous_supplier, false, '')
        """,
        [{**row, "county": scope.county, "run": run, "reasons": database.to_json(row["reasons"])} for row in rows],
    )


@database.scoped
async def _fail(scope: Scope, run: int, fault: str) -> None:
    await _close(run, "failed", FAILED, fault=fault[:500])
    record(scope, "matching_runs.failed", "matching_run", run, fault=fault[:200])


async def _close(run: int, state: str, sentence: str, **parameters: str | int | None) -> None:
    message = database.to_json([sentence, parameters])
    await database.update("matching_run", run, state=state, message=message, finished_at=clock.now())
