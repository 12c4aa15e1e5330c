"""Reading deeds."""

from dataclasses import dataclass
from datetime import datetime

from shangmen import access, database
from shangmen.access import Scope
from shangmen.errors import NotFound


@dataclass(frozen=True)
class DeedRow(database.Row):
    """A deed as pages show it."""

    id: int
    route: str
    verb: str
    subject: str
    subject_id: int
    details: dict[str, object]
    reason: str
    user_name: str
    done_at: datetime
    undone_at: datetime | None


@database.scoped
async def deed(scope: Scope, id: int) -> DeedRow:
    """A deed that the viewer may take back; raises NotFound for others, and for roles that could not have done it."""
    found = await database.row(DeedRow, "SELECT * FROM deed WHERE id = :id", id=id)
    if found is None or not access.may(scope.role, found.route):
        raise NotFound
    return found


@database.scoped
async def in_care(scope: Scope, person: int) -> bool:
    """Whether the viewer may change a person's file: not the station that handed it over (policies.sql)."""
    return await database.exists("SELECT 1 WHERE app_in_care(:person)", person=person)


@database.scoped
async def undoable(scope: Scope, subject: str, subject_id: int) -> list[DeedRow]:
    """What was done to a row and stands, the newest first, as far as the viewer may take it back."""
    if not access.may(scope.role, "deeds.undo"):
        return []
    found = await database.rows(
        DeedRow,
        "SELECT * FROM deed WHERE subject = :subject AND subject_id = :id AND undone_at IS NULL"
        " AND (subject <> 'person' OR app_in_care(subject_id))"
        " ORDER BY id DESC LIMIT 8",
        subject=subject,
        id=subject_id,
    )
    return [one for one in found if access.may(scope.role, one.route)]


@dataclass(frozen=True)
class Change(database.Row):
    """What a deed did to one row: its columns before the deed and after it; None where the deed made the row."""

    relation: str
    row_id: int
    before: dict[str, object] | None
    after: dict[str, object] | None


@database.scoped
async def changes(scope: Scope, deed: int) -> list[Change]:
    """The rows that a deed changed, each with what it was at first and what it became at last."""
    merged: dict[tuple[str, int], Change] = {}
    for step in await database.rows(
        Change, "SELECT relation, row_id, before, after FROM deed_change WHERE deed = :deed ORDER BY id", deed=deed
    ):
        key = (step.relation, step.row_id)
        known = merged.get(key)
        if known is None:
            merged[key] = step
        elif known.before is not None and known.after is not None:
            merged[key] = Change(*key, {**(step.before or {}), **known.before}, {**known.after, **(step.after or {})})
    return list(merged.values())
