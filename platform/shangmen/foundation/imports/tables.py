"""Uploaded lists, their rows with verdicts, and what a sender's words and columns mean."""

from piccolo.columns import JSONB, BigInt, BigSerial, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from shangmen.database import Word, reference
from shangmen.foundation.imports.states import ImportState, Verdict
from shangmen.foundation.regions.tables import Division

# Organisations come after imports, because they are imported: their foreign keys stand in the promises.


class ListImport(Table, tablename="list_import"):
    """A list between its upload and its undoing. The file itself is kept until it is committed."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = BigInt(null=True, default=None)
    asked = JSONB(default="{}")  # the scope of who sent it, for work in the queue
    kind = Varchar(length=20)
    file_name = Text()
    digest = Bytea()
    content = Bytea(null=True, default=None)
    mapping = JSONB(default="{}")
    signature = Text()  # of its heads: lists of the same signature are the same office's list
    found = JSONB(default="{}")  # sheet, rows of heads, columns
    counts = JSONB(default="{}")
    state = Word(ImportState, length=12, default=ImportState.READING)
    done = Integer(default=0)  # rows, while it is at work
    fault = JSONB(default="{}")  # the sentence that says why it failed
    created_at = Timestamptz(default=None)
    committed_at = Timestamptz(null=True, default=None)


class ImportRow(Table, tablename="import_row"):
    """A row of a list with its verdict; `subject` is what came of it."""

    id = BigSerial(primary_key=True)
    list_import = reference(ListImport)
    row = Integer(default=0)
    verdict = Word(Verdict, length=8)
    code = Varchar(length=30)
    subject = BigInt(null=True, default=None)
    line = JSONB(default="{}")


class ImportMapping(Table, tablename="import_mapping"):
    """What columns and words of a sender's list mean, offered when a list of the same heads comes again."""

    id = BigSerial(primary_key=True)
    county = reference(Division)
    organisation = BigInt(null=True, default=None)
    kind = Varchar(length=20)
    signature = Bytea()
    mapping = JSONB(default="{}")
    saved_at = Timestamptz(default=None)
