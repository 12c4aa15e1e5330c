"""What villages do when townships change; wired in wiring.py."""

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Refused
from shangmen.foundation.imports.cells import places
from shangmen.foundation.regions.events import DivisionReplaced, DivisionSplit, DivisionSplitting
from shangmen.foundation.villages.tables import Village


async def on_division_replaced(scope: Scope, event: DivisionReplaced) -> None:
    """Villages belong to the township that followed; of two with one name there the first stays."""
    async with database.elevated(scope):
        await database.execute(
            "UPDATE village v SET township = :new WHERE township = :old AND NOT EXISTS"
            " (SELECT 1 FROM village w WHERE w.township = :new AND w.name = v.name)",
            old=event.old,
            new=event.new,
        )


async def on_division_splitting(scope: Scope, event: DivisionSplitting) -> None:
    """Only villages that the township has are split off it, where its villages are listed; raises Refused."""
    known = {row.name for row in await Village.objects().where(Village.township == event.old)}
    missing = [name for name in event.villages if places.village(name)[0] not in known]
    if known and missing:
        raise Refused("This township has no village %(names)s.", field="villages", names="、".join(missing))


async def on_division_split(scope: Scope, event: DivisionSplit) -> None:
    """The villages that were split off belong to the new township."""
    async with database.elevated(scope):
        await database.execute(
            "UPDATE village SET township = :new WHERE township = :old AND name = ANY(:villages)",
            old=event.old,
            new=event.new,
            villages=[places.village(name)[0] for name in event.villages],
        )
