"""Verbs on lots: define one, correct it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from piccolo.columns import Column

from shangmen import database, effects
from shangmen.access import Scope
from shangmen.demand.entitlement.actions import gate
from shangmen.errors import Faults, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.regions import queries as regions
from shangmen.supply.contracts.events import LotAreasLeft
from shangmen.supply.contracts.lots import queries
from shangmen.supply.contracts.lots.forms import LotEditForm, LotForm
from shangmen.supply.contracts.tables import Lot, LotArea, LotService

CHOOSE = "Choose one of the options."


@database.scoped
async def create(scope: Scope, form: LotForm) -> int:
    """Define a lot; raises Faults beside the fields, Refused when the number is taken."""
    await _check(scope, form)
    lot = await database.add(
        Lot(
            county=scope.county,
            purchaser=await _purchaser(scope),
            number=form.number,
            name=form.name,
            gate=database.to_json(gate(form)),
            ceiling=form.ceiling,
            valid_from=form.valid_from,
            valid_to=form.valid_to,
        )
    )
    for township in sorted(set(form.townships)):
        await database.add(LotArea(lot=lot, division=township))
    for item in sorted(set(form.service_items)):
        await database.add(LotService(lot=lot, service_item=item))
    record(scope, "contracts.create_lot", "lot", lot, number=form.number, ceiling=form.ceiling)
    return lot


@database.scoped
async def correct(scope: Scope, id: int, form: LotEditForm) -> int:
    """Keep a lot under another number, ceiling, term, for other services, townships or people; its id.

    Nothing is cut below its use. Raises Faults beside the fields: a ceiling below what its contracts took, a term that
    leaves one of them out, a service that one of them prices; Refused for a township in which somebody is served under
    it (LotAreasLeft) and for a number that is taken; Stale.
    """
    before = await database.lock(Lot, id, form.version)
    await _check(scope, form, id)
    townships = {row.id for row in await queries.areas(scope, id)}
    items = {row.id for row in await queries.services(scope, id)}
    left = townships - set(form.townships)
    if left:
        await effects.publish(scope, LotAreasLeft(id, tuple(sorted(left))))
    values: dict[Column, object] = {
        Lot.number: form.number,
        Lot.name: form.name,
        Lot.gate: database.to_json(gate(form)),
        Lot.ceiling: form.ceiling,
        Lot.valid_from: form.valid_from,
        Lot.valid_to: form.valid_to,
    }
    await database.change(Lot, id, values)
    await LotArea.delete().where(LotArea.lot == id, LotArea.division.is_in([*left, 0]))
    for township in sorted(set(form.townships) - townships):
        await database.add(LotArea(lot=id, division=township))
    await LotService.delete().where(
        LotService.lot == id, LotService.service_item.is_in([*items - set(form.service_items), 0])
    )
    for item in sorted(set(form.service_items) - items):
        await database.add(LotService(lot=id, service_item=item))
    changes = [
        (column._meta.name, str(was), str(value))
        for column, value in values.items()
        if column is not Lot.gate and (was := vars(before)[column._meta.name]) != value
    ]
    record(
        scope, "contracts.correct_lot", "lot", id, changes=changes,
        townships=sorted(form.townships), service_items=sorted(form.service_items),
    )  # fmt: skip
    return id


@dataclass(frozen=True)
class _Use(database.Row):
    """What the contracts of a lot take of it: yuan, days, and services by code."""

    taken: Decimal
    first: date | None
    last: date | None
    codes: list[str]


async def _check(scope: Scope, form: LotForm, id: int = 0) -> None:
    faults: dict[str, tuple[str, dict[str, object]]] = {}
    if form.valid_to < form.valid_from:
        faults["valid_to"] = ("The end is before the beginning.", {})
    if form.ceiling <= 0:
        faults["ceiling"] = ("Give an amount above zero.", {})
    bought = {row.id: row.code for row in await queries.services(scope, id)}
    known = {row.id for row in await regions.townships(scope)} | {row.id for row in await queries.areas(scope, id)}
    if not set(form.townships) <= known:
        faults["townships"] = (CHOOSE, {})
    codes = {row.id: row.code for row in await catalogue.items(scope, form.valid_from)}
    codes |= {row.id: row.code for row in await catalogue.items(scope)} | bought
    if not set(form.service_items) <= set(codes):
        faults["service_items"] = (CHOOSE, {})
    use = await _use(id)
    if use is not None and form.ceiling < use.taken:
        faults["ceiling"] = ("Its contracts took ¥%(taken)s already.", {"taken": f"{use.taken:,.2f}"})
    if use is not None and use.first and use.last and (form.valid_from > use.first or form.valid_to < use.last):
        field = "valid_from" if form.valid_from > use.first else "valid_to"
        faults[field] = (
            "Its contracts run from %(first)s to %(last)s.",
            {"first": use.first.isoformat(), "last": use.last.isoformat()},
        )
    kept = {codes[item] for item in form.service_items if item in codes}
    if use is not None and not set(use.codes) <= kept:
        missing = ", ".join(sorted(set(use.codes) - kept))
        faults["service_items"] = ("A contract of this lot has a line for %(codes)s.", {"codes": missing})
    if faults:
        raise Faults(faults)
    if await Lot.exists().where(Lot.county == scope.county, Lot.number == form.number, Lot.id != id):
        raise Refused("There is a lot with this number already.", field="number")


async def _use(lot: int) -> _Use | None:
    return await database.row(
        _Use,
        """
        SELECT coalesce(sum(CASE WHEN c.state = 'ended' THEN c.delivered ELSE c.original_ceiling END), 0) AS taken,
               min(c.term_from) FILTER (WHERE c.state <> 'ended') AS first,
               max(c.term_to) FILTER (WHERE c.state <> 'ended') AS last,
               ARRAY(SELECT DISTINCT i.code FROM contract_line l JOIN service_item i ON i.id = l.service_item
                     JOIN contract k ON k.id = l.contract WHERE k.lot = :lot AND k.state <> 'ended') AS codes
        FROM contract c WHERE c.lot = :lot
        """,
        lot=lot,
    )


async def _purchaser(scope: Scope) -> int:
    """The bureau that buys: the officer's own, or the county's when the system acts."""
    if scope.organisation is not None:
        return scope.organisation
    bureau = await organisations.bureau(scope)
    if bureau is None:
        raise Refused("The county has no bureau that could buy.")
    return bureau
