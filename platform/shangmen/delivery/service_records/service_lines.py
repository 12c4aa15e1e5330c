"""What settlement needs: the lines that may be settled, and the bucket of every delivered visit."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope

_LINES = """
FROM verdict d JOIN service_record r ON r.id = d.service_record JOIN service_line l ON l.service_record = r.id
JOIN contract_line c ON c.id = l.contract_line
WHERE c.contract = :contract AND r.begun_at >= :first AND r.begun_at < :last
"""


@database.scoped
async def settleable(scope: Scope, contract: int, first: date, last: date) -> list[asyncpg.Record]:
    """Verified, payable lines of a contract for visits between two days (both included), in the order of visits.

    `id` is the service line's; with amount, units, rate, minutes, workers, contract_line, service_record, visit, day,
    person, supplier, station, item_code, item_name, evidence_class. Whether a line is in a statement already is not
    asked here: settlement joins its own rows.
    """
    return await database.fetch(
        f"""
        SELECT l.id, l.amount, l.units, l.rate, l.minutes, l.workers, l.contract_line, l.service_item,
               r.id AS service_record, r.visit, r.person, r.supplier, r.station, r.evidence_class,
               (r.begun_at AT TIME ZONE 'Asia/Shanghai')::date AS day, i.code AS item_code, i.name AS item_name,
               i.english AS item_english
        {_LINES.replace("WHERE", "JOIN service_item i ON i.id = l.service_item WHERE")}
          AND d.state = 'verified' AND l.amount > 0 ORDER BY r.visit
        """,
        contract=contract,
        first=clock.at(first),
        last=clock.at(last, 24 * 60),
    )


@dataclass(frozen=True)
class Bucket:
    """How many delivered visits, and the yuan that they would pay."""

    visits: int
    amount: Decimal


BUCKETS = ("verified", "held", "rejected", "not_payable")


@database.scoped
async def buckets(scope: Scope, contract: int, first: date, last: date) -> dict[str, Bucket]:
    """Every delivered visit of a contract between two days in exactly one bucket.

    verified (settled or to be settled), held, rejected, not_payable (verified, and the ceiling left nothing).
    """
    rows = await database.fetch(
        f"""
        SELECT CASE WHEN d.state = 'verified' AND l.amount = 0 THEN 'not_payable' ELSE d.state END AS bucket,
               count(*) AS visits, sum(l.amount) AS amount
        {_LINES} GROUP BY 1
        """,
        contract=contract,
        first=clock.at(first),
        last=clock.at(last, 24 * 60),
    )
    found = {row["bucket"]: Bucket(row["visits"], row["amount"]) for row in rows}
    return {name: found.get(name, Bucket(0, Decimal("0.00"))) for name in BUCKETS}
