"""Verbs on the catalogue and on the dated parameters: nothing is overwritten, a new version follows the old one."""

import re
from datetime import timedelta

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import Conflict, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries, seed
from shangmen.foundation.catalogue.forms import ParameterForm, RevisionForm
from shangmen.foundation.catalogue.holidays import actions as holidays
from shangmen.foundation.catalogue.queries import Number, Values
from shangmen.foundation.catalogue.tables import Parameter, ServiceItem

# Units of which there are no parts: a parameter in one of them is read as a whole number.
WHOLE = frozenset(
    {
        "days",
        "hours",
        "km/h",
        "metres",
        "minutes",
        "minutes of the day",
        "months",
        "needs",
        "percent",
        "visits",
        "working days",
        "years",
    }
)


@database.scoped
async def load(scope: Scope) -> int:
    """Write the catalogue, the parameters and the holidays that are not there yet; the number of rows written.

    A line or a parameter that exists in any version is left alone, so loading again changes nothing. The trail has no
    place for an event without a county: a set-up leaves none.
    """
    written = 0
    items = set(await database.values(str, "SELECT DISTINCT code FROM service_item"))
    for item in seed.ITEMS:
        if item.code not in items:
            await database.add(item.first_version())
            written += 1
    names = set(await database.values(str, "SELECT DISTINCT name FROM parameter"))
    for value in seed.PARAMETERS:
        if value.name not in names:
            await database.add(
                Parameter(
                    name=value.name,
                    value=database.to_json(value.value),
                    unit=value.unit,
                    valid_from=value.valid_from,
                    source=value.source,
                )
            )
            written += 1
    written += await holidays.load(scope)
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
    newest = await database.value(
        int,
        "SELECT id FROM service_item WHERE code = :code ORDER BY valid_from DESC LIMIT 1 FOR UPDATE",
        code=old.code,
    )
    if newest != id:
        raise Conflict("This has changed since you opened it. Please open the newest version and revise that.")
    if form.valid_from <= old.valid_from:
        raise Refused(
            "The new version must begin after the present one (%(day)s).",
            field="valid_from",
            day=old.valid_from.isoformat(),
        )
    if form.minimum_minutes > form.standard_minutes:
        raise Refused("The least time is longer than the standard time.", field="minimum_minutes")
    if form.price_ceiling is not None and form.price_ceiling <= 0:
        raise Refused("The amount must be more than zero.", field="price_ceiling")
    await database.change(ServiceItem, id, {ServiceItem.valid_to: form.valid_from - timedelta(days=1)})
    new = await database.add(
        ServiceItem(
            code=old.code,
            unit=old.unit,
            kind=old.kind,
            name=form.name,
            english=form.english,
            standard_minutes=form.standard_minutes,
            minimum_minutes=form.minimum_minutes,
            staff_count=form.staff_count,
            required_qualification=form.required_qualification,
            same_sex=form.same_sex,
            minors_check=form.minors_check,
            proof=database.to_json(form.proof),
            price_ceiling=form.price_ceiling,
            valid_from=form.valid_from,
            source=form.source,
        )
    )
    record(scope, "catalogue.revise", "service_item", new, code=old.code, valid_from=form.valid_from, replaces=id)
    return new


@database.scoped
async def set_parameter(scope: Scope, form: ParameterForm) -> int:
    """Give a known parameter a new value from a day on; the value before it ends the day before.

    Raises Refused for an unknown name, a value of another shape or beyond seed.LIMITS, or a day that is not after the
    last value's.
    """
    last = await database.row(
        queries.ParameterRow,
        "SELECT * FROM parameter WHERE name = :name ORDER BY valid_from DESC LIMIT 1 FOR UPDATE",
        name=form.name,
    )
    if last is None:
        raise Refused("There is no such parameter.", field="name")
    if form.valid_from <= last.valid_from:
        raise Refused(
            "The new value must begin after the present one (%(day)s).",
            field="valid_from",
            day=last.valid_from.isoformat(),
        )
    before = last.value
    value = _like(before, form.value, whole=last.unit in WHOLE)
    _within(form.name, value)
    await database.change(Parameter, last.id, {Parameter.valid_to: form.valid_from - timedelta(days=1)})
    new = await database.add(
        Parameter(
            name=form.name,
            value=database.to_json(value),
            unit=last.unit,
            valid_from=form.valid_from,
            source=form.source,
        )
    )
    record(
        scope, "catalogue.set_parameter", "parameter", new,
        name=form.name, before=before, after=value, valid_from=form.valid_from,
    )  # fmt: skip
    return new


def _like(before: Values, text: str, whole: bool) -> Values:
    """`text` read in the shape of the value before it: a number, or a list of numbers."""
    if isinstance(before, dict):
        raise Refused("Several shares by grade cannot be set here.", field="name")
    parts = [part for part in re.split(r"[\s,，、;；]+", text.strip("[] ")) if part]
    try:
        numbers = [_number(part) for part in (parts if isinstance(before, list) else [text])]
    except ValueError:
        numbers = []
    if not numbers:
        raise Refused("Give a number such as 18 or 0.1, not below zero.", field="value")
    if whole and not all(isinstance(number, int) for number in numbers):
        raise Refused("Give a whole number.", field="value")
    if whole and isinstance(before, list) and len(numbers) != len(before):
        raise Refused("Give as many numbers as now: %(count)s.", field="value", count=len(before))
    return numbers if isinstance(before, list) else numbers[0]


def _within(name: str, value: Values) -> None:
    """Refuse a value with which no rule makes sense."""
    least, most = seed.LIMITS[name]
    numbers = value if isinstance(value, list) else [value]
    if not all(isinstance(number, int | float) and least <= number <= most for number in numbers):
        raise Refused("Give a value from %(least)s to %(most)s.", field="value", least=f"{least:g}", most=f"{most:g}")


def _number(text: str) -> Number:
    value = int(text) if re.fullmatch(r"\d{1,9}", text) else float(text)
    if not 0 <= value < 1e9:  # refuses nan and the infinite too
        raise ValueError(text)
    return value
