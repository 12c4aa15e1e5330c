"""Reads of statements."""

from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.settlement.buckets import BUCKETS, bucket_sums, buckets
from shangmen.errors import NotFound
from shangmen.foundation.audit import queries as audit
from shangmen.web import lists

__all__ = ["BUCKETS", "bucket_sums", "buckets"]  # from buckets.py; and all that follows

_SELECT = """
SELECT s.*, c.number AS contract_number, c.lot, o.number AS lot_number, o.name AS lot_name, p.name AS provider_name,
       b.name AS purchaser_name, created.name AS created_name, submitted.name AS submitted_name,
       reviewed.name AS reviewed_name, approved.name AS approved_name, paid.name AS paid_name,
       (SELECT count(*) FROM statement_line x WHERE x.statement = s.id) AS lines,
       (SELECT count(*) FROM objection j WHERE j.statement = s.id AND j.answered_at IS NULL) AS objections,
       count(*) OVER () AS total
FROM statement s JOIN contract c ON c.id = s.contract JOIN lot o ON o.id = c.lot
JOIN organisation p ON p.id = s.provider JOIN organisation b ON b.id = o.purchaser
LEFT JOIN app_user created ON created.id = s.created_by LEFT JOIN app_user submitted ON submitted.id = s.submitted_by
LEFT JOIN app_user reviewed ON reviewed.id = s.reviewed_by LEFT JOIN app_user approved ON approved.id = s.approved_by
LEFT JOIN app_user paid ON paid.id = s.paid_by
"""

# What waits for a role, as a condition on a statement; others read the newest first.
WAITING = {
    "provider_manager": "s.state = 'draft'",
    "bureau_officer": "s.state IN ('submitted', 'reviewed')",
    "bureau_finance": "s.state = 'approved'",
}


