"""Exports: XLSX and CSV in which no cell can act and from which nothing is missing."""

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Self, cast
from urllib.parse import quote

import xlsxwriter
from litestar import Response
from litestar.response import Stream

from shangmen import clock
from shangmen.errors import Refused
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


LONGEST_CELL = 32_767  # characters (UTF-16) that a cell of an XLSX holds
MOST_ROWS = 1_048_576 - 2  # that a sheet holds below its title and its heads
IN_MEMORY = 1024 * 1024  # larger files wait on the disk
CHUNK = 64 * 1024


class Download:
    """A file that is made row by row and kept outside of memory; it is sent when all of it is there.

    So whatever is wrong is told before the download begins, and nothing is ever cut.
    """

    def __init__(self, title: str, columns: Sequence[str]) -> None:
        self.title, self.columns = title, columns
        self.rows = 0
        self.file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 -- closed when it has been sent

    def write(self, row: Sequence[object]) -> None:
        """One row; raises Refused for what the format cannot hold."""
        raise NotImplementedError

    def finish(self) -> Answer:
        """The finished file."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        """What was refused half-way is thrown away."""
        if fault[0] is not None:
            self.finish()
            self.file.close()


class Workbook(Download):
    """An XLSX: a title row, the column heads, the rows, and a note (who exported, when)."""

    def __init__(self, title: str, columns: Sequence[str], note: str = "") -> None:
        super().__init__(title, columns)
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(self.file, options)
        self._sheet = self._book.add_worksheet(title[:31].translate(str.maketrans("[]:*?/\\'", "        ")))
        bold = self._book.add_format({"bold": True})
        self._money = self._book.add_format({"num_format": "#,##0.00"})
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.freeze_panes(2, 0)
        self._sheet.set_column(0, len(columns), 16)
        self._sheet.write_string(0, 0, f"{title}  {note}".strip(), bold)
        for column, head in enumerate(columns):
            self._sheet.write_string(1, column, head, bold)

    def write(self, row: Sequence[object]) -> None:
        """One row; raises Refused for a cell that is too long and a row too many."""
        self.rows += 1
        if self.rows > MOST_ROWS:
            raise Refused("A sheet holds %(most)s rows and this list has more. Export it as CSV.", most=MOST_ROWS)
        number = self.rows + 1
        for column, value in enumerate(row):
            plain = _plain(value)
            if isinstance(plain, Decimal):
                self._sheet.write_number(number, column, float(plain), self._money)
            elif isinstance(plain, int | float) and not isinstance(plain, bool):
                self._sheet.write_number(number, column, plain)
            else:
                self._sheet.write_string(number, column, self._short(harmless(str(plain)), column))

    def _short(self, text: str, column: int) -> str:
        if len(text) > LONGEST_CELL // 2 and len(text.encode("utf-16-le")) // 2 > LONGEST_CELL:
            raise Refused(
                "Row %(row)s, column “%(column)s”: %(count)s characters do not fit into a cell of a workbook, which"
                " holds %(most)s. Export the list as CSV, which holds them all.",
                row=self.rows,
                column=self.columns[column],
                count=len(text),
                most=LONGEST_CELL,
            )
        return text

    def finish(self) -> Answer:
        """The finished workbook."""
        self._book.close()
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return _download(self.file, f"{self.title}.xlsx", kind)


class Table(Download):
    """A CSV that Excel opens as UTF-8."""

    def __init__(self, title: str, columns: Sequence[str]) -> None:
        super().__init__(title, columns)
        spooled: Any = self.file  # typeshed does not know it for the buffer that it is
        self._text = io.TextIOWrapper(spooled, "utf-8-sig", newline="", write_through=True)
        # Text is quoted, so that no semicolon or tab within begins a cell of its own where those divide cells.
        self._writer = csv.writer(self._text, quoting=csv.QUOTE_NONNUMERIC)
        self._writer.writerow(columns)

    def write(self, row: Sequence[object]) -> None:
        """One row."""
        self.rows += 1
        self._writer.writerow([_cell(value) for value in row])

    def finish(self) -> Answer:
        """The finished table."""
        self._text.flush()
        self._text.detach()
        return _download(self.file, f"{self.title}.csv", "text/csv")


def workbook(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], note: str = "") -> Answer:
    """An XLSX download."""
    return _filled(Workbook(title, columns, note), rows)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Answer:
    """A CSV download."""
    return _filled(Table(title, columns), rows)


def _filled(made: Download, rows: Iterable[Sequence[object]]) -> Answer:
    with made:
        for row in rows:
            made.write(row)
    return made.finish()


def begun(form: str, title: str, columns: Sequence[str], who: str = "") -> Download:
    """An empty download in the form that the address asks for (?form=csv, else XLSX). Column heads are message ids."""
    heads = [gettext(column) for column in columns]
    if form == "csv":
        return Table(title, heads)
    moment = clock.now().astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return Workbook(title, heads, note=f"{who} {moment}".strip())


def export(form: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], who: str = "") -> Answer:
    """A download of rows that are at hand; see `begun`."""
    return _filled(begun(form, title, columns, who), rows)


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def _download(file: IO[bytes], name: str, media_type: str) -> Answer:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
    }
    if size > IN_MEMORY:
        return cast("Answer", Stream(_sent(file), media_type=media_type, headers=headers))
    with file:
        return Response(file.read(), media_type=media_type, headers=headers)
