"""Sheets of people for tests, and what becomes of them."""

import io
from collections.abc import Sequence

import xlsxwriter

from shangmen.access import Scope
from shangmen.foundation.imports import actions, queries
from shangmen.foundation.imports.kinds import Line
from shangmen.foundation.imports.mapping import Mapping

HEADS = ["姓名", "身份证号", "救助类别", "乡镇", "村", "地址", "电话", "残疾证号", "居住状况", "清真", "家庭矛盾"]


def sheet(*rows: Sequence[object], heads: Sequence[str] | None = None, title: str = "韦州镇服务对象花名册") -> bytes:
    """A workbook with a title, a row of heads and these rows."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [title])
        for number, row in enumerate([heads or HEADS, *rows], 1):
            page.write_row(number, 0, row)
    return buffer.getvalue()


def row(
    name: str = "曾小兰", number: object = "640402196311059052", category: str = "低保", **more: str
) -> list[object]:
    """A row below HEADS."""
    usual = [name, number, category, "韦州镇", "塘坊梁村", "二组", "13812345678", "", "独居", "是", "无"]
    cells = dict(zip(HEADS, usual, strict=True))
    return list({**cells, **more}.values())


async def uploaded(scope: Scope, content: bytes, name: str = "花名册.xlsx", mapping: Mapping | None = None) -> int:
    """A list that was read and judged; its id."""
    id = await actions.upload(scope, "recipients", content, name, mapping)
    await actions.preview(scope, id)
    return id


async def previewed(
    scope: Scope, content: bytes, name: str = "花名册.xlsx", mapping: Mapping | None = None
) -> list[Line]:
    """The rows of a list with their verdicts; nothing is written."""
    return await queries.lines(scope, await uploaded(scope, content, name, mapping))


async def written(
    scope: Scope, content: bytes, name: str = "花名册.xlsx", mapping: Mapping | None = None
) -> list[Line]:
    """The rows of a list that is written."""
    id = await uploaded(scope, content, name, mapping)
    await actions.commit(scope, id)
    return await queries.lines(scope, id)


def codes(lines: Sequence[Line]) -> dict[int, str]:
    """The code of each refused row."""
    return {line.row: line.refusal.code for line in lines if line.refusal}
