"""Reading absences of recipients."""

from dataclasses import dataclass
from datetime import date

from shangmen import clock, database
from shangmen.access import Scope


@dataclass(frozen=True)
class AbsenceRow(database.Row):
    """Days on which somebody is away from home."""

    id: int
    first: date
    last: date
    reason: str


@database.scoped
async def absences(scope: Scope, person: int) -> list[AbsenceRow]:
    """The absences of a person that hold and are not over, the next first."""
    return await database.rows(
        AbsenceRow,
        "SELECT * FROM recipient_absence WHERE person = :person AND lifted_at IS NULL AND last >= :today"
        " ORDER BY first, id",
        person=person,
        today=clock.today(),
    )
