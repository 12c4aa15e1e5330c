"""Reads of patterns: the records of the weeks before a day, and what was found in them already."""

from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.verification.patterns.rules import LIMITS, Limits, Logged
from shangmen.foundation.catalogue import queries as catalogue

WINDOW = timedelta(days=31)  # a month, and what is settled at once


async def limits(scope: Scope, on: date) -> Limits:
    """The limits of the patterns on a day; LookupError when one is missing."""
    return Limits(**{name: await catalogue.parameter_as(scope, float, name, on) for name in LIMITS})


@database.scoped
async def logged(scope: Scope, last: date) -> list[Logged]:
    """The records in force of the county in the month up to a day, over all employers, worker by worker.

    Typed times are left out: they are seen by a person anyway, and people type whole hours.
    """
    return await database.rows(
        Logged,
        """
        SELECT r.id AS record, a.worker, v.service_item AS item, a.begun_at, a.ended_at, i.minimum_minutes AS least,
               (extract(epoch FROM v.planned_end - v.planned_start) / 60)::int AS planned
        FROM verdict d JOIN service_record r ON r.id = d.service_record
        JOIN attendance a ON a.service_record = r.id AND NOT a.begun_typed AND NOT a.ended_typed
        JOIN visit v ON v.id = r.visit JOIN service_item i ON i.id = v.service_item
        WHERE d.county = :county AND d.state <> 'rejected' AND r.begun_at >= :first AND r.begun_at < :after
        ORDER BY a.worker, a.begun_at, r.id
        """,
        county=scope.county,
        first=clock.at(last - WINDOW),
        after=clock.at(last, 24 * 60),
    )


@database.scoped
async def untold(scope: Scope, rule: str, records: list[int]) -> set[int]:
    """Of some records, those in which this rule has found nothing yet, and which nobody has decided on."""
    return set(
        await database.values(
            int,
            """
            SELECT d.service_record FROM verdict d
            WHERE d.service_record = ANY(:records) AND d.decided_by IS NULL
              AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.service_record = d.service_record AND f.rule = :rule)
            """,
            records=records,
            rule=rule,
        )
    )
