"""What a date brings to lists: a file that nobody committed is forgotten, and its rows with it."""

from collections import Counter
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.clock import Contradiction

KEPT = timedelta(days=30)

_OVER = "state IN ('reading', 'previewed', 'failed') AND created_at < :before AND county = :county"


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Forget the files and rows of lists that were sent long ago and not committed."""
    before = clock.at(day) - KEPT
    rows = await database.execute(
        f"DELETE FROM import_row WHERE list_import IN (SELECT id FROM list_import WHERE {_OVER})",
        before=before,
        county=scope.county,
    )
    await database.execute(
        f"UPDATE list_import SET content = NULL WHERE {_OVER} AND content IS NOT NULL",
        before=before,
        county=scope.county,
    )
    return Counter(import_rows_removed=rows)


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Lists whose file is kept beyond its time."""
    return [
        Contradiction("imports.file_kept", "list_import", id)
        for id in await database.values(
            int,
            f"SELECT id FROM list_import WHERE {_OVER} AND content IS NOT NULL ORDER BY id",
            before=clock.at(day) - KEPT,
            county=scope.county,
        )
    ]
