"""Every delivered visit stands in exactly one bucket: settled, held with a reason, rejected, not due, not payable."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.settlement.states import Bucket

# A visit was delivered when it is done, or when there is a verdict on it. The first line that holds decides.
_BUCKETS = """
  SELECT v.id AS visit, v.person, v.service_item, r.id AS service_record, day.day,
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


@dataclass(frozen=True)
class BucketRow(database.Row):
    """A delivered visit, and what became of it.

    `reason` is a code, a message id that `details` fill, or what the verifier wrote; a visit that is settled has its
    statement's state there.
    """

    visit: int
    service_record: int | None
    day: date
    person_name: str | None
    township_name: str | None
    item_code: str
    item_name: str
    item_english: str
    amount: Decimal
    bucket: Bucket
    reason: str
    details: dict[str, object] | None


@database.scoped
async def buckets(scope: Scope, contract: int | None, first: date, last: date) -> list[BucketRow]:
    """Delivered visits of some days (of one contract, or all that the viewer reaches), one row each."""
    return await database.rows(
        BucketRow,
        f"""
        SELECT b.*, p.name AS person_name, t.name AS township_name, i.code AS item_code, i.name AS item_name,
               i.english AS item_english
        FROM ({_BUCKETS}) b LEFT JOIN person p ON p.id = b.person LEFT JOIN division t
          ON t.id = residence_on(p.id, b.day)
        JOIN service_item i ON i.id = b.service_item ORDER BY b.day, b.visit
        """,
        contract=contract,
        first=first,
        last=last,
        today=clock.today(),
        counties=list(scope.counties),
    )


@dataclass(frozen=True)
class BucketSum(database.Row):
    """How many visits are in a bucket, and what they cost in yuan."""

    bucket: Bucket
    visits: int
    amount: Decimal


@database.scoped
async def bucket_sums(scope: Scope, contract: int | None, first: date, last: date) -> dict[Bucket, BucketSum]:
    """How many visits are in each bucket, and what they cost; every bucket has its line."""
    found = await database.rows(
        BucketSum,
        f"SELECT bucket, count(*) AS visits, sum(amount) AS amount FROM ({_BUCKETS}) b GROUP BY bucket",
        contract=contract,
        first=first,
        last=last,
        today=clock.today(),
        counties=list(scope.counties),
    )
    return {bucket: BucketSum(bucket, 0, Decimal("0.00")) for bucket in Bucket} | {one.bucket: one for one in found}
