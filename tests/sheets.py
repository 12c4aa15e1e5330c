"""Reading the sheets that the program exports."""

from io import BytesIO
from typing import Any

import openpyxl


def cells(file: bytes) -> list[tuple[Any, ...]]:
    """The rows of the first sheet of an XLSX file, from its first row on."""
    sheet = openpyxl.load_workbook(BytesIO(file)).worksheets[0]
    return list(sheet.iter_rows(values_only=True))
