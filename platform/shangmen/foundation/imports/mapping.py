"""What the columns and the words of a list mean: found, corrected by hand, remembered. Pure."""

import hashlib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from typing import Any

import msgspec

from shangmen.errors import Refused
from shangmen.foundation.imports import sheets
from shangmen.foundation.imports.cells.reading import Note, Raw, Reading, Unread, shown
from shangmen.foundation.imports.kinds import Kind, Line, Reader

# How much of a field can be kept; what is longer is a fault, nothing is cut.
MOST = {"address": 200, "contact": 60, "languages": 120, "numbers": 60, "lot": 110, "number": 36, "village": 60}


class Mapping(msgspec.Struct, omit_defaults=True):
    """What somebody decided about a list; what is not said is found.

    `columns` maps a head (groups and leaf joined by "/") to a field, or to null for a column to pass over; `words`
    maps for a field what is typed to what it means; `constants` says a field for all rows; `changes` names the fields
    of what is known that may be changed, null for all.
    """

    sheet: str = ""
    head_rows: list[int] = []
    columns: dict[str, str | None] = {}
    words: dict[str, dict[str, str]] = {}
    constants: dict[str, str] = {}
    changes: list[str] | None = None


class Seen(msgspec.Struct):
    """How a list was understood: where it stands, which column is which field, and which are passed over."""

    sheet: str = ""
    head_rows: list[int] = []
    columns: dict[str, str] = {}  # head -> field
    places: dict[str, int] = {}  # field -> column of the sheet, from 0
    passed: list[str] = []
    other_sheets: list[str] = []
    title: str = ""
    encoding: str = ""


def digest(signature: str) -> bytes:
    """A signature as it is looked up."""
    return hashlib.sha256(signature.encode()).digest()


def _wanted_sheet(kind: Kind[Any], book: sheets.Book, mapping: Mapping) -> tuple[sheets.Sheet, sheets.Heads]:
    if not mapping.sheet and not mapping.head_rows:
        found = sheets.choose(kind, book)
        if found is None:
            raise Refused(
                "No row with the heads of such a list was found. It must name: %(needed)s.",
                field="file",
                needed=" / ".join("、".join(kind.column(name).title for name in group) for group in kind.needed),
            )
        return found
    sheet = next((one for one in book.sheets if one.name == mapping.sheet), None)
    if sheet is None and not mapping.sheet:
        chosen = sheets.choose(kind, book)
        sheet = chosen[0] if chosen else book.sheets[0]
    if sheet is None:
        raise Refused("There is no sheet “%(sheet)s” in this file.", field="file", sheet=mapping.sheet)
    if not mapping.head_rows:
        within = sheets.heads(kind, sheet)
        if within is None:
            raise Refused("The sheet “%(sheet)s” has no row with the heads of such a list.", "file", sheet=sheet.name)
        return sheet, within[1]
    first, depth = mapping.head_rows[0] - 1, len(mapping.head_rows)
    if first < 0 or first + depth > len(sheet.rows):
        raise Refused("The sheet has no row %(row)s.", field="file", row=mapping.head_rows[-1])
    return sheet, sheets.Heads(first, depth, sheets.paths(sheet, first, depth))


def _fields(kind: Kind[Any], heads: sheets.Heads, mapping: Mapping) -> dict[int, str]:
    names = {"/".join(path): at for at, path in reversed(list(enumerate(heads.paths)))}
    fixed: dict[int, str | None] = {}
    for head, name in mapping.columns.items():
        at = names.get(head)
        if at is None:
            at = next((place for path, place in names.items() if path.rpartition("/")[2] == head), None)
        if at is not None:
            fixed[at] = name
    open_paths = [() if at in fixed else path for at, path in enumerate(heads.paths)]
    taken = {name for name in fixed.values() if name}
    found = {at: name for at, name in sheets.columns(kind, open_paths).items() if name not in taken}
    return dict(sorted((found | {at: name for at, name in fixed.items() if name}).items()))


