"""Sheets that go back: the refused rows in the shape of the list with their reasons, and the empty list to fill in."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from shangmen.foundation.imports import phrases
from shangmen.foundation.imports.kinds import Column, Kind, Line
from shangmen.foundation.imports.mapping import Seen
from shangmen.web.language import gettext as _

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def rejects(kind: Kind[Any], seen: Seen, lines: Sequence[Line]) -> bytes:
    """The refused rows with the columns of the list as text, and a last column of reasons; sent again when mended."""
    fields = sorted(seen.places.items(), key=lambda place: place[1])
    heads = {name: head for head, name in seen.columns.items()}
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        sheet = book.add_worksheet((seen.sheet or kind.name)[:31])
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@"})
        for column, (name, _place) in enumerate(fields):
            sheet.write_string(0, column, _single(kind, heads[name], name), bold)
            sheet.set_column(column, column, 22 if name.endswith(("number", "id")) else 14, text)
        sheet.write_string(0, len(fields), _("Reasons"), bold)
        sheet.write_string(0, len(fields) + 1, _("Row in the first file"), bold)
        sheet.set_column(len(fields), len(fields), 60, text)
        place = 0
        for line in lines:
            for number, typed in enumerate([line.typed, *line.typed_parts]):
                place += 1
                for column, (name, _place) in enumerate(fields):
                    sheet.write_string(place, column, typed.get(name, ""), text)
                if number == 0:
                    sheet.write_string(place, len(fields), phrases.reasons(kind, line), text)
                    sheet.write_number(place, len(fields) + 1, line.row)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def _single(kind: Kind[Any], head: str, name: str) -> str:
    """A head of one row that is understood alone: two people of a row keep their own."""
    leaf = head.rpartition("/")[2]
    return leaf if leaf and leaf != "姓名" and "身份证" not in leaf else kind.column(name).title


def template(kind: Kind[Any]) -> bytes:
    """The empty list: a row of heads, an example that says so and that no check lets through, a sheet of notes."""
    columns = [column for column in kind.columns if column.title]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        sheet = book.add_worksheet(_(kind.label)[:31])
        text = book.add_format({"num_format": "@"})
        bold = book.add_format({"bold": True, "num_format": "@"})
        example = book.add_format({"num_format": "@", "italic": True, "font_color": "#666666"})
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.title, bold)
            if column.sample:
                sheet.write_string(1, place, column.sample, example)
            sheet.set_column(place, place, 22 if column.field.endswith("number") else 14, text)
        sheet.write_string(0, len(columns), _("How to fill in"), bold)
        sheet.write_string(1, len(columns), _("This row is an example: write over it or delete it."), example)
        sheet.set_column(len(columns), len(columns), 40, text)
        sheet.freeze_panes(1, 0)
        _notes(book, kind, columns)
    return buffer.getvalue()


def _notes(book: xlsxwriter.Workbook, kind: Kind[Any], columns: Sequence[Column]) -> None:
    """A second sheet: what each column holds, which must be there, an example of each."""
    sheet = book.add_worksheet(_("How to fill in"))
    bold = book.add_format({"bold": True})
    must = {*kind.identity, *(name for group in kind.needed[:1] for name in group)}
    said = [
        _("Columns may stand in any order and may be left out; your own list with its own heads is read too."),
        _("Nothing is written before you have seen what was understood of each row."),
    ]
    for place, sentence in enumerate(said):
        sheet.write_string(place, 0, sentence)
    for place, head in enumerate((_("Column"), _("What it holds"), _("Must be there"), _("Example"))):
        sheet.write_string(len(said) + 1, place, head, bold)
    for place, column in enumerate(columns, len(said) + 2):
        needed = _("Yes") if column.field in must else ""
        for at, word in enumerate((column.title, _(column.label), needed, column.sample)):
            sheet.write_string(place, at, word)
    sheet.set_column(0, 3, 22)
