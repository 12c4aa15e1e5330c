"""Reads of recipients. Who may see a person is decided by row-level security (migration) under the viewer's scope:
the county's desks, the township's station, and whom the file is shared with."""

from datetime import date

import asyncpg

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.demand.recipients.events import FileOpened, Panel
from shangmen.demand.recipients.households import last_day
from shangmen.demand.recipients.registration.rules import Ages, Centre
from shangmen.errors import NotFound
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.web import lists, masking

# Roles whose work is with the person: they read names in clear. For the others a name is masked until revealed.
CLEAR = frozenset({Role.STATION_SCHEDULER, Role.VILLAGE_ASSISTANT, Role.PROVIDER_MANAGER, Role.WORKER, Role.SYSTEM})

_PERSON = """
  p.*, p.person_group AS "group", t.name AS township_name, t.code AS township_code, o.name AS station_name,
  h.category, h.number AS household_number, h.valid_from AS household_from, h.valid_to AS household_to,
  h.grace_from, h.grace_until
  FROM person p JOIN division t ON t.id = p.township JOIN organisation o ON o.id = p.station
  LEFT JOIN household h ON h.id = p.household
"""

_FILTERS = f"""
  p.county = ANY(:counties)
  AND (:township::bigint IS NULL OR p.township = :township)
  AND (:station::bigint IS NULL OR p.station = :station)
  AND (:person_group = '' OR p.person_group = :person_group)
  AND (:category = '' OR h.category = :category)
  AND (:state = '' OR p.state = :state)
  AND {lists.found(person="p", equal=["p.id_number"])}
"""


def shown_name(scope: Scope, name: str) -> str:
    """A person's name as this viewer reads it in lists."""
    return name if scope.role in CLEAR else masking.name(name)


async def _select(
    scope: Scope,
    columns: str,
    ending: str,
    search: str,
    township: int | None,
    station: int | None,
    group: str,
    category: str,
    state: str,
    **more: object,
) -> list[asyncpg.Record]:
    return await database.fetch(
        f"SELECT {columns} WHERE {_FILTERS} {ending}",
        counties=list(scope.counties),
        search=lists.wanted(search),
        township=township,
        station=station,
        person_group=group,
        category=category,
        state=state,
        **more,
    )


