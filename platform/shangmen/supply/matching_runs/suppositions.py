"""What would follow if another supplier served a need of a run: asked, solved again by a job, told in words."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

import anyio.to_thread
import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.supply.matching_runs import adapter, queries
from shangmen.supply.matching_runs.adapter import (
    Assignment,
    Consequences,
    Shift,
    need_id,
    number_of,
    problem_from_json,
    supplier_id,
    variant,
)
from shangmen.supply.matching_runs.forms import SupposeForm
from shangmen.web.language import gettext as _

log = logging.getLogger(__name__)

JOB = "matching_runs.suppose"
SHIFTS_SHOWN = 12
PATIENCE = timedelta(minutes=1)
"""A question without an answer for so long may be asked again: its job may have been lost."""


@dataclass
class Supposed:
    """The answer about a `supplier` of this `name` in words; `waiting` when there is none yet.

    `tone` is that of a callout, `shifts` are the other needs that change, with their ids.
    """

    supplier: int
    name: str
    title: str
    text: str = ""
    tone: str = "info"
    waiting: bool = False
    shifts: list[tuple[int, str]] = field(default_factory=list)
    further: int = 0


@database.scoped
async def suppose(scope: Scope, run: int, need: int, form: SupposeForm) -> int:
    """Ask what would follow if a supplier served a need; a job answers, once for each plan. Returns the supplier.

    Raises NotFound for a need that the run did not look at; Refused for a supplier that is none of the county's or is
    proposed already.
    """
    proposal = await queries.proposal(scope, run, need)
    if form.supplier not in {row["id"] for row in await queries.suppliers(scope)}:
        raise Refused("There is no such supplier in this county.", field="supplier")
    if form.supplier == proposal["supplier"]:
        raise Refused("The run proposes this supplier already.", field="supplier")
    id = await database.fetch_value(
        """
        INSERT INTO supposition (county, matching_run, need, supplier, asked_by, asked_at, state)
        VALUES (:county, :run, :need, :supplier, :user, :now, 'queued')
        ON CONFLICT (matching_run, need, supplier)
        DO UPDATE SET state = 'queued', asked_by = excluded.asked_by, asked_at = excluded.asked_at
          WHERE supposition.state = 'failed' OR (supposition.state = 'queued' AND supposition.asked_at < :lost)
        RETURNING id
        """,
        county=proposal["county"],
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


async def answer(scope: Scope, supposition: int) -> None:
    """Answer a question under the system's scope of its county: about two seconds in a thread.

    An error is logged and told on the page; to repeat the job would repeat it.
    """
    asked = await _asked(scope, supposition)
    if asked is None:
        return
    try:
        text = await _answered(scope, asked)
    except Exception:  # whatever it is, the page must not wait for ever
        log.exception("supposition %s failed", supposition)
        await _close(scope, supposition, "failed", None)
    else:
        await _close(scope, supposition, "done", text)


async def _answered(scope: Scope, asked: asyncpg.Record) -> str:
    text, plan = await queries.plan(scope, asked["matching_run"])
    rows = [Assignment(need_id(n), supplier_id(s), variant(line)) for n, s, line in plan]
    need, supplier = need_id(asked["need"]), supplier_id(asked["supplier"])

    def work() -> str:
        return adapter.consequences_to_json(adapter.what_if(problem_from_json(text), rows, need, supplier))

    return await anyio.to_thread.run_sync(work)


@database.scoped
async def _asked(scope: Scope, supposition: int) -> asyncpg.Record | None:
    """The open question; None when it is answered, or the plan has changed since it was asked."""
    return await database.fetch_one(
        "SELECT matching_run, need, supplier FROM supposition WHERE id = :id AND state = 'queued'", id=supposition
    )


@database.scoped
async def _close(scope: Scope, supposition: int, state: str, text: str | None) -> None:
    await database.execute(
        "UPDATE supposition SET state = :state, answer = :answer::jsonb WHERE id = :id",
        id=supposition,
        state=state,
        answer=text,
    )


async def told(scope: Scope, run: int, need: int, supplier: int) -> Supposed | None:
    """What is known of a question; None when nobody has asked it of the plan as it stands."""
    row = await queries.supposition(scope, run, need, supplier)
    if row is None:
        return None
    names = {one["id"]: one["name"] for one in await queries.suppliers(scope)}
    supposed = Supposed(supplier, names[supplier], _("If %(supplier)s served it:", supplier=names[supplier]))
    if row["state"] == "queued":
        supposed.waiting = True
    elif row["state"] == "failed":
        supposed.text, supposed.tone = _("This could not be computed. Please ask again."), "bad"
    else:
        await _tell(scope, supposed, adapter.consequences_from_json(row["answer"]), names)
    return supposed


async def _tell(scope: Scope, supposed: Supposed, found: Consequences, names: dict[int, str]) -> None:
    if not found.possible:
        supposed.text, supposed.tone = _impossible(found), "bad"
        return
    shown = found.shifts[:SHIFTS_SHOWN]
    words = await queries.need_words(scope, [number_of(shift.need) for shift in shown])
    supposed.text = _possible(found)
    supposed.tone = "warn" if any(shift.to_supplier is None for shift in found.shifts) else "info"
    supposed.shifts = [(number_of(shift.need), _shift(shift, words, names)) for shift in shown]
    supposed.further = len(found.shifts) - len(shown)


def _impossible(found: Consequences) -> str:
    if any(conflict.code == "NO_OPTION" for conflict in found.conflicts):
        return _("Not possible: it is no option for this need.")
    return _("Not possible: it has not enough for this need beside what people decided.")


def _possible(found: Consequences) -> str:
    metres = found.extra.get("travel", 0)
    word = "%(km)s km more a month" if metres >= 0 else "%(km)s km less a month"
    way = _(word, km=f"{abs(metres) / 1000:,.1f}") if metres else _("the way as long as now")
    if not found.shifts:
        return _("Possible, %(way)s, nobody else changes.", way=way)
    count = len(found.shifts)
    lost = sum(shift.to_supplier is None for shift in found.shifts)
    text = _("Possible, %(way)s, changes %(count)s others.", way=way, count=count)
    if lost:
        text += " " + _("%(count)s of them would be left unserved.", count=lost)
    if not found.proven:
        text += " " + _("Fewer may be possible: the time was short.")
    return text


def _shift(shift: Shift, words: dict[int, str], names: dict[int, str]) -> str:
    parameters = {
        "need": words.get(number_of(shift.need), shift.need),
        "before": names.get(number_of(shift.from_supplier), "") if shift.from_supplier else "",
        "after": names.get(number_of(shift.to_supplier), "") if shift.to_supplier else "",
    }
    if shift.to_supplier is None:
        return _("%(need)s: no longer served by %(before)s.", **parameters)
    if shift.from_supplier is None:
        return _("%(need)s: newly served by %(after)s.", **parameters)
    return _("%(need)s: from %(before)s to %(after)s.", **parameters)
