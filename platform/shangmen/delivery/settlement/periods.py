"""Which days a statement may cover: what is in the way of a period, and which period is due next.

Read by the verb that drafts and by the page before it, so that what the page offers is never refused.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.settlement import inputs
from shangmen.errors import Conflict, DomainError, Refused

NOTHING = "There is nothing to settle: no verified visit of these days that is in no statement yet."
OVERLAP = "Statement %(number)s covers part of these days already."
ONE_DAY = timedelta(days=1)


@database.scoped
async def refusal(scope: Scope, contract: int, first: date, last: date) -> DomainError | None:
    """Why no statement of a contract can be drafted for these days, None when one can."""
    if last < first:
        return Refused("The end is before the beginning.", field="period_to")
    if last > clock.today():
        return Refused("This period is not over yet; the last day may be today at the latest.", field="period_to")
    clash = await database.value(
        str,
        "SELECT number FROM statement WHERE contract = :contract"
        " AND daterange(period_from, period_to, '[]') && daterange(:first, :last, '[]') ORDER BY period_from LIMIT 1",
        contract=contract,
        first=first,
        last=last,
    )
    if clash is not None:
        return Conflict(OVERLAP, field="period_from", number=clash)
    if not await inputs.lines(scope, contract, first, last):
        return Refused(NOTHING, field="period_from")
    return None


@dataclass(frozen=True)
class _Covered(database.Row):
    first: date
    last: date


@database.scoped
async def due(scope: Scope, contract: int) -> tuple[date, date] | None:
    """The earliest days for which a statement can be drafted, at most a calendar month; None for none.

    They hold the first verified visit that is in no statement and on no day of any; where all that is left was
    verified late, they follow the last statement, so that the next takes it in. A month that is not over goes up to
    yesterday.
    """
    covered = await database.rows(
        _Covered,
        "SELECT period_from AS first, period_to AS last FROM statement WHERE contract = :contract ORDER BY 1",
        contract=contract,
    )
    day = await inputs.earliest_uncovered(scope, contract)
    if day is None:
        if not covered:
            return None
        day = covered[-1].last + ONE_DAY
    first, end = clock.month_of(day)
    first = max([first, *(one.last + ONE_DAY for one in covered if one.last < day)])
    end = min([end, *(one.first - ONE_DAY for one in covered if one.first > day)])
    last = max(day, min(end, clock.today() - ONE_DAY))
    return None if await refusal(scope, contract, first, last) else (first, last)
