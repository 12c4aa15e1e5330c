"""The villages and communities of a township: chosen in forms, and where somebody lives whose home has no point."""

from piccolo.columns import BigSerial, Boolean, Integer, Numeric, Varchar
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.foundation.regions.states import PositionSource
from shangmen.foundation.regions.tables import Division


class Village(Table, tablename="village"):
    """A village, by name within its township: two townships may each have one of the same name."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    township = reference(Division)
    name = Varchar(length=60)  # as imports.cells.places.village writes it: 丁家湾村
    latitude = Numeric((9, 6), null=True, default=None)  # WGS-84
    longitude = Numeric((9, 6), null=True, default=None)
    position_source = Word(PositionSource, length=20)
    closed = Boolean(default=False)  # merged into another: no longer chosen, still known to those who live there
    version = Integer(default=1)
