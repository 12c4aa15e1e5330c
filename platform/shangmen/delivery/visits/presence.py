"""On which days a recipient is not there to be visited: in hospital, in an institution, moved, dead."""

from collections import defaultdict
from datetime import date

import asyncpg

from shangmen import clock, database
from shangmen.access import Scope

# A stay ends by itself on its last day; who moved or died does not come back by waiting.
STAYS = ("hospital", "institution")


@database.scoped
async def events(scope: Scope, people: list[int]) -> dict[int, list[asyncpg.Record]]:
    """What happened to each of these people, oldest first."""
    rows = await database.fetch(
        "SELECT person, kind, effective, until FROM status_event WHERE person = ANY(:people) ORDER BY effective, id",
        people=people,
    )
    by_person: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        by_person[row["person"]].append(row)
    return by_person


def away(history: list[asyncpg.Record], day: date) -> asyncpg.Record | None:
    """The event that keeps a person from being visited on a day, or None.

    A death holds for ever; of everything else the latest event by its effective day holds. Both the day of admission
    and the day of discharge belong to a stay (domain.md §10, scenario 8).
    """
    latest = None
    for event in history:
        if event["effective"] > day:
            break
        if event["kind"] == "died":
            return event
        latest = event
    if latest is None or latest["kind"] == "home":
        return None
    if latest["kind"] in STAYS and latest["until"] is not None and latest["until"] < day:
        return None
    return latest


def away_days(history: list[asyncpg.Record], first: date, last: date) -> set[date]:
    """The days of a period on which a person is not to be visited."""
    days = clock.days(first, last)
    return {day for day in days if away(history, day) is not None}
