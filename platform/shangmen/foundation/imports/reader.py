"""Reads a list (XLSX, XLS, CSV) as a process of its own: `python -m shangmen.foundation.imports.reader`.

The file comes in on standard input, JSON goes out: a `Book` (sheets.py) or {"fault": word, …}. A hostile or broken
file can make the parser abort or eat memory, so this process limits its own address space and CPU time, and whoever
starts it limits its time. Imports nothing of the program.
"""

import csv
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 300 * 1024 * 1024
MAX_ROWS, MAX_COLUMNS, MAX_CELLS = 30_000, 250, 1_500_000
MAX_SHEETS = 60
MAX_CELL = 32_767  # what a spreadsheet itself can hold: nothing is cut
ADDRESS_SPACE = 1024 * 1024 * 1024
CPU_SECONDS = 40

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = ("EncryptedPackage", "EncryptionInfo")


class Unreadable(Exception):
    """The file cannot be read: `word` says why, `more` fills the sentence."""

    def __init__(self, word: str, **more: object) -> None:
        super().__init__(word)
        self.answer: dict[str, object] = {"fault": word, "more": more}


def limit() -> None:
    """Give this process a ceiling: memory that is not there raises or aborts here, not in the server."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cell_of(value: object) -> object:
    """A cell as JSON: text and numbers as they are, days as {"day": ISO}, durations as text, "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if isinstance(value, datetime):
        if value.time() == time():
            return {"day": value.date().isoformat()}
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, int):
        return value
    return str(value).replace("\x00", "")


def _rows(rows: Iterator[list[object]], sheet: str) -> list[list[object]]:
    """The rows up to the last that says anything, each up to its last cell that does."""
    kept: list[list[object]] = []
    cells = blank = 0
    for row in rows:
        made = [cell_of(cell) for cell in row]
        while made and (made[-1] == "" or (isinstance(made[-1], str) and not made[-1].strip())):
            made.pop()
        if not made:
            blank += 1
            continue
        if len(made) > MAX_COLUMNS:
            raise Unreadable("too_wide", sheet=sheet, columns=MAX_COLUMNS)
        if blank > MAX_ROWS:
            raise Unreadable("far_cell", sheet=sheet, row=len(kept) + blank + 1)
        kept.extend([] for _ in range(blank))
        blank = 0
        kept.append(made)
        cells += len(made)
        if len(kept) > MAX_ROWS or cells > MAX_CELLS:
            raise Unreadable("too_long", sheet=sheet, rows=MAX_ROWS)
        for cell in made:
            if isinstance(cell, str) and len(cell) > MAX_CELL:
                raise Unreadable("cell_too_long", sheet=sheet, row=len(kept), length=MAX_CELL)
    return kept


def _check_archive(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if not any(name.lower().replace("\\", "/") == "xl/workbook.xml" for name in names):
                raise Unreadable("xlsb" if "xl/workbook.bin" in names else "not_a_list")
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED or len(names) > 5000:
                raise Unreadable("bomb")
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                raise Unreadable("encrypted")
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as fault:
        raise Unreadable("damaged") from fault


def _workbook(content: bytes) -> list[dict[str, object]]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets: list[dict[str, object]] = []
        budget = MAX_CELLS
        for meta in book.sheets_metadata[:MAX_SHEETS]:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            hidden = meta.visible != SheetVisibleEnum.Visible
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.total_height * sheet.total_width > 40_000_000:
                raise Unreadable("far_cell", sheet=meta.name, row=sheet.total_height)
            left = sheet.start[1] if sheet.start else 0  # rows are given from the first, columns from the first used
            if left > MAX_COLUMNS:
                raise Unreadable("too_wide", sheet=meta.name, columns=MAX_COLUMNS)
            rows = _rows(([""] * left + list(row) for row in sheet.iter_rows()), meta.name)
            budget -= sum(map(len, rows))
            if budget < 0:
                raise Unreadable("too_long", sheet=meta.name, rows=MAX_ROWS)
            merged = [[*first, *last] for first, last in sheet.merged_cell_ranges or []]
            sheets.append({"name": meta.name, "hidden": hidden, "rows": rows, "merged": merged[:60_000]})
        return sheets
    except CalamineError as fault:
        raise Unreadable("encrypted" if "assword" in str(fault) or "ncrypt" in str(fault) else "damaged") from fault
    except (ValueError, OSError, MemoryError, zipfile.BadZipFile) as fault:
        raise Unreadable("damaged") from fault


def decoded(content: bytes) -> tuple[str, str]:
    """(the text, the encoding) of a CSV file; raises Unreadable for bytes that are no text."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            try:
                return content.decode(name), name
            except UnicodeDecodeError as fault:
                raise Unreadable("encoding") from fault
    for name in ("utf-8", "gb18030"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text):
            raise Unreadable("not_a_list")
        return text, name
    raise Unreadable("encoding")


def _csv(content: bytes) -> tuple[list[dict[str, object]], str]:
    text, encoding = decoded(content)
    if re.match(r"\s*(<\?xml|<!doctype|<html|<table|\{\\rtf|%PDF)", text, re.IGNORECASE):
        raise Unreadable("web_page")
    head = text[:20_000]
    delimiter = max(
        ",\t;|", key=lambda mark: (sum(line.count(mark) > 0 for line in head.splitlines()), head.count(mark))
    )
    csv.field_size_limit(MAX_CELL * 4)
    try:
        rows = _rows((list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), "")
    except csv.Error as fault:
        raise Unreadable("damaged") from fault
    return [{"name": "", "hidden": False, "rows": rows, "merged": []}], encoding


def read(content: bytes) -> dict[str, object]:
    """The sheets of a file, or the fault."""
    encoding = ""
    try:
        if not content.strip():
            raise Unreadable("empty")
        if len(content) > MAX_BYTES:
            raise Unreadable("too_large", megabytes=MAX_BYTES // 1024 // 1024)
        if content.startswith(b"PK"):
            _check_archive(content)
            sheets = _workbook(content)
        elif content.startswith(OLE):
            if any(word.encode("utf-16-le") in content for word in _ENCRYPTED):
                raise Unreadable("encrypted")
            sheets = _workbook(content)
        elif content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
            raise Unreadable("not_a_list")
        else:
            sheets, encoding = _csv(content)
        if not any(sheet["rows"] for sheet in sheets):
            raise Unreadable("empty")
    except Unreadable as fault:
        return dict(fault.answer)
    except (MemoryError, RecursionError):
        return {"fault": "bomb", "more": {}}
    answer: dict[str, object] = {"sheets": sheets, "encoding": encoding}
    return answer


def main() -> None:
    """Bytes in, JSON out."""
    limit()
    json.dump(read(sys.stdin.buffer.read(MAX_BYTES + 1)), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
