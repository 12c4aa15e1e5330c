"""Steps that the tests of planned visits begin with: a day to plan on, what is asked, a placement to plan for."""

from datetime import date, timedelta
from typing import Any

from piccolo.table import Table

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits.forms import MoveForm, VisitForm
from shangmen.foundation.organisations.states import Position
from shangmen.foundation.organisations.tables import Absence, Engagement
from tests.cast import EVERY_DAY, LONG_AGO, Cast
from tests.delivery.rows import Placed, placed_need

# The first Monday of a month to come: no test depends on the day on which it runs.
MONDAY = (clock.today().replace(day=1) + timedelta(40)).replace(day=8)
MONDAY += timedelta(-MONDAY.weekday() % 7)


def form(worker: int | None, start: str = "09:30", **changes: Any) -> VisitForm:
    return VisitForm(**{"day": MONDAY, "start": start, "worker": worker, **changes})


def later(worker: int | None, start: str, version: int = 1, **changes: Any) -> MoveForm:
    """Another time for a visit."""
    return MoveForm(**{"day": MONDAY, "start": start, "worker": worker, "version": version, **changes})


async def cleaning(cast: Cast, **changes: Any) -> Placed:
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, **changes)


@database.scoped
async def add(scope: Scope, row: Table) -> int:
    """One row past the verbs; its id."""
    return await database.add(row)


async def engage(cast: Cast, worker: int | None, organisation: int | None) -> None:
    """A second employer."""
    engagement = Engagement(
        worker=worker,
        organisation=organisation,
        position=Position.CARE_WORKER,
        valid_from=LONG_AGO,
        pattern=database.to_json(EVERY_DAY),
        daily_minutes=600,
        monthly_minutes=12000,
    )
    await add(cast.system, engagement)


async def absent(cast: Cast, worker: int | None, first: date, last: date) -> None:
    """A worker on leave."""
    await add(cast.system, Absence(worker=worker, first=first, last=last, reason="leave"))
