"""Reads of moves. Who sees one, and what was handed over with it, row-level security says (policies.sql)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.demand.recipients.states import MoveState
from shangmen.errors import Conflict, NotFound
from shangmen.foundation.regions.states import Level
from shangmen.web import lists

# Days for which a file is read on, so that what was delivered can be settled; as in policies.sql.
READ_ON = 120


@dataclass(frozen=True)
class MoveRow(database.Row):
    """A move with the names of its places; `name` is who moves as it was handed over, "" where it is not seen."""

    id: int
    county: int
    county_name: str
    station: int
    station_name: str | None  # of another county: not known
    to_county: int
    to_county_name: str
    to_station: int | None
    to_station_name: str | None
    to_township: int | None
    to_township_name: str | None
    day: date
    last_day: date | None
    village: str
    address: str
    reason: str
    consent_on: date | None
    consent_by: str
    state: MoveState
    answer: str
    offered_at: datetime
    decided_at: datetime | None
    name: str
    people: int

    @property
    def elsewhere(self) -> bool:
        """Whether they leave the county."""
        return self.county != self.to_county


@dataclass(frozen=True)
class MoverRow(database.Row):
    """Somebody who moves, with the ids of both files as far as the viewer may open them."""

    id: int
    person: int | None
    taken_over: int | None


@dataclass(frozen=True)
class Fact(database.Row):
    """A fact that was handed over."""

    mover: int
    field: str
    value: str


@dataclass(frozen=True)
class CountyRow(database.Row):
    """A county that this installation serves too."""

    id: int
    name: str


_MOVE = """
  m.*, a.name AS county_name, o.name AS station_name, b.name AS to_county_name, t.name AS to_station_name,
  d.name AS to_township_name,
  coalesce((SELECT string_agg(h.value, '、' ORDER BY r.id) FROM mover r JOIN handed_over h ON h.mover = r.id
            WHERE r.move = m.id AND h.field = 'name'), '') AS name,
  (SELECT count(*) FROM mover r WHERE r.move = m.id) AS people
  FROM move m JOIN division a ON a.id = m.county JOIN division b ON b.id = m.to_county
  LEFT JOIN organisation o ON o.id = m.station LEFT JOIN organisation t ON t.id = m.to_station
  LEFT JOIN division d ON d.id = m.to_township
"""

# What waits for the viewer: a file to accept or return, and one that came back.
WAITS = {
    "offered": {
        Role.STATION_SCHEDULER: "m.state = 'offered' AND m.to_station = :organisation",
        Role.BUREAU_OFFICER: "m.state = 'offered' AND m.to_county = ANY(:counties) AND m.county <> m.to_county",
    },
    "returned": {Role.STATION_SCHEDULER: "m.state = 'returned' AND m.station = :organisation"},
}


@database.scoped
async def moves(
    scope: Scope, state: str = "", waits: str = "", limit: int | None = 50, offset: int = 0
) -> tuple[list[MoveRow], int]:
    """Moves that the viewer reaches, the latest first, and how many there are."""
    which = lists.where(
        "true",
        {"m.state = :state": state, WAITS.get(waits, {}).get(scope.role, "true"): waits},
    )
    return await lists.part(
        MoveRow, _MOVE, f"FROM move m WHERE {which}", "m.day DESC, m.id DESC", "m.id", limit=limit, offset=offset,
        state=state, organisation=scope.organisation or 0, counties=list(scope.counties),
    )  # fmt: skip


@database.scoped
async def move(scope: Scope, id: int) -> MoveRow:
    """One move; raises NotFound."""
    found = await database.row(MoveRow, f"SELECT {_MOVE} WHERE m.id = :id", id=id)
    if found is None:
        raise NotFound
    return found


@database.scoped
async def movers(scope: Scope, move: int) -> list[MoverRow]:
    """Who moves, in the order in which they were named."""
    return await database.rows(
        MoverRow,
        "SELECT r.id, p.id AS person, n.id AS taken_over FROM mover r LEFT JOIN person p ON p.id = r.person"
        " LEFT JOIN person n ON n.id = r.taken_over WHERE r.move = :move ORDER BY r.id",
        move=move,
    )


@database.scoped
async def handed_over(scope: Scope, move: int) -> dict[int, list[Fact]]:
    """What was handed over, by mover; nothing for a receiver who returned the file."""
    found: dict[int, list[Fact]] = defaultdict(list)
    for fact in await database.rows(
        Fact,
        "SELECT h.mover, h.field, h.value FROM handed_over h JOIN mover r ON r.id = h.mover"
        " WHERE r.move = :move ORDER BY h.id",
        move=move,
    ):
        found[fact.mover].append(fact)
    return dict(found)


@database.scoped
async def of_person(scope: Scope, person: int) -> list[MoveRow]:
    """The moves of somebody that the viewer reaches, the latest first."""
    return await database.rows(
        MoveRow,
        f"SELECT {_MOVE} WHERE m.id IN (SELECT r.move FROM mover r WHERE :person IN (r.person, r.taken_over))"
        " ORDER BY m.id DESC",
        person=person,
    )


@database.scoped
async def other_counties(scope: Scope) -> list[CountyRow]:
    """Counties with a bureau here, to which a file can be referred."""
    async with database.elevated(scope):
        return await database.rows(
            CountyRow,
            "SELECT d.id, d.name FROM division d WHERE d.level = :county AND NOT (d.id = ANY(:counties))"
            " AND (d.valid_to IS NULL OR d.valid_to >= :today)"
            " AND EXISTS (SELECT 1 FROM app_user u WHERE u.county = d.id AND u.role = 'bureau_officer' AND u.active)"
            " ORDER BY d.code",
            county=Level.COUNTY,
            counties=list(scope.counties),
            today=clock.today(),
        )


@dataclass(frozen=True)
class OnlyRead(database.Row):
    """A file that was handed over: to which station or county, and `until` when it may be read; None: always."""

    place: str
    day: date
    until: date | None


@database.scoped
async def only_read(scope: Scope, id: int) -> OnlyRead | None:
    """Whether the viewer's station handed a file over and only reads it (policies.sql); None for who keeps it."""
    return await database.row(
        OnlyRead,
        "SELECT CASE WHEN m.county = m.to_county THEN o.name ELSE d.name END AS place, m.day,"
        " (SELECT max(s.valid_to) + :read_on::int FROM share s WHERE s.person = p.id AND s.organisation = m.station)"
        " AS until"
        " FROM mover r JOIN move m ON m.id = r.move JOIN division d ON d.id = m.to_county"
        " JOIN person p ON p.id = r.person JOIN organisation o ON o.id = p.station"
        " WHERE p.id = :id AND m.station = :organisation AND m.state = 'done' AND NOT app_in_care(p.id)"
        " ORDER BY m.id DESC LIMIT 1",
        id=id,
        organisation=scope.organisation or 0,
        read_on=READ_ON,
    )


@database.scoped
async def refuse_only_read(scope: Scope, id: int) -> None:
    """Raise Conflict for a file that was handed over: every verb that changes one asks this, or `in_care`."""
    if handed := await only_read(scope, id):
        raise Conflict(
            "This file was handed over to %(place)s on %(day)s. It is only read.", place=handed.place, day=handed.day
        )
