"""Divisions of the administrative gazetteer. Codes change, so rows are named by id and dated."""

from piccolo.columns import JSONB, BigSerial, Date, Numeric, Varchar
from piccolo.table import Table

from shangmen.database import reference


class Division(Table, tablename="division"):
    """A county or a township. `code` has twelve digits (GB/T 2260 and the statistical code)."""

    id = BigSerial(primary_key=True)
    code = Varchar(length=12, index=True)
    name = Varchar(length=60)
    level = Varchar(length=12)  # county | township
    parent = reference("self", null=True)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    replaced_by = reference("self", null=True)
    latitude = Numeric((9, 6), null=True, default=None)  # centroid, WGS-84
    longitude = Numeric((9, 6), null=True, default=None)
    position_source = Varchar(length=20)  # SURVEYED | SYNTHETIC | OUTLINE
    terrain = Varchar(length=12, default="plain")  # plain | hills: which detour factor applies
    boundary = JSONB(null=True, default=None)  # GeoJSON geometry
