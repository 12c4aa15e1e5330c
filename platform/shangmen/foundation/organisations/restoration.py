"""How absences and engagements come back when a deed is taken back."""

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.deeds.actions import Kept
from shangmen.foundation.organisations.tables import Absence, Engagement


async def _lift(system: Scope, id: int, reason: str) -> None:
    await database.change(Absence, id, {Absence.lifted_at: clock.now()})


KEPT = (Kept(Absence, retract=_lift, essential=True), Kept(Engagement, essential=True))
