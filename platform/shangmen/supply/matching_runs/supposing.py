"""What would follow if another supplier served a need of a run: solved again in a thread, told in words."""

from dataclasses import dataclass, field

import anyio
import anyio.to_thread
import asyncpg

from shangmen.access import Scope
from shangmen.language import gettext as _
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

SHIFTS_SHOWN = 12
ONE_AT_A_TIME = anyio.CapacityLimiter(1)
"""Questions wait for each other: they must not take the processor from the pages."""


@dataclass
class Supposed:
    """The answer in words, about a `supplier` of this `name` ("" when there is nothing to suppose of it).

    `tone` is that of a callout, `shifts` are the other needs that change, with their ids.
    """

    supplier: int
    name: str
    title: str
    text: str
    tone: str
    shifts: list[tuple[int, str]] = field(default_factory=list)
    further: int = 0


async def suppose(scope: Scope, run: int, proposal: asyncpg.Record, supplier: int) -> Supposed:
    """What would follow if `supplier` served the need of `proposal`; a word when it does, or is none of the county's.

    Takes about two seconds, outside any transaction and off the event loop.
    """
    names = {row["id"]: row["name"] for row in await queries.suppliers(scope)}
    if supplier not in names:
        return Supposed(supplier, "", "", _("There is no such supplier in this county."), "warn")
    if supplier == proposal["supplier"]:
        return Supposed(supplier, "", "", _("The run proposes this supplier already."), "info")
    text, plan = await queries.plan(scope, run)
    rows = [Assignment(need_id(n), supplier_id(s), variant(line)) for n, s, line in plan]

    def work() -> Consequences:
        return adapter.what_if(problem_from_json(text), rows, need_id(proposal["need"]), supplier_id(supplier))

    answer = await anyio.to_thread.run_sync(work, limiter=ONE_AT_A_TIME)
    shown = answer.shifts[:SHIFTS_SHOWN]
    words = await queries.need_words(scope, [number_of(shift.need) for shift in shown])
    title = _("If %(supplier)s served it:", supplier=names[supplier])
    if not answer.possible:
        return Supposed(supplier, names[supplier], title, _impossible(answer), "bad")
    return Supposed(
        supplier,
        names[supplier],
        title,
        _possible(answer),
        "warn" if any(shift.to_supplier is None for shift in answer.shifts) else "info",
        [(number_of(shift.need), _shift(shift, words, names)) for shift in shown],
        len(answer.shifts) - len(shown),
    )


def _impossible(answer: Consequences) -> str:
    if any(conflict.code == "NO_OPTION" for conflict in answer.conflicts):
        return _("Not possible: it is no option for this need.")
    return _("Not possible: it has not enough for this need beside what people decided.")


def _possible(answer: Consequences) -> str:
    metres = answer.extra.get("travel", 0)
    word = "%(km)s km more a month" if metres >= 0 else "%(km)s km less a month"
    way = _(word, km=f"{abs(metres) / 1000:,.1f}") if metres else _("the way as long as now")
    if not answer.shifts:
        return _("Possible, %(way)s, nobody else changes.", way=way)
    count = len(answer.shifts)
    lost = sum(shift.to_supplier is None for shift in answer.shifts)
    text = _("Possible, %(way)s, changes %(count)s others.", way=way, count=count)
    if lost:
        text += " " + _("%(count)s of them would be left unserved.", count=lost)
    if not answer.proven:
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
