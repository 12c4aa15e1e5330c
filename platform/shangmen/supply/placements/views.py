"""What the pages of offers and placements show, made from rows."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from shangmen import clock
from shangmen.access import Scope
from shangmen.demand.recipients.queries import shown_name
from shangmen.foundation.regions.phrases import estimate
from shangmen.foundation.regions.states import Accuracy
from shangmen.supply.placements import rules
from shangmen.supply.placements.offers.queries import OfferListed, OfferRow
from shangmen.supply.placements.queries import PlacementListed, PlacementRow
from shangmen.supply.placements.reservation import Reservation, units_between
from shangmen.supply.placements.states import OfferState
from shangmen.web.language import current

ServedRow = TypeVar("ServedRow", OfferListed, OfferRow, PlacementListed, PlacementRow)


@dataclass(frozen=True)
class Shown(Generic[ServedRow]):
    """An offer or a placement as a viewer reads it: the person's name, the service, whether the viewer answers it."""

    row: ServedRow
    name: str
    item: str | None
    answers: bool
    estimated: str  # how the home's point, and with it the way, was estimated; "" for one that is known


def shown(viewer: Scope, row: ServedRow) -> Shown[ServedRow]:
    """A row as this viewer reads it: a supplier reads the name of a person whom it has accepted."""
    name = row.person_name or ""
    masked = shown_name(viewer, name, row.taken)
    return Shown(
        row=row,
        name=masked if name else "—",
        item=row.item_name if current() == "zh_CN" else row.item_english,
        answers=viewer.organisation == row.supplier and viewer.role in rules.MANAGERS.values(),
        estimated=estimate(row.accuracy or Accuracy.EXACT),
    )


def takes(row: OfferListed | OfferRow) -> Reservation | None:
    """What an offer takes of its contract when it is accepted today; None where no contract pays."""
    if not (row.demand and row.terms and row.last_day):
        return None
    return units_between(row.demand, row.terms, max(clock.today(), row.valid_from), row.last_day)


def short(row: OfferListed | OfferRow) -> bool:
    """Whether the contract has too little left for an open offer, so that it cannot be accepted."""
    wanted = takes(row) if row.state is OfferState.OFFERED else None
    return wanted is not None and (wanted.yuan > (row.yuan_left or 0) or wanted.units > (row.units_left or 0))
