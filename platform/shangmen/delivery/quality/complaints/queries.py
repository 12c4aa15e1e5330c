"""Reads of complaints."""

from dataclasses import dataclass
from datetime import date, datetime

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.quality.states import ComplaintAbout, ComplaintState
from shangmen.errors import NotFound
from shangmen.web import lists


@dataclass(frozen=True)
class Asked:
    """What a list of complaints is asked for."""

    search: str = ""
    state: str = ""
    supplier: int | None = None
    mine: bool = False


@dataclass(frozen=True)
class ComplaintRow(database.Row):
    """A complaint, in words."""

    id: int
    person: int
    person_name: str
    station: int
    station_name: str
    supplier: int
    supplier_name: str
    asker: int
    asker_name: str
    about: ComplaintAbout
    told_by: str
    words: str
    received_on: date
    due: date
    state: ComplaintState
    answer: str
    decided_by_name: str | None
    decided_at: datetime | None


_SHOWN = """
c.id, c.person, coalesce(p.name, '') AS person_name, c.station, t.name AS station_name, c.supplier,
       o.name AS supplier_name, c.asker, a.name AS asker_name, c.about, c.told_by, c.words, c.received_on, c.due,
       c.state, c.answer, u.name AS decided_by_name, c.decided_at
FROM complaint c JOIN organisation o ON o.id = c.supplier JOIN organisation t ON t.id = c.station
JOIN organisation a ON a.id = c.asker LEFT JOIN person p ON p.id = c.person LEFT JOIN app_user u ON u.id = c.decided_by
"""


@database.scoped
async def complaints(
    scope: Scope, asked: Asked | None = None, limit: int | None = lists.PAGE, offset: int = 0
) -> tuple[list[ComplaintRow], int]:
    """Complaints that the viewer reaches, open ones first, the most urgent first; and how many fit."""
    asked = asked or Asked()
    which = lists.where(
        lists.within(scope, "c"),
        {
            "c.state = :state": asked.state,
            "c.supplier = :supplier": asked.supplier,
            "c.asker = :organisation": asked.mine or None,
            lists.found(person="p"): asked.search,
        },
    )
    return await lists.part(
        ComplaintRow,
        _SHOWN,
        f"FROM complaint c{' LEFT JOIN person p ON p.id = c.person' if asked.search else ''} WHERE {which}",
        "c.state = 'open' DESC, c.due, c.id",
        "c.id",
        limit=limit,
        offset=offset,
        organisation=scope.organisation or 0,
        search=lists.wanted(asked.search),
        state=asked.state,
        supplier=asked.supplier,
        **lists.counties(scope),
    )


@database.scoped
async def complaint(scope: Scope, id: int) -> ComplaintRow:
    """One complaint that the viewer reaches; raises NotFound."""
    found = await database.row(ComplaintRow, f"SELECT {_SHOWN} WHERE c.id = :id", id=id)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class SupplierRow(database.Row):
    """Somebody who serves or has served a recipient."""

    id: int
    name: str


@database.scoped
async def complained_of(scope: Scope, person: int) -> list[SupplierRow]:
    """Who may be complained of: whoever has or had a placement of the recipient, the latest first."""
    return await database.rows(
        SupplierRow,
        "SELECT o.id, o.name FROM placement g JOIN need n ON n.id = g.need JOIN organisation o ON o.id = g.supplier"
        " WHERE n.person = :person GROUP BY o.id ORDER BY max(g.id) DESC",
        person=person,
    )


@database.scoped
async def of_person(scope: Scope, person: int) -> list[ComplaintRow]:
    """The complaints of a person that the viewer reaches, the latest first."""
    return await database.rows(
        ComplaintRow, f"SELECT {_SHOWN} WHERE c.person = :person ORDER BY c.id DESC", person=person
    )
