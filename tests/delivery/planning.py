"""Steps that the tests of planned visits begin with: a day to plan on, what is asked, a placement to plan for."""

from datetime import timedelta
from typing import Any

from shangmen import clock
from shangmen.delivery.visits.forms import VisitForm
from tests.cast import Cast
from tests.delivery.rows import Placed, placed_need

# The first Monday of a month to come: no test depends on the day on which it runs.
MONDAY = (clock.today().replace(day=1) + timedelta(40)).replace(day=8)
MONDAY += timedelta(-MONDAY.weekday() % 7)


def form(worker: int | None, start: str = "09:30", **changes: Any) -> VisitForm:
    return VisitForm(**{"day": MONDAY, "start": start, "worker": worker, **changes})


async def cleaning(cast: Cast, **changes: Any) -> Placed:
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, **changes)
