"""Files that are no lists, or broken ones, or traps: a clear line or the rows that can be read."""

import asyncio
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import xlsxwriter

from shangmen.errors import Refused
from shangmen.foundation.imports import actions, reader

CASES = Path(__file__).parent.parent / "cases"
HEADS = ["姓名", "身份证号", "救助类别"]


def workbook(*rows: list[object]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for place, row in enumerate([HEADS, *rows]):
            page.write_row(place, 0, row)
    return buffer.getvalue()


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = before.read(name)
            after.writestr(name, text.replace(old, new) if name.startswith("xl/worksheets/") else text)
    return buffer.getvalue()


def forms() -> Iterator[bytes]:
    """More than five hundred files: cut, turned, empty, of other kinds and of other encodings."""
    dice = random.Random(12)
    good = [workbook(["张三", "11010519491231002X", "低保"]), (CASES / "lists" / "merged-household.xlsx").read_bytes()]
    table = "姓名,身份证号,救助类别\n张三,11010519491231002X,低保\n"
    texts = [table.encode(encoding) for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be", "utf-32")]
    for content in good:
        for _ in range(110):
            yield content[: dice.randrange(len(content))]
        for _ in range(110):
            turned = bytearray(content)
            for _ in range(dice.randrange(1, 30)):
                turned[dice.randrange(len(turned))] = dice.randrange(256)
            yield bytes(turned)
    for text in texts:
        for _ in range(12):
            yield text[: dice.randrange(len(text))]
        for junk in (b"\x00", b"\xff\xfe", b"\x1a", b'"', b"\r", b"\xed\xa0\x80"):
            at = dice.randrange(len(text))
            yield text[:at] + junk + text[at:]
    protected = reader.OLE + "EncryptedPackage".encode("utf-16-le")
    begins = (b"", b" ", b"\n\n", b"%PDF-1.7", b"\x89PNG\r\n", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), reader.OLE)
    for magic in (*begins, protected, b"<html><table><tr><td>1", b"Rar!", b"{\\rtf1"):
        yield magic
        yield magic + bytes(range(256)) * 20


def test_more_than_five_hundred_odd_files_end_in_a_clear_line_or_in_rows() -> None:
    files = list(forms())
    assert len(files) >= 500
    program = (
        "import sys, json\nfrom shangmen.foundation.imports import reader\nreader.limit()\n"
        "for line in sys.stdin:\n    answer = reader.read(bytes.fromhex(line))\n"
        "    print(json.dumps([answer.get('fault'), len(answer.get('sheets', []))]), flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input="\n".join(file.hex() for file in files),
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(part for part in sys.path if part)},
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(files), done.stderr[-500:]
    for fault, sheets in answers:
        assert (fault in actions._FAULTS) if fault else sheets >= 1


def swollen() -> bytes:
    """Hundreds of megabytes of nothing, packed."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as before,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            after.writestr(name, before.read(name))
        for place in range(4):
            after.writestr(f"xl/media/{place}", bytes(90_000_000))
    return buffer.getvalue()


def long_list(count: int) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADS)
        for place in range(count):
            page.write_row(place + 1, 0, ["张三", "11010519491231002X", "低保"])
    return buffer.getvalue()


def blanks() -> bytes:
    """A list of one person above a million formatted cells with nothing in them."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        page, bold = book.add_worksheet(), book.add_format({"bold": True})
        page.write_row(0, 0, HEADS)
        page.write_row(1, 0, ["张三", "11010519491231002X", "低保"])
        for row in range(2, 100_002):
            for column in range(10):
                page.write_blank(row, column, None, bold)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        patched(workbook(["a"]), b'r="A2"', b'r="XFD1048576"'), swollen(), long_list(100_000),
    ],
    ids=["far cell", "swollen", "a hundred thousand rows"],
)  # fmt: skip
async def test_a_trap_is_refused_with_a_sentence_and_the_server_stays_small(content: bytes) -> None:
    before = psutil.Process(os.getpid()).memory_info().rss
    with pytest.raises(Refused) as refused:
        await actions.read_book(content)
    assert refused.value.field == "file"
    assert psutil.Process(os.getpid()).memory_info().rss - before < 150_000_000


async def test_a_million_formatted_cells_with_nothing_in_them_are_no_rows() -> None:
    content = await asyncio.to_thread(blanks)
    before = psutil.Process(os.getpid()).memory_info().rss
    book = await actions.read_book(content)
    assert [len(sheet.rows) for sheet in book.sheets] == [2]
    assert psutil.Process(os.getpid()).memory_info().rss - before < 150_000_000


async def test_a_csv_is_read_in_every_usual_encoding_and_with_every_separator() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        for mark in ",\t;":
            text = f"姓名{mark}身份证号\n张三{mark}11010519491231002X\n".encode(encoding)
            book = await actions.read_book(text)
            assert book.sheets[0].rows[1] == ["张三", "11010519491231002X"], (encoding, mark)


async def test_the_reader_runs_alone_and_speaks_json() -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", reader.__name__],
        input=workbook(["张三", "11010519491231002X", "低保"]),
        capture_output=True,
        check=True,
        cwd="/",
        env={"PYTHONPATH": ":".join(part for part in sys.path if part)},
    )
    assert json.loads(done.stdout)["sheets"][0]["rows"][1] == ["张三", "11010519491231002X", "低保"]
