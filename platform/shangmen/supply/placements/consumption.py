"""How delivered visits use up what their placement holds on the contract line."""

from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.supply.contracts import ledger, pricing
from shangmen.supply.placements.tables import Placement


@database.scoped
async def deliver(scope: Scope, placement: int, units: Decimal, yuan: Decimal) -> Decimal:
    """Count a delivered visit of a placement: from what it holds as far as that goes, the rest from what is free.

    Returns the payable yuan: less than `yuan` when the ceiling cuts the last visit, 0.00 for a station's own visit.
    """
    row = await database.lock(Placement, placement)
    if row.contract_line is None:
        return pricing.ZERO
    from_units, from_yuan = min(units, row.reserved_units), min(yuan, row.reserved_yuan)
    await database.change(
        Placement,
        placement,
        {
            Placement.reserved_units: row.reserved_units - from_units,
            Placement.reserved_yuan: row.reserved_yuan - from_yuan,
        },
    )
    return await ledger.deliver(scope, row.contract_line, units, yuan, from_units, from_yuan)


@database.scoped
async def undeliver(scope: Scope, placement: int, units: Decimal, yuan: Decimal, payable: Decimal) -> None:
    """Take a delivered visit back, as when its record is rejected. What it used becomes free for anybody's visits.

    `units` and `yuan` are those given to `deliver`, `payable` what it returned.
    """
    line = (await database.read(Placement, placement)).contract_line
    if line is not None:
        await ledger.undeliver(scope, line, units, yuan, payable)