@database.scoped
async def people(
    scope: Scope,
    search: str = "",
    township: int | None = None,
    station: int | None = None,
    group: str = "",
    category: str = "",
    state: str = "",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[asyncpg.Record], int]:
    """Recipients whom the viewer reaches, by name or pinyin or ID number, and how many there are."""
    rows = await _select(
        scope,
        "count(*) OVER () AS total, " + _PERSON,
        "ORDER BY p.township, p.pinyin, p.id LIMIT :limit OFFSET :offset",
        search,
        township,
        station,
        group,
        category,
        state,
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def counts(scope: Scope) -> dict[str, int]:
    """How many recipients the viewer reaches, by group, of those who are not dead or gone."""
    rows = await database.fetch(
        "SELECT person_group, count(*) AS n FROM person WHERE county = ANY(:counties)"
        " AND state NOT IN ('died', 'moved') GROUP BY person_group",
        counties=list(scope.counties),
    )
    return {row["person_group"]: row["n"] for row in rows}


@database.scoped
async def points(
    scope: Scope,
    search: str = "",
    township: int | None = None,
    station: int | None = None,
    group: str = "",
    category: str = "",
    state: str = "",
) -> list[asyncpg.Record]:
    """Recipients with a position, for the map."""
    return await _select(
        scope,
        _PERSON,
        "AND p.latitude IS NOT NULL AND p.state NOT IN ('died', 'moved') ORDER BY p.id",
        search,
        township,
        station,
        group,
        category,
        state,
    )


@database.scoped
async def person(scope: Scope, id: int) -> asyncpg.Record:
    """One recipient with household, township and station; raises NotFound for whom the viewer may not know of."""
    row = await database.fetch_one(
        f"SELECT {_PERSON} WHERE p.id = :id AND p.county = ANY(:counties)",
        id=id,
        counties=list(scope.counties),
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def certificate(scope: Scope, id: int) -> asyncpg.Record | None:
    """The latest disability certificate of a person."""
    return await database.fetch_one(
        "SELECT * FROM disability_certificate WHERE person = :id ORDER BY id DESC LIMIT 1", id=id
    )


@database.scoped
async def status_events(scope: Scope, id: int) -> list[asyncpg.Record]:
    """What happened to a person, newest first."""
    return await database.fetch(
        "SELECT e.*, u.name AS reporter FROM status_event e LEFT JOIN app_user u ON u.id = e.reported_by"
        " WHERE e.person = :id ORDER BY e.effective DESC, e.id DESC",
        id=id,
    )


@database.scoped
async def shares(scope: Scope, id: int) -> list[asyncpg.Record]:
    """Which organisations beyond the station see the file, those whose time is over last."""
    return await database.fetch(
        "SELECT s.*, o.name AS organisation_name, (s.valid_to IS NULL OR s.valid_to >= :today) AS open"
        " FROM share s JOIN organisation o ON o.id = s.organisation WHERE s.person = :id"
        " ORDER BY (s.valid_to IS NULL OR s.valid_to >= :today) DESC, s.valid_from DESC",
        id=id,
        today=clock.today(),
    )


@database.scoped
async def household(scope: Scope, id: int) -> asyncpg.Record:
    """A household; raises NotFound."""
    row = await database.fetch_one("SELECT * FROM household WHERE id = :id", id=id)
    if row is None:
        raise NotFound
    return row


@database.scoped
async def members(scope: Scope, household: int | None, except_for: int) -> list[asyncpg.Record]:
    """The other registered members of a household."""
    return await database.fetch(
        "SELECT id, name, state FROM person WHERE household = :household AND id <> :id ORDER BY birth_date",
        household=household,
        id=except_for,
    )


@database.scoped
async def end_of_service(scope: Scope, person: int) -> date | None:
    """The last day on which a person may be served, by the household's category and grace period; None for none."""
    row = await database.fetch_one(
        "SELECT h.* FROM household h JOIN person p ON p.household = h.id WHERE p.id = :id", id=person
    )
    return last_day(row)


@database.scoped
async def panels(scope: Scope, id: int) -> list[Panel]:
    """What later features add to a person's page."""
    opened = FileOpened(id)
    await effects.publish(scope, opened)
    return opened.panels


@database.scoped
async def roll(scope: Scope, id: int) -> asyncpg.Record:
    """An uploaded roll; raises NotFound."""
    row = await database.fetch_one("SELECT * FROM roll WHERE id = :id", id=id)
    if row is None:
        raise NotFound
    return row


@database.scoped
async def rolls(scope: Scope) -> list[asyncpg.Record]:
    """The latest uploads, newest first."""
    return await database.fetch(
        "SELECT id, file_name, state, created_at, committed_at FROM roll WHERE county = ANY(:counties)"
        " ORDER BY id DESC LIMIT 10",
        counties=list(scope.counties),
    )


@database.scoped
async def own_townships(scope: Scope) -> list[asyncpg.Record]:
    """Townships in which the viewer's station registers; for the system those of the whole county."""
    return await database.fetch(
        """
        SELECT d.id, d.name FROM division d
        WHERE d.parent = ANY(:counties) AND (:all OR d.id IN (
            SELECT township FROM organisation WHERE id = :organisation
            UNION SELECT division FROM service_area WHERE organisation = :organisation))
        ORDER BY d.code
        """,
        counties=list(scope.counties),
        organisation=scope.organisation,
        all=scope.role == Role.SYSTEM,
    )


@database.scoped
async def ages(scope: Scope) -> Ages:
    """The age limits in force today."""
    return Ages(
        elder=int(await catalogue.parameter(scope, "elder_age")),
        minor=int(await catalogue.parameter(scope, "minor_age")),
        consent=int(await catalogue.parameter(scope, "consent_age")),
    )


@database.scoped
async def centre(scope: Scope) -> Centre | None:
    """Where the viewer's county lies, when that is known."""
    row = await database.fetch_one(
        "SELECT latitude, longitude FROM division WHERE id = :id AND latitude IS NOT NULL", id=scope.counties[0]
    )
    return Centre(float(row["latitude"]), float(row["longitude"])) if row else None
