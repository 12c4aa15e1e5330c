"""Importing a roll: reading it safely, the preview, the commit."""

import asyncio
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence

import pytest
import xlsxwriter

from shangmen.demand.recipients import actions, queries
from shangmen.demand.recipients.rolls import actions as rolls
from shangmen.demand.recipients.rolls import columns as roll_columns
from shangmen.demand.recipients.rolls import queries as roll_queries
from shangmen.demand.recipients.rolls.queries import sheet_of
from shangmen.demand.recipients.tables import Roll
from shangmen.errors import NotFound, Refused
from tests.cast import Cast
from tests.demand.conftest import Browsing, Elder
from tests.sheets import cells

HEADS = ["姓名", "身份证号", "救助类别", "乡镇", "村", "地址", "电话", "残疾证号", "居住状况", "清真", "家庭矛盾"]


def sheet(*rows: Sequence[object], heads: list[str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["韦州镇服务对象花名册"])
        for number, row in enumerate([heads or HEADS, *rows], 1):
            page.write_row(number, 0, row)
    return buffer.getvalue()


def row(
    name: str = "曾小兰", number: object = "640402196311059052", category: str = "低保", **more: str
) -> list[object]:
    usual = [name, number, category, "韦州镇", "塘坊梁村", "二组", "13812345678", "", "独居", "是", "无"]
    cells = dict(zip(HEADS, usual, strict=True))
    return list({**cells, **more}.values())


def verdicts(roll: Roll) -> list[tuple[int, str]]:
    return [(line.row, line.verdict) for line in sheet_of(roll).rows]


async def test_a_roll_is_judged_row_by_row_and_registers_nobody(cast: Cast, elder: Elder) -> None:
    await actions.register(cast.station_b, elder(id_number="640522201108159060", guardian_name="甲"))
    content = sheet(
        row(),
        row("坏号", "640324195503120018"),
        row("马测试", "640324194406129029", "特困人员"),
        row("别站", "640522201108159060", **{"监护人": ""}),
        row("重复"),
        row("类别", "110105194912310021", "富裕"),
        row("数字", 640402196311059052.0),
    )
    id = await actions.upload_roll(cast.station_a, content, "花名册.xlsx")
    roll = await roll_queries.roll(cast.station_a, id)
    assert verdicts(roll) == [
        (3, "new"), (4, "fault"), (5, "there"), (6, "fault"), (7, "fault"), (8, "fault"), (9, "fault"),
    ]  # fmt: skip
    assert sheet_of(roll).unknown == ["家庭矛盾"]
    _rows, total = await queries.people(cast.station_a)
    assert total == 1


async def test_the_commit_registers_the_good_rows_once(cast: Cast) -> None:
    content = sheet(row(), row("坏号", "1"), row("二号", "11010519491231002X"))
    id = await actions.upload_roll(cast.station_a, content, "花名册.xlsx")
    assert await actions.commit_roll(cast.station_a, id) == 2
    assert await actions.commit_roll(cast.station_a, id) == 2
    rows, total = await queries.people(cast.station_a, "zxl")
    assert total == 1
    assert (rows[0].halal, rows[0].village, rows[0].category) == (True, "塘坊梁村", "DIBAO")
    assert (await queries.people(cast.station_a))[1] == 3


async def test_what_was_registered_since_the_preview_is_passed_over(cast: Cast, elder: Elder) -> None:
    id = await actions.upload_roll(cast.station_a, sheet(row(), row("二号", "11010519491231002X")), "a.xlsx")
    await actions.register(cast.station_a, elder())
    assert await actions.commit_roll(cast.station_a, id) == 1
    assert dict(verdicts(await roll_queries.roll(cast.station_a, id))) == {3: "there", 4: "new"}


async def test_a_foreign_roll_is_not_there(cast: Cast) -> None:
    id = await actions.upload_roll(cast.station_a, sheet(row()), "a.xlsx")
    for other in (cast.station_b, cast.stranger_station):
        with pytest.raises(NotFound):
            await actions.commit_roll(other, id)


def bomb() -> bytes:
    """A workbook of a few kilobytes whose only sheet claims every cell that there is."""
    return _patched(lambda text: text.replace(b'ref="A1:K3"', b'ref="A1:XFD1048576"'))


def far_cell() -> bytes:
    """The dimension is modest, but one cell lies in the last corner: the parser wants memory for all between."""
    return _patched(lambda text: text.replace(b'r="A3"', b'r="XFD1048576"'))


def _patched(change) -> bytes:  # type: ignore[no-untyped-def]  # bytes to bytes
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(row()))) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name.startswith("xl/worksheets/") else content)
    return buffer.getvalue()


