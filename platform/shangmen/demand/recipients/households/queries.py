"""Reads of households: who belongs to them, and on which days their members may be served."""

from dataclasses import dataclass
from datetime import date

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.recipients.states import PersonState
from shangmen.demand.recipients.tables import Household


@dataclass(frozen=True)
class MemberRow(database.Row):
    """Another member of a household."""

    id: int
    name: str
    state: PersonState


@database.scoped
async def household(scope: Scope, id: int) -> Household:
    """A household; raises NotFound."""
    return await database.read(Household, id)


def last_day(household: Household) -> date | None:
    """The last day on which members may be served, None for none.

    In a grace period (渐退期) a household keeps its standing until the period ends, whatever its category says.
    """
    end: date | None = household.grace_until or household.valid_to
    return end


@database.scoped
async def members(scope: Scope, household: int | None, except_for: int) -> list[MemberRow]:
    """The other registered members of a household."""
    return await database.rows(
        MemberRow,
        "SELECT id, name, state FROM person WHERE household = :household AND id <> :id ORDER BY birth_date",
        household=household,
        id=except_for,
    )


@database.scoped
async def end_of_service(scope: Scope, person: int) -> date | None:
    """The last day on which a person may be served, by the household's category and grace period; None for none."""
    return await database.value(
        date,
        "SELECT coalesce(h.grace_until, h.valid_to) FROM household h JOIN person p ON p.household = h.id"
        " WHERE p.id = :id",
        id=person,
    )


@database.scoped
async def beginning_of_service(scope: Scope, person: int) -> date | None:
    """The first day of the household's entitlement, under whichever category; None for none."""
    return await database.value(
        date,
        "SELECT min(one.valid_from) FROM person p JOIN household h ON h.id = p.household"
        " JOIN household one ON one.id = h.id OR (one.county = h.county AND one.number = h.number AND h.number <> '')"
        " WHERE p.id = :id",
        id=person,
    )
