"""Reads the first sheet of a workbook, as a process of its own: `python -m shangmen.demand.recipients.rolls.reader`.

The workbook comes in on standard input, JSON goes out: {"rows": [[text, …], …]} or {"fault": word}. A hostile or
broken workbook can make the parser abort or eat memory, so this process limits its own address space and CPU time,
and whoever starts it limits its time. Imports nothing of the program.
"""

import io
import json
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 80 * 1024 * 1024
MAX_ROWS, MAX_COLUMNS, MAX_CELL = 5000, 40, 300
ADDRESS_SPACE = 1024 * 1024 * 1024
CPU_SECONDS = 15

_DIMENSION = re.compile(rb'<dimension[^>]*\sref="[A-Z]+\d+:([A-Z]+)(\d+)"')


def limit() -> None:
    """Give this process a ceiling: memory that is not there raises or aborts here, not in the server."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def column_number(letters: bytes) -> int:
    """A -> 1, Z -> 26, AA -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def fault_of(content: bytes) -> str:
    """Why these bytes are not even handed to the parser; "" when they are."""
    if not content:
        return "empty"
    if len(content) > MAX_BYTES:
        return "too_large"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                return "not_xlsx"
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED or len(names) > 2000:
                return "too_large"
            for name in names:
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    with archive.open(name) as sheet:
                        stated = _DIMENSION.search(sheet.read(4096))
                    if stated and (int(stated[2]) > 4 * MAX_ROWS or column_number(stated[1]) > 8 * MAX_COLUMNS):
                        return "too_large"
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
        return "not_xlsx"
    return ""


def text_of(value: object) -> str:
    """A cell as text: days as ISO, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        # Excel keeps 15 digits: a longer whole number is already damaged, and is shown as the sheet holds it.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value).replace("\x00", "").strip()[:MAX_CELL]


def read(content: bytes) -> dict[str, object]:
    """The rows of the first sheet as text, or the fault."""
    fault = fault_of(content)
    if fault:
        return {"fault": fault}
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not workbook.sheet_names:
            return {"fault": "empty"}
        sheet = workbook.get_sheet_by_index(0)
        if sheet.total_height > MAX_ROWS + 20 or sheet.total_width > MAX_COLUMNS:
            return {"fault": "too_large"}
        rows = [[text_of(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, ValueError, OSError, MemoryError, zipfile.BadZipFile):
        return {"fault": "unreadable"}
    if not any(any(row) for row in rows):
        return {"fault": "empty"}
    return {"rows": rows}


def main() -> None:
    """Bytes in, JSON out."""
    limit()
    json.dump(read(sys.stdin.buffer.read(MAX_BYTES + 1)), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
