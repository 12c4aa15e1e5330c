"""Reads of matching runs, their proposals, and the figures of a plan. Explanations: `explaining.py`."""

from collections import Counter
from datetime import date
from typing import Any

import asyncpg

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.web.language import current

_LIGHT = """
r.id, r.county, r.requested_by, r.created_at, r.starts_on, r.state, r.stop_asked, r.message, r.finished_at,
r.approved_at, r.approved_by, r.certificate, r.violations, r.policy - 'need_versions' AS policy,
u.name AS requested_by_name, a.name AS approved_by_name
"""

_COUNTS = """
LEFT JOIN LATERAL (
  SELECT count(*) AS needs, count(*) FILTER (WHERE p.supplier IS NOT NULL) AS served,
         count(*) FILTER (WHERE p.overridden) AS overridden, avg(p.metres)::int AS mean_metres,
         max(p.metres) AS most_metres
  FROM proposal p WHERE p.matching_run = r.id) c ON true
LEFT JOIN app_user u ON u.id = r.requested_by LEFT JOIN app_user a ON a.id = r.approved_by
"""

_PROPOSAL = """
p.*, n.person, n.visits_per_month, n.minutes, n.staff_count, n.priority, n.required_sex, n.state AS need_state,
n.valid_from, n.valid_to, i.code AS item_code, i.name AS item_name, i.english AS item_english,
h.name AS person_name, h.person_group, h.latitude, h.longitude, h.village, d.name AS township_name, d.id AS township,
s.name AS supplier_name, s.kind AS supplier_kind, v.name AS previous_name, k.number AS contract_number
"""

_JOINS = """
JOIN need n ON n.id = p.need JOIN service_item i ON i.id = n.service_item JOIN person h ON h.id = n.person
JOIN division d ON d.id = h.township LEFT JOIN organisation s ON s.id = p.supplier
LEFT JOIN organisation v ON v.id = p.previous_supplier LEFT JOIN contract_line l ON l.id = p.contract_line
LEFT JOIN contract k ON k.id = l.contract
"""


def _opened(row: asyncpg.Record) -> dict[str, Any]:
    """A run with its JSON read."""
    run = dict(row)
    for name in ("certificate", "violations", "policy", "progress"):
        if name in run:
            run[name] = database.from_json(run[name])
    return run


