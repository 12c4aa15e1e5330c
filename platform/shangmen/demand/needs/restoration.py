"""How needs come back when a deed is taken back."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.needs.tables import Need
from shangmen.demand.recipients.households import queries as households
from shangmen.errors import Conflict
from shangmen.foundation.deeds.actions import Coming, Kept


async def _stands(system: Scope, need: Coming) -> None:
    """Raises Conflict for a need whose days are over, or whose household lost its entitlement since."""
    row = await database.read(Need, need.id)
    last = str(need.was.get("valid_to", row.valid_to) or "")
    if last and last < clock.today().isoformat():
        raise Conflict("The last day of the need has passed: %(day)s.", day=last)
    end = await households.end_of_service(system, row.person)
    if end is not None and (not last or last > end.isoformat()):
        raise Conflict("The household's entitlement ends on %(day)s.", day=end)


KEPT = (Kept(Need, "needs.restore", _stands),)
