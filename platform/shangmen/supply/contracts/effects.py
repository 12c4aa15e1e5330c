"""What contracts do when a provider or the bureau is closed; wired in app.py."""

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.organisations.events import OrganisationClosing


async def on_organisation_closing(scope: Scope, event: OrganisationClosing) -> None:
    """Nobody is closed under a contract that is not ended; raises Refused."""
    number = await database.value(
        str,
        "SELECT c.number FROM contract c JOIN lot l ON l.id = c.lot"
        " WHERE c.state <> 'ended' AND (c.provider = :id OR l.purchaser = :id) ORDER BY c.number LIMIT 1",
        id=event.organisation,
    )
    if number is not None:
        raise Refused("Contract %(number)s is not ended.", number=number)
