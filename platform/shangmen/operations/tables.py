"""What upkeep has done: one row for each county, day and part."""

from piccolo.columns import JSONB, BigSerial, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

from shangmen.database import reference
from shangmen.foundation.regions.tables import Division


class UpkeepMark(Table, tablename="upkeep_mark"):
    """A part of a day that was kept, or tried and not done yet; a part that is done is never done again."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    day = Date(default=None)
    part = Varchar(length=40)  # the feature
    tries = Integer(default=1)
    fault = Text()  # why the last try failed; "" when it is done
    brought = JSONB(default="{}")  # how many things it did, by rule
    done_at = Timestamptz(null=True, default=None)

    upkeep_mark_once = Unique([county, day, part])
