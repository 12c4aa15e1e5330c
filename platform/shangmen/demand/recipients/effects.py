"""What recipients do when a station is closed and when townships change; wired in wiring.py."""

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.imports.cells import places
from shangmen.foundation.organisations.events import OrganisationClosing
from shangmen.foundation.regions.events import DivisionReplaced, DivisionSplit

_LIVES = "township = :new, resident_from = (SELECT valid_from FROM division WHERE id = :new)"


async def on_organisation_closing(scope: Scope, event: OrganisationClosing) -> None:
    """A station is not closed while somebody is in its care; raises Refused."""
    people = await database.number(
        "SELECT count(*) FROM person WHERE station = :id AND state IN ('living', 'hospital')", id=event.organisation
    )
    if people:
        raise Refused(
            "%(count)s recipients are in the care of this station. Another takes them over first.", count=people
        )


async def on_division_replaced(scope: Scope, event: DivisionReplaced) -> None:
    """People live in the township that followed; papers of before print the old name (`residence_on`)."""
    async with database.elevated(scope):
        await database.execute(f"UPDATE person SET {_LIVES} WHERE township = :old", **vars(event))


async def on_division_split(scope: Scope, event: DivisionSplit) -> None:
    """The people of the villages that were split off live in the new township."""
    async with database.elevated(scope):
        await database.execute(
            f"UPDATE person SET {_LIVES} WHERE township = :old AND village = ANY(:villages)",
            old=event.old,
            new=event.new,
            villages=[*event.villages, *(places.village(name)[0] for name in event.villages)],
        )
