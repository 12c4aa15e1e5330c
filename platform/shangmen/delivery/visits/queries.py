"""Reads of visits."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import wanted
from shangmen.demand.needs import frequency
from shangmen.errors import NotFound
from shangmen.web import lists

Row = dict[str, Any]

_VISITS = """
SELECT v.*, i.code AS item_code, i.name AS item_name, i.english AS item_english, i.staff_count AS item_staff,
       coalesce(s.name, '') AS person_name, s.village, s.address, s.sex AS person_sex, s.telephone, s.person_group,
       d.name AS township_name, o.name AS supplier_name, o.kind AS supplier_kind, t.name AS station_name,
       p.need, p.contract_line
"""
# A recipient whom one may no longer see leaves the visit without a name.
_FROM = """
FROM visit v JOIN service_item i ON i.id = v.service_item JOIN placement p ON p.id = v.placement
JOIN organisation o ON o.id = v.supplier JOIN organisation t ON t.id = v.station
LEFT JOIN person s ON s.id = v.person LEFT JOIN division d ON d.id = s.township
"""


async def _with_workers(scope: Scope, rows: list[asyncpg.Record]) -> list[Row]:
    """The visits with `workers`: a list of {id, name}, in the order of ids.

    Names of the people who come are told to whoever may see the visit: the station too, whose recipient it is.
    """
    people: dict[int, list[Row]] = defaultdict(list)
    async with database.elevated(scope):
        for row in await database.fetch(
            "SELECT x.visit, w.id, w.name, w.sex FROM visit_worker x JOIN worker w ON w.id = x.worker"
            " JOIN visit v ON v.id = x.visit WHERE x.visit = ANY(:visits)"
            " AND (x.stands OR v.state IN ('missed', 'cancelled', 'phone')) ORDER BY x.visit, w.id",
            visits=[row["id"] for row in rows],
        ):
            people[row["visit"]].append({"id": row["id"], "name": row["name"], "sex": row["sex"]})
    return [{**row, "workers": people[row["id"]]} for row in rows]


@database.scoped
async def visit(scope: Scope, id: int) -> Row:
    """One visit that the viewer reaches, with its workers; raises NotFound."""
    row = await database.fetch_one(f"{_VISITS} {_FROM} WHERE v.id = :id", id=id)
    if row is None:
        raise NotFound
    return (await _with_workers(scope, [row]))[0]


@database.scoped
async def visits(
    scope: Scope,
    search: str = "",
    state: str = "",
    organisation: int | None = None,
    worker: int | None = None,
    placement: int | None = None,
    first: date | None = None,
    last: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Row], int]:
    """Visits that the viewer reaches, by time, and how many fit."""
    rows = await database.fetch(
        f"""
        {_VISITS}, count(*) OVER () AS total {_FROM}
        WHERE {lists.found("i.name", person="s", equal=["i.code"])}
          AND (:state = '' OR v.state = :state)
          AND (:organisation::bigint IS NULL OR v.supplier = :organisation)
          AND (:placement::bigint IS NULL OR v.placement = :placement)
          AND (:worker::bigint IS NULL OR EXISTS (
                SELECT 1 FROM visit_worker x WHERE x.visit = v.id AND x.worker = :worker))
          AND (:first::date IS NULL OR v.day >= :first) AND (:last::date IS NULL OR v.day <= :last)
        ORDER BY v.planned_start, v.id LIMIT :limit OFFSET :offset
        """,
        search=lists.wanted(search),
        state=state,
        organisation=organisation,
        worker=worker,
        placement=placement,
        first=first,
        last=last,
        limit=limit,
        offset=offset,
    )
    return await _with_workers(scope, rows), rows[0]["total"] if rows else 0


@database.scoped
async def week(scope: Scope, monday: date, organisation: int | None = None) -> list[Row]:
    """The visits of seven days of one organisation, the viewer's own by default, by time."""
    rows = await database.fetch(
        f"{_VISITS} {_FROM} WHERE v.supplier = :organisation AND v.day BETWEEN :first AND :last"
        " ORDER BY v.planned_start, v.id",
        organisation=organisation or scope.organisation or 0,
        first=monday,
        last=monday + timedelta(6),
    )
    return await _with_workers(scope, rows)


