"""How tasks come back when a deed is taken back: what it closed is open again, what it opened closed."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.deeds.actions import Kept
from shangmen.foundation.tasks.tables import Task


async def _close(system: Scope, id: int, reason: str) -> None:
    task = await database.lock(Task, id)
    if task.closed_at is None:
        await database.change(Task, id, {Task.closed_at: clock.now()})


KEPT = (Kept(Task, retract=_close, quiet=True),)