def swollen() -> bytes:
    """Ninety megabytes of nothing, packed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sheet(row()))) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/media/nothing", b"\0" * 90_000_000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 torn", b"name,number\n", sheet(row())[:900], bomb(), far_cell(), swollen()],
    ids=["empty", "torn", "csv", "cut", "dimension", "far cell", "swollen"],
)
async def test_a_hostile_or_broken_file_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        await rolls.read_sheet(content)
    assert refused.value.field == "file"


async def test_a_sheet_without_heads_or_rows_is_refused(cast: Cast) -> None:
    for content in (sheet(heads=["甲", "乙"]), sheet()):
        with pytest.raises(Refused):
            await actions.upload_roll(cast.station_a, content, "a.xlsx")


async def test_a_sheet_of_too_many_rows_is_refused() -> None:
    with pytest.raises(Refused, match="too large"):
        await rolls.read_sheet(sheet(*[["x"]] * 5100))


async def test_the_reader_runs_alone_and_speaks_json() -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "shangmen.demand.recipients.rolls.reader"],
        input=sheet(row()),
        capture_output=True,
        check=True,
        cwd="/",
        env={"PYTHONPATH": ":".join(part for part in sys.path if part)},
    )
    rows = json.loads(done.stdout)["rows"]
    assert rows[2][:2] == ["曾小兰", "640402196311059052"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1950.1.2", "1950-01-02"),
        ("1950年1月2日", "1950-01-02"),
        ("19500102", "1950-01-02"),
        ("2024年5月", "2024-05-01"),
        ("2024-13-01", "None"),
        ("x", "None"),
    ],
)
async def test_days_are_read_as_people_write_them(text: str, day: str) -> None:
    assert str(roll_columns.day(text)) == day


async def test_a_roll_goes_through_the_pages(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    sent = await visitor.post(
        "/recipients/rolls/", {}, files={"file": ("韦州.xlsx", sheet(row(), row("坏号", "1")), "application/zip")}
    )
    assert sent.status_code == 303, sent.text
    preview = await visitor.get(sent.headers["location"])
    assert "家庭矛盾" in preview.text
    assert "640402********9052" in preview.text
    assert "640402196311059052" not in preview.text
    done = await visitor.post(sent.headers["location"] + "/commit", {})
    assert done.status_code == 303
    assert (await queries.people(cast.station_a, "曾小兰"))[1] == 1
    assert (await (await browser(cast.station_b)).get(sent.headers["location"])).status_code == 404
    assert (await (await browser(cast.bureau)).get("/recipients/rolls/")).status_code == 403


async def test_a_wrong_file_comes_back_with_the_form(browser: Browsing, cast: Cast) -> None:
    visitor = await browser(cast.station_a)
    for files in (
        {"file": ("a.xlsx", b"no", "x/y")},
        {"file": ("a.xlsx", bomb(), "x/y")},
        {"file": ("a", b"", "x/y")},
    ):
        page = await visitor.post("/recipients/rolls/", {}, files=files)
        assert page.status_code == 422
        assert 'id="f-file-fault"' in page.text
    assert (await visitor.post("/recipients/rolls/", {"file": "text"})).status_code < 500


async def test_the_empty_sheet_has_the_heads_that_are_understood(browser: Browsing, cast: Cast) -> None:
    answer = await (await browser(cast.station_a)).get("/recipients/rolls/template")
    found = roll_columns.heads([list(cells(answer.content)[0])])
    assert found is not None
    assert found[2] == []