def understood(kind: Kind[Any], book: sheets.Book, mapping: Mapping, file_name: str) -> tuple[Seen, str, list[Line]]:
    """(how the list was understood, its signature, its rows with their cells read). Raises as `located`."""
    seen, signature, found = located(kind, book, mapping, file_name)
    return seen, signature, [line_of(kind, one, mapping) for one in found]


def located(
    kind: Kind[Any], book: sheets.Book, mapping: Mapping, file_name: str
) -> tuple[Seen, str, list[sheets.Found]]:
    """(how the list was understood, its signature, its rows). Raises Refused (field file) where there is no list."""
    sheet, heads = _wanted_sheet(kind, book, mapping)
    fields = _fields(kind, heads, mapping)
    unknown = set(fields.values()) - {column.field for column in kind.columns}
    if unknown:
        raise Refused("There is no field “%(name)s” in such a list.", field="file", name=min(unknown))
    found = sheets.rows(kind, sheet, heads, fields)
    if not found:
        raise Refused("Below the heads there is no row.", field="file")
    above = [shown(cell) for row in sheet.rows[: heads.first] for cell in row]
    seen = Seen(
        sheet=sheet.name,
        head_rows=[heads.first + 1 + line for line in range(heads.depth)],
        columns={"/".join(heads.paths[at]): name for at, name in fields.items()},
        places={name: at for at, name in fields.items()},
        passed=["/".join(path) for at, path in enumerate(heads.paths) if path and at not in fields],
        other_sheets=[one.name for one in book.sheets if one is not sheet and one.rows],
        title=" ".join([*filter(None, above), sheet.name, file_name]),
        encoding=book.encoding,
    )
    return seen, heads.signature, found


def line_of(kind: Kind[Any], found: sheets.Found, mapping: Mapping) -> Line:
    """A row with its cells read; what cannot be read refuses it."""
    line = Line(
        row=found.row,
        typed={name: shown(cell) for name, cell in found.cells.items()},
        own=found.own,
        block=found.block or found.row,
    )
    for column in kind.columns:
        cell = found.cells.get(column.field)
        if cell is None and column.field in mapping.constants:
            cell = mapping.constants[column.field]
        if cell is not None:
            _read(line, column.field, column.read, translated(cell, mapping.words.get(column.field)))
    for part in found.parts:
        _add(kind, line, part, mapping)
    return line


def _add(kind: Kind[Any], line: Line, part: sheets.Found, mapping: Mapping) -> None:
    """What a further row says of the same one."""
    below = Line(row=part.row, typed={}, own=part.own)
    for column in kind.columns:
        if column.field in part.own and column.field in kind.continued:
            cell = part.cells[column.field]
            below.typed[column.field] = shown(cell)
            _read(below, column.field, column.read, translated(cell, mapping.words.get(column.field)))
    line.unread = line.unread or below.unread
    line.doubts = [*line.doubts, *below.doubts]
    line.parts, line.typed_parts = [*line.parts, {**below.values, "row": part.row}], [*line.typed_parts, below.typed]


def translated(cell: Raw, words: Table[str, str] | None) -> Raw:
    """What a cell means where somebody said so, else the cell."""
    return words.get(shown(cell), cell) if words else cell


def _read(line: Line, field: str, read: Reader, cell: Raw) -> None:
    try:
        said = read(cell)
    except Unread as fault:
        line.unread = line.unread or Note(fault.code, fault.sentence, fault.words, field)
        return
    notes: Sequence[Note] = ()
    if isinstance(said, Reading):
        notes, said = said.notes, said.value
    longest = MOST.get(field)
    parts = said if isinstance(said, list) else [said]
    if longest and any(isinstance(part, str) and len(part) > longest for part in parts):
        line.unread = line.unread or Note(
            "TOO_LONG", "At most %(most)s characters can be kept here.", {"most": longest}, field
        )
        return
    line.values[field] = msgspec.to_builtins(said)
    if field in line.own:  # what is merged over several rows is said once
        line.doubts = [*line.doubts, *(msgspec.structs.replace(note, field=field) for note in notes)]
