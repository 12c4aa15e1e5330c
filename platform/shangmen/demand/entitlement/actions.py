"""Verbs on the ladder: nothing is overwritten, a new version of a rung follows the old one from a day on."""

from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.entitlement import queries, seed
from shangmen.demand.entitlement.forms import AdoptForm, EndRungForm, GateForm, RungForm
from shangmen.demand.entitlement.rules import Gate
from shangmen.demand.entitlement.tables import Rung
from shangmen.errors import Faults, Refused
from shangmen.foundation.audit.actions import record


@database.scoped
async def load(scope: Scope) -> int:
    """Write everybody's ladder where there is none at all; the number of rungs written."""
    if await database.exists("SELECT 1 FROM entitlement_rung WHERE division IS NULL"):
        return 0
    for first in seed.DEFAULT:
        await _write(None, first, seed.VALID_FROM, seed.POLICY)
    return len(seed.DEFAULT)


@database.scoped
async def add(scope: Scope, form: RungForm) -> int:
    """A new rung for a division of the viewer's county, city or region; its id. Raises Faults beside the fields."""
    await _check(scope, form)
    id = await database.add(_row(form))
    record(scope, "entitlement.add", "entitlement_rung", id, source=form.source, valid_from=form.valid_from)
    return id


@database.scoped
async def revise(scope: Scope, id: int, form: RungForm) -> int:
    """Let another version follow a rung from a day on; the version before it ends the day before. The new one's id.

    A version that has not begun is mended in its place. Everybody's ladder is left alone: what a county, city or
    region says of a service instead stands above it. Raises Faults beside the fields, NotFound, Stale.
    """
    old = await _locked(id, form.version)
    await _check(scope, form)
    if form.code != old.code:
        raise Refused("A rung stays with its service; add another one.", field="code")
    if form.division != old.division:
        raise Refused("A rung stays with its division; add another one.", field="division")
    if old.valid_to is not None and form.valid_from > old.valid_to:
        raise Refused("This rung ended on %(day)s; add another one.", field="valid_from", day=old.valid_to)
    if form.valid_from == old.valid_from > clock.today():
        new = _row(form)
        await database.change(
            Rung,
            id,
            {
                Rung.gate: new.gate, Rung.proposed: new.proposed, Rung.visits: new.visits,
                Rung.minutes: new.minutes, Rung.yuan: new.yuan, Rung.source: new.source,
            },
        )  # fmt: skip
        record(scope, "entitlement.mend", "entitlement_rung", id, source=form.source)
        return id
    if form.valid_from <= old.valid_from:
        raise Refused(
            "The new version must begin after the present one (%(day)s).", field="valid_from", day=old.valid_from
        )
    last = old.valid_to
    await database.change(Rung, id, {Rung.valid_to: form.valid_from - timedelta(days=1)})
    row = _row(form)
    row.valid_to = last
    follows = await database.add(row)
    record(
        scope, "entitlement.revise", "entitlement_rung", follows,
        replaces=id, source=form.source, valid_from=form.valid_from,
    )  # fmt: skip
    return follows


@database.scoped
async def end(scope: Scope, id: int, form: EndRungForm) -> int:
    """Let a rung end on a day; its id. Raises Refused for a day before its first or, once it holds, before today."""
    old = await _locked(id, form.version)
    if form.valid_to < old.valid_from:
        raise Refused("The end lies before the beginning.", field="valid_to")
    if form.valid_to < clock.today():
        raise Refused("This day is past.", field="valid_to")
    await database.change(Rung, id, {Rung.valid_to: form.valid_to})
    record(scope, "entitlement.end", "entitlement_rung", id, source=form.source, valid_to=form.valid_to)
    return id


@database.scoped
async def adopt(scope: Scope, form: AdoptForm) -> int:
    """Take over a published ladder for the viewer's county from a day on; the number of rungs written.

    Raises Refused when it is not known, or stands already.
    """
    chosen = seed.PUBLISHED.get(form.ladder)
    if chosen is None:
        raise Refused("Choose one of the options.", field="ladder")
    if form.valid_from < clock.today():
        raise Refused("This day is past.", field="valid_from")
    if await database.exists(
        "SELECT 1 FROM entitlement_rung WHERE division = :county AND source = :source"
        " AND (valid_to IS NULL OR valid_to >= :day)",
        county=scope.county,
        source=chosen.source,
        day=form.valid_from,
    ):
        raise Refused("The county has taken over this ladder already.", field="ladder")
    for first in chosen.rungs:
        await _write(scope.county, first, form.valid_from, chosen.source)
    record(scope, "entitlement.adopt", "division", scope.county, ladder=form.ladder, valid_from=form.valid_from)
    return len(chosen.rungs)


async def _write(division: int | None, first: seed.First, day: date, source: str) -> int:
    return await database.add(
        Rung(
            division=division,
            code=first.code,
            gate=database.to_json(first.gate),
            proposed=first.proposed,
            visits=first.amount.visits,
            minutes=first.amount.minutes,
            yuan=first.amount.yuan,
            valid_from=day,
            source=source,
        )
    )


async def _locked(id: int, version: int | None) -> Rung:
    """A rung that may be changed, locked."""
    found = await database.lock(Rung, id, version)
    if found.division is None:
        raise Refused("Everybody's ladder is not changed here; write the county's own above it.")
    return found


async def _check(scope: Scope, form: RungForm) -> None:
    faults: dict[str, tuple[str, dict[str, object]]] = {}
    if form.visits is None and form.hours is None and form.yuan is None:
        faults["visits"] = ("Say visits, hours or money a month; 0 visits grant nothing.", {})
    if form.proposed and (not form.code or (form.visits is not None and form.proposed > form.visits)):
        faults["proposed"] = ("No more can be proposed than is granted, and only of one service.", {})
    if form.age_from is not None and form.age_to is not None and form.age_to < form.age_from:
        faults["age_to"] = ("The end lies before the beginning.", {})
    if form.code and not await database.exists("SELECT 1 FROM service_item WHERE code = :code", code=form.code):
        faults["code"] = ("Choose one of the options.", {})
    if form.division not in {row.id for row in await queries.divisions(scope, scope.county)}:
        faults["division"] = ("Choose one of the options.", {})
    if form.valid_from < clock.today():
        faults["valid_from"] = ("This day is past.", {})
    if faults:
        raise Faults(faults)


def gate(form: GateForm) -> Gate:
    """The gate that a form says."""
    return Gate(
        groups=tuple(form.groups),
        categories=tuple(form.categories),
        tiers=tuple(dict.fromkeys(form.tiers)),
        levels=tuple(form.levels),
        livings=tuple(form.livings),
        certificate_types=tuple(form.certificate_types),
        certificate_grades=tuple(form.certificate_grades),
        age_from=form.age_from,
        age_to=form.age_to,
    )


def _row(form: RungForm) -> Rung:
    return Rung(
        division=form.division,
        code=form.code,
        gate=database.to_json(gate(form)),
        proposed=form.proposed,
        visits=form.visits,
        minutes=None if form.hours is None else round(form.hours * 60),
        yuan=form.yuan,
        valid_from=form.valid_from,
        source=form.source,
    )
