"""Lists from the shell: `shangmen import KIND FILE --county CODE --as LOGIN`."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from shangmen import access, database
from shangmen.access import Scope
from shangmen.errors import Forbidden, NotFound, Refused, StartError
from shangmen.foundation.accounts import queries as accounts
from shangmen.foundation.imports import actions, kinds, papers, phrases, queries
from shangmen.foundation.imports.mapping import Mapping
from shangmen.foundation.imports.states import Verdict

UNREADABLE = 2  # the exit status for a file that is no such list


async def take(
    kind: str, file: Path, county: str, login: str, mapping: Path | None, commit: bool, out: Path | None
) -> int:
    """Preview a list, or write it; prints one JSON object as the last line. 0 where the file could be read, else 2.

    Raises StartError for a county, a log-in name or a file of the mapping that is not there.
    """
    began = time.monotonic()
    chosen = _mapping(mapping)
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError as fault:
        return _unreadable(f"{file}: {fault.strerror}")
    await database.open_pool(2)
    try:
        scope = await _sender(county, login)
        try:
            id = await actions.upload(scope, kind, content, file.name, chosen)
            await actions.preview(scope, id)
            if commit:
                await actions.commit(scope, id)
        except Refused as refused:
            return _unreadable(str(refused))
        except Forbidden:
            raise StartError(f"{login} may not import {kind}.") from None
        told = await _told(scope, id)
        if out:
            view = await queries.view(scope, id)
            refused_lines = await queries.lines(scope, id, Verdict.REFUSED)
            sheet = papers.rejects(kinds.kind(kind), view.found, refused_lines)
            await asyncio.to_thread(out.write_bytes, sheet)
    finally:
        await database.close_pool()
    told |= {"committed": commit, "seconds": round(time.monotonic() - began, 2)}
    print(msgspec.json.encode(told).decode(), flush=True)
    return 0


def _unreadable(sentence: str) -> int:
    print(msgspec.json.encode({"fault": sentence}).decode(), flush=True)
    return UNREADABLE


def _mapping(file: Path | None) -> Mapping | None:
    if file is None:
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=Mapping)
    except (OSError, msgspec.DecodeError) as fault:
        raise StartError(f"{file}: this is no mapping ({fault}).") from fault


async def _sender(code: str, login: str) -> Scope:
    """The scope of whoever sends the list, in the county of the code; raises StartError."""
    async with database.transaction(access.system(purpose="import")):
        county = await database.value(
            int,
            "SELECT id FROM division WHERE level = 'county' AND (code = :code OR code = :long) ORDER BY id LIMIT 1",
            code=code,
            long=code.ljust(12, "0"),
        )
    if county is None:
        raise StartError(f"There is no county {code}: load it with `shangmen county load {code}`.")
    try:
        scope = await accounts.as_user(access.system(county, purpose="import"), login)
    except NotFound:
        raise StartError(f"There is no account {login} in {code}.") from None
    if scope.counties != (county,):
        raise StartError(f"{login} belongs to another county than {code}.")
    return replace(scope, purpose="import")


async def _told(scope: Scope, id: int) -> dict[str, Any]:
    view = await queries.view(scope, id)
    lines = await queries.lines(scope, id)
    counts = msgspec.to_builtins(view.counts)
    refused = [
        {"row": line.row, "code": line.refusal.code, "sentence": phrases.sentence(line.refusal)}
        | ({"suggest": line.refusal.words["suggest"]} if "suggest" in line.refusal.words else {})
        for line in lines
        if line.refusal
    ]
    warnings = [
        {"row": note.row or line.row, "code": note.code, "sentence": phrases.sentence(note)}
        for line in lines
        if not line.refusal
        for note in line.notes
    ]
    differences = [
        {"row": line.row, **msgspec.to_builtins(change)}
        for line in lines
        for change in line.changes
        if line.verdict is not Verdict.REFUSED
    ]
    return {
        "kind": view.kind,
        "import": id,
        "sheet": view.found.sheet,
        "head_rows": view.found.head_rows,
        "columns": view.found.columns,
        "passed": view.found.passed,
        "other_sheets": view.found.other_sheets,
        **{name: counts[name] for name in ("rows", "new", "changed", "same", "merged")},
        "refused": refused,
        "warnings": warnings,
        "differences": differences,
    }
