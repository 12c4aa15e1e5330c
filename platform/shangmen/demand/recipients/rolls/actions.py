"""Importing a roll (花名册): read in a child process, previewed row by row, committed once."""

import asyncio
import hashlib
import sys

import msgspec

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.recipients.registration.actions import write
from shangmen.demand.recipients.rolls import columns, reader, rules
from shangmen.demand.recipients.rolls.queries import Line, Sheet, Verdict, sheet_of
from shangmen.demand.recipients.states import RollState
from shangmen.demand.recipients.tables import Roll
from shangmen.errors import Conflict, DomainError, Refused
from shangmen.foundation.audit.actions import record

SECONDS = 30
_readers = asyncio.Semaphore(2)  # each may take a gigabyte

_FAULTS = {
    "empty": "The sheet is empty.",
    "too_large": "The sheet is too large: at most 5,000 rows, 40 columns and 10 MB.",
    "not_xlsx": "This is not an XLSX workbook. Save it in Excel or WPS as .xlsx and send it again.",
    "unreadable": "The workbook is damaged and cannot be read. Save it again in Excel or WPS.",
}


class _Answer(msgspec.Struct):
    """What the child process says: reader.py."""

    rows: list[list[str]] = []
    fault: str = ""


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
        answer = msgspec.json.decode(output, type=_Answer)
    except msgspec.DecodeError:  # it aborted: the sheet was beyond its limits
        raise Refused(_FAULTS["too_large"], field="file") from None
    if answer.fault:
        raise Refused(_FAULTS[answer.fault], field="file")
    return answer.rows


async def upload_roll(scope: Scope, content: bytes, name: str) -> int:
    """Read a roll and keep its preview; the roll's id. Raises Refused (field file) for what is no roll."""
    return await store_roll(scope, await read_sheet(content), content, name)


@database.scoped
async def store_roll(scope: Scope, sheet: list[list[str]], content: bytes, name: str) -> int:
    """Keep the preview of a sheet: what would become of each row. Changes no recipient."""
    found = columns.heads(sheet)
    if found is None:
        raise Refused("No row with the heads was found. It must name 姓名 and 身份证号.", field="file")
    start, fields, unknown = found
    lines = []
    for number, row in enumerate(sheet[start + 1 :], start + 2):
        cells = {field: row[column] for column, field in fields.items() if column < len(row)}
        if any(cells.values()):
            lines.append(Line(number, cells))
    if not lines:
        raise Refused("Below the heads there is no row.", field="file")
    registered = await rules.known_to(scope, lines)
    for line in lines:
        registered.judge(line)
    id = await database.add(
        Roll(
            county=scope.counties[0],
            station=scope.organisation,
            file_name=name[:200],
            digest=hashlib.sha256(content).digest(),
            rows=database.to_json(Sheet(unknown, list(fields.values()), lines)),
            state=RollState.PREVIEWED,
            created_at=clock.now(),
        )
    )
    record(scope, "recipients.upload_roll", "roll", id, rows=len(lines), file=name)
    return id


@database.scoped
async def commit_roll(scope: Scope, id: int) -> int:
    """Register the good rows of a roll, all in one transaction; how many. A second time gives the same number.

    The rows are judged again: what was registered since the preview is passed over. Raises NotFound, and Conflict
    when nothing is left to register.
    """
    roll = await database.lock(Roll, id)
    sheet = sheet_of(roll)
    if not roll.state.may(RollState.COMMITTED):
        return sum(line.verdict is Verdict.NEW for line in sheet.rows)
    await database.execute("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"roll:{scope.counties[0]}")
    registered = await rules.known_to(scope, sheet.rows)
    count = 0
    for line in sheet.rows:
        made = registered.judge(line)
        if made is None:
            continue
        try:
            line.person = await write(scope, *made)
            count += 1
        except DomainError as refused:  # a household of another category, a township: this row only
            line.verdict, line.sentences = Verdict.FAULT, [(refused.message, dict(refused.parameters))]
    if not count:
        raise Conflict("No row is left to register: the others are there already or have faults.")
    await database.change(
        Roll,
        id,
        {
            Roll.rows: database.to_json(sheet),
            Roll.state: roll.state.to(RollState.COMMITTED),
            Roll.committed_at: clock.now(),
        },
    )
    record(scope, "recipients.commit_roll", "roll", id, registered=count)
    return count
