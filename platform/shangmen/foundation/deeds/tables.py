"""Deeds that can be taken back, and every row that each of them changed."""

from piccolo.columns import JSONB, BigInt, BigSerial, Text, Timestamptz, Varchar
from piccolo.table import Table

from shangmen.database import reference
from shangmen.foundation.regions.tables import Division


class Deed(Table, tablename="deed"):
    """A verb that ended or stopped other things, by whom and why; taken back once at most."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = BigInt(null=True, default=None)  # who did it; no foreign key: organisations come after deeds
    station = BigInt(null=True, default=None)  # whose recipient or need it is about
    route = Varchar(length=80)  # who may call it may take it back
    verb = Varchar(length=80)  # as the trail says it
    subject = Varchar(length=60)  # table name
    subject_id = BigInt(default=0)
    details = JSONB(default="{}")
    reason = Text()
    user_name = Varchar(length=120)
    done_at = Timestamptz(default=None)
    undone_at = Timestamptz(null=True, default=None)
    undone_reason = Text()


class DeedChange(Table, tablename="deed_change"):
    """One change of one row in the course of a deed, kept by a trigger: no verb can forget one, and none can write
    one. Only the columns that changed; a row that the deed made has neither before nor after.
    """

    id = BigSerial(primary_key=True)
    deed = reference(Deed)
    relation = Varchar(length=60)
    row_id = BigInt(default=0)
    before = JSONB(null=True, default=None)
    after = JSONB(null=True, default=None)
