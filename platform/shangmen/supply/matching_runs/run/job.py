"""The job behind a run: gather, build, search in a thread, store. Short transactions around the long work."""

import functools
import logging

import anyio.to_thread
import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import DatabaseAway
from shangmen.foundation.audit.actions import record
from shangmen.supply.matching_runs import adapter
from shangmen.supply.matching_runs.adapter import CONTRADICTORY, MOVES, Problem, Progress, Solution
from shangmen.supply.matching_runs.certificate import (
    FewerMoves,
    FrozenPolicy,
    Message,
    OrderPrice,
    Parameter,
    ResourcePrice,
    Step,
)
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import inputs, results
from shangmen.supply.matching_runs.run import problem as building
from shangmen.supply.matching_runs.run.problem import Question
from shangmen.supply.matching_runs.run.results import Proposed
from shangmen.supply.matching_runs.run.snapshot import Facts, RunPolicy
from shangmen.supply.matching_runs.states import RUNNING, RunState
from shangmen.supply.matching_runs.tables import MatchingRun

log = logging.getLogger(__name__)

JOB = "matching_runs.solve"
ROWS_KEPT = 400
CANCELLED = "Stopped by hand; nothing was proposed."
FAILED = "The run failed: %(fault)s"
GIVEN_UP = "The run was broken off every time it was tried. Start another one, with less effort if it happens again."
TOO_FEW_MOVES = "More than %(most)s placements must change supplier. Allow more, or none to be matched again."
TOO_SHORT = "No plan was found in which at most %(most)s placements change supplier. Allow more, or more effort."
CONTRADICTION = "The pins cannot all be obeyed. Look at those of these needs: %(needs)s."
NAMED = 12
COMPARING, ORDERS = "fewer moves", "orders"  # the phases after those of the library


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
        progress: list[Step] = []
        solution = await _search(scope, run, question.problem, facts.policy, progress)
        prices = await anyio.to_thread.run_sync(adapter.worth_more, question.problem, solution)
        fewer = await _compare(scope, run, question.problem, solution, facts.policy, progress)
        orders = await _compare_orders(scope, run, facts, question.problem, solution, progress)
        await _finish(scope, run, facts, question, solution, prices, fewer, orders)
    except DatabaseAway:
        raise  # no fault of the run: it is solved again when the database is back
    except Exception as fault:  # whatever it is, the page must show that the run ended, and why
        log.exception("matching run %s failed", run)
        await _fail(scope, run, f"{type(fault).__name__}: {fault}")


async def give_up(scope: Scope, run: int) -> None:
    """Say on the run that it was tried as often as may be, and ended each time with its process or the database."""
    await _fail(scope, run, "", GIVEN_UP)


@database.scoped
async def _begin(scope: Scope, run: int) -> Facts | None:
    """Take the run; None when it is finished or cancelled already."""
    standing = await database.lock(MatchingRun, run)
    if standing.state not in RUNNING:
        return None
    if standing.stop_asked:
        await _close(standing, RunState.CANCELLED, CANCELLED)
        return None
    await database.change(MatchingRun, run, {MatchingRun.state: RunState.SOLVING, MatchingRun.progress: "[]"})
    form = database.decoded(RunForm, standing.policy)
    return await inputs.facts(scope, await inputs.policy(scope, form))


@database.scoped
async def _freeze(scope: Scope, run: int, facts: Facts, question: Question) -> None:
    """Store what was asked before it is answered."""
    versions = [(need.id, need.version) for need in facts.needs]
    policy = FrozenPolicy(**msgspec.structs.asdict(facts.policy), need_versions=versions)
    problem = adapter.problem_to_json(question.problem).decode()
    await database.change(
        MatchingRun, run, {MatchingRun.policy: database.to_json(policy), MatchingRun.problem: problem}
    )


async def _search(scope: Scope, run: int, problem: Problem, policy: RunPolicy, rows: list[Step]) -> Solution:
    """Solve in a thread, and store the progress."""

    def note(progress: Progress) -> None:
        seconds = round(progress.seconds, 2)
        step = Step(
            seconds,
            progress.phase,
            progress.unserved,
            progress.unserved_bound,
            progress.travel,
            progress.travel_bound,
        )
        if not rows or msgspec.structs.replace(rows[-1], seconds=seconds) != step:
            rows.append(step)

    work = functools.partial(adapter.find_plan, problem, policy, note)
    return await jobs.in_thread(work, rows, functools.partial(_report, scope, run))


async def _compare(
    scope: Scope, run: int, problem: Problem, solution: Solution, policy: RunPolicy, rows: list[Step]
) -> list[FewerMoves]:
    """What plans that move fewer come to: in a thread, and told as a last step of the progress."""
    if not adapter.moves_somebody(problem, solution):
        return []
    if rows:
        rows.append(msgspec.structs.replace(rows[-1], seconds=round(solution.seconds, 2), phase=COMPARING))
    work = functools.partial(adapter.fewer_moves, problem, solution, policy.seconds)
    return await jobs.in_thread(work, rows, functools.partial(_report, scope, run))


