"""What a date brings to divisions: a change that was decided ahead comes into force."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from shangmen import database, effects
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.foundation.regions.events import DivisionReplaced, DivisionSplit


@dataclass(frozen=True)
class _Replaced(database.Row):
    id: int
    replaced_by: int


@dataclass(frozen=True)
class _Split(database.Row):
    id: int
    split_from: int
    split_villages: str


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Carry over what belongs to townships that are replaced or split on this day; twice is once."""
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
    for part in await database.rows(
        _Split,
        "SELECT id, split_from, split_villages FROM division"
        " WHERE parent = :county AND split_from IS NOT NULL AND valid_from = :day ORDER BY id",
        county=scope.county,
        day=day,
    ):
        villages = tuple(part.split_villages.split("、")) if part.split_villages else ()
        await effects.publish(scope, DivisionSplit(part.split_from, part.id, villages))
        done["split"] += 1
    return done


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """None of its own: a township that was replaced leads to the one that followed it."""
    return []
