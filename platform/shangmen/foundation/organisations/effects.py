"""What organisations do when townships change; wired in wiring.py."""

from shangmen import database
from shangmen.access import Scope
from shangmen.foundation.regions.events import DivisionReplaced, DivisionSplit


async def on_division_replaced(scope: Scope, event: DivisionReplaced) -> None:
    """Stations sit in, and suppliers serve, the township that followed."""
    async with database.elevated(scope):
        await database.execute("UPDATE organisation SET township = :new WHERE township = :old", **vars(event))
        await database.execute(
            "UPDATE service_area a SET division = :new WHERE division = :old AND NOT EXISTS"
            " (SELECT 1 FROM service_area b WHERE b.organisation = a.organisation AND b.division = :new)",
            **vars(event),
        )
        await database.execute("DELETE FROM service_area WHERE division = :old", old=event.old)


async def on_division_split(scope: Scope, event: DivisionSplit) -> None:
    """Who serves the old township serves the new one too."""
    async with database.elevated(scope):
        await database.execute(
            "INSERT INTO service_area (organisation, division) SELECT organisation, :new::bigint FROM service_area a"
            " WHERE division = :old AND NOT EXISTS"
            " (SELECT 1 FROM service_area b WHERE b.organisation = a.organisation AND b.division = :new)",
            old=event.old,
            new=event.new,
        )
        await database.execute(
            "INSERT INTO service_area (organisation, division) SELECT id, :new::bigint FROM organisation o"
            " WHERE kind = 'station' AND township = :old AND status <> 'closed' AND NOT EXISTS"
            " (SELECT 1 FROM service_area b WHERE b.organisation = o.id AND b.division = :new)",
            old=event.old,
            new=event.new,
        )
