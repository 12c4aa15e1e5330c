"""Divisions of the administrative gazetteer. Codes change, so rows are named by id and dated."""

from piccolo.columns import JSONB, BigSerial, Date, Integer, Numeric, Text, Varchar
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.foundation.regions.states import Level, PositionSource, Terrain


class Division(Table, tablename="division"):
    """A county, a township of it, or the city or region above it. `code` has twelve digits (GB/T 2260 and the
    statistical code)."""

    id = BigSerial(primary_key=True)
    code = Varchar(length=12, index=True)
    name = Varchar(length=60)
    level = Word(Level, length=12)
    parent = reference("self", null=True)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    replaced_by = reference("self", null=True)
    split_from = reference("self", null=True)
    split_villages = Text()  # which villages of it were split off for this one, divided by 、
    latitude = Numeric((9, 6), null=True, default=None)  # centroid, WGS-84
    longitude = Numeric((9, 6), null=True, default=None)
    position_source = Word(PositionSource, length=20)
    terrain = Word(Terrain, length=12, default=Terrain.PLAIN)
    boundary = JSONB(null=True, default=None)  # GeoJSON geometry
    version = Integer(default=1)
