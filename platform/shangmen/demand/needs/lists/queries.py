"""Whom lists of assessments and needs are about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shangmen import database
from shangmen.access import Scope
from shangmen.demand.needs.states import NeedState, Scale
from shangmen.demand.recipients.states import Living, PersonGroup, PersonState
from shangmen.foundation.imports.cells.reading import same_name
from shangmen.foundation.imports.kinds import Line
from shangmen.foundation.organisations.states import Sex
from shangmen.web import text as normal


@dataclass(frozen=True)
class PersonRow(database.Row):
    """A recipient, with the days of the household."""

    id: int
    station: int
    name: str
    id_number: str | None
    sex: Sex
    birth_date: date
    group: PersonGroup
    living: Living
    halal: bool
    state: PersonState
    doubt: str
    first: date | None
    last: date | None


class People:
    """The recipients whom a list names, to be found by ID number, or by name where there is none."""

    def __init__(self, rows: Sequence[PersonRow]) -> None:
        self.by_number = {row.id_number: row for row in rows if row.id_number}
        self.by_name: dict[str, list[PersonRow]] = {}
        for row in rows:
            self.by_name.setdefault(normal.key(row.name), []).append(row)

    def find(self, line: Line, name: str, number: str) -> PersonRow | None:
        """Who is meant; refuses the row where that is nobody, or somebody of another name."""
        if number:
            found = self.by_number.get(number)
            if found is None:
                line.refuse("UNKNOWN_PERSON", "Nobody with this ID number is registered.", "id_number")
            elif name and not same_name(found.name, name):
                line.refuse(
                    "NAME_DISAGREES",
                    "This ID number belongs to somebody of another name: %(name)s.",
                    "id_number",
                    name=found.name,
                )
                return None
            return found
        named = self.by_name.get(normal.key(name), []) if name else []
        if len(named) == 1:
            return named[0]
        if named:
            line.refuse(
                "MISSING_ID", "Several people of this name are registered: the ID number says who.", "id_number"
            )
        elif name:
            line.refuse("MISSING_ID", "The ID number is missing, and nobody of this name is registered.", "id_number")
        else:
            line.refuse("MISSING_ID", "The ID number is missing.", "id_number")
        return None


@database.scoped
async def people(scope: Scope, numbers: list[str], names: list[str]) -> People:
    """Whom the viewer may know of with one of these ID numbers or names."""
    return People(
        await database.rows(
            PersonRow,
            'SELECT p.*, p.person_group AS "group", h.valid_from AS first, coalesce(h.grace_until, h.valid_to) AS last'
            " FROM person p LEFT JOIN household h ON h.id = p.household"
            " WHERE p.county = ANY(:counties) AND (p.id_number = ANY(:numbers) OR p.name = ANY(:names))",
            counties=list(scope.counties),
            numbers=numbers,
            names=names,
        )
    )


@dataclass(frozen=True)
class AssessedRow(database.Row):
    """An assessment that is on record."""

    id: int
    person: int
    scale: Scale
    assessed_on: date
    total: int
    level: str


@database.scoped
async def assessed(scope: Scope, people: list[int]) -> list[AssessedRow]:
    """The assessments of these people."""
    return await database.rows(
        AssessedRow,
        "SELECT id, person, scale, assessed_on, total, level FROM assessment WHERE person = ANY(:people) ORDER BY id",
        people=people,
    )


@dataclass(frozen=True)
class NeedRow(database.Row):
    """A need that is not ended, by the code of its service."""

    id: int
    person: int
    code: str
    visits_per_month: int
    minutes: int
    priority: int
    state: NeedState


@database.scoped
async def needs(scope: Scope, people: list[int]) -> list[NeedRow]:
    """The open needs of these people."""
    return await database.rows(
        NeedRow,
        "SELECT n.*, i.code FROM need n JOIN service_item i ON i.id = n.service_item"
        " WHERE n.person = ANY(:people) AND n.state <> 'ended' ORDER BY n.id",
        people=people,
    )


@dataclass(frozen=True)
class _VersionRow(database.Row):
    id: int
    state: NeedState
    version: int


@database.scoped
async def versions(scope: Scope, needs: list[int]) -> dict[int, tuple[NeedState, int]]:
    """Where these needs stand, and their versions."""
    found = await database.rows(_VersionRow, "SELECT id, state, version FROM need WHERE id = ANY(:ids)", ids=needs)
    return {row.id: (row.state, row.version) for row in found}
