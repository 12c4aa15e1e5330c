"""Exports: no cell acts, and amounts stay numbers."""

import ast
import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import openpyxl
import pytest
from litestar import Litestar

from shangmen import clock, database, paths
from shangmen.access import Rule
from shangmen.demand.recipients import queries
from shangmen.errors import Refused
from shangmen.web import exports, lists
from shangmen.web.pages import Answer
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.test_access import _one_of_each, routes, table_of
from tests.test_fuzz import completed
from tests.test_security import filled


@dataclass(frozen=True)
class Name(database.Row):
    """A column."""

    name: str


ACTING = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "＋1", "－1+1", "＠SUM(A1)", "\t=1", "\r=1", "\n=1", "\r\n=1", " =1",
    "\u3000=1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u2060=1", "\u202e=1", "\u200e\u200f=1", "\u00ad=1", "\u180e=1",
    "\x00=1", "\x1b=1", "\ufe0f=1", "\u034f=1", "\u3164=1", "\u115f=1", "\u2800=1", "\u2028=1", "\ue000=1",
    "﹦1", "﹢1", "﹣1", "﹫1", "⁼1", "⁺1", "−1+1", "-", "--1", "-1-1", "-2+3+cmd|' /C calc'!A0", "-1.", "-１",
    "\t", "\nx", "\U000e0020=1",
]  # fmt: skip
CALM = [
    "",
    "张三",
    "1=1",
    "a-b",
    "'=1",
    "-5",
    "-12.50",
    "2026-03-31",
    "13812345678",
    "https://a.example",
    "（演示）",
    "— 无",
]


def content(answer: Answer) -> bytes:
    assert isinstance(answer.content, bytes)
    return answer.content


def csv_rows(*row: object) -> list[str]:
    """The one row of a CSV, read back."""
    table = exports.table("t", ["a"] * len(row), [row])
    return list(csv.reader(io.StringIO(content(table).decode("utf-8-sig"))))[1]


@pytest.mark.parametrize("text", ACTING)
def test_text_that_would_act_is_marked_as_text(text: str) -> None:
    assert exports.harmless(text) == "'" + text
    assert csv_rows("x", text)[1].startswith("'")


@pytest.mark.parametrize("text", CALM)
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert exports.harmless(text) == text


def test_negative_amounts_stay_numbers() -> None:
    row = (Decimal("-12.50"), -3, -0.5, Decimal("1000"))
    assert csv_rows(*row) == ["-12.50", "-3", "-0.5", "1000"]
    sheet = openpyxl.load_workbook(io.BytesIO(content(exports.workbook("t", ["a"] * 4, [row])))).worksheets[0]
    assert [cell.value for cell in sheet[3]] == [-12.5, -3, -0.5, 1000]
    assert {cell.data_type for cell in sheet[3]} == {"n"}


def test_a_semicolon_within_text_begins_no_cell() -> None:
    assert b'"x;=1+1"' in content(exports.table("t", ["a"], [["x;=1+1"]]))


@pytest.mark.parametrize("text", ACTING)
def test_no_cell_of_a_workbook_is_a_formula(text: str) -> None:
    sheet = openpyxl.load_workbook(
        io.BytesIO(content(exports.workbook("t", ["a", text], [[text, 1]], note=text)))
    ).worksheets[0]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}


def export_routes(app: Litestar) -> list[tuple[str, str, Rule]]:
    """(name, path, rule) of every route that gives a table to take away."""
    return [
        (name, path, rule)
        for name, method, path, rule in routes(app)
        if method == "GET" and "export" in name.partition(".")[2]
    ]


async def test_no_export_route_has_a_cell_that_acts(app: Litestar, browser: OpenBrowser, cast: Cast) -> None:
    ids = await _one_of_each(cast)
    await completed(cast)
    async with database.transaction(cast.system):
        for changed, column in (
            ("organisation", "name"), ("worker", "name"), ("person", "name"), ("lot", "name"), ("contract", "number"),
        ):  # fmt: skip
            await database.execute(f"UPDATE {changed} SET {column} = chr(8203) || '＝HYPERLINK(' || id || ')'")
        await database.execute("UPDATE app_user SET name = '@' || name")
    people = {who.role: who for who in reversed(cast.people().values()) if who.county == cast.county}
    seen = 0
    for name, path, rule in export_routes(app):
        if name == "tendering.export":
            continue  # it needs a computed study: tests/supply/test_tendering_pages.py
        address = filled(path, ids[table_of(name)] if "{" in path else 1)
        for role in sorted(rule.roles & set(people)):
            visitor = await browser(people[role])
            sent = await visitor.get(f"{address}?form=csv")
            assert sent.status_code == 200, f"{role} {name}"
            for row in csv.reader(io.StringIO(sent.content.decode("utf-8-sig"))):
                for cell in row:
                    assert exports.harmless(cell) == cell, f"{role} {name}: {cell!r}"
                    seen += "HYPERLINK" in cell
            book = await visitor.get(address)
            for sheet in openpyxl.load_workbook(io.BytesIO(book.content)).worksheets:
                assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}, name
    assert len(export_routes(app)) > 8
    assert seen > 20, "what was planted is not exported any more"


