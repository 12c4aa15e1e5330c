"""How people come back when a report was an error: the report holds no more, they are where they were."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.recipients.tables import (
    Household,
    Move,
    Mover,
    Person,
    RecipientAbsence,
    Retraction,
    Share,
    StatusEvent,
)
from shangmen.foundation.deeds.actions import Kept


async def _retract(system: Scope, id: int, reason: str) -> None:
    await database.add(Retraction(status_event=id, reason=reason, retracted_at=clock.now()))


async def _lift(system: Scope, id: int, reason: str) -> None:
    await database.change(RecipientAbsence, id, {RecipientAbsence.lifted_at: clock.now()})


KEPT = (
    Kept(Move, essential=True),
    Kept(Mover, essential=True),
    Kept(StatusEvent, retract=_retract, essential=True),
    Kept(RecipientAbsence, retract=_lift, essential=True),
    Kept(Household, "recipients.restore", essential=True),
    Kept(Person, "recipients.restore", essential=True),
    Kept(Share, quiet=True),
)
