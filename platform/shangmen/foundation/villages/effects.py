"""What villages do when townships change; wired in wiring.py."""

from shangmen import database
from shangmen.access import Scope
from shangmen.foundation.regions.events import DivisionReplaced


async def on_division_replaced(scope: Scope, event: DivisionReplaced) -> None:
    """Villages belong to the township that followed; of two with one name there the first stays."""
    async with database.elevated(scope):
        await database.execute(
            "UPDATE village v SET township = :new WHERE township = :old AND NOT EXISTS"
            " (SELECT 1 FROM village w WHERE w.township = :new AND w.name = v.name)",
            old=event.old,
            new=event.new,
        )
