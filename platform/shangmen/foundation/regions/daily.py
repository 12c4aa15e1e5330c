"""What a date brings to divisions: a change that was decided ahead comes into force."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from shangmen import database, effects
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.foundation.regions.events import DivisionReplaced


@dataclass(frozen=True)
class _Replaced(database.Row):
    id: int
    replaced_by: int


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Carry over what belongs to townships that are replaced on this day; twice is once."""
    done: Counter[str] = Counter()
    for row in await database.rows(
        _Replaced,
        "SELECT o.id, o.replaced_by FROM division o JOIN division n ON n.id = o.replaced_by"
        " WHERE o.parent = :county AND n.valid_from = :day ORDER BY o.id",
        county=scope.county,
        day=day,
    ):
        await effects.publish(scope, DivisionReplaced(row.id, row.replaced_by))
        done["replaced"] += 1
    return done


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """None of its own: a township that was replaced leads to the one that followed it."""
    return []
