"""What the trail holds of organisations: whether they work, and what their papers and their workers' are."""

from shangmen.foundation.audit.held_rows import Held
from shangmen.foundation.organisations.tables import Organisation, Qualification

HELD = (Held(Organisation), Held(Qualification))
