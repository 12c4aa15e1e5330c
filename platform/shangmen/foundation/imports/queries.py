"""Reads of imports."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import NotFound
from shangmen.foundation.imports.cells.places import Places, Township
from shangmen.foundation.imports.cells.reading import Note
from shangmen.foundation.imports.kinds import Line
from shangmen.foundation.imports.mapping import Mapping, Seen, digest
from shangmen.foundation.imports.states import ImportState, Verdict
from shangmen.foundation.regions import queries as regions


class Counts(msgspec.Struct):
    """How many rows of a list became what; `warned` are taken, and something is said about them."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    merged: int = 0
    refused: int = 0
    warned: int = 0


@dataclass(frozen=True)
class ImportView(database.Row):
    """An import without its file."""

    id: int
    county: int
    organisation: int | None
    kind: str
    file_name: str
    state: ImportState
    mapping: Mapping
    signature: str
    found: Seen
    counts: Counts
    fault: Note | None
    done: int
    created_at: datetime
    committed_at: datetime | None


_COLUMNS = (
    "id, county, organisation, kind, file_name, state, mapping, signature, found, counts,"
    " CASE WHEN fault = '{}' THEN NULL ELSE fault END AS fault, done, created_at, committed_at"
)
# Who sees an import: its own organisation; the desks of the county see those of everybody by row-level security.
_OWN = "county = ANY(:counties)"


@database.scoped
async def view(scope: Scope, id: int) -> ImportView:
    """An import; raises NotFound."""
    found = await database.row(
        ImportView,
        f"SELECT {_COLUMNS} FROM list_import WHERE id = :id AND {_OWN}",
        id=id,
        counties=list(scope.counties),
    )
    if found is None:
        raise NotFound
    return found


@database.scoped
async def latest(scope: Scope, kind: str) -> list[ImportView]:
    """The latest imports of a kind, newest first."""
    return await database.rows(
        ImportView,
        f"SELECT {_COLUMNS} FROM list_import WHERE kind = :kind AND {_OWN} ORDER BY id DESC LIMIT 15",
        kind=kind,
        counties=list(scope.counties),
    )


@dataclass(frozen=True)
class _LineRow(database.Row):
    line: Line


@database.scoped
async def lines(
    scope: Scope, id: int, verdict: Verdict | None = None, after: int = 0, limit: int | None = None
) -> list[Line]:
    """The rows of an import in the order of the sheet, of one verdict or of all, after a row."""
    await view(scope, id)
    found = await database.rows(
        _LineRow,
        "SELECT line FROM import_row WHERE list_import = :id AND (:verdict = '' OR verdict = :verdict)"
        " AND row > :after"
        " ORDER BY row LIMIT :limit",
        id=id,
        verdict=verdict or "",
        after=after,
        limit=limit,
    )
    return [one.line for one in found]


@database.scoped
async def differing(scope: Scope, id: int) -> list[Line]:
    """The rows of an import that say otherwise than what is known."""
    found = await database.rows(
        _LineRow,
        "SELECT line FROM import_row WHERE list_import = :id AND jsonb_array_length(line -> 'changes') > 0"
        " AND verdict <> 'refused' ORDER BY row",
        id=id,
    )
    return [one.line for one in found]


@dataclass(frozen=True)
class _MappingRow(database.Row):
    mapping: Mapping


@database.scoped
async def remembered(scope: Scope, kind: str, signature: str) -> Mapping | None:
    """What the sender's columns and words meant when a list of these heads came last."""
    found = await database.row(
        _MappingRow,
        "SELECT mapping FROM import_mapping WHERE county = :county AND organisation IS NOT DISTINCT FROM :organisation"
        " AND kind = :kind"
        " AND signature = :signature",
        county=scope.county,
        organisation=scope.organisation,
        kind=kind,
        signature=digest(signature),
    )
    return found.mapping if found else None


@dataclass(frozen=True)
class _BroughtRow(database.Row):
    subject: int
    typed: dict[str, str]


@database.scoped
async def brought_before(scope: Scope, kind: str, signature: str, subjects: list[int]) -> dict[int, dict[str, str]]:
    """Which of these people or things a committed list of the same heads has brought before, and its cells then."""
    found = await database.rows(
        _BroughtRow,
        "SELECT DISTINCT ON (r.subject) r.subject, r.line -> 'typed' AS typed"
        " FROM import_row r JOIN list_import i ON i.id = r.list_import"
        " WHERE i.county = ANY(:counties) AND i.kind = :kind AND i.signature = :signature AND i.state = 'committed'"
        " AND r.subject = ANY(:subjects) AND r.verdict <> 'refused' ORDER BY r.subject, r.list_import DESC",
        counties=list(scope.counties),
        kind=kind,
        signature=signature,
        subjects=subjects,
    )
    return {one.subject: one.typed for one in found}


@database.scoped
async def places(scope: Scope) -> Places:
    """The townships of the viewer's county with their former names, to be recognised in cells."""
    county = await regions.county(scope)
    former: dict[int, list[str]] = {}
    for one in await regions.divisions(scope, past=True):
        if one.replaced_by:
            former.setdefault(one.replaced_by, []).append(one.name)
    return Places(
        county.name,
        [Township(one.id, one.name, tuple(former.get(one.id, ()))) for one in await regions.townships(scope)],
    )
