"""Verbs on the catalogue and on the dated parameters: nothing is overwritten, a new version follows the old one."""

import re
from datetime import timedelta
from typing import Any

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Conflict, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries, seed
from shangmen.foundation.catalogue.forms import ParameterForm, RevisionForm


@database.scoped
async def load(scope: Scope) -> int:
    """Write the catalogue and the parameters that are not there yet; the number of rows written.

    A line or a parameter that exists in any version is left alone, so loading again changes nothing. The trail has no
    place for an event without a county: a set-up leaves none.
    """
    written = 0
    items = {row["code"] for row in await database.fetch("SELECT DISTINCT code FROM service_item")}
    for item in seed.ITEMS:
        if item.code not in items:
            await database.insert("service_item", **item.row())
            written += 1
    names = {row["name"] for row in await database.fetch("SELECT DISTINCT name FROM parameter")}
    for value in seed.PARAMETERS:
        if value.name not in names:
            await database.insert(
                "parameter",
                name=value.name,
                value=database.to_json(value.value),
                unit=value.unit,
                valid_from=value.valid_from,
                valid_to=None,
                source=value.source,
            )
            written += 1
    if written and scope.counties:
        record(scope, "catalogue.load", "service_item", None, rows=written)
    return written


@database.scoped
async def revise(scope: Scope, id: int, form: RevisionForm) -> int:
    """Let a new version of a line follow from `valid_from` on; the version before it ends the day before.

    Raises Conflict when `id` is not the last version, Refused when the days or the amounts do not fit. Returns the
    id of the new version.
    """
    old = await queries.item(scope, id)
    newest = await database.fetch_one(
        "SELECT id, valid_from FROM service_item WHERE code = :code ORDER BY valid_from DESC LIMIT 1 FOR UPDATE",
        code=old["code"],
    )
    if newest is None or newest["id"] != id:
        raise Conflict("This has changed since you opened it. Please open the newest version and revise that.")
    if form.valid_from <= old["valid_from"]:
        raise Refused(
            "The new version must begin after the present one (%(day)s).",
            field="valid_from",
            day=old["valid_from"].isoformat(),
        )
    if form.minimum_minutes > form.standard_minutes:
        raise Refused("The least time is longer than the standard time.", field="minimum_minutes")
    if form.price_ceiling is not None and form.price_ceiling <= 0:
        raise Refused("The amount must be more than zero.", field="price_ceiling")
    await database.update("service_item", id, valid_to=form.valid_from - timedelta(days=1))
    new = await database.insert(
        "service_item",
        code=old["code"],
        unit=old["unit"],
        kind=old["kind"],
        name=form.name,
        english=form.english,
        standard_minutes=form.standard_minutes,
        minimum_minutes=form.minimum_minutes,
        staff_count=form.staff_count,
        required_qualification=form.required_qualification,
        same_sex=form.same_sex,
        minors_check=form.minors_check,
        proof=list(form.proof),
        price_ceiling=form.price_ceiling,
        valid_from=form.valid_from,
        valid_to=None,
        source=form.source,
    )
    record(scope, "catalogue.revise", "service_item", new, code=old["code"], valid_from=form.valid_from, replaces=id)
    return new


@database.scoped
async def set_parameter(scope: Scope, form: ParameterForm) -> int:
    """Give a known parameter a new value from a day on; the value before it ends the day before.

    Raises Refused for an unknown name, a value of another shape, or a day that is not after the last value's.
    """
    last = await database.fetch_one(
        "SELECT * FROM parameter WHERE name = :name ORDER BY valid_from DESC LIMIT 1 FOR UPDATE", name=form.name
    )
    if last is None:
        raise Refused("There is no such parameter.", field="name")
    if form.valid_from <= last["valid_from"]:
        raise Refused(
            "The new value must begin after the present one (%(day)s).",
            field="valid_from",
            day=last["valid_from"].isoformat(),
        )
    before = database.from_json(last["value"])
    value = _like(before, form.value)
    await database.update("parameter", last["id"], valid_to=form.valid_from - timedelta(days=1))
    new = await database.insert(
        "parameter",
        name=form.name,
        value=database.to_json(value),
        unit=last["unit"],
        valid_from=form.valid_from,
        valid_to=None,
        source=form.source,
    )
    record(
        scope, "catalogue.set_parameter", "parameter", new,
        name=form.name, before=before, after=value, valid_from=form.valid_from,
    )  # fmt: skip
    return new


def _like(before: Any, text: str) -> Any:
    """`text` read in the shape of the value before it: a number, or a list of numbers."""
    if isinstance(before, dict):
        raise Refused("Several shares by grade cannot be set here.", field="name")
    try:
        if isinstance(before, list):
            made: Any = [_number(part) for part in re.split(r"[\s,，、;；]+", text.strip("[] ")) if part]
            if not made:
                raise ValueError(text)
            return made
        return _number(text)
    except ValueError:
        raise Refused("Give a number such as 18 or 0.1, not below zero.", field="value") from None


def _number(text: str) -> int | float:
    value = int(text) if re.fullmatch(r"\d{1,9}", text) else float(text)
    if not 0 <= value < 1e9:  # refuses nan and the infinite too
        raise ValueError(text)
    return value
