"""What a date brings to the trail: the day before is sealed, one digest over the heads of all chains."""

from collections import Counter
from datetime import date, timedelta

from shangmen import database
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.foundation.audit import actions

ONE = timedelta(days=1)


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Seal the day that has just ended; the first county that is kept does it for all."""
    if await database.exists("SELECT 1 FROM audit_seal WHERE day = :day", day=day - ONE):
        return Counter()
    await actions.seal(scope, day - ONE)
    return Counter(sealed=1)


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Days that were kept and have no seal; `id` is the day as a number of days since 1970."""
    return [
        Contradiction("audit.day_unsealed", "audit_seal", (unsealed - date(1970, 1, 1)).days)
        for unsealed in await database.values(
            date,
            "SELECT m.day - 1 FROM upkeep_mark m WHERE m.county = :county AND m.part = 'audit'"
            " AND m.done_at IS NOT NULL AND m.day <= :day"
            " AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.day = m.day - 1) ORDER BY m.day",
            county=scope.county,
            day=day,
        )
    ]
