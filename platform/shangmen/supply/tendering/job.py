"""The job behind a study: gather, build, study in a thread, store. Short transactions around the long work."""

import functools
import logging
import time
from collections.abc import Callable
from typing import Any

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.foundation.audit.actions import record
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import inputs
from shangmen.supply.matching_runs.run.snapshot import Facts
from shangmen.supply.tendering import adapter
from shangmen.supply.tendering import inputs as scene
from shangmen.supply.tendering.adapter import Answer, Problem, Purchase, Served
from shangmen.supply.tendering.forms import StudyForm

log = logging.getLogger(__name__)

STOPPED = "Stopped by hand; what is shown had been computed by then."
STOPPED_EARLY = "Stopped by hand before anything was computed."
FAILED = "The study failed: %(fault)s"


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
        started = time.monotonic()
        result = await _work(scope, study, form, facts)
        result["seconds"] = round(time.monotonic() - started, 1)
        await _finish(scope, study, result)
    except Exception as fault:  # whatever it is, the page must show that the study ended, and why
        log.exception("tender study %s failed", study)
        await _fail(scope, study, f"{type(fault).__name__}: {fault}")


@database.scoped
async def _begin(scope: Scope, study: int) -> tuple[StudyForm, Facts] | None:
    """Take the study; None when it is finished or cancelled already."""
    row = await database.fetch_one("SELECT * FROM tender_study WHERE id = :id FOR UPDATE", id=study)
    if row is None or row["state"] not in ("queued", "computing"):
        return None
    if row["stop_asked"]:
        await _close(study, "cancelled", STOPPED_EARLY)
        record(scope, "tendering.stopped", "tender_study", study)
        return None
    await database.update("tender_study", study, state="computing", done=[])
    form = msgspec.convert(database.from_json(row["question"]), StudyForm)
    run = RunForm(starts_on=form.starts_on, seed=form.seed, placed="free", neighbours=form.neighbours)
    return form, await inputs.facts(scope, await inputs.policy(scope, run))


async def _work(scope: Scope, study: int, form: StudyForm, facts: Facts) -> dict[str, Any]:
    """Compute in a thread, and store how far it is."""
    done: list[Any] = []

    def note(phase: str, steps: int, of: int) -> None:
        done[:] = [phase, steps, of]

    def work(should_stop: Callable[[], bool]) -> dict[str, Any]:
        problem = scene.problem(facts, form, inputs.price(facts.policy))
        bought: dict[str, tuple[scene.Offer, Purchase]] = {}

        def purchases(problem: Problem) -> list[Purchase]:
            bought.update(scene.purchases(problem, facts, form))
            return [purchase for _offer, purchase in bought.values()]

        scenario, steps = scene.scenario(problem, form), scene.steps(form)
        effort = (form.seconds, form.seed)
        answer = adapter.answer(problem, scenario, steps, purchases, effort, note, should_stop)
        return stored(answer, {id: offer for id, (offer, _purchase) in bought.items()})

    return await jobs.in_thread(work, done, functools.partial(_report, scope, study))


@database.scoped
async def _report(scope: Scope, study: int, done: list[Any] | None) -> bool:
    """Store how far it is when there is news; whether somebody asked to stop."""
    if done is not None:
        await database.update("tender_study", study, done=done)
    return bool(await database.fetch_value("SELECT stop_asked FROM tender_study WHERE id = :id", id=study))


def stored(answer: Answer, offers: dict[str, scene.Offer]) -> dict[str, Any]:
    """The answer as it is kept: figures, without the plans behind them. Money is fen, weight as the needs have it."""
    return {
        "needs": answer.curve.needs,
        "weight": answer.curve.weight,
        "points": [
            {"permille": point.permille, "budget": point.budget, **figures(point.served)}
            for point in answer.curve.points
        ],
        "worth": [
            {
                **msgspec.to_builtins(offers[worth.purchase]),
                "price": worth.price,
                "hours": worth.hours,
                "proven": worth.proven,
                "before": figures(worth.before),
                "after": figures(worth.after),
                "steps": [msgspec.to_builtins(step) for step in worth.steps],
            }
            for worth in answer.worth
        ],
        "digest": answer.digest,
        "versions": answer.versions,
    }


def figures(served: Served) -> dict[str, int]:
    """What of a plan is kept."""
    return {
        "needs": served.needs,
        "most_needs": served.most_needs,
        "weight": served.weight,
        "most_weight": served.most_weight,
        "spent": served.spent,
    }


@database.scoped
async def _finish(scope: Scope, study: int, result: dict[str, Any]) -> None:
    """Store the answer; what was done by then when somebody stopped it."""
    stopped = await database.fetch_value("SELECT stop_asked FROM tender_study WHERE id = :id FOR UPDATE", id=study)
    if result["points"]:
        await database.update("tender_study", study, result=result)
    told = (STOPPED if result["points"] else STOPPED_EARLY) if stopped else ""
    await _close(study, "cancelled" if stopped else "done", told)
    verb = "tendering.stopped" if stopped else "tendering.computed"
    record(scope, verb, "tender_study", study, steps=len(result["points"]), digest=result["digest"][:16])


@database.scoped
async def _fail(scope: Scope, study: int, fault: str) -> None:
    await _close(study, "failed", FAILED, fault=fault[:500])
    record(scope, "tendering.failed", "tender_study", study, fault=fault[:200])


async def _close(study: int, state: str, sentence: str, **parameters: str) -> None:
    message = database.to_json([sentence, parameters]) if sentence else ""
    await database.update("tender_study", study, state=state, message=message, finished_at=clock.now())
