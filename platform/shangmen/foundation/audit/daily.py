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
    """Days after the first seal that have none."""
    return [
        Contradiction("audit.day_unsealed", "audit_seal", (missing - date(1970, 1, 1)).days)
        for missing in await database.values(
            date,
            """
            SELECT d::date FROM generate_series((SELECT min(day) FROM audit_seal), :last::date, interval '1 day') d
            WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.day = d::date) ORDER BY 1
            """,
            last=day - ONE,
        )
    ]