@database.scoped
async def statements(
    scope: Scope,
    search: str = "",
    state: str = "",
    contract: int | None = None,
    first: date | None = None,
    last: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[asyncpg.Record], int]:
    """Statements that the viewer reaches, what waits for the viewer's role first, and how many there are.

    `first` and `last` choose those whose period touches these days; `state` may be "waiting".
    """
    waits = WAITING.get(scope.role, "s.state = ''")
    rows = await database.fetch(
        f"""
        {_SELECT}
        WHERE s.county = ANY(:counties)
          AND (:state = '' OR (:state = 'waiting' AND {waits}) OR s.state = :state)
          AND (:contract::bigint IS NULL OR s.contract = :contract)
          AND (:first::date IS NULL OR s.period_to >= :first) AND (:last::date IS NULL OR s.period_from <= :last)
          AND {lists.found("s.number", "p.name")}
        ORDER BY ({waits}) DESC, s.period_to DESC, s.id DESC LIMIT :limit OFFSET :offset
        """,
        counties=list(scope.counties),
        search=lists.wanted(search),
        state=state,
        contract=contract,
        first=first,
        last=last,
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def statement(scope: Scope, id: int) -> asyncpg.Record:
    """One statement with its contract and the people of its steps; raises NotFound."""
    row = await database.fetch_one(f"{_SELECT} WHERE s.id = :id", id=id)
    if row is None:
        raise NotFound
    return row


@database.scoped
async def sums(scope: Scope) -> list[asyncpg.Record]:
    """How many statements are in each state, and what they come to."""
    return await database.fetch(
        "SELECT state, count(*) AS statements, sum(payable) AS payable FROM statement WHERE county = ANY(:counties)"
        " GROUP BY state",
        counties=list(scope.counties),
    )


@database.scoped
async def paid_total(scope: Scope) -> Decimal:
    """Yuan paid by all statements that the viewer reaches."""
    return Decimal(
        await database.fetch_value(
            "SELECT coalesce(sum(payable), 0.00) FROM statement WHERE state = 'paid' AND county = ANY(:counties)",
            counties=list(scope.counties),
        )
    )


@database.scoped
async def lines(
    scope: Scope,
    statement: int,
    person: int | None = None,
    item: int | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[asyncpg.Record], int]:
    """The lines of a statement by day, and how many there are; `late` ones are of an earlier statement's period."""
    rows = await database.fetch(
        """
        SELECT x.id, x.amount, x.service_line, l.minutes, l.workers, l.units, l.rate, l.service_item,
               i.code AS item_code, i.name AS item_name, i.english AS item_english, k.pricing,
               r.id AS service_record, r.visit, r.person, r.begun_at, r.ended_at, r.evidence_class,
               p.name AS person_name, t.name AS township_name, r.begun_at < :since AS late,
               d.state <> 'verified' OR d.service_record <> r.id AS fallen, d.state AS verdict, d.reason,
               (SELECT string_agg(w.name, '、' ORDER BY w.id) FROM attendance a JOIN worker w ON w.id = a.worker
                 WHERE a.service_record = r.id) AS workers_names,
               count(*) OVER () AS total
        FROM statement_line x JOIN service_line l ON l.id = x.service_line
        JOIN service_record r ON r.id = l.service_record JOIN verdict d ON d.visit = r.visit
        JOIN service_item i ON i.id = l.service_item JOIN contract_line k ON k.id = l.contract_line
        LEFT JOIN person p ON p.id = r.person LEFT JOIN division t ON t.id = p.township
        WHERE x.statement = :statement AND (:person::bigint IS NULL OR r.person = :person)
          AND (:item::bigint IS NULL OR l.service_item = :item)
        ORDER BY r.begun_at, x.id LIMIT :limit::bigint OFFSET :offset
        """,
        statement=statement,
        person=person,
        item=item,
        limit=limit,
        offset=offset,
        since=clock.at(await database.fetch_value("SELECT period_from FROM statement WHERE id = :id", id=statement)),
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def by_item(scope: Scope, statement: int) -> list[asyncpg.Record]:
    """What each service comes to: visits, minutes, units, rate, amount; one row a contract line."""
    return await database.fetch(
        """
        SELECT l.service_item, i.code, i.name, i.english, k.pricing, l.rate, count(*) AS visits,
               count(DISTINCT r.person) AS people, sum(l.minutes) AS minutes, sum(l.units) AS units,
               sum(x.amount) AS amount
        FROM statement_line x JOIN service_line l ON l.id = x.service_line
        JOIN service_record r ON r.id = l.service_record JOIN service_item i ON i.id = l.service_item
        JOIN contract_line k ON k.id = l.contract_line
        WHERE x.statement = :statement
        GROUP BY l.service_item, i.code, i.name, i.english, k.pricing, l.rate ORDER BY i.code, l.rate
        """,
        statement=statement,
    )


@database.scoped
async def by_person(
    scope: Scope, statement: int, limit: int | None = None, offset: int = 0
) -> tuple[list[asyncpg.Record], int]:
    """What each recipient was served, by township and person."""
    rows = await database.fetch(
        """
        SELECT r.person, p.name AS person_name, t.name AS township_name, count(*) AS visits,
               sum(l.minutes) AS minutes, sum(x.amount) AS amount, count(*) OVER () AS total,
               string_agg(DISTINCT i.code, ' ') AS items
        FROM statement_line x JOIN service_line l ON l.id = x.service_line
        JOIN service_record r ON r.id = l.service_record JOIN service_item i ON i.id = l.service_item
        LEFT JOIN person p ON p.id = r.person LEFT JOIN division t ON t.id = p.township
        WHERE x.statement = :statement GROUP BY r.person, p.name, t.name, t.code
        ORDER BY t.code, r.person LIMIT :limit::bigint OFFSET :offset
        """,
        statement=statement,
        limit=limit,
        offset=offset,
    )
    return rows, rows[0]["total"] if rows else 0


@database.scoped
async def deductions(scope: Scope, statement: int) -> list[asyncpg.Record]:
    """What is taken off, with the visit that a claw-back concerns."""
    return await database.fetch(
        """
        SELECT y.*, u.name AS created_name, s.number AS from_number, r.begun_at, p.name AS person_name
        FROM deduction y LEFT JOIN app_user u ON u.id = y.created_by
        LEFT JOIN statement_line x ON x.id = y.claws_back LEFT JOIN statement s ON s.id = x.statement
        LEFT JOIN service_line l ON l.id = x.service_line LEFT JOIN service_record r ON r.id = l.service_record
        LEFT JOIN person p ON p.id = r.person
        WHERE y.statement = :statement ORDER BY y.id
        """,
        statement=statement,
    )


@database.scoped
async def objections(scope: Scope, statement: int) -> list[asyncpg.Record]:
    """What the provider said against the review, and the answers, in order."""
    return await database.fetch(
        """
        SELECT j.*, raised.name AS raised_name, answered.name AS answered_name
        FROM objection j LEFT JOIN app_user raised ON raised.id = j.raised_by
        LEFT JOIN app_user answered ON answered.id = j.answered_by
        WHERE j.statement = :statement ORDER BY j.id
        """,
        statement=statement,
    )


@database.scoped
async def history(scope: Scope, id: int) -> list[asyncpg.Record]:
    """What happened to a statement, oldest first. Provider and bureau read both sides' steps; raises NotFound."""
    await statement(scope, id)
    async with database.elevated(scope) as system:
        return await audit.history(system, "statement", id)


@database.scoped
async def own_contracts(scope: Scope) -> list[asyncpg.Record]:
    """Contracts under which the viewer may draft, with the day after their last statement and what is delivered and
    not settled; those with the most to settle first."""
    return await database.fetch(
        """
        SELECT c.id, c.number, c.term_from, c.term_to, c.state, o.name AS lot_name,
               c.delivered - c.settled AS unsettled,
               (SELECT max(s.period_to) + 1 FROM statement s WHERE s.contract = c.id) AS next_day
        FROM contract c JOIN lot o ON o.id = c.lot
        WHERE c.provider = :organisation AND c.state <> 'draft' ORDER BY unsettled DESC, c.number
        """,
        organisation=scope.organisation or 0,
    )


@database.scoped
async def earliest_unsettled(scope: Scope, contract: int) -> date | None:
    """The day of the first verified visit of a contract that is in no statement; None when there is none."""
    day: Any = await database.fetch_value(
        """
        SELECT min((r.begun_at AT TIME ZONE 'Asia/Shanghai')::date)
        FROM service_line l JOIN contract_line k ON k.id = l.contract_line
        JOIN service_record r ON r.id = l.service_record
        JOIN verdict d ON d.service_record = r.id AND d.state = 'verified'
        WHERE k.contract = :contract AND NOT EXISTS (SELECT 1 FROM statement_line x WHERE x.service_line = l.id)
        """,
        contract=contract,
    )
    return day if isinstance(day, date) else None
