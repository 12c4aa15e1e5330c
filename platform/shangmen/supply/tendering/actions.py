"""Verbs on tender studies: ask for one, stop it, note that it left the house. The computing: `job.py`."""

from datetime import timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import Conflict, Faults
from shangmen.foundation.audit.actions import record
from shangmen.supply.tendering import queries
from shangmen.supply.tendering.forms import StudyForm
from shangmen.supply.tendering.job import JOB
from shangmen.supply.tendering.states import RUNNING, StudyState
from shangmen.supply.tendering.tables import TenderStudy

YEAR = timedelta(days=366)


@database.scoped
async def start(scope: Scope, form: StudyForm) -> int:
    """Ask for a study; a job computes it. Raises Faults for what the county does not have, or what cannot be; Conflict
    while another study of the county is not over.
    """
    await _check(scope, form)
    # a study is read before the next is asked; queued ones would only wait
    await jobs.refuse_second(scope, TenderStudy, RUNNING, "Another study is not finished. Wait for it, or stop it.")
    id = await database.add(
        TenderStudy(
            county=scope.county,
            requested_by=scope.user,
            created_at=clock.now(),
            name=form.name,
            starts_on=form.starts_on,
            question=database.to_json(form),
        )
    )
    record(scope, "tendering.start", "tender_study", id, study=form.name, steps=form.steps)
    await jobs.defer(scope, JOB, lock=f"tendering.{scope.county}", queue=jobs.STUDIES, study=id)
    return id


async def _check(scope: Scope, form: StudyForm) -> None:
    """Every fault at once."""
    material = await queries.material(scope)
    suppliers = {row.id for row in material.suppliers}
    faults: dict[str, str] = {}
    if not clock.today() <= form.starts_on <= clock.today() + YEAR:
        faults["starts_on"] = "Give a day from today on, within a year."
    if form.money_to <= form.money_from:
        faults["money_to"] = "The most money must be more than the least."
    for field, listed, factors, known in (
        ("township_percent", form.townships, form.township_percent, set(material.townships)),
        ("level_percent", form.levels, form.level_percent, set(material.levels)),
        ("hours_percent", form.suppliers, form.hours_percent, suppliers),
        ("price_percent", form.suppliers, form.price_percent, suppliers),
    ):
        if len(listed) != len(factors) or len(set(listed)) != len(listed) or not set(listed) <= known:
            faults[field] = "The list has changed. Please open the page again."
    if not set(form.dropped) <= suppliers:
        faults["dropped"] = "Choose one of the options."
    elif suppliers <= set(form.dropped) and form.new_place is None:
        faults["dropped"] = "Leave at least one supplier in, or add a new one."
    if form.new_place is None and (form.new_women or form.new_men or form.new_yuan):
        faults["new_place"] = "Say where the new supplier stands, or leave its workers and its money at 0."
    if form.new_place is not None and form.new_place not in {row.id for row in material.places}:
        faults["new_place"] = "Choose one of the options."
    if form.new_place is not None and not form.new_women + form.new_men:
        faults["new_women"] = "A new supplier needs workers."
    if faults:
        raise Faults({field: (sentence, {}) for field, sentence in faults.items()})


@database.scoped
async def cancel(scope: Scope, study: int) -> int:
    """Stop a study that is queued or being computed, unless it is stopping already; Conflict once it is over.

    A study whose worker is dead is over at once.
    """
    standing = await database.lock(TenderStudy, study)
    if standing.state is StudyState.COMPUTING and await jobs.at_work(JOB, study=study):
        if standing.stop_asked:
            return study
        await database.change(TenderStudy, study, {TenderStudy.stop_asked: True})
    elif standing.state in RUNNING:
        await database.change(
            TenderStudy,
            study,
            {
                TenderStudy.state: StudyState.CANCELLED,
                TenderStudy.stop_asked: True,
                TenderStudy.finished_at: clock.now(),
            },
        )
    else:
        raise Conflict("This study is over already.")
    record(scope, "tendering.cancel", "tender_study", study)
    return study


@database.scoped
async def note_export(scope: Scope, study: int) -> None:
    """Note that the table of a study left the house; raises NotFound, and Conflict when it has no figures."""
    if not (await queries.study(scope, study)).result:
        raise Conflict("This study has no figures to take along.")
    record(scope, "tendering.export", "tender_study", study)
