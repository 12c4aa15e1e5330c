"""Reads of assessments and needs."""

from datetime import date, timedelta
from typing import Any

import asyncpg

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.web import lists

OPEN = ("draft", "approved", "waiting", "placed", "paused")
STATES: tuple[str, ...] = (*OPEN, "ended")

# A need that starts further ahead than this rests as `approved`; matching looks this far.
HORIZON = timedelta(days=60)

_LEVEL = "(SELECT a.level FROM assessment a WHERE a.person = p.id ORDER BY a.assessed_on DESC, a.id DESC LIMIT 1)"

_NEED = f"""
  n.*, p.name, p.sex, p.person_group AS "group", p.living, p.halal AS person_halal, p.latitude, p.longitude,
  p.township, t.name AS township_name, p.village, p.state AS person_state, o.name AS station_name,
  i.code, i.name AS item_name, i.english AS item_english, i.kind, i.unit, i.standard_minutes, i.minimum_minutes,
  i.same_sex, h.category, {_LEVEL} AS level
  FROM need n JOIN person p ON p.id = n.person JOIN division t ON t.id = p.township
  JOIN organisation o ON o.id = n.station JOIN service_item i ON i.id = n.service_item
  LEFT JOIN household h ON h.id = p.household
"""

_FILTERS = f"""
  n.county = ANY(:counties)
  AND (:state = '' OR n.state = :state)
  AND (:person::bigint IS NULL OR n.person = :person)
  AND (:township::bigint IS NULL OR p.township = :township)
  AND (:code = '' OR i.code = :code)
  AND (:person_group = '' OR p.person_group = :person_group)
  AND {lists.found(person="p")}
"""


def windows_of(row: Any) -> list[list[int]]:
    """The time windows of a need's row."""
    windows: list[list[int]] = database.from_json(row["windows"]) or []
    return windows


@database.scoped
async def needs(
    scope: Scope,
    search: str = "",
    state: str = "",
    township: int | None = None,
    code: str = "",
    group: str = "",
    person: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[asyncpg.Record], int]:
    """Needs that the viewer reaches, the weightiest first, and how many there are."""
    rows = await database.fetch(
        f"SELECT count(*) OVER () AS total, {_NEED} WHERE {_FILTERS}"
        " ORDER BY (n.state = 'ended'), n.priority DESC, n.created_at, n.id LIMIT :limit OFFSET :offset",
        counties=list(scope.counties),
        search=lists.wanted(search),
        state=state,
        township=township,
        code=code,
        person_group=group,
        person=person,
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def counts(scope: Scope) -> dict[str, int]:
    """How many needs the viewer reaches, by state."""
    rows = await database.fetch(
        "SELECT state, count(*) AS n FROM need WHERE county = ANY(:counties) GROUP BY state",
        counties=list(scope.counties),
    )
    return {row["state"]: row["n"] for row in rows}


@database.scoped
async def need(scope: Scope, id: int) -> asyncpg.Record:
    """One need with its person and item; raises NotFound for what the viewer may not know of."""
    row = await database.fetch_one(
        f"SELECT {_NEED} WHERE n.id = :id AND n.county = ANY(:counties)",
        id=id,
        counties=list(scope.counties),
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def of_person(scope: Scope, person: int) -> list[asyncpg.Record]:
    """A person's needs, the open ones first."""
    rows, _total = await needs(scope, person=person, limit=200)
    return rows


@database.scoped
async def assessments(scope: Scope, person: int) -> list[asyncpg.Record]:
    """A person's assessments, newest first."""
    return await database.fetch(
        "SELECT * FROM assessment WHERE person = :person ORDER BY assessed_on DESC, id DESC", person=person
    )


@database.scoped
async def latest_assessment(scope: Scope, person: int) -> asyncpg.Record | None:
    """The assessment that counts, None before the first."""
    return await database.fetch_one(
        "SELECT * FROM assessment WHERE person = :person ORDER BY assessed_on DESC, id DESC LIMIT 1", person=person
    )


@database.scoped
async def care_plan(scope: Scope, id: int | None) -> asyncpg.Record | None:
    """A care plan, None for none."""
    return await database.fetch_one("SELECT * FROM care_plan WHERE id = :id::bigint", id=id)


@database.scoped
async def to_match(scope: Scope, on: date) -> list[asyncpg.Record]:
    """Needs that want a supplier on a day or within the horizon after it: waiting, placed, or approved and near.

    One row each with everything that matching asks of a need: id, station, person, name, latitude, longitude (WGS-84,
    None when unknown), township, sex, group, living, category, level (of the latest assessment, or None), halal,
    service_item, code, kind, unit, minutes, visits_per_month, days_between, staff_count, required_sex,
    required_qualification, minors_check, windows (JSON text: `windows_of`), priority, valid_from, valid_to, state,
    created_at; and end_of_service, the household's last day. Ordered by id.
    """
    return await database.fetch(
        """
        SELECT n.id, n.station, n.person, p.name, p.latitude, p.longitude, p.township, p.sex,
               p.person_group AS "group", p.living, p.birth_date, h.category, a.level, n.halal,
               n.service_item, i.code, i.name AS item_name, i.kind, i.unit, i.price_ceiling,
               n.minutes, n.visits_per_month, n.days_between, n.staff_count, n.required_sex,
               n.required_qualification, n.minors_check, n.windows, n.priority, n.valid_from, n.valid_to,
               coalesce(h.grace_until, h.valid_to) AS end_of_service, n.state, n.created_at
        FROM need n
        JOIN person p ON p.id = n.person
        JOIN service_item i ON i.id = n.service_item
        LEFT JOIN household h ON h.id = p.household
        LEFT JOIN (SELECT DISTINCT ON (person) person, level FROM assessment
                   ORDER BY person, assessed_on DESC, id DESC) a ON a.person = p.id
        WHERE n.county = ANY(:counties)
          AND (n.state IN ('waiting', 'placed') OR (n.state = 'approved' AND n.valid_from <= :horizon))
          AND (n.valid_to IS NULL OR n.valid_to >= :on)
        ORDER BY n.id
        """,
        counties=list(scope.counties),
        on=on,
        horizon=on + HORIZON,
    )
