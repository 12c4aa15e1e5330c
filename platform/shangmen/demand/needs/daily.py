"""What a date brings to needs: near ones wait for matching, decided pauses end, needs past their last day end."""

from collections import Counter
from datetime import date, timedelta

from shangmen import database
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.demand.needs import actions, queries
from shangmen.demand.needs.tables import Need

REASON = "term_over"

# What is due on a day, by what happens to it; the same conditions, read on a kept county, are its contradictions.
NEAR = "state = 'approved' AND valid_from <= :horizon"
RESTED = "state = 'paused' AND pause_until < :day AND pause_reason <> 'hospital'"  # a stay's end is only expected
OVER = "state <> 'ended' AND valid_to < :day"


async def _due(scope: Scope, condition: str, day: date) -> list[int]:
    return await database.values(
        int,
        f"SELECT id FROM need WHERE county = :county AND {condition} ORDER BY id",
        county=scope.county,
        day=day,
        horizon=day + queries.HORIZON,
    )


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Everything that the day brings to the needs of a county."""
    done: Counter[str] = Counter()
    for id in await _due(scope, OVER, day):
        need = await database.lock(Need, id)
        await actions.finish(scope, need, need.valid_to, REASON)
        done["ended"] += 1
    for id in await _due(scope, RESTED, day):
        need = await database.lock(Need, id)
        await actions.resume(scope, id, need.pause_until + timedelta(days=1))
        done["resumed"] += 1
    for id in await _due(scope, NEAR, day):
        await actions.wait(scope, id)
        done["waiting"] += 1
    return done


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Needs that go on past their last day, rest past the day decided, or still lie far ahead though they are near."""
    return [
        Contradiction(f"needs.{rule}", "need", id)
        for rule, condition in (("past_last_day", OVER), ("rests_too_long", RESTED), ("near_and_not_waiting", NEAR))
        for id in await _due(scope, condition, day)
    ]
