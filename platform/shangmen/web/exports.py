"""Exports: XLSX and CSV in which no cell can act."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote

import xlsxwriter
from litestar import Response

from shangmen import clock
from shangmen.web.language import gettext
from shangmen.web.pages import Answer

# What begins a formula, also in full width, small or raised (NFKC), and the minus sign of mathematics.
_LIVE = frozenset("=+-@\u2212")
# What is not seen, and may be dropped before a cell is read: controls, spaces, format and filler characters.
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"})
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_NEGATIVE = re.compile(r"-\d+(\.\d+)?", re.ASCII)


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula, whatever it hides before the sign; a negative number stays one."""
    if _NEGATIVE.fullmatch(text):
        return text
    seen = (letter for letter in text if unicodedata.category(letter) not in _UNSEEN and letter not in _FILLERS)
    first = unicodedata.normalize("NFKC", next(seen, ""))[:1]
    return "'" + text if first in _LIVE or text[:1] in {"\t", "\r", "\n"} else text


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value


def _cell(value: object) -> object:
    """A cell of a CSV: numbers as they are, all else harmless text."""
    plain = _plain(value)
    if isinstance(plain, Decimal | int | float) and not isinstance(plain, bool):
        return plain
    return harmless(str(plain))


def workbook(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], note: str = "") -> Answer:
    """An XLSX download: a title row, the column heads, the rows, and a note (who exported, when)."""
    buffer = io.BytesIO()
    options = {"constant_memory": True, "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet(title[:31].translate(str.maketrans("[]:*?/\\'", "        ")))
        bold = book.add_format({"bold": True})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.freeze_panes(2, 0)
        sheet.set_column(0, len(columns), 16)
        sheet.write_string(0, 0, f"{title}  {note}".strip(), bold)
        for column, head in enumerate(columns):
            sheet.write_string(1, column, head, bold)
        for number, row in enumerate(rows, 2):
            for column, value in enumerate(row):
                plain = _plain(value)
                if isinstance(plain, Decimal):
                    sheet.write_number(number, column, float(plain), money)
                elif isinstance(plain, int | float) and not isinstance(plain, bool):
                    sheet.write_number(number, column, plain)
                else:
                    sheet.write_string(number, column, harmless(str(plain)))
    return _download(
        buffer.getvalue(), f"{title}.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Answer:
    """A CSV download that Excel opens as UTF-8."""
    buffer = io.StringIO()
    # Text is quoted, so that no semicolon or tab within begins a cell of its own where those divide cells.
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return _download(buffer.getvalue().encode("utf-8-sig"), f"{title}.csv", "text/csv")


def export(form: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], who: str = "") -> Answer:
    """A download in the form that the address asks for (?form=csv, else XLSX). Column heads are message ids."""
    heads = [gettext(column) for column in columns]
    if form == "csv":
        return table(title, heads, rows)
    moment = clock.now().astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return workbook(title, heads, rows, note=f"{who} {moment}".strip())


def _download(content: bytes, name: str, media_type: str) -> Answer:
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
        },
    )
