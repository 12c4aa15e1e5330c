"""What contracts do when a provider or the bureau is closed and when townships change; wired in wiring.py."""

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.organisations.events import OrganisationClosing
from shangmen.foundation.regions.events import DivisionReplaced, DivisionSplit


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


async def on_division_replaced(scope: Scope, event: DivisionReplaced) -> None:
    """A lot covers the township that followed one of its own."""
    async with database.elevated(scope):
        await database.execute(
            "UPDATE lot_area a SET division = :new WHERE division = :old AND NOT EXISTS"
            " (SELECT 1 FROM lot_area b WHERE b.lot = a.lot AND b.division = :new)",
            **vars(event),
        )
        await database.execute("DELETE FROM lot_area WHERE division = :old", old=event.old)


async def on_division_split(scope: Scope, event: DivisionSplit) -> None:
    """A lot covers the new township that was split off one of its own."""
    async with database.elevated(scope):
        await database.execute(
            "INSERT INTO lot_area (lot, division) SELECT lot, :new::bigint FROM lot_area a WHERE division = :old"
            " AND NOT EXISTS (SELECT 1 FROM lot_area b WHERE b.lot = a.lot AND b.division = :new)",
            old=event.old,
            new=event.new,
        )