async def _compare_orders(
    scope: Scope, run: int, facts: Facts, problem: Problem, solution: Solution, rows: list[Step]
) -> list[OrderPrice]:
    """What the plan comes to, and plans that serve people in other orders; nothing where nobody is left out."""
    if solution.status == CONTRADICTORY or not solution.unmet:
        return []
    mine = adapter.priced(problem, facts.policy.order, solution)
    orders = building.other_orders(facts.policy, problem, facts.needs)
    if rows:
        rows.append(msgspec.structs.replace(rows[-1], seconds=round(solution.seconds, 2), phase=ORDERS))
    work = functools.partial(adapter.other_orders, problem, solution, orders, facts.policy.seconds)
    return [mine, *await jobs.in_thread(work, rows, functools.partial(_report, scope, run))]


@database.scoped
async def _report(scope: Scope, run: int, rows: list[Step] | None) -> bool:
    """Store the progress when there is news; whether somebody asked to stop."""
    if rows is not None:
        await database.change(MatchingRun, run, {MatchingRun.progress: database.to_json(rows[-ROWS_KEPT:])})
    return await database.exists("SELECT 1 FROM matching_run WHERE id = :id AND stop_asked", id=run)


@database.scoped
async def _finish(
    scope: Scope,
    run: int,
    facts: Facts,
    question: Question,
    solution: Solution,
    prices: list[ResourcePrice],
    fewer: list[FewerMoves],
    orders: list[OrderPrice],
) -> None:
    """Store the plan with its certificate, unless somebody stopped it or the pins contradict each other."""
    standing = await database.lock(MatchingRun, run)
    if standing.state not in RUNNING:
        return  # somebody ended it, or another worker solved it, while this one was thought dead
    if standing.stop_asked:
        await _close(standing, RunState.CANCELLED, CANCELLED)
        record(scope, "matching_runs.stopped", "matching_run", run)
        return
    if solution.status == CONTRADICTORY:
        await _contradicted(scope, standing, solution, facts.policy.most_moves)
        return
    rows = results.proposals(facts, question, solution)
    report = adapter.check(question.problem, solution)
    proof = results.certificate(facts, question, solution, rows, prices, fewer, orders, report)
    await _store(scope, run, rows)
    await database.change(
        MatchingRun,
        run,
        {
            MatchingRun.state: standing.state.to(RunState.PROPOSED),
            MatchingRun.problem_digest: bytes.fromhex(solution.input_hash),
            MatchingRun.solution: adapter.solution_to_json(solution).decode(),
            MatchingRun.certificate: database.to_json(proof),
            MatchingRun.violations: database.to_json(results.violations(report)),
            MatchingRun.message: "",
            MatchingRun.finished_at: clock.now(),
        },
    )
    record(
        scope, "matching_runs.solved", "matching_run", run,
        needs=proof.needs, served=proof.served, digest=solution.input_hash,
    )  # fmt: skip


async def _contradicted(scope: Scope, standing: MatchingRun, solution: Solution, most: int | None) -> None:
    """The run has failed: no plan obeys all pins, or moves as few as it may."""
    needs = sorted({adapter.number_of(need) for conflict in solution.conflicts for need in conflict.needs})
    if any(conflict.code == MOVES for conflict in solution.conflicts):
        sentence = TOO_FEW_MOVES if solution.stopped == "proved" else TOO_SHORT
        await _close(standing, RunState.FAILED, sentence, most=most)
    else:
        named = ", ".join(f"#{need}" for need in needs[:NAMED]) + (" …" if len(needs) > NAMED else "")
        await _close(standing, RunState.FAILED, CONTRADICTION, needs=named)
    record(scope, "matching_runs.failed", "matching_run", standing.id, needs=len(needs))


async def _store(scope: Scope, run: int, rows: list[Proposed]) -> None:
    await database.execute_many(
        """
        INSERT INTO proposal (county, station, matching_run, need, supplier, contract_line, metres, reason, reasons,
                              change, previous_supplier, overridden, override_reason)
        VALUES (:county, :station, :run, :need, :supplier, :contract_line, :metres, :reason, :reasons, :change,
                :previous_supplier, false, '')
        """,
        [
            {
                **msgspec.structs.asdict(row),
                "county": scope.county,
                "run": run,
                "reasons": database.to_json(row.reasons),
            }
            for row in rows
        ],
    )


@database.scoped
async def _fail(scope: Scope, run: int, fault: str, sentence: str = FAILED) -> None:
    standing = await database.lock(MatchingRun, run)
    if standing.state in RUNNING:
        await _close(standing, RunState.FAILED, sentence, fault=fault)
        record(scope, "matching_runs.failed", "matching_run", run, fault=fault)


async def _close(standing: MatchingRun, state: RunState, sentence: str, **parameters: Parameter) -> None:
    await database.change(
        MatchingRun,
        standing.id,
        {
            MatchingRun.state: standing.state.to(state),
            MatchingRun.message: database.to_json(Message(sentence, parameters)),
            MatchingRun.finished_at: clock.now(),
        },
    )
