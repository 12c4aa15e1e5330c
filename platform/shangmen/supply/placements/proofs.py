"""What the trail holds of offers and placements: who serves whom, under which line, on which days."""

from shangmen.foundation.audit.held_rows import Held
from shangmen.supply.placements.tables import Offer, Placement

HELD = (Held(Offer), Held(Placement, but=(Placement.reserved_units, Placement.reserved_yuan)))
