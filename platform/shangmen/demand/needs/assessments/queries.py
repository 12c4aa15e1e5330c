"""Reads of assessments."""

from dataclasses import dataclass
from datetime import date

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.entitlement.states import AbilityLevel
from shangmen.demand.needs.states import AssessmentReason, Scale


@dataclass(frozen=True)
class AssessmentRow(database.Row):
    """A result on a scale; a minor's has one assessor."""

    id: int
    scale: Scale
    total: int
    level: AbilityLevel
    reason: AssessmentReason
    assessed_on: date
    review_by: date | None
    assessor: str
    second_assessor: str


@database.scoped
async def of_person(scope: Scope, person: int) -> list[AssessmentRow]:
    """A person's assessments, newest first."""
    return await database.rows(
        AssessmentRow,
        "SELECT * FROM assessment WHERE person = :person ORDER BY assessed_on DESC, id DESC",
        person=person,
    )


@database.scoped
async def latest(scope: Scope, person: int) -> AssessmentRow | None:
    """The assessment that counts, None before the first."""
    return await database.row(
        AssessmentRow,
        "SELECT * FROM assessment WHERE person = :person ORDER BY assessed_on DESC, id DESC LIMIT 1",
        person=person,
    )
