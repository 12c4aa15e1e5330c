"""Verbs on lists: upload, preview, commit, undo. The kind says what a row means; all else is the same for all."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec
from piccolo.columns import Column

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import Conflict, DomainError, Forbidden, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.imports import kinds, mapping, queries, reader, sheets
from shangmen.foundation.imports.kinds import Kind, Line, Source, Written
from shangmen.foundation.imports.mapping import Mapping
from shangmen.foundation.imports.queries import Counts
from shangmen.foundation.imports.states import ImportState, Verdict
from shangmen.foundation.imports.tables import ListImport
from shangmen.web import uploads

SECONDS = 60
READ, WRITE = "imports.read", "imports.write"  # the jobs of job.py
INLINE_ROWS = 1_500  # a longer list is written from the queue
STEP = 500  # rows between two words about progress

_FAULTS = {
    "empty": "The file is empty.",
    "too_large": "The file is larger than %(megabytes)s MB.",
    "too_long": "The sheet “%(sheet)s” has more than %(rows)s rows, or very many cells: send it in parts.",
    "too_wide": "The sheet “%(sheet)s” has more than %(columns)s columns.",
    "far_cell": "The sheet “%(sheet)s” holds something far below the list, about row %(row)s: delete it.",
    "cell_too_long": "The cell in row %(row)s of “%(sheet)s” is longer than %(length)s characters.",
    "bomb": "The file unpacks to far more than a list: it is not opened.",
    "encrypted": "The file is protected by a password. Save it without one and send it again.",
    "xlsb": "This is a binary workbook. Save it as .xlsx and send it again.",
    "web_page": "This is a web page with the name of a spreadsheet. Open it in Excel or WPS and save it as .xlsx.",
    "encoding": "The text is neither UTF-8 nor GB18030. Save it again as .xlsx or as CSV in one of them.",
    "not_a_list": "This is no spreadsheet. Send a list as .xlsx, .xls or .csv.",
    "damaged": "The file is damaged and cannot be read. Save it again in Excel or WPS.",
}


async def read_book(content: bytes) -> sheets.Book:
    """The sheets of a file, read in a process of its own; raises Refused (field file) with why they cannot be had."""
    try:
        output = await uploads.read_apart(reader.__name__, content, seconds=SECONDS)
    except TimeoutError:
        raise Refused(_FAULTS["damaged"], field="file") from None
    try:
        book = msgspec.json.decode(output, type=sheets.Book)
    except msgspec.DecodeError:  # it was ended: the file was beyond the limits
        raise Refused(_FAULTS["bomb"], field="file") from None
    if book.fault:
        raise Refused(_FAULTS[book.fault], field="file", **book.more)
    return book


def _to(state: ImportState, then: ImportState) -> ImportState:
    return state.to(then)


def _allowed(scope: Scope, name: str) -> Kind[Any]:
    kind = kinds.kind(name)
    if scope.role not in kind.roles:
        raise Forbidden
    return kind


@database.scoped
async def upload(scope: Scope, kind: str, content: bytes, file_name: str, chosen: Mapping | None = None) -> int:
    """Keep a file that is to become a list of a kind; the import's id. Nothing is read yet."""
    _allowed(scope, kind)
    id = await database.add(
        ListImport(
            county=scope.county,
            organisation=scope.organisation,
            asked=database.to_json(scope),
            kind=kind,
            file_name=file_name,
            digest=hashlib.sha256(content).digest(),
            content=content,
            mapping=database.to_json(chosen or Mapping()),
            state=ImportState.READING,
            created_at=clock.now(),
        )
    )
    record(scope, "imports.upload", "list_import", id, kind=kind, file=file_name)
    return id


async def preview(scope: Scope, id: int) -> Counts:
    """Read the file of an import and judge its rows; nothing else is changed. The counts.

    Raises Refused (field file) for a file that is no such list; the import then says so and ends.
    """
    kept = await _file(scope, id)
    try:
        book = await read_book(kept.content or b"")
        while (counts := await judge(scope, id, kept.mapping, await _understood(scope, kept, book))) is None:
            kept = await _file(scope, id)  # its columns were decided anew in between
        return counts
    except Refused as refused:
        await _fail(scope, id, refused)
        raise


