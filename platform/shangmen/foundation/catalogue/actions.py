"""Verbs on the catalogue and on the dated parameters: nothing is overwritten, a new version follows the old one."""

import re
from collections.abc import Collection
from datetime import timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.errors import Refused, Stale
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries, seed, units
from shangmen.foundation.catalogue.forms import ParameterForm, RevisionForm
from shangmen.foundation.catalogue.holidays import actions as holidays
from shangmen.foundation.catalogue.queries import Number, Values
from shangmen.foundation.catalogue.states import PaperKind
from shangmen.foundation.catalogue.tables import Parameter, ServiceItem
from shangmen.web.language import gettext, label, words

PAPERS = "papers"  # the unit of what services ask for
ALL_SERVICES = "all"

# Units of which there are no parts: a parameter in one of them is read as a whole number.
WHOLE = frozenset(
    {
        "days",
        "hours",
        "households",
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

    Raises Stale when `id` is not the last version, Refused when the days or the amounts do not fit. Returns the
    id of the new version.
    """
    old = await queries.item(scope, id)
    newest = await database.value(
        int,
        "SELECT id FROM service_item WHERE code = :code ORDER BY valid_from DESC LIMIT 1 FOR UPDATE",
        code=old.code,
    )
    if newest != id:
        raise Stale
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

    `form.value` is in the units that people use (units.py). A value that has not begun is replaced by one for the same
    day. Raises Refused for an unknown name, a value of another shape or beyond seed.LIMITS, or a day that is not after
    the last value's; Stale when a value was set since the one that was seen.
    """
    last = await database.row(
        queries.ParameterRow,
        "SELECT * FROM parameter WHERE name = :name ORDER BY valid_from DESC LIMIT 1 FOR UPDATE",
        name=form.name,
    )
    if last is None:
        raise Refused("There is no such parameter.", field="name")
    if form.version is not None and form.version != await queries.parameter_version(scope, form.name):
        raise Stale
    mended = form.valid_from == last.valid_from > clock.today()
    if form.valid_from <= last.valid_from and not mended:
        raise Refused(
            "The new value must begin after the present one (%(day)s).",
            field="valid_from",
            day=last.valid_from.isoformat(),
        )
    before, measure = last.value, units.measure(form.name, last.unit)
    if isinstance(before, dict):
        value: Values = await _by_key(scope, before, form.value, measure, papers=last.unit == PAPERS)
    else:
        value = _like(before, form.value, measure, whole=last.unit in WHOLE)
    _within(form.name, value, measure)
    if mended:
        await database.change(
            Parameter, last.id, {Parameter.value: database.to_json(value), Parameter.source: form.source}
        )
        return _noted(scope, last.id, form, before, value)
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
    return _noted(scope, new, form, before, value)


def _noted(scope: Scope, id: int, form: ParameterForm, before: Values, value: Values) -> int:
    record(
        scope, "catalogue.set_parameter", "parameter", id,
        name=form.name, before=before, after=value, valid_from=form.valid_from,
    )  # fmt: skip
    return id


async def _by_key(
    scope: Scope, before: dict[str, Number | list[str]], text: str, measure: units.Measure, papers: bool
) -> dict[str, Number | list[str]]:
    """`text` read line by line: papers by the service that asks for them, or shares by the grades of now."""
    try:
        lines = units.lines(text)
    except ValueError as wrong:
        raise Refused(
            "“%(line)s”: a code or a grade, a colon, then its papers or its share.", "value", line=str(wrong)
        ) from wrong
    found: dict[str, Number | list[str]] = {}
    known = [item.code for item in await queries.items(scope)] if papers else []
    for said, parts in lines:
        key = _word(said, (ALL_SERVICES, *known) if papers else before, begins=papers)
        if key is None or key in found:
            raise Refused("“%(word)s” is no service and no grade, or stands twice.", "value", word=said)
        if papers:
            kinds = [(part, _word(part, tuple(PaperKind))) for part in parts]
            unknown = [part for part, kind in kinds if kind is None]
            if unknown or not kinds:
                raise Refused(
                    "“%(word)s” is no paper. Those known: %(papers)s.",
                    "value",
                    word=unknown[0] if unknown else said,
                    papers=gettext(", ").join(label(kind) for kind in PaperKind),
                )
            found[key] = list(dict.fromkeys(str(kind) for _part, kind in kinds))
        else:
            found[key] = _number("".join(parts), measure)
    if not papers and found.keys() != before.keys():
        raise Refused("Give a share for each grade of now.", field="value")
    return found


def _word(said: str, known: Collection[str], begins: bool = False) -> str | None:
    """The code that is meant by itself, by its word in either language, or (`begins`) by how a known one begins."""
    for code in known:
        if said in (code, label(code), words(code)):
            return code
    return said if begins and any(code.startswith(said) for code in known) else None


def _number(text: str, measure: units.Measure) -> Number:
    try:
        return measure.stored(text)
    except ValueError:
        raise Refused("Give a number as the present value is shown, not below zero.", field="value") from None


def _like(before: Values, text: str, measure: units.Measure, whole: bool) -> Values:
    """`text` read in the shape of the value before it: a number, or a list of numbers."""
    parts = [part for part in re.split(r"[\s,，、;；–—~-]+", text.strip("[] ")) if part]
    try:
        numbers = [measure.stored(part) for part in (parts if isinstance(before, list) else [text])]
    except ValueError:
        numbers = []
    if not numbers:
        raise Refused("Give a number as the present value is shown, not below zero.", field="value")
    if whole and not all(isinstance(number, int) for number in numbers):
        raise Refused("Give a whole number.", field="value")
    if whole and isinstance(before, list) and len(numbers) != len(before):
        raise Refused("Give as many numbers as now: %(count)s.", field="value", count=len(before))
    return numbers if isinstance(before, list) else numbers[0]


def _within(name: str, value: Values, measure: units.Measure) -> None:
    """Refuse a value with which no rule makes sense."""
    if name not in seed.LIMITS:
        return
    least, most = seed.LIMITS[name]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    numbers = list(parts)
    if not all(isinstance(number, int | float) and least <= number <= most for number in numbers):
        raise Refused(
            "Give a value from %(least)s to %(most)s.",
            field="value",
            least=measure.shown(least),
            most=measure.shown(most),
        )
