"""The job behind a study: gather, build, study in a thread, store. Short transactions around the long work."""

import functools
import logging
import time
from collections.abc import Callable

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import DatabaseAway
from shangmen.foundation.audit.actions import record
from shangmen.supply.matching_runs.certificate import Message, Parameter
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import inputs
from shangmen.supply.matching_runs.run.snapshot import Facts
from shangmen.supply.tendering import adapter, results
from shangmen.supply.tendering import inputs as scene
from shangmen.supply.tendering.adapter import Problem, Purchase
from shangmen.supply.tendering.forms import StudyForm
from shangmen.supply.tendering.results import Result, Step
from shangmen.supply.tendering.states import RUNNING, StudyState
from shangmen.supply.tendering.tables import TenderStudy

log = logging.getLogger(__name__)

JOB = "tendering.compute"
STOPPED = "Stopped by hand; what is shown had been computed by then."
STOPPED_EARLY = "Stopped by hand before anything was computed."
FAILED = "The study failed: %(fault)s"
GIVEN_UP = "The study was broken off every time it was tried. Start another one, with less effort if it happens again."


async def compute(scope: Scope, study: int) -> None:
    """Compute a queued study under the system's scope of its county; the state says how it went.

    A study that was left in the middle (its process died) is computed again from the start. An error is stored as
    the study's message and logged; it is not raised, for to repeat the job would repeat the error.
    """
    try:
        begun = await _begin(scope, study)
        if begun is None:
            return
        form, facts = begun
        await _finish(scope, study, await _work(scope, study, form, facts))
    except DatabaseAway:
        raise  # no fault of the study: it is computed again when the database is back
    except Exception as fault:  # whatever it is, the page must show that the study ended, and why
        log.exception("tender study %s failed", study)
        await _fail(scope, study, f"{type(fault).__name__}: {fault}")


async def give_up(scope: Scope, study: int) -> None:
    """Say on the study that it was tried as often as may be, and ended each time with its process or the database."""
    await _fail(scope, study, "", GIVEN_UP)


@database.scoped
async def _begin(scope: Scope, study: int) -> tuple[StudyForm, Facts] | None:
    """Take the study; None when it is finished or cancelled already."""
    standing = await database.lock(TenderStudy, study)
    if standing.state not in RUNNING:
        return None
    if standing.stop_asked:
        await _close(standing, StudyState.CANCELLED, STOPPED_EARLY)
        record(scope, "tendering.stopped", "tender_study", study)
        return None
    await database.change(TenderStudy, study, {TenderStudy.state: StudyState.COMPUTING, TenderStudy.done: "[]"})
    form = database.decoded(StudyForm, standing.question)
    run = RunForm(starts_on=form.starts_on, seed=form.seed, placed="free", neighbours=form.neighbours)
    return form, await inputs.facts(scope, await inputs.policy(scope, run))


async def _work(scope: Scope, study: int, form: StudyForm, facts: Facts) -> Result:
    """Compute in a thread, and store how far it is."""
    started = time.monotonic()
    done: list[Step] = []

    def note(phase: str, steps: int, of: int) -> None:
        done[:] = [Step(phase, steps, of)]

    def work(should_stop: Callable[[], bool]) -> Result:
        problem = scene.problem(facts, form, inputs.price(facts.policy))
        bought: dict[str, tuple[scene.Offer, Purchase]] = {}

        def purchases(problem: Problem) -> list[Purchase]:
            bought.update(scene.purchases(problem, facts, form))
            return [purchase for _offer, purchase in bought.values()]

        scenario, steps = scene.scenario(problem, form), scene.steps(form)
        effort = (form.seconds, form.seed)
        answer = adapter.answer(problem, scenario, steps, purchases, effort, note, should_stop)
        offers = {id: offer for id, (offer, _purchase) in bought.items()}
        return results.result(answer, offers, round(time.monotonic() - started, 1))

    return await jobs.in_thread(work, done, functools.partial(_report, scope, study))


@database.scoped
async def _report(scope: Scope, study: int, done: list[Step] | None) -> bool:
    """Store how far it is when there is news; whether somebody asked to stop."""
    if done is not None:
        await database.change(TenderStudy, study, {TenderStudy.done: database.to_json(done)})
    return await database.exists("SELECT 1 FROM tender_study WHERE id = :id AND stop_asked", id=study)


@database.scoped
async def _finish(scope: Scope, study: int, result: Result) -> None:
    """Store the answer; what was done by then when somebody stopped it."""
    standing = await database.lock(TenderStudy, study)
    if standing.state not in RUNNING:
        return  # somebody ended it, or another worker computed it, while this one was thought dead
    stopped = standing.stop_asked
    if result.points:
        await database.change(TenderStudy, study, {TenderStudy.result: database.to_json(result)})
    told = (STOPPED if result.points else STOPPED_EARLY) if stopped else ""
    await _close(standing, StudyState.CANCELLED if stopped else StudyState.DONE, told)
    verb = "tendering.stopped" if stopped else "tendering.computed"
    record(scope, verb, "tender_study", study, steps=len(result.points), digest=result.digest[:16])


@database.scoped
async def _fail(scope: Scope, study: int, fault: str, sentence: str = FAILED) -> None:
    standing = await database.lock(TenderStudy, study)
    if standing.state in RUNNING:
        await _close(standing, StudyState.FAILED, sentence, fault=fault)
        record(scope, "tendering.failed", "tender_study", study, fault=fault)


async def _close(standing: TenderStudy, state: StudyState, sentence: str, **parameters: Parameter) -> None:
    await database.change(
        TenderStudy,
        standing.id,
        {
            TenderStudy.state: standing.state.to(state),
            TenderStudy.message: database.to_json(Message(sentence, parameters)) if sentence else "",
            TenderStudy.finished_at: clock.now(),
        },
    )
