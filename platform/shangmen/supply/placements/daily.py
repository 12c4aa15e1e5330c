"""What a date brings to offers and placements: unanswered offers lapse, placements past their last day end."""

from collections import Counter
from datetime import date

from shangmen import database
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.foundation.tasks import actions as tasks
from shangmen.supply.placements import actions
from shangmen.supply.placements.offers import actions as offers

UNANSWERED = "state = 'offered' AND answer_by < :day"
OVER = "state = 'in_force' AND valid_to < :day"


async def _due(scope: Scope, table: str, condition: str, day: date) -> list[int]:
    return await database.values(
        int, f"SELECT id FROM {table} WHERE county = :county AND {condition} ORDER BY id", county=scope.county, day=day
    )


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Everything that the day brings to the offers and placements of a county."""
    done: Counter[str] = Counter()
    for id in await _due(scope, "placement", OVER, day):
        await actions.run_out(scope, id)
        done["ended"] += 1
    for id in await _due(scope, "offer", UNANSWERED, day):
        await offers.lapse(scope, id)
        done["lapsed"] += 1
    await _settle_lapsed(scope)
    return done


async def _settle_lapsed(scope: Scope) -> None:
    """The bureau need not look at lapsed offers any more whose needs were offered elsewhere or have ended."""
    waiting = await database.values(
        int,
        """
        SELECT DISTINCT f.supplier FROM offer f JOIN need n ON n.id = f.need AND n.state = 'waiting'
        WHERE f.county = :county AND f.state = 'lapsed'
          AND NOT EXISTS (SELECT 1 FROM offer later WHERE later.need = f.need AND later.id > f.id)
        """,
        county=scope.county,
    )
    await tasks.close_others(scope, offers.LAPSED, "organisation", waiting)


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Offers open past their answer, placements past their last day, and placed needs that nobody serves."""
    found = [
        Contradiction(f"placements.{rule}", table, id)
        for rule, table, condition in (("unanswered", "offer", UNANSWERED), ("past_last_day", "placement", OVER))
        for id in await _due(scope, table, condition, day)
    ]
    alone = await database.values(
        int,
        "SELECT n.id FROM need n WHERE n.county = :county AND n.state = 'placed' AND NOT EXISTS"
        " (SELECT 1 FROM placement p WHERE p.need = n.id AND p.state = 'in_force') ORDER BY n.id",
        county=scope.county,
    )
    return found + [Contradiction("placements.placed_without_placement", "need", id) for id in alone]
