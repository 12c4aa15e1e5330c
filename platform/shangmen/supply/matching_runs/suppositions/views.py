"""What would follow if another supplier served a need of a run, told in words."""

from dataclasses import dataclass, field

from shangmen import database
from shangmen.access import Scope
from shangmen.supply.matching_runs import adapter, queries
from shangmen.supply.matching_runs.adapter import Consequences, Shift, number_of
from shangmen.supply.matching_runs.proposals import queries as proposals
from shangmen.supply.matching_runs.states import SuppositionState
from shangmen.supply.matching_runs.tables import Supposition
from shangmen.web.language import gettext as _

SHIFTS_SHOWN = 12


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


async def told(scope: Scope, run: int, need: int, supplier: int) -> Supposed | None:
    """What is known of a question; None when nobody has asked it of the plan as it stands."""
    asked = await _asked(scope, run, need, supplier)
    if asked is None:
        return None
    names = {one.id: one.name for one in await queries.suppliers(scope)}
    supposed = Supposed(supplier, names[supplier], _("If %(supplier)s served it:", supplier=names[supplier]))
    if asked.state is SuppositionState.QUEUED:
        supposed.waiting = True
    elif asked.state is SuppositionState.FAILED:
        supposed.text, supposed.tone = _("This could not be computed. Please ask again."), "bad"
    else:
        await _tell(scope, supposed, adapter.consequences_from_json(asked.answer), names)
    return supposed


@database.scoped
async def _asked(scope: Scope, run: int, need: int, supplier: int) -> Supposition | None:
    """What was asked of another supplier for a need of a run; None when nobody asked."""
    of = (Supposition.matching_run == run) & (Supposition.need == need) & (Supposition.supplier == supplier)
    return await Supposition.objects().where(of).first()


async def _tell(scope: Scope, supposed: Supposed, found: Consequences, names: dict[int, str]) -> None:
    if not found.possible:
        supposed.text, supposed.tone = _impossible(found), "bad"
        return
    shown = found.shifts[:SHIFTS_SHOWN]
    words = await proposals.need_words(scope, [number_of(shift.need) for shift in shown])
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
