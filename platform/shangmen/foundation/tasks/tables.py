"""The work list: what waits for whom."""

from piccolo.columns import JSONB, BigInt, BigSerial, Date, Timestamptz, Varchar
from piccolo.table import Table

from shangmen.access import Role
from shangmen.database import Word, reference
from shangmen.foundation.organisations.tables import Organisation
from shangmen.foundation.regions.tables import Division


class Task(Table, tablename="task"):
    """Something that a role of an organisation has to look at; closed by the verb that settles it."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = reference(Organisation)
    role = Word(Role, length=30)
    kind = Varchar(length=60)  # offer_waiting, record_held, check_due, contract_running_out, …
    subject = Varchar(length=60)  # table name
    subject_id = BigInt(default=0)
    route = Varchar(length=80)  # where to go, with `params`
    params = JSONB(default="{}")
    message = Varchar(length=200)  # message id with %(name)s placeholders
    details = JSONB(default="{}")
    due = Date(null=True, default=None)
    opened_at = Timestamptz(default=None)
    closed_at = Timestamptz(null=True, default=None)
