"""What waits for somebody because of tender studies: answers to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.foundation.tasks.waiting import Entry, Kind
from shangmen.supply.tendering.states import StudyState

NEWS = timedelta(days=14)  # for so long an answer is told


@dataclass(frozen=True)
class _Finished(database.Row):
    id: int
    name: str
    state: StudyState
    day: date


@database.scoped
async def finished(scope: Scope) -> Sequence[Entry]:
    """Studies that the viewer asked for and that have come to an end lately."""
    rows = await database.rows(
        _Finished,
        "SELECT id, name, state, (finished_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM tender_study"
        " WHERE state IN ('done', 'failed') AND requested_by = :user AND finished_at >= :since ORDER BY finished_at",
        user=scope.user or 0,
        since=clock.now() - NEWS,
    )
    return [
        Entry(
            "Study “%(name)s” is finished." if one.state is StudyState.DONE else "Study “%(name)s” failed.",
            "tendering.show", {"id": one.id}, one.day, {"name": one.name},
        )
        for one in rows
    ]  # fmt: skip


WAITING = (Kind("studies", "Studies that are finished", "Read", (Role.BUREAU_OFFICER,), entries=finished),)