@database.scoped
async def _file(scope: Scope, id: int) -> ListImport:
    await queries.view(scope, id)
    return await database.read(ListImport, id)


def _words(refused: DomainError) -> dict[str, str | int]:
    return {name: value if isinstance(value, int) else str(value) for name, value in refused.parameters.items()}


@database.scoped
async def _fail(scope: Scope, id: int, refused: Refused) -> None:
    said = {"code": "UNREADABLE", "sentence": refused.message, "words": _words(refused)}
    before = await database.lock(ListImport, id)
    await database.change(
        ListImport,
        id,
        {
            ListImport.state: _to(before.state, ImportState.FAILED),
            ListImport.fault: database.to_json(said),
            ListImport.content: None,
        },
    )


@dataclass(frozen=True)
class Understood:
    """A list as it was read: how, by which mapping, and its rows."""

    seen: mapping.Seen
    signature: str
    chosen: Mapping
    lines: list[Line]


async def _understood(scope: Scope, kept: ListImport, book: sheets.Book) -> Understood:
    """A book as the import's list. No transaction is open meanwhile: how far it is can be seen, and others go on."""
    kind = _allowed(scope, kept.kind)
    chosen = database.decoded(Mapping, kept.mapping)
    seen, signature, found = mapping.located(kind, book, chosen, kept.file_name)
    if chosen == Mapping() and (remembered := await queries.remembered(scope, kind.name, signature)):
        chosen = remembered
        seen, signature, found = mapping.located(kind, book, chosen, kept.file_name)
    lines: list[Line] = []
    for first in range(0, len(found), STEP):
        if len(found) > STEP:
            await _tell_progress(scope, kept.id, first, len(found))
        lines.extend(mapping.line_of(kind, one, chosen) for one in found[first : first + STEP])
    if len(found) > STEP:
        await _tell_progress(scope, kept.id, len(found), len(found))
    return Understood(seen, signature, chosen, lines)


@database.scoped
async def _tell_progress(scope: Scope, id: int, done: int, all: int) -> None:
    counts = database.to_json(Counts(rows=all))
    await database.change(ListImport, id, {ListImport.done: done, ListImport.counts: counts})


@database.scoped
async def judge(scope: Scope, id: int, read_by: str, read: Understood) -> Counts | None:
    """Judge the rows of a list and keep them with their verdicts; None where it is to be read by another mapping than
    it was read by."""
    before = await database.lock(ListImport, id)
    kind = _allowed(scope, before.kind)
    if before.mapping != read_by:
        return None
    chosen, signature, seen, lines = read.chosen, read.signature, read.seen, read.lines
    await _judge(scope, kind, _source(id, signature, seen, chosen), lines)
    await database.execute("DELETE FROM import_row WHERE list_import = :id", id=id)
    counts = await _keep(id, lines)
    await database.change(
        ListImport,
        id,
        {
            ListImport.signature: signature,
            ListImport.found: database.to_json(seen),
            ListImport.mapping: database.to_json(chosen),
            ListImport.counts: database.to_json(counts),
            ListImport.done: len(lines),
            ListImport.state: ImportState.PREVIEWED
            if before.state is ImportState.PREVIEWED
            else _to(before.state, ImportState.PREVIEWED),
        },
    )
    return counts


def _source(id: int, signature: str, seen: mapping.Seen, chosen: Mapping) -> Source:
    fields = frozenset([*seen.places, *chosen.constants])
    changes = None if chosen.changes is None else frozenset(chosen.changes)
    heads = {name: head for head, name in seen.columns.items()}
    return Source(id, signature, seen.title, fields, heads, changes)


async def _judge(scope: Scope, kind: Kind[Any], source: Source, lines: Sequence[Line]) -> object:
    for line in lines:
        line.begin()
    return await kind.judge(scope, source, lines)


_INSERT = (
    "INSERT INTO import_row (list_import, row, verdict, code, subject, line)"
    " VALUES (:list_import, :row, :verdict, :code, :subject, :line)"
)


