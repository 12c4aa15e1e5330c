"""What a date brings to service records: patterns are found, held ones get older, the level above hears of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.clock import Contradiction
from shangmen.delivery.service_records.verification.patterns import daily as patterns
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.tasks import actions as tasks

REMINDED = "records_held_long"
RAISED = "records_held_raised"


@dataclass(frozen=True)
class _Station(database.Row):
    id: int
    name: str
    count: int


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Look for patterns; remind stations of what they hold, then tell the bureau; both lines go when it is decided."""
    done: Counter[str] = Counter(patterns=await patterns.bring(scope, day))
    reminder = await catalogue.parameter(scope, "held_reminder_days")
    raised = await catalogue.parameter(scope, "held_raised_days")
    old = await _held_before(scope, day - timedelta(days=reminder))
    for row in old:
        await _open(
            scope, row.id, Role.STATION_SCHEDULER, REMINDED, row, day,
            "Held records wait for more than %(days)s days.", reminder,
        )  # fmt: skip
        done["reminded"] += 1
    older = await _held_before(scope, day - timedelta(days=raised))
    bureau = await organisations.bureau(scope)
    for row in older if bureau is not None else ():
        await _open(
            scope, bureau or 0, Role.BUREAU_OFFICER, RAISED, row, day,
            "%(name)s has held records for more than %(days)s days.", raised,
        )  # fmt: skip
        done["raised"] += 1
    for kind, still in ((REMINDED, old), (RAISED, older)):
        await tasks.close_others(scope, kind, "organisation", [row.id for row in still])
    return +done


async def _held_before(scope: Scope, day: date) -> list[_Station]:
    """Stations whose recipients' records have been held since before a day."""
    return await database.rows(
        _Station,
        """
        SELECT o.id, o.name, count(*) AS count
        FROM verdict d JOIN service_record r ON r.id = d.service_record JOIN organisation o ON o.id = r.station
        WHERE r.county = :county AND d.state = 'held' AND r.recorded_at < :before
        GROUP BY o.id, o.name ORDER BY o.id
        """,
        county=scope.county,
        before=clock.at(day),
    )


async def _open(
    scope: Scope, organisation: int, role: Role, kind: str, row: _Station, day: date, message: str, days: int
) -> None:
    await tasks.open(
        scope,
        organisation=organisation,
        role=role,
        kind=kind,
        subject="organisation",
        subject_id=row.id,
        route="service_records.list",
        params={"state": "held"},
        message=message,
        due=day,
        name=row.name,
        days=days,
    )


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Stations with records held for too long of which the bureau has not heard."""
    raised = await catalogue.parameter(scope, "held_raised_days")
    told = await tasks.heard(scope, RAISED)
    bureau = await organisations.bureau(scope)
    return [
        Contradiction("service_records.held_untold", "organisation", row.id)
        for row in await _held_before(scope, day - timedelta(days=raised))
        if bureau is not None and row.id not in told
    ]
