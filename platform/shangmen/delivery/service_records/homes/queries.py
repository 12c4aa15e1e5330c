"""Reads of what check-ins say about homes that have no point of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.tasks.waiting import Entry

FOUND = "A check-in found the home of %(name)s"


@dataclass(frozen=True)
class FoundRow(database.Row):
    """Where a worker checked in, how well that is known, and at whose home."""

    id: int
    person: int
    name: str
    day: date
    latitude: Decimal
    longitude: Decimal
    accuracy: int


# The first check-in at each home: at the moment itself, for a time that was typed says nothing of where it was.
_FOUND = """
SELECT DISTINCT ON (v.person) c.id, v.person, p.name, v.day, c.latitude, c.longitude, c.accuracy
FROM check_in c JOIN visit v ON v.id = c.visit JOIN person p ON p.id = v.person
WHERE p.latitude IS NULL AND p.state <> 'died' AND c.latitude IS NOT NULL AND c.longitude IS NOT NULL
  AND c.typed_at IS NULL AND c.accuracy BETWEEN 1 AND :limit
"""
_FIRST = "ORDER BY v.person, c.server_at, c.id"


async def _limit(scope: Scope) -> int:
    return int(await catalogue.parameter_as(scope, float, "position_accuracy_metres", clock.today()))


@database.scoped
async def found(scope: Scope, person: int) -> FoundRow | None:
    """What the first check-in with a good position says about a home that has no point; None for nothing."""
    try:
        limit = await _limit(scope)
    except LookupError:  # a county whose parameters are not loaded proves nothing yet
        return None
    row = await database.row(FoundRow, f"{_FOUND} AND v.person = :person {_FIRST}", limit=limit, person=person)
    county = await regions.whereabouts(scope)
    if row is None or (county is not None and not county.holds(float(row.latitude), float(row.longitude))):
        return None
    return row


@database.scoped
async def waiting(scope: Scope) -> Sequence[Entry]:
    """Homes of the viewer's station that a check-in found, the oldest first."""
    rows = await database.rows(
        FoundRow,
        f"{_FOUND} AND v.station = :organisation AND p.station = :organisation {_FIRST}",
        limit=await _limit(scope),
        organisation=scope.organisation or 0,
    )
    return [
        Entry(FOUND, "recipients.show", {"id": row.person}, row.day, {"name": row.name})
        for row in sorted(rows, key=lambda row: (row.day, row.person))
    ]