async def _keep(id: int, lines: Sequence[Line]) -> Counts:
    counts = Counts(rows=len(lines))
    rows: list[dict[str, object]] = []
    for line in lines:
        setattr(counts, line.verdict, getattr(counts, line.verdict) + 1)
        counts.warned += bool(line.notes) and line.verdict is not Verdict.REFUSED
        rows.append(
            {
                "list_import": id,
                "row": line.row,
                "verdict": line.verdict,
                "code": line.refusal.code if line.refusal else "",
                "subject": line.subject,
                "line": database.to_json(line),
            }
        )
    await database.execute_many(_INSERT, rows)
    return counts


@database.scoped
async def commit(scope: Scope, id: int) -> Counts:
    """Write the good rows of a list, all in one transaction; the counts. A second time gives the same.

    The rows are judged again, by what is known by now. Raises NotFound, and Conflict for a list that was not read.
    """
    before = await database.lock(ListImport, id)
    kind = _allowed(scope, before.kind)
    view = await queries.view(scope, id)
    if before.state is ImportState.COMMITTED:
        return view.counts
    after = _to(before.state, ImportState.COMMITTED)
    await database.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"roll:{scope.county}")
    lines = await queries.lines(scope, id)
    source = _source(id, view.signature, view.found, view.mapping)
    await kind.commit(scope, source, await _judge(scope, kind, source, lines))
    await database.execute("DELETE FROM import_row WHERE list_import = :id", id=id)
    counts = await _keep(id, lines)
    await database.change(
        ListImport,
        id,
        {
            ListImport.counts: database.to_json(counts),
            ListImport.state: after,
            ListImport.content: None,
            ListImport.committed_at: clock.now(),
        },
    )
    await _remember(scope, view)
    record(scope, "imports.commit", "list_import", id, kind=kind.name, **msgspec.to_builtins(counts))
    return counts


async def _remember(scope: Scope, view: queries.ImportView) -> None:
    """Keep what was decided about columns and words; never what a word means about one person alone."""
    lasting = msgspec.structs.replace(
        view.mapping,
        head_rows=[],
        sheet="",
        changes=None,
        words={name: words for name, words in view.mapping.words.items() if kinds.kind(view.kind).column(name).words},
    )
    if lasting == Mapping():
        return
    await database.execute(
        "INSERT INTO import_mapping (county, organisation, kind, signature, mapping, saved_at)"
        " VALUES (:county, :organisation, :kind, :signature, :mapping, :at)"
        " ON CONFLICT (county, organisation, kind, signature)"
        " DO UPDATE SET mapping = excluded.mapping, saved_at = excluded.saved_at",
        county=view.county,
        organisation=view.organisation,
        kind=view.kind,
        signature=mapping.digest(view.signature),
        mapping=database.to_json(lasting),
        at=clock.now(),
    )


@database.scoped
async def begin_writing(scope: Scope, id: int) -> int:
    """Have a long list written from the queue."""
    before = await database.lock(ListImport, id)
    _allowed(scope, before.kind)
    await database.change(ListImport, id, {ListImport.state: _to(before.state, ImportState.COMMITTING)})
    await jobs.defer(scope, WRITE, lock=f"import:{id}", id=id)
    return id


@database.scoped
async def stop_writing(scope: Scope, id: int, refused: DomainError) -> None:
    """A list that could not be read or written says why; one that was read can be tried again."""
    before = await database.lock(ListImport, id)
    if before.state in (ImportState.READING, ImportState.COMMITTING):
        then = ImportState.FAILED if before.state is ImportState.READING else ImportState.PREVIEWED
        said = {"code": "STOPPED", "sentence": refused.message, "words": _words(refused)}
        await database.change(
            ListImport, id, {ListImport.state: _to(before.state, then), ListImport.fault: database.to_json(said)}
        )


