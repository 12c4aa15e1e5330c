"""Importing a roll (花名册): read in a child process, previewed row by row, committed once."""

import asyncio
import hashlib
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.recipients import identity, queries
from shangmen.demand.recipients.forms import RecipientForm
from shangmen.demand.recipients.registration.actions import write
from shangmen.demand.recipients.registration.rules import Ages, Centre, check
from shangmen.demand.recipients.rolls import columns as roll_columns
from shangmen.demand.recipients.rolls import reader
from shangmen.errors import Conflict, DomainError, Faults, NotFound, Refused
from shangmen.foundation.audit.actions import record

SECONDS = 30
_readers = asyncio.Semaphore(2)  # each may take a gigabyte

_FAULTS = {
    "empty": "The sheet is empty.",
    "too_large": "The sheet is too large: at most 5,000 rows, 40 columns and 10 MB.",
    "not_xlsx": "This is not an XLSX workbook. Save it in Excel or WPS as .xlsx and send it again.",
    "unreadable": "The workbook is damaged and cannot be read. Save it again in Excel or WPS.",
}

Sentence = tuple[str, Mapping[str, object]]


async def read_sheet(content: bytes) -> list[list[str]]:
    """The cells of the first sheet as text; raises Refused (field file) with why they cannot be had."""
    async with _readers:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            reader.__name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": ":".join(part for part in sys.path if part), "OPENBLAS_NUM_THREADS": "1"},
        )
        try:
            async with asyncio.timeout(SECONDS):
                output, _errors = await process.communicate(content)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise Refused(_FAULTS["unreadable"], field="file") from None
        except BaseException:
            process.kill()
            raise
    try:
        answer: dict[str, Any] = msgspec.json.decode(output)
    except msgspec.DecodeError:  # it aborted: the sheet was beyond its limits
        raise Refused(_FAULTS["too_large"], field="file") from None
    if "fault" in answer:
        raise Refused(_FAULTS[answer["fault"]], field="file")
    rows: list[list[str]] = answer["rows"]
    return rows


async def upload_roll(scope: Scope, content: bytes, name: str) -> int:
    """Read a roll and keep its preview; the roll's id. Raises Refused (field file) for what is no roll."""
    return await store_roll(scope, await read_sheet(content), content, name)


@database.scoped
async def store_roll(scope: Scope, sheet: list[list[str]], content: bytes, name: str) -> int:
    """Keep the preview of a sheet: what would become of each row. Changes no recipient."""
    found = roll_columns.heads(sheet)
    if found is None:
        raise Refused("No row with the heads was found. It must name 姓名 and 身份证号.", field="file")
    start, columns, unknown = found
    rows = []
    for number, row in enumerate(sheet[start + 1 :], start + 2):
        cells = {field: row[column] for column, field in columns.items() if column < len(row)}
        if any(cells.values()):
            rows.append({"row": number, "cells": cells})
    if not rows:
        raise Refused("Below the heads there is no row.", field="file")
    judged = await judge(scope, rows)
    id = await database.insert(
        "roll",
        county=scope.counties[0],
        station=scope.organisation,
        file_name=name[:200],
        digest=hashlib.sha256(content).digest(),
        rows={"unknown": unknown, "columns": list(columns.values()), "rows": judged},
        state="previewed",
        created_at=clock.now(),
    )
    record(scope, "recipients.upload_roll", "roll", id, rows=len(judged), file=name)
    return id


