"""Verbs on divisions: correct one; rename, merge or split townships from a day on. Nothing recorded before changes."""

import re
from datetime import date, timedelta

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.errors import Conflict, Refused
from shangmen.foundation import identity
from shangmen.foundation.audit.actions import record
from shangmen.foundation.regions import queries
from shangmen.foundation.regions.events import DivisionReplaced, DivisionSplit, DivisionSplitting
from shangmen.foundation.regions.forms import DivisionForm, MergeForm, RenameForm, SplitForm
from shangmen.foundation.regions.states import Level, PositionSource
from shangmen.foundation.regions.tables import Division
from shangmen.web import text


@database.scoped
async def correct(scope: Scope, id: int, form: DivisionForm) -> int:
    """Keep a division with another terrain or centre; its id. Raises NotFound, Stale, Refused for half a position."""
    await queries.division(scope, id)
    before = await database.lock(Division, id, form.version)
    identity.position(form.latitude, form.longitude)
    moved = (form.latitude, form.longitude) != (before.latitude, before.longitude)
    source = PositionSource.SURVEYED if form.latitude is not None else PositionSource.UNKNOWN
    values = {
        Division.terrain: form.terrain,
        Division.latitude: form.latitude,
        Division.longitude: form.longitude,
        Division.position_source: source if moved else before.position_source,
    }
    await database.change(Division, id, values)
    record(scope, "regions.correct", "division", id, terrain=form.terrain, moved=moved)
    return id


@database.scoped
async def rename(scope: Scope, id: int, form: RenameForm) -> int:
    """Give a township another name, code, or both, from a day on; the id of the new row.

    Papers of before keep the old name, statistics join both. Raises what `_open` and `_code` raise.
    """
    old = await _open(scope, id, form)
    new = await _add(scope, old, form, await _code(scope, form, id))
    await _replace(scope, old, new, form.valid_from)
    record(scope, "regions.rename", "division", new, code=form.code, name=form.name, on=form.valid_from, before=id)
    return new


@database.scoped
async def merge(scope: Scope, id: int, form: MergeForm) -> int:
    """Make one township of several from a day on; the id of the new row. Raises as `rename`."""
    if not set(form.others) - {id}:
        raise Refused("Choose the townships that are merged with it.", field="others")
    code = await _code(scope, form, id, *form.others)
    olds = [await _open(scope, id, form)]
    olds += [await _open(scope, other, form, seen=False) for other in sorted(set(form.others) - {id})]
    new = await _add(scope, olds[0], form, code)
    for old in olds:
        await _replace(scope, old, new, form.valid_from)
    record(
        scope, "regions.merge", "division", new,
        code=form.code, name=form.name, on=form.valid_from, merged=[old.name for old in olds],
    )  # fmt: skip
    return new


@database.scoped
async def split(scope: Scope, id: int, form: SplitForm) -> int:
    """Make a new township of villages of an old one, which goes on; the id of the new row. Raises as `rename`.

    On its first day (`daily.py` where that lies ahead) those villages and their people belong to it, and whoever
    serves the old one serves it too. Raises Refused for a village that the old one does not have.
    """
    old = await _open(scope, id, form)
    villages = tuple(dict.fromkeys(part for part in re.split(r"[\s,，、;；]+", form.villages) if part))
    code = await _code(scope, form)
    await effects.publish(scope, DivisionSplitting(id, villages))
    new = await _add(scope, old, form, code, split_from=id, villages=villages)
    await database.change(Division, id, {Division.name: old.name})  # who has this page open hears of it
    if form.valid_from <= clock.today():
        await effects.publish(scope, DivisionSplit(id, new, villages))
    record(
        scope, "regions.split", "division", new,
        code=form.code, name=form.name, on=form.valid_from, before=id, villages=list(villages),
    )  # fmt: skip
    return new


async def _open(scope: Scope, id: int, form: RenameForm, seen: bool = True) -> Division:
    """A township that changes; raises NotFound, Stale, Conflict for one that was replaced, Refused for a wrong day."""
    await queries.division(scope, id)
    row = await database.lock(Division, id, form.version if seen else None)
    if row.level is not Level.TOWNSHIP or row.replaced_by is not None:
        raise Conflict("This township was replaced already.")
    if form.valid_from <= row.valid_from:
        raise Refused("It begins on %(day)s itself.", field="valid_from", day=row.valid_from.isoformat())
    return row


async def _code(scope: Scope, form: RenameForm, *ending: int) -> str:
    """The code in twelve digits; raises Refused for one of another county, or one of a township that does not end."""
    code = text.code(form.code)
    if not re.fullmatch(r"\d{9}(\d{3})?", code):
        raise Refused("A township's code has nine or twelve digits.", field="code")
    code = code.ljust(12, "0")
    county = await queries.county(scope)
    if not code.startswith(county.code[:6]):
        raise Refused("The codes of this county begin with %(code)s.", field="code", code=county.code[:6])
    if await database.exists(
        "SELECT 1 FROM division WHERE code = :code AND (valid_to IS NULL OR valid_to >= :day)"
        " AND NOT (id = ANY(:ending))",
        code=code,
        day=form.valid_from,
        ending=list(ending),
    ):
        raise Refused("Another township has this code.", field="code")
    return code


async def _add(
    scope: Scope,
    old: Division,
    form: RenameForm,
    code: str,
    split_from: int | None = None,
    villages: tuple[str, ...] = (),
) -> int:
    return await database.add(
        Division(
            code=code,
            name=form.name,
            level=Level.TOWNSHIP,
            parent=scope.county,
            valid_from=form.valid_from,
            split_from=split_from,
            split_villages="、".join(villages),
            latitude=old.latitude,
            longitude=old.longitude,
            position_source=old.position_source,
            terrain=old.terrain,
        )
    )


async def _replace(scope: Scope, old: Division, new: int, day: date) -> None:
    await database.change(Division, old.id, {Division.valid_to: day - timedelta(days=1), Division.replaced_by: new})
    if day <= clock.today():
        await effects.publish(scope, DivisionReplaced(old.id, new))