@database.scoped
async def runs(scope: Scope, state: str = "", limit: int = 50, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Runs of the viewer's county, the latest first, with how many needs they serve."""
    rows = await database.fetch(
        f"""
        SELECT {_LIGHT}, c.*, count(*) OVER () AS total FROM matching_run r {_COUNTS}
        WHERE r.county = ANY(:counties) AND (:state = '' OR r.state = :state)
        ORDER BY r.id DESC LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        state=state,
        limit=limit,
        offset=offset,
    )
    return [_opened(row) for row in rows], rows[0]["total"] if rows else 0


@database.scoped
async def run(scope: Scope, id: int) -> dict[str, Any]:
    """One run without its problem and solution; raises NotFound."""
    row = await database.fetch_one(
        f"SELECT {_LIGHT}, r.progress, c.* FROM matching_run r {_COUNTS} WHERE r.id = :id",
        id=id,
    )
    if row is None:
        raise NotFound
    return _opened(row)


@database.scoped
async def proposals(
    scope: Scope,
    run: int,
    *,
    served: bool | None = None,
    reason: str = "",
    township: int | None = None,
    item: str = "",
    change: str = "",
    overridden: bool = False,
    supplier: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[asyncpg.Record], int]:
    """What a run says of its needs, the weightiest first."""
    rows = await database.fetch(
        f"""
        SELECT {_PROPOSAL}, count(*) OVER () AS total FROM proposal p {_JOINS}
        WHERE p.matching_run = :run AND (:served::boolean IS NULL OR (p.supplier IS NOT NULL) = :served)
          AND (:reason = '' OR p.reason = :reason) AND (:township::bigint IS NULL OR d.id = :township)
          AND (:item = '' OR i.code = :item) AND (:change = '' OR p.change = :change)
          AND (NOT :overridden OR p.overridden) AND (:supplier::bigint IS NULL OR p.supplier = :supplier)
        ORDER BY n.priority DESC, d.code, p.need LIMIT :limit OFFSET :offset
        """,
        run=run,
        served=served,
        reason=reason,
        township=township,
        item=item,
        change=change,
        overridden=overridden,
        supplier=supplier,
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def proposal(scope: Scope, run: int, need: int) -> asyncpg.Record:
    """What a run says of one need; raises NotFound."""
    row = await database.fetch_one(
        f"SELECT {_PROPOSAL}, n.windows, n.required_qualification, n.minors_check FROM proposal p {_JOINS}"
        " WHERE p.matching_run = :run AND p.need = :need",
        run=run,
        need=need,
    )
    if row is None:
        raise NotFound
    return row


@database.scoped
async def tallies(scope: Scope, run: int) -> dict[str, dict[str, int]]:
    """How many proposals there are by reason, change, township and service: for filters and figures."""
    rows = await database.fetch(
        """
        SELECT p.reason, p.change, p.supplier IS NULL AS unserved, d.id AS township, d.name AS township_name,
               i.code, i.name AS item_name, count(*) AS number
        FROM proposal p JOIN need n ON n.id = p.need JOIN service_item i ON i.id = n.service_item
        JOIN person h ON h.id = n.person JOIN division d ON d.id = h.township
        WHERE p.matching_run = :run GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY d.id, i.code
        """,
        run=run,
    )
    found: dict[str, Counter[str]] = {name: Counter() for name in ("reason", "change", "township", "item")}
    for row in rows:
        found["change"][row["change"]] += row["number"]
        if row["unserved"]:
            found["reason"][row["reason"]] += row["number"]
            found["township"][f"{row['township']}|{row['township_name']}"] += row["number"]
            found["item"][f"{row['code']}|{row['item_name']}"] += row["number"]
    return {name: dict(counter) for name, counter in found.items()}


@database.scoped
async def points(scope: Scope, run: int) -> list[asyncpg.Record]:
    """Where the needs of a run are and who serves them, for the map."""
    return await database.fetch(
        """
        SELECT p.need, p.supplier, p.reason, p.metres, h.latitude, h.longitude, d.name AS township_name,
               i.code AS item_code, i.name AS item_name, i.english AS item_english
        FROM proposal p JOIN need n ON n.id = p.need JOIN service_item i ON i.id = n.service_item
        JOIN person h ON h.id = n.person JOIN division d ON d.id = h.township
        WHERE p.matching_run = :run AND h.latitude IS NOT NULL ORDER BY p.need
        """,
        run=run,
    )


@database.scoped
async def waiting(scope: Scope, on: date) -> set[int]:
    """Counties of the scope in which needs wait for a supplier on a day."""
    rows = await database.fetch(
        "SELECT DISTINCT county FROM need WHERE county = ANY(:counties) AND state = 'waiting'"
        " AND (valid_to IS NULL OR valid_to >= :on)",
        counties=list(scope.counties),
        on=on,
    )
    return {row["county"] for row in rows}


@database.scoped
async def suppliers(scope: Scope) -> list[asyncpg.Record]:
    """Stations and providers of the county."""
    return await database.fetch(
        """
        SELECT o.id, o.kind, o.name, o.latitude, o.longitude, d.name AS township_name
        FROM organisation o LEFT JOIN division d ON d.id = o.township
        WHERE o.county = ANY(:counties) AND o.kind IN ('station', 'provider') ORDER BY o.kind DESC, o.id
        """,
        counties=list(scope.counties),
    )


@database.scoped
async def pins(scope: Scope, need: int) -> list[asyncpg.Record]:
    """Every word on a need to the runs, the standing first."""
    return await database.fetch(
        """
        SELECT p.*, o.name AS supplier_name, u.name AS created_by_name FROM pin p
        LEFT JOIN organisation o ON o.id = p.supplier LEFT JOIN app_user u ON u.id = p.created_by
        WHERE p.need = :need ORDER BY p.lifted_at IS NOT NULL, p.id DESC
        """,
        need=need,
    )


@database.scoped
async def latest(scope: Scope, need: int) -> int | None:
    """The last run that looked at a need, None when none did; raises NotFound."""
    row = await database.fetch_one(
        "SELECT (SELECT max(p.matching_run) FROM proposal p WHERE p.need = n.id) AS run FROM need n"
        " WHERE n.id = :need AND n.county = ANY(:counties)",
        need=need,
        counties=list(scope.counties),
    )
    if row is None:
        raise NotFound
    return None if row["run"] is None else int(row["run"])


@database.scoped
async def plan(scope: Scope, run: int) -> tuple[str, list[tuple[int, int, int | None]]]:
    """The stored problem (JSON text) and who serves whom as it stands now, overrides included."""
    problem = await database.fetch_value("SELECT problem FROM matching_run WHERE id = :id", id=run)
    rows = await database.fetch(
        "SELECT need, supplier, contract_line FROM proposal WHERE matching_run = :run AND supplier IS NOT NULL"
        " ORDER BY need",
        run=run,
    )
    return problem, [(row["need"], row["supplier"], row["contract_line"]) for row in rows]


@database.scoped
async def supposition(scope: Scope, run: int, need: int, supplier: int) -> asyncpg.Record | None:
    """What was asked of another supplier for a need of a run, and answered; None when nobody asked."""
    return await database.fetch_one(
        "SELECT state, answer::text AS answer FROM supposition"
        " WHERE matching_run = :run AND need = :need AND supplier = :supplier",
        run=run,
        need=need,
        supplier=supplier,
    )


@database.scoped
async def need_words(scope: Scope, needs: list[int]) -> dict[int, str]:
    """What needs are: service, township and number, never a name."""
    rows = await database.fetch(
        """
        SELECT n.id, i.name AS item, i.english, d.name AS township FROM need n
        JOIN service_item i ON i.id = n.service_item JOIN person h ON h.id = n.person
        JOIN division d ON d.id = h.township WHERE n.id = ANY(:ids)
        """,
        ids=needs,
    )
    item = "item" if current() == "zh_CN" else "english"
    return {row["id"]: f"{row[item]} · {row['township']} (#{row['id']})" for row in rows}


@database.scoped
async def summary(scope: Scope, run_id: int) -> dict[str, Any]:
    """A run in figures, for the terminal: needs, served, unmet by reason, goals, what the checker says."""
    found = await run(scope, run_id)
    reasons = (await tallies(scope, run_id))["reason"]
    goals = (found["certificate"] or {}).get("goals", {})
    return {
        "state": found["state"],
        "needs": found["needs"],
        "served": found["served"],
        "unmet": dict(sorted(reasons.items())),
        "goals": {
            name: {"value": goal["value"], "bound": goal["bound"], "gap": goal["gap"]} for name, goal in goals.items()
        },
        "checker": found["violations"] or "ok",
        "mean_metres": found["mean_metres"],
        "seconds": (found["certificate"] or {}).get("seconds"),
    }
