"""Upkeep: everything that a date brings, a county and day at a time, each feature's part in its own transaction.

A part that is done is marked in the transaction that did it, so that two who keep the same day do each thing once and
a missed day is caught up with. A part that fails is told (the trail of tries, the administrator's list, the log),
tried again the next time, and stops none of the others.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog

from shangmen import access, clock, database
from shangmen.access import Role, Scope
from shangmen.clock import Contradiction, Daily
from shangmen.database import jobs
from shangmen.errors import Refused
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.tasks import actions as tasks

log = structlog.get_logger()

JOB = "upkeep.county"
FAILED = "upkeep_failed"
FARTHEST = timedelta(days=3660)


@dataclass
class Kept:
    """What keeping a county brought: days, things done by rule, and what failed."""

    county: int
    days: int = 0
    brought: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def _scope(county: int) -> Scope:
    return access.system(county, purpose="upkeep")


@dataclass(frozen=True)
class _Marked(database.Row):
    """How many parts of a day were tried."""

    day: date
    parts: int


@database.scoped
async def _first_day(scope: Scope, parts: Sequence[Daily], through: date) -> date:
    """The day after the last one that was kept, or that day again if its keeper came to an end in the middle; a
    county that was never kept begins with the present."""
    last = await database.row(
        _Marked,
        "SELECT day, count(*) AS parts FROM upkeep_mark WHERE county = :county AND part = ANY(:parts)"
        " GROUP BY day ORDER BY day DESC LIMIT 1",
        county=scope.county,
        parts=[part.feature for part in parts],
    )
    if last is None:
        return min(clock.today(), through)
    return last.day if last.parts < len(parts) else last.day + timedelta(days=1)


@database.scoped
async def _left_over(scope: Scope, before: date) -> list[date]:
    """Days before the first that has not been kept on which a part failed."""
    return await database.values(
        date,
        "SELECT DISTINCT day FROM upkeep_mark WHERE county = :county AND done_at IS NULL AND day < :before"
        " ORDER BY day",
        county=scope.county,
        before=before,
    )


async def keep(parts: Sequence[Daily], county: int, through: date) -> Kept:
    """Keep a county through a day: what failed before, what was missed, and that day.

    Raises Refused for a day more than ten years ahead.
    """
    if through > clock.today() + FARTHEST:
        raise Refused("This day lies too far ahead.")
    scope = _scope(county)
    first = await _first_day(scope, parts, through)
    days = await _left_over(scope, first)
    days += [first + timedelta(days=n) for n in range((through - first).days + 1)]
    return await keep_days(parts, county, days)


async def keep_days(parts: Sequence[Daily], county: int, days: Sequence[date]) -> Kept:
    """Keep a county on exactly these days, in their order."""
    kept = Kept(county)
    for day in days:
        with clock.keeping(day):
            for part in parts:
                await _keep_part(part, county, day, kept)
        kept.days += 1
    return kept


async def _keep_part(part: Daily, county: int, day: date, kept: Kept) -> None:
    scope = _scope(county)
    try:
        brought = await _once(scope, part, day)
    except Exception as fault:  # whatever it is: the other parts go on, and it is told
        log.exception("upkeep.failed", part=part.feature, county=county, day=day.isoformat())
        said = f"{type(fault).__name__}: {fault}"
        kept.faults.append(f"{day} {part.feature}: {said}")
        await _note_fault(scope, part.feature, day, said)
        return
    if brought is not None:
        kept.brought.update({f"{part.feature}.{rule}": count for rule, count in brought.items() if count})


@database.scoped
async def _once(scope: Scope, part: Daily, day: date) -> Counter[str] | None:
    """Do a part of a day and mark it; None when it is done already. A second keeper waits here for the first."""
    mark = await database.value(
        int,
        """
        INSERT INTO upkeep_mark (county, day, part, tries, fault, brought) VALUES (:county, :day, :part, 1, '', '{}')
        ON CONFLICT (county, day, part) DO UPDATE SET tries = upkeep_mark.tries + 1
        WHERE upkeep_mark.done_at IS NULL RETURNING id
        """,
        county=scope.county,
        day=day,
        part=part.feature,
    )
    if mark is None:
        return None
    brought = await part.bring(scope, day)
    await database.execute(
        "UPDATE upkeep_mark SET done_at = :now, fault = '', brought = :brought::jsonb WHERE id = :mark",
        now=clock.now(),
        brought=database.to_json(+brought),
        mark=mark,
    )
    await tasks.close(scope, FAILED, "upkeep_mark", mark)
    return brought


@database.scoped
async def _note_fault(scope: Scope, part: str, day: date, said: str) -> None:
    mark = await database.value(
        int,
        """
        INSERT INTO upkeep_mark (county, day, part, tries, fault, brought)
        VALUES (:county, :day, :part, 1, :said, '{}')
        ON CONFLICT (county, day, part) DO UPDATE SET tries = upkeep_mark.tries + 1, fault = :said
        WHERE upkeep_mark.done_at IS NULL RETURNING id
        """,
        county=scope.county,
        day=day,
        part=part,
        said=said,
    )
    bureau = await organisations.bureau(scope)
    if mark is not None and bureau is not None:
        await tasks.open(
            scope,
            organisation=bureau,
            role=Role.ADMINISTRATOR,
            kind=FAILED,
            subject="upkeep_mark",
            subject_id=mark,
            route="tasks.list",
            params={},
            message="What %(day)s brings could not be done in full (%(part)s); it is tried again every night.",
            due=day,
            day=day.isoformat(),
            part=part,
        )


@database.scoped
async def _contradictions(scope: Scope, parts: Sequence[Daily], day: date) -> list[Contradiction]:
    return [found for part in parts for found in await part.contradictions(scope, day)]


async def contradictions(parts: Sequence[Daily], county: int, day: date) -> list[Contradiction]:
    """Every row of a county whose state its dates contradict on a day, by rule."""
    with clock.keeping(day):
        return await _contradictions(_scope(county), parts, day)


async def counties() -> list[int]:
    """Every county in which somebody works."""
    scope = access.system(purpose="upkeep")
    async with database.transaction(scope):
        every = await database.values(int, "SELECT id FROM division WHERE level = 'county' ORDER BY code")
    async with database.transaction(access.system(*every, purpose="upkeep")):
        return await database.values(int, "SELECT DISTINCT county FROM organisation ORDER BY county")


async def order() -> None:
    """Have every county kept through today, one job each."""
    for county in await counties():
        scope = _scope(county)
        async with database.transaction(scope):
            await jobs.defer(scope, JOB, lock=f"upkeep:{county}", queue=jobs.UPKEEP)


def job(parts: Sequence[Daily]) -> jobs.Job:
    """The queue's work: keep one county through today; raises when a part failed, so that it is tried again soon."""

    async def keep_county(scope: Scope) -> None:
        kept = await keep(parts, scope.county, clock.today())
        if kept.faults:
            raise RuntimeError("; ".join(kept.faults))

    return keep_county


def give_up(parts: Sequence[Daily]) -> jobs.Job:
    """What is said of a county whose keeping was given up: a part that failed has told so itself, and a part that
    takes its process along is the first of its day that has no mark."""

    async def tell(scope: Scope) -> None:
        scope = _scope(scope.county)
        day = await _first_day(scope, parts, clock.today())
        done = await _marked(scope, day)
        untold = [part.feature for part in parts if part.feature not in done]
        if untold and day <= clock.today():
            await _note_fault(scope, untold[0], day, "It was broken off every time it was tried.")

    return tell


@database.scoped
async def _marked(scope: Scope, day: date) -> list[str]:
    return await database.values(
        str, "SELECT part FROM upkeep_mark WHERE county = :county AND day = :day", county=scope.county, day=day
    )