def test_a_cell_that_a_workbook_cannot_hold_is_refused_and_a_csv_holds_it() -> None:
    fits, long = "长" * exports.LONGEST_CELL, "长" * (exports.LONGEST_CELL + 1)
    book = openpyxl.load_workbook(io.BytesIO(content(exports.workbook("t", ["a"], [[fits]]))))
    assert book.worksheets[0]["A3"].value == fits
    with pytest.raises(Refused) as refused:
        exports.workbook("t", ["a", "b"], [["x", "y"], ["x", long]])
    assert refused.value.parameters == {"row": 2, "column": "b", "count": 32_768, "most": 32_767}
    with pytest.raises(Refused):
        exports.workbook("t", ["a"], [["𠮷" * 16_384]])
    assert csv_rows(long) == [long]


async def test_every_entry_of_the_trail_is_exported_with_memory_flat(browser: OpenBrowser, cast: Cast) -> None:
    """20,000 were exported of 22,498; here the events stand in a list of their own kind."""
    async with database.transaction(cast.bureau):
        await database.execute(
            "INSERT INTO audit_event (county, organisation, at, user_name, role, verb, subject, reason, details,"
            " address, sequence, previous, digest)"
            " SELECT :county, :organisation, :at, 'x', 'auditor', 'many.done', 'x',"
            " '', '{}', '', 1000000 + n, '', '' FROM generate_series(1, 22498) n",
            county=cast.county,
            organisation=cast.bureau.organisation,
            at=clock.now(),
        )
    visitor = await browser(cast.auditor)
    answer = await visitor.get("/audit/export", params={"form": "csv", "verb": "many."})
    assert answer.status_code == 200
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(lines) == 22_498 + 1
    assert lines[1][1] == "1022498"
    assert lines[-1][1] == "1000001"


def test_no_export_has_a_limit() -> None:
    """An export that asks for a number of rows leaves rows out one day."""
    found = []
    for file in paths.PACKAGE.rglob("*.py"):
        for name in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(name, ast.AsyncFunctionDef) or "export" not in name.name:
                continue
            for call in ast.walk(name):
                if isinstance(call, ast.keyword) and call.arg == "limit":
                    found += [] if isinstance(call.value, ast.Constant) and call.value.value is None else [str(file)]
    assert not found


async def test_a_list_without_a_limit_is_whole(cast: Cast) -> None:
    everybody, total = await queries.people(cast.bureau, limit=None)
    assert len(everybody) == total == 2
    assert len((await queries.people(cast.bureau, limit=1))[0]) == 1


async def test_every_export_is_noted_and_read_some_rows_at_a_time(
    app: Litestar, browser: OpenBrowser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await _one_of_each(cast)
    await completed(cast)
    monkeypatch.setattr(lists, "AT_ONCE", 1)
    people = {who.role: who for who in reversed(cast.people().values()) if who.county == cast.county}
    for name, path, rule in export_routes(app):
        if name == "tendering.export":
            continue  # it needs a computed study: tests/supply/test_tendering_pages.py
        visitor = await browser(people[sorted(rule.roles & set(people))[0]])
        answer = await visitor.get(f"{filled(path, ids[table_of(name)] if '{' in path else 1)}?form=csv")
        lines = len(list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))) - 1
        async with database.transaction(cast.system):
            noted = await database.value(
                int,
                "SELECT coalesce((details ->> 'rows')::int, -1) FROM audit_event WHERE verb = :name"
                " ORDER BY id DESC LIMIT 1",
                name=name,
            )
        assert noted is not None, f"{name} leaves no entry"
        if name not in {"matching_runs.export", "settlement.export_lines", "audit.export"}:  # a run; a sheet with sums
            assert noted == lines, name


async def test_rows_are_handed_over_while_others_are_still_to_be_read(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "AT_ONCE", 1)
    order: list[str] = []
    read = database.rows

    async def noting(*args: Any, **parameters: Any) -> Any:
        order.append("read")
        return await read(*args, **parameters)

    monkeypatch.setattr(database, "rows", noting)
    total = await lists.each(
        partial(queries.people, cast.bureau, limit=None), lambda row: order.append(f"row {row.id}")
    )
    assert total == 2
    assert [one.split()[0] for one in order] == ["read", "row", "read", "row"]


async def test_twenty_thousand_recipients_are_all_there(browser: OpenBrowser, cast: Cast) -> None:
    async with database.transaction(cast.system):
        names = [
            row.name
            for row in await database.rows(
                Name,
                "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'person'"
                " AND column_name NOT IN ('id', 'id_number')",
            )
        ]
        columns = ", ".join(names)
        await database.execute(
            f"INSERT INTO person ({columns}, id_number) SELECT {columns}, 'T' || n FROM person,"
            " generate_series(1, 20100) n WHERE person.id = :id",
            id=cast.person_a,
        )
    answer = await (await browser(cast.bureau)).get("/recipients/export?form=csv")
    assert len(list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))) == 20_100 + 2 + 1
