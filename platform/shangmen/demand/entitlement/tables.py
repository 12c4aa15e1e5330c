"""The ladder of entitlement: how much of which service a month for whom."""

from piccolo.columns import JSONB, BigSerial, Date, Integer, Numeric, Text, Varchar
from piccolo.table import Table

from shangmen.database import reference
from shangmen.foundation.regions.tables import Division


class Rung(Table, tablename="entitlement_rung"):
    """One version of a rung, in force from `valid_from` to `valid_to`; of a division, or of everywhere (null)."""

    id = BigSerial(primary_key=True)
    division = reference(Division, null=True)
    code = Varchar(length=8)  # of a service item; "" is all services together
    gate = JSONB(default="{}")  # whom it is for: entitlement.rules.Gate
    proposed = Integer(default=0)  # visits a month that an assessment leads to, within what is granted
    visits = Integer(null=True, default=None)  # a month; null is no limit
    minutes = Integer(null=True, default=None)  # a month
    yuan = Numeric((14, 2), null=True, default=None)  # a month
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    source = Text()
    version = Integer(default=1)
