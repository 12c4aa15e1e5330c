"""Reads of homes."""

from dataclasses import dataclass
from decimal import Decimal

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.regions.states import Accuracy


@dataclass(frozen=True)
class HomeRow(database.Row):
    """Where somebody lives, and how well that is known: regions.states.Accuracy."""

    latitude: Decimal | None
    longitude: Decimal | None
    accuracy: Accuracy


@database.scoped
async def home(scope: Scope, id: int) -> HomeRow:
    """Where somebody lives, estimated by village or township where no point is on file; raises NotFound."""
    found = await database.row(HomeRow, "SELECT latitude, longitude, accuracy FROM home WHERE person = :id", id=id)
    if found is None:
        raise NotFound
    return found