@database.scoped
async def choose(scope: Scope, id: int, fields: Sequence[str]) -> int:
    """Decide which fields of who or what is known the list may change; its rows are judged again, those of a long list
    from the queue."""
    before = await database.lock(ListImport, id)
    kind = _allowed(scope, before.kind)
    view = await queries.view(scope, id)
    if before.state is not ImportState.PREVIEWED:
        raise Conflict("This list is no longer a preview.")
    chosen = msgspec.structs.replace(view.mapping, changes=sorted(fields))
    if view.counts.rows > INLINE_ROWS:
        await _again(scope, id, before.state, chosen)
        await jobs.defer(scope, READ, lock=f"import:{id}", id=id)
        return id
    lines = await queries.lines(scope, id)
    await _judge(scope, kind, _source(id, view.signature, view.found, chosen), lines)
    await database.execute("DELETE FROM import_row WHERE list_import = :id", id=id)
    counts = await _keep(id, lines)
    values: dict[Column, object] = {
        ListImport.mapping: database.to_json(chosen),
        ListImport.counts: database.to_json(counts),
    }
    await database.change(ListImport, id, values)
    return id


@database.scoped
async def undo(scope: Scope, id: int, reason: str) -> int:
    """Take a list back: what it changed is as before, what it made is gone. Its rows stay on record.

    Raises Conflict when something depends on it, or has happened to it since.
    """
    before = await database.lock(ListImport, id)
    kind = _allowed(scope, before.kind)
    await queries.view(scope, id)
    after = _to(before.state, ImportState.UNDONE)
    entries = [entry for line in await queries.lines(scope, id) for entry in line.entries]
    later = Conflict("It cannot be taken back: something depends on it, or has happened to it since.")
    try:
        for entry in reversed(entries):
            if entry.before is not None:
                await _give_back(entry, later)
        for table in kind.tables:
            await _remove(table, entries, later)
    except asyncpg.ForeignKeyViolationError as fault:
        raise later from fault
    await database.change(ListImport, id, {ListImport.state: after})
    record(scope, "imports.undo", "list_import", id, reason, rows=len(entries))
    return id


async def _give_back(entry: Written, later: Conflict) -> None:
    columns = sorted(entry.before or {})
    changed = await database.execute(
        f"UPDATE {entry.table} t SET ({', '.join(columns)}) = (SELECT {', '.join(columns)}"
        f" FROM jsonb_populate_record(NULL::{entry.table}, :before::jsonb))"
        " WHERE id = :id AND to_jsonb(t) @> :after::jsonb",
        id=entry.id,
        before=database.to_json(entry.before),
        after=database.to_json(entry.after),
    )
    if not changed:
        raise later


async def _remove(table: Any, entries: Sequence[Written], later: Conflict) -> None:
    name = table._meta.tablename
    ids = [one.id for one in entries if one.before is None and one.table == name]
    if not ids:
        return
    versioned = any(column._meta.name == "version" for column in table._meta.columns)
    made = {one.id: int(one.after.get("version", 1)) for one in entries if one.before is None and one.table == name}
    if versioned and await database.exists(
        f"SELECT 1 FROM {name} t JOIN unnest(:ids::bigint[], :versions::int[]) AS made (id, version) USING (id)"
        " WHERE t.version <> made.version",
        ids=list(made),
        versions=list(made.values()),
    ):
        raise later
    if await database.execute(f"DELETE FROM {name} WHERE id = ANY(:ids)", ids=ids) != len(ids):
        raise later


@database.scoped
async def remap(scope: Scope, id: int, chosen: Mapping) -> int:
    """Decide what columns and words of a list mean; it is to be read again. The size of its file in bytes. Raises
    Conflict once it is committed."""
    before = await database.lock(ListImport, id)
    await queries.view(scope, id)
    _allowed(scope, before.kind)
    if before.content is None:
        raise Conflict("This list is no longer kept: send the file again.")
    await _again(scope, id, before.state, chosen)
    return len(before.content)


async def _again(scope: Scope, id: int, before: ImportState, chosen: Mapping) -> None:
    state = before if before is ImportState.READING else _to(before, ImportState.READING)
    await database.change(
        ListImport, id, {ListImport.mapping: database.to_json(chosen), ListImport.state: state, ListImport.done: 0}
    )
