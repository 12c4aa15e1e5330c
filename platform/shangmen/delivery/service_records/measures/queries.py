"""Reads of measures: of each supplier's records how many were typed, entered late, corrected, held, rejected."""

from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.web import lists

SHOWN = timedelta(days=90)


@dataclass(frozen=True)
class RateRow(database.Row):
    """A supplier, or one of its workers (`worker`), with counts of the visits recorded and of what was wrong."""

    supplier: int
    supplier_name: str
    worker: int | None
    worker_name: str
    visits: int
    corrected: int
    late: int
    held: int
    rejected: int

    def percent(self, count: int) -> float:
        """A count as a share of the visits."""
        return 100 * count / self.visits if self.visits else 0.0


_COUNTS = """
count(*) AS visits, count(*) FILTER (WHERE r.revision > 1 AND r.correction_reason <> 'ceiling') AS corrected,
count(*) FILTER (WHERE found.late) AS late, count(*) FILTER (WHERE found.held) AS held,
count(*) FILTER (WHERE d.state = 'rejected') AS rejected
"""
# `late` is what was typed or entered long afterwards, whoever accepted it then; `held` what was ever held
_RECORDS = """
FROM verdict d JOIN service_record r ON r.id = d.service_record JOIN organisation o ON o.id = r.supplier
CROSS JOIN LATERAL (
  SELECT coalesce(bool_or(f.rule IN ('typed_time', 'late_entry', 'other_day')), false) AS late,
         coalesce(bool_or(f.severity <> 'note'), false) AS held
  FROM finding f JOIN service_record e ON e.id = f.service_record WHERE e.visit = r.visit) AS found
"""


@database.scoped
async def rates(scope: Scope, supplier: int | None = None) -> list[RateRow]:
    """Of the last 90 days, each supplier that the viewer reaches; or each worker of one of them."""
    since = clock.today() - SHOWN
    if supplier is None:
        return await _rows(scope, since, "", "NULL::bigint AS worker, '' AS worker_name", "", None)
    return await _rows(
        scope,
        since,
        " JOIN attendance a ON a.service_record = r.id JOIN worker w ON w.id = a.worker",
        "w.id AS worker, w.name AS worker_name",
        ", w.id, w.name",
        supplier,
    )


async def _rows(
    scope: Scope, since: date, joined: str, shown: str, grouped: str, supplier: int | None
) -> list[RateRow]:
    which = lists.where(f"{lists.within(scope, 'd')} AND r.begun_at >= :since", {"r.supplier = :supplier": supplier})
    return await database.rows(
        RateRow,
        f"SELECT r.supplier, o.name AS supplier_name, {shown}, {_COUNTS} {_RECORDS}{joined}"
        f" WHERE {which} GROUP BY r.supplier, o.name{grouped} ORDER BY o.name, r.supplier{grouped}",
        since=clock.at(since),
        supplier=supplier,
        **lists.counties(scope),
    )