class _Judge:
    """Knows what is registered already, so that thousands of rows need a few queries."""

    def __init__(self, ages: Ages, centre: Centre | None, today: date) -> None:
        self.ages, self.centre, self.today = ages, centre, today
        self.townships: dict[str, int] = {}
        self.numbers: dict[str, tuple[bool, str]] = {}  # ID number -> (own station, its name)
        self.unnumbered: set[tuple[str, str]] = set()  # (name, birth date) of own people without a number
        self.seen: dict[str, int] = {}

    def form(self, cells: dict[str, str]) -> tuple[RecipientForm | None, list[Sentence]]:
        values, puzzling = roll_columns.values(cells)
        faults: list[Sentence] = [(message, {"cell": cell}) for message, cell in puzzling]
        township = values.pop("township", None)
        if township is not None:
            place = next((id for name, id in self.townships.items() if name in township or township in name), None)
            if place is None:
                faults.append(("%(cell)s is not a township of your station.", {"cell": township}))
            values["township"] = place
        for field, sentence in (("name", "The name is missing."), ("category", "The category is missing.")):
            if not values.get(field) and not cells.get(field):
                faults.append((sentence, {}))
        if faults:
            return None, faults
        try:
            return msgspec.convert(values, RecipientForm, strict=False), []
        except msgspec.ValidationError:
            return None, [("One of the cells is too long or not of the right form.", {})]

    def row(self, number: int, cells: dict[str, str]) -> tuple[str, list[Sentence], RecipientForm | None]:
        """(verdict, sentences, form): new, there or fault."""
        form, faults = self.form(cells)
        if form is None:
            return "fault", faults, None
        try:
            checked = check(form, self.ages, self.today, self.centre)
        except Faults as refused:
            return "fault", list(refused.faults.values()), None
        key = checked.person["id_number"]
        if key:
            if key in self.numbers:
                own, station = self.numbers[key]
                if own:
                    return "there", [], None
                sentence = (
                    "This ID number is already registered with %(station)s."
                    " That station and the bureau can see the file."
                )
                return "fault", [(sentence, {"station": station})], None
        else:
            key = f"{form.name} {checked.person['birth_date']}"
            if (form.name, str(checked.person["birth_date"])) in self.unnumbered:
                return "there", [], None
        if key in self.seen:
            return "fault", [("The same person stands in row %(row)s.", {"row": self.seen[key]})], None
        self.seen[key] = number
        return "new", [], form


async def _judge(scope: Scope, rows: list[dict[str, Any]]) -> _Judge:
    made = _Judge(await queries.ages(scope), await queries.centre(scope), clock.today())
    made.townships = {row["name"]: row["id"] for row in await queries.own_townships(scope)}
    numbers = sorted({identity.plain(row["cells"].get("id_number", "")) for row in rows} - {""})
    async with database.elevated(scope) as system:
        known = await database.fetch(
            "SELECT p.id_number, p.station, o.name FROM person p JOIN organisation o ON o.id = p.station"
            " WHERE p.county = ANY(:counties) AND p.id_number = ANY(:numbers)",
            counties=list(system.counties),
            numbers=numbers,
        )
    made.numbers = {row["id_number"]: (row["station"] == scope.organisation, row["name"]) for row in known}
    without = await database.fetch(
        "SELECT name, birth_date FROM person WHERE station = :station AND id_number IS NULL",
        station=scope.organisation,
    )
    made.unnumbered = {(row["name"], str(row["birth_date"])) for row in without}
    return made


@database.scoped
async def judge(scope: Scope, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What would become of each row: new, there (already registered here) or fault, with sentences."""
    judge = await _judge(scope, rows)
    judged = []
    for row in rows:
        verdict, sentences, _form = judge.row(row["row"], row["cells"])
        judged.append({**row, "verdict": verdict, "sentences": [list(sentence) for sentence in sentences]})
    return judged


@database.scoped
async def commit_roll(scope: Scope, id: int) -> int:
    """Register the good rows of a roll, all in one transaction; how many. A second time gives the same number.

    The rows are judged again: what was registered since the preview is passed over. Raises NotFound, and Conflict
    when nothing is left to register.
    """
    roll = await database.fetch_one("SELECT * FROM roll WHERE id = :id FOR UPDATE", id=id)
    if roll is None:
        raise NotFound
    stored = database.from_json(roll["rows"])
    if roll["state"] == "committed":
        return sum(row["verdict"] == "new" for row in stored["rows"])
    await database.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"roll:{scope.counties[0]}")
    judge = await _judge(scope, stored["rows"])
    count = 0
    for row in stored["rows"]:
        verdict, sentences, form = judge.row(row["row"], row["cells"])
        if form is not None:
            try:
                row["person"] = await write(scope, form, check(form, judge.ages, judge.today, judge.centre))
                count += 1
            except DomainError as refused:  # a household of another category, a township: this row only
                verdict, sentences = "fault", [(refused.message, refused.parameters)]
        row["verdict"], row["sentences"] = verdict, [list(sentence) for sentence in sentences]
    if not count:
        raise Conflict("No row is left to register: the others are there already or have faults.")
    await database.update("roll", id, rows=stored, state="committed", committed_at=clock.now())
    record(scope, "recipients.commit_roll", "roll", id, registered=count)
    return count
