"""Rows of the audit trail. Append-only: the application's role may not update or delete events (promises)."""

from piccolo.columns import JSONB, BigInt, BigSerial, Bytea, Date, Text, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table

from shangmen.database import Word
from shangmen.foundation.audit.states import Chain


class AuditEvent(Table, tablename="audit_event"):
    """Who did what to which row, when, why and from where; one link of its organisation's chain."""

    id = BigSerial(primary_key=True)
    county = BigInt(null=True, default=None)  # no foreign key: the trail outlives what it speaks of
    organisation = BigInt(default=0)  # minus the county's id = the system's own chain there
    sequence = BigInt(default=0)
    at = Timestamptz(default=None)
    user = BigInt(null=True, default=None, db_column_name="user_id")
    user_name = Varchar(length=120)
    role = Varchar(length=40)
    verb = Varchar(length=80)  # "feature.verb"
    subject = Varchar(length=60)  # table name
    subject_id = BigInt(null=True, default=None)
    reason = Text()
    details = JSONB(default="{}")
    address = Varchar(length=80)
    previous = Bytea()
    digest = Bytea()

    audit_event_one_place_in_the_chain = Unique([organisation, sequence])


class ChainHead(Table, tablename="chain_head"):
    """The last link of each hash chain: of audit events and of service records, one an organisation; and of seals."""

    id = BigSerial(primary_key=True)
    chain = Word(Chain, length=40)
    organisation = BigInt(default=0)
    sequence = BigInt(default=0)
    digest = Bytea()

    chain_head_one_head = Unique([chain, organisation])


class AuditSeal(Table, tablename="audit_seal"):
    """A daily digest over all heads, to be kept elsewhere too: it dates every chain at once.

    Seals are a chain themselves: none can be rewritten or taken out unseen. Append-only.
    """

    id = BigSerial(primary_key=True)
    day = Date(default=None, unique=True)
    sequence = BigInt(default=0)
    previous = Bytea()
    digest = Bytea()
    heads = JSONB(default="[]")
