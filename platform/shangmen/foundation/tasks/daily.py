"""What a date brings to the work list: what is long overdue goes one level up."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.clock import Contradiction
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.tasks import actions
from shangmen.foundation.tasks.tables import Task

OVERDUE = "task_overdue"
LOCAL = (Role.STATION_SCHEDULER, Role.PROVIDER_MANAGER)  # above them stands the bureau


@dataclass(frozen=True)
class _Late(database.Row):
    organisation: int
    name: str
    count: int
    oldest: date


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Tell the bureau, one line an organisation, of what a station or provider has left overdue for too long."""
    done: Counter[str] = Counter()
    bureau = await organisations.bureau(scope)
    if bureau is None:
        return done
    late = await _late(scope, day)
    for row in late:
        await actions.open(
            scope,
            organisation=bureau,
            role=Role.BUREAU_OFFICER,
            kind=OVERDUE,
            subject="organisation",
            subject_id=row.organisation,
            route="organisations.show",
            params={"id": row.organisation},
            message="%(name)s has left %(count)s tasks overdue, the oldest since %(day)s.",
            due=day,
            name=row.name,
            count=row.count,
            day=row.oldest.isoformat(),
        )
        done["escalated"] += 1
    done["settled"] = await actions.close_others(scope, OVERDUE, "organisation", [row.organisation for row in late])
    return done


async def _late(scope: Scope, day: date) -> list[_Late]:
    days = await catalogue.parameter(scope, "task_overdue_days")
    return await database.rows(
        _Late,
        """
        SELECT t.organisation, o.name, count(*) AS count, min(t.due) AS oldest
        FROM task t JOIN organisation o ON o.id = t.organisation
        WHERE t.county = :county AND t.closed_at IS NULL AND t.role = ANY(:roles) AND t.due < :before
        GROUP BY t.organisation, o.name ORDER BY t.organisation
        """,
        county=scope.county,
        roles=[str(role) for role in LOCAL],
        before=day - timedelta(days=days),
    )


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Long overdue tasks of which the level above has not heard."""
    told = await actions.heard(scope, OVERDUE)
    bureau = await organisations.bureau(scope)
    return [
        Contradiction("tasks.overdue_untold", Task._meta.tablename, row.organisation)
        for row in await _late(scope, day)
        if bureau is not None and row.organisation not in told
    ]
