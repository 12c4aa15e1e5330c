"""What recipients do when a station is closed; wired in app.py."""

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.organisations.events import OrganisationClosing


async def on_organisation_closing(scope: Scope, event: OrganisationClosing) -> None:
    """A station is not closed while somebody is in its care; raises Refused."""
    people = await database.number(
        "SELECT count(*) FROM person WHERE station = :id AND state IN ('living', 'hospital')", id=event.organisation
    )
    if people:
        raise Refused(
            "%(count)s recipients are in the care of this station. Another takes them over first.", count=people
        )
