"""Lists that come in, for tests: written as a workbook, taken, and what became of their rows."""

import io
from collections.abc import Sequence

import xlsxwriter

from shangmen.access import Scope
from shangmen.foundation.imports import actions, queries
from shangmen.foundation.imports.kinds import Line
from shangmen.foundation.imports.queries import Counts


def workbook(*rows: Sequence[object], title: str = "") -> bytes:
    """A workbook with these rows, below a title where there is one."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate([*([[title]] if title else []), *rows]):
            page.write_row(number, 0, row)
    return buffer.getvalue()


async def taken(
    scope: Scope, kind: str, content: bytes, name: str = "名单.xlsx", commit: bool = True
) -> tuple[int, Counts, list[Line]]:
    """Preview a list, and write it: its id, its counts and its rows."""
    id = await actions.upload(scope, kind, content, name)
    counts = await actions.preview(scope, id)
    if commit:
        counts = await actions.commit(scope, id)
    return id, counts, await queries.lines(scope, id)


def codes(lines: Sequence[Line]) -> dict[int, str]:
    """The code of each refused row."""
    return {line.row: line.refusal.code for line in lines if line.refusal}


def notes(lines: Sequence[Line]) -> set[tuple[int, str]]:
    """(row, code) of what is said about rows that are taken."""
    return {(note.row or line.row, note.code) for line in lines if not line.refusal for note in line.notes}
