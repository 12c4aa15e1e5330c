"""How placements and offers come back when a deed is taken back: with what they held of the contract, or not."""

from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients import actions as recipients
from shangmen.demand.recipients.states import ShareReason
from shangmen.errors import Conflict
from shangmen.foundation.deeds.actions import Coming, Kept
from shangmen.supply.contracts import ledger
from shangmen.supply.placements.states import OfferState, PlacementState
from shangmen.supply.placements.tables import Offer, Placement


def _last(was: object, now: date | None) -> date | None:
    return date.fromisoformat(was) if isinstance(was, str) else now if was is None else None


async def _placement_stands(system: Scope, placement: Coming) -> None:
    """Reserve again what it held; raises Conflict where the contract cannot take that, or another one serves."""
    row = await database.read(Placement, placement.id)
    was = placement.was
    last = _last(was["valid_to"], None) if "valid_to" in was else row.valid_to
    if last is not None and last < clock.today():
        raise Conflict("Its last day has passed: %(day)s.", day=last)
    in_force = was.get("state", row.state) == PlacementState.IN_FORCE
    if in_force and await Placement.exists().where(
        Placement.need == row.need, Placement.state == PlacementState.IN_FORCE, Placement.id != row.id
    ):
        raise Conflict("Another supplier serves the need since.")
    units = Decimal(str(was.get("reserved_units", row.reserved_units))) - row.reserved_units
    yuan = Decimal(str(was.get("reserved_yuan", row.reserved_yuan))) - row.reserved_yuan
    if row.contract_line is not None and (units > 0 or yuan > 0):
        await ledger.reserve(system, row.contract_line, units, yuan)
    if in_force:
        await recipients.share(system, row.person, row.supplier, clock.today(), last, ShareReason.PLACEMENT)


async def _offer_stands(system: Scope, offer: Coming) -> None:
    """Raises Conflict for an offer whose time is over, or in whose place another is open."""
    row = await database.read(Offer, offer.id)
    if row.answer_by is not None and row.answer_by < clock.today():
        raise Conflict("The time to answer the offer has passed: %(day)s.", day=row.answer_by)
    if await Offer.exists().where(Offer.need == row.need, Offer.state == OfferState.OFFERED):
        raise Conflict("Another offer of this need is still open.")
    await recipients.share(system, row.person, row.supplier, clock.today(), row.valid_to, ShareReason.OFFER)


KEPT = (
    Kept(Placement, "placements.restore", _placement_stands, after=(("need", Need),)),
    Kept(Offer, "placements.open_again", _offer_stands, after=(("need", Need),)),
)
