"""Every delivered visit stands in exactly one bucket: settled, held with a reason, rejected, not due, not payable."""

from datetime import date

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope

BUCKETS = ("settled", "not_due", "held", "rejected", "not_payable")

# A visit was delivered when it is done, or when there is a verdict on it. The first line that holds decides.
_BUCKETS = """
  SELECT v.id AS visit, v.person, v.service_item, v.supplier, r.id AS service_record, day.day, k.contract,
    coalesce(line.amount, 0.00) AS amount,
    CASE WHEN pl.contract_line IS NULL THEN 'not_payable'
         WHEN d.id IS NULL OR d.state = 'held' THEN 'held'
         WHEN d.state = 'rejected' THEN 'rejected'
         WHEN line.statement IS NOT NULL THEN 'settled'
         ELSE 'not_due' END AS bucket,
    CASE WHEN pl.contract_line IS NULL THEN 'own_visit_of_the_station'
         WHEN d.id IS NULL THEN 'no_record_yet'
         WHEN d.state IN ('held', 'rejected') THEN coalesce(nullif(d.reason, ''), found.message, '')
         WHEN line.statement IS NOT NULL THEN line.state
         WHEN day.day >= date_trunc('month', :today::date) THEN 'month_not_over'
         ELSE 'in_no_statement_yet' END AS reason,
    CASE WHEN d.state IN ('held', 'rejected') AND d.reason = '' THEN found.details END AS details
  FROM visit v
  JOIN placement pl ON pl.id = v.placement LEFT JOIN contract_line k ON k.id = pl.contract_line
  LEFT JOIN verdict d ON d.visit = v.id LEFT JOIN service_record r ON r.id = d.service_record
  CROSS JOIN LATERAL (SELECT coalesce((r.begun_at AT TIME ZONE 'Asia/Shanghai')::date, v.day) AS day) day
  LEFT JOIN LATERAL (
    SELECT sum(l.amount) AS amount, min(x.statement) AS statement, min(s.state) AS state
    FROM service_line l LEFT JOIN statement_line x ON x.service_line = l.id LEFT JOIN statement s ON s.id = x.statement
    WHERE l.service_record = r.id) line ON true
  LEFT JOIN LATERAL (
    SELECT f.message, f.details FROM finding f WHERE f.service_record = r.id AND f.severity <> 'note'
    ORDER BY f.severity = 'reject' DESC, f.id LIMIT 1) found ON true
  WHERE v.county = ANY(:counties) AND (v.state = 'done' OR d.id IS NOT NULL)
    AND day.day BETWEEN :first AND :last AND (:contract::bigint IS NULL OR k.contract = :contract)
"""


@database.scoped
async def buckets(scope: Scope, contract: int | None, first: date, last: date) -> list[asyncpg.Record]:
    """Delivered visits of some days (of one contract, or all that the viewer reaches), one row each with its bucket.

    `reason` is a code, a message id that the JSON `details` fill, or what the verifier wrote; a visit that is settled
    has its statement's state there.
    """
    return await database.fetch(
        f"""
        SELECT b.*, p.name AS person_name, t.name AS township_name, i.code AS item_code, i.name AS item_name,
               i.english AS item_english
        FROM ({_BUCKETS}) b LEFT JOIN person p ON p.id = b.person LEFT JOIN division t ON t.id = p.township
        JOIN service_item i ON i.id = b.service_item ORDER BY b.day, b.visit
        """,
        contract=contract,
        first=first,
        last=last,
        today=clock.today(),
        counties=list(scope.counties),
    )


@database.scoped
async def bucket_sums(scope: Scope, contract: int | None, first: date, last: date) -> dict[str, tuple[int, object]]:
    """How many visits are in each bucket, and what they cost: bucket -> (visits, yuan); every bucket has its line."""
    rows = await database.fetch(
        f"SELECT bucket, count(*) AS visits, sum(amount) AS amount FROM ({_BUCKETS}) b GROUP BY bucket",
        contract=contract,
        first=first,
        last=last,
        today=clock.today(),
        counties=list(scope.counties),
    )
    found = {row["bucket"]: (row["visits"], row["amount"]) for row in rows}
    return {bucket: found.get(bucket, (0, 0)) for bucket in BUCKETS}
