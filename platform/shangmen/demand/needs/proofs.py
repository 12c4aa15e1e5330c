"""What the trail holds of needs: everything that was stated and approved."""

from shangmen.demand.needs.tables import Need
from shangmen.foundation.audit.held_rows import Held

HELD = (Held(Need),)
