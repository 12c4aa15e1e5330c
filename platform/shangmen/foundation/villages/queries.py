"""Reads of villages."""

from dataclasses import dataclass
from decimal import Decimal

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.regions.states import PositionSource


@dataclass(frozen=True)
class VillageRow(database.Row):
    """A village with its township."""

    id: int
    township: int
    township_name: str
    name: str
    latitude: Decimal | None
    longitude: Decimal | None
    position_source: PositionSource
    closed: bool
    version: int


_VILLAGES = """
SELECT v.id, v.township, t.name AS township_name, v.name, v.latitude, v.longitude, v.position_source, v.closed,
       v.version
FROM village v JOIN division t ON t.id = v.township
WHERE v.county = ANY(:counties)
"""


@database.scoped
async def villages(scope: Scope, township: int | None = None, closed: bool = False) -> list[VillageRow]:
    """The villages of the county, or of one township, by township and name; with `closed`, those merged too."""
    return await database.rows(
        VillageRow,
        f"{_VILLAGES} AND (:township::bigint IS NULL OR v.township = :township) AND (:closed OR NOT v.closed)"
        " ORDER BY t.code, v.name",
        counties=list(scope.counties),
        township=township,
        closed=closed,
    )


@database.scoped
async def village(scope: Scope, id: int) -> VillageRow:
    """One village; raises NotFound."""
    found = await database.row(VillageRow, f"{_VILLAGES} AND v.id = :id", counties=list(scope.counties), id=id)
    if found is None:
        raise NotFound
    return found


@database.scoped
async def own_townships(scope: Scope) -> list[int]:
    """The townships whose villages the viewer notes: a station's own, everybody's for the desks of the bureau."""
    return await database.values(
        int,
        "SELECT d.id FROM division d WHERE d.parent = ANY(:counties) AND d.level = 'township'"
        " AND (d.valid_to IS NULL OR d.valid_to >= :today) AND (:reach = 'county' OR EXISTS ("
        "   SELECT 1 FROM organisation o LEFT JOIN service_area a ON a.organisation = o.id"
        "   WHERE o.id = :organisation AND o.kind = 'station' AND d.id IN (o.township, a.division)))",
        counties=list(scope.counties),
        today=clock.today(),
        reach=scope.reach,
        organisation=scope.organisation,
    )