_OF_WORKER = """
SELECT v.id, v.day, v.planned_start, v.planned_end, v.state, v.note, v.placement, v.person, v.station, v.supplier,
       v.service_item, v.latitude, v.longitude, v.version, i.code AS item_code, i.name AS item_name,
       i.english AS item_english, i.proof, i.minimum_minutes, s.name AS person_name, s.sex AS person_sex,
       s.person_group, s.telephone, s.village, s.address, s.guardian_name, d.name AS township_name, p.contract_line,
       p.need, coalesce((SELECT string_agg(w.name, '、' ORDER BY w.id) FROM visit_worker o
          JOIN worker w ON w.id = o.worker WHERE o.visit = v.id AND o.stands AND o.worker <> x.worker), '') AS partner
FROM visit_worker x JOIN visit v ON v.id = x.visit JOIN service_item i ON i.id = v.service_item
JOIN person s ON s.id = v.person JOIN division d ON d.id = s.township JOIN placement p ON p.id = v.placement
WHERE x.worker = :worker AND v.supplier = :organisation AND (x.stands OR v.state IN ('cancelled', 'missed', 'phone'))
"""


@database.scoped
async def of_worker(scope: Scope, day: date) -> list[asyncpg.Record]:
    """The viewer's own visits on a day, by time, for the phone: recipient's name in clear, telephone to be masked.

    `partner` names who comes along. Cancelled, missed and telephoned ones are told too, so that nobody sets out.
    """
    return await database.fetch(
        f"{_OF_WORKER} AND v.day = :day ORDER BY v.planned_start, v.id",
        worker=scope.worker or 0,
        organisation=scope.organisation or 0,
        day=day,
    )


@database.scoped
async def visit_of_worker(scope: Scope, id: int) -> asyncpg.Record:
    """One of the viewer's own visits, as `of_worker` tells it; raises NotFound for anybody else's."""
    row = await database.fetch_one(
        f"{_OF_WORKER} AND v.id = :id", worker=scope.worker or 0, organisation=scope.organisation or 0, id=id
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def lacking(scope: Scope, organisation: int, month: date) -> list[Row]:
    """Placements of an organisation whose calendar month is not planned to the end, the most urgent first.

    Each has the columns of `wanted` and `asked`, `planned`, `lacks`: visits of the month.
    """
    first, last = clock.month_of(month)
    planned = {
        row["placement"]: row["number"]
        for row in await database.fetch(
            "SELECT placement, count(*) AS number FROM visit WHERE supplier = :organisation"
            " AND day BETWEEN :first AND :last AND state = ANY(:counted) GROUP BY placement",
            organisation=organisation,
            first=first,
            last=last,
            counted=list(wanted.COUNTED),
        )
    }
    found = []
    for row in await wanted.in_force(scope, organisation):
        until = min((day for day in (row["valid_to"], row["need_to"]) if day), default=None)
        asked = frequency.visits_due(row["visits_per_month"], row["valid_from"], until, last)
        lacks = asked - planned.get(row["id"], 0)
        if lacks > 0:
            found.append({**row, "asked": asked, "planned": asked - lacks, "lacks": lacks})
    return sorted(found, key=lambda row: (-row["priority"], -row["lacks"], row["id"]))


@database.scoped
async def roster_run(scope: Scope, id: int) -> asyncpg.Record:
    """One automatic fill that the viewer reaches; raises NotFound."""
    row = await database.fetch_one(
        "SELECT r.*, o.name AS organisation_name, u.name AS user_name FROM roster_run r"
        " JOIN organisation o ON o.id = r.organisation LEFT JOIN app_user u ON u.id = r.created_by WHERE r.id = :id",
        id=id,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def roster_runs(scope: Scope, organisation: int, limit: int = 10) -> list[asyncpg.Record]:
    """The latest automatic fills of an organisation."""
    return await database.fetch(
        "SELECT * FROM roster_run WHERE organisation = :organisation ORDER BY created_at DESC, id DESC LIMIT :limit",
        organisation=organisation,
        limit=limit,
    )


@database.scoped
async def deliverers(scope: Scope, wide: bool = False) -> list[asyncpg.Record]:
    """Stations and providers whose visits the viewer may see: the county's, or the own; `wide`: all by name."""
    return await database.fetch(
        "SELECT id, name, kind FROM organisation WHERE kind IN ('station', 'provider') AND county = ANY(:counties)"
        " AND (:all OR id = :organisation) ORDER BY kind DESC, id",
        counties=list(scope.counties),
        all=wide or scope.reach == "county",
        organisation=scope.organisation or 0,
    )
