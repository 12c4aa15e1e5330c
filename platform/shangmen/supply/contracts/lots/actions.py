"""The verb on lots: define one."""

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Faults, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.regions import queries as regions
from shangmen.supply.contracts.lots.forms import LotForm
from shangmen.supply.contracts.tables import Lot, LotArea, LotService

CHOOSE = "Choose one of the options."


@database.scoped
async def create(scope: Scope, form: LotForm) -> int:
    """Define a lot; raises Faults beside the fields, Refused when the number is taken."""
    faults: dict[str, tuple[str, dict[str, object]]] = {}
    if form.valid_to < form.valid_from:
        faults["valid_to"] = ("The end is before the beginning.", {})
    if form.ceiling <= 0:
        faults["ceiling"] = ("Give an amount above zero.", {})
    known = {row.id for row in await regions.townships(scope)}
    if not set(form.townships) <= known:
        faults["townships"] = (CHOOSE, {})
    items = {row.id for row in await catalogue.items(scope, form.valid_from)}
    items |= {row.id for row in await catalogue.items(scope)}
    if not set(form.service_items) <= items:
        faults["service_items"] = (CHOOSE, {})
    if faults:
        raise Faults(faults)
    gate = {field: getattr(form, field) for field in ("groups", "categories", "levels") if getattr(form, field)}
    if await Lot.exists().where(Lot.county == scope.county, Lot.number == form.number):
        raise Refused("There is a lot with this number already.", field="number")
    lot = await database.add(
        Lot(
            county=scope.county,
            purchaser=await _purchaser(scope),
            number=form.number,
            name=form.name,
            gate=gate,
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


async def _purchaser(scope: Scope) -> int:
    """The bureau that buys: the officer's own, or the county's when the system acts."""
    if scope.organisation is not None:
        return scope.organisation
    bureau = await organisations.bureau(scope)
    if bureau is None:
        raise Refused("The county has no bureau that could buy.")
    return bureau
