"""Registering a recipient and correcting the file."""

from datetime import date, timedelta
from typing import Any

import asyncpg
import msgspec

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.demand.recipients import queries
from shangmen.demand.recipients.events import HouseholdChanged
from shangmen.demand.recipients.forms import RecipientForm
from shangmen.demand.recipients.households import last_day
from shangmen.demand.recipients.registration.rules import Checked, check
from shangmen.errors import Conflict, Refused
from shangmen.foundation.audit.actions import record

STALE = "This has changed since you opened it. Open it again and decide on what it says now."


async def refuse_known(scope: Scope, number: str | None, except_for: int = 0) -> None:
    """Raise Refused when the ID number is registered in the county, naming who can see that file.

    Two registrations at the same moment wait for each other here, so that the second gets the sentence too.
    """
    if number is None:
        return
    async with database.elevated(scope) as system:
        county = system.counties[0]
        await database.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(:key, 0))", key=f"roll:{county}")
        await database.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"person:{county}:{number}"
        )
        known = await database.fetch_one(
            "SELECT p.id, p.name, p.station, o.name AS station_name FROM person p JOIN organisation o"
            " ON o.id = p.station WHERE p.id_number = :number AND p.county = ANY(:counties) AND p.id <> :except_for",
            number=number,
            counties=list(system.counties),
            except_for=except_for,
        )
    if known is None:
        return
    if known["station"] == scope.organisation:
        raise Refused(
            "%(name)s is already registered with this ID number, at your own station.",
            field="id_number",
            name=known["name"],
        )
    raise Refused(
        "This ID number is already registered with %(station)s. That station and the bureau can see the file.",
        field="id_number",
        station=known["station_name"],
    )


async def _township(scope: Scope, wanted: int | None) -> int:
    townships = [row["id"] for row in await queries.own_townships(scope)]
    if wanted is None and len(townships) == 1:
        return int(townships[0])
    if wanted is None or wanted not in townships:
        raise Refused("Choose the township.", field="township")
    return int(wanted)


async def _station(scope: Scope, township: int) -> int:
    if scope.role == Role.STATION_SCHEDULER and scope.organisation:
        return scope.organisation
    station = await database.fetch_value(
        "SELECT id FROM organisation WHERE kind = 'station' AND township = :township AND status = 'active'"
        " ORDER BY id LIMIT 1",
        township=township,
    )
    if station is None:
        raise Refused("This township has no station.", field="township")
    return int(station)


async def _household(scope: Scope, form: RecipientForm, station: int) -> int:
    """The household of that number at the station when its category agrees, else a new one."""
    if form.household_number:
        known = await database.fetch_one(
            "SELECT id, category FROM household WHERE station = :station AND number = :number"
            " AND (valid_to IS NULL OR valid_to >= :today) ORDER BY id DESC LIMIT 1",
            station=station,
            number=form.household_number,
            today=clock.today(),
        )
        if known is not None and known["category"] != form.category:
            raise Refused("The household of this number has another category.", field="category")
        if known is not None:
            return int(known["id"])
    return await database.insert(
        "household",
        county=scope.counties[0],
        station=station,
        number=form.household_number,
        category=form.category,
        valid_from=form.household_from or clock.today(),
        valid_to=form.household_to,
    )


async def _certify(person: int, checked: Checked, form: RecipientForm) -> None:
    """Keep the certificate that the form names; a changed one is a further row, so that history stays."""
    if checked.certificate is None:
        return
    before = await database.fetch_one(
        "SELECT number, valid_from, valid_to FROM disability_certificate WHERE person = :person"
        " ORDER BY id DESC LIMIT 1",
        person=person,
    )
    if before and tuple(before.values()) == (
        checked.certificate.number,
        form.certificate_from,
        form.certificate_to,
    ):
        return
    await database.insert(
        "disability_certificate",
        person=person,
        number=checked.certificate.number,
        type=checked.certificate.type,
        level=checked.certificate.level,
        valid_from=form.certificate_from,
        valid_to=form.certificate_to,
    )


async def write(scope: Scope, form: RecipientForm, checked: Checked) -> int:
    """Insert a checked registration; the person's id."""
    township = await _township(scope, form.township)
    station = await _station(scope, township)
    id = await database.insert(
        "person",
        county=scope.counties[0],
        station=station,
        township=township,
        household=await _household(scope, form, station),
        state="living",
        version=1,
        created_at=clock.now(),
        **checked.person,
    )
    await _certify(id, checked, form)
    record(scope, "recipients.register", "person", id, group=checked.person["person_group"], category=form.category)
    return id


@database.scoped
async def register(scope: Scope, form: RecipientForm) -> int:
    """Register a recipient with household and certificate; the person's id.

    Raises Faults with everything that is wrong, by field, and Refused when the ID number is known in the county.
    """
    checked = check(form, await queries.ages(scope), clock.today(), await queries.centre(scope))
    await refuse_known(scope, checked.person["id_number"])
    return await write(scope, form, checked)


# Columns whose change is named in the audit trail without their content.
_QUIET = frozenset({"id_number", "telephone", "guardian_telephone", "notes", "pinyin", "initials"})


@database.scoped
async def update(scope: Scope, id: int, form: RecipientForm) -> int:
    """Correct a recipient's file. A new category begins a new household from `household_from`.

    The page does not fill in what is masked: an empty ID number, telephone or certificate stays as it was, and a "-"
    takes a telephone away. Raises Conflict when somebody changed the file since the page was opened, Faults and
    Refused as `register`.
    """
    before = await queries.person(scope, id)
    held = await queries.certificate(scope, id)
    form = msgspec.structs.replace(
        form,
        id_number=form.id_number or before["id_number"] or "",
        telephone=form.telephone or before["telephone"],
        guardian_telephone=form.guardian_telephone or before["guardian_telephone"],
        certificate=form.certificate or (held["number"] if held else ""),
    )
    checked = check(form, await queries.ages(scope), clock.today(), await queries.centre(scope))
    if (checked.person["latitude"], checked.person["longitude"]) == (before["latitude"], before["longitude"]):
        checked.person["position_source"] = before["position_source"]
    await refuse_known(scope, checked.person["id_number"], except_for=id)
    township = await _township(scope, form.township or before["township"])
    changed = await database.execute(
        "UPDATE person SET version = version + 1, township = :township WHERE id = :id AND version = :version",
        id=id,
        version=form.version,
        township=township,
    )
    if not changed:
        raise Conflict(STALE)
    await database.update("person", id, **checked.person)
    await _certify(id, checked, form)
    changes = _changes(before, checked.person)
    if before["household"]:
        changes += await _reclassify(scope, before, form)
    record(scope, "recipients.update", "person", id, changes=changes)
    return id


def _changes(before: asyncpg.Record, after: dict[str, Any]) -> list[list[Any]]:
    """(field, before, after) of what changed; what identifies a person is named without its content."""
    return [
        [name, None, None] if name in _QUIET else [name, _text(before[name]), _text(value)]
        for name, value in after.items()
        if name not in {"pinyin", "initials"} and before[name] != value
    ]


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int) else str(value)


async def _reclassify(scope: Scope, before: asyncpg.Record, form: RecipientForm) -> list[list[Any]]:
    """Correct the household's days and number, or begin a new one under another category without a gap."""
    household = await queries.household(scope, before["household"])
    old_end = last_day(household)
    if form.category == household["category"]:
        first = form.household_from or household["valid_from"]
        changes = [
            [name, _text(household[name]), _text(value)]
            for name, value in (
                ("number", form.household_number),
                ("valid_from", first),
                ("valid_to", form.household_to),
            )
            if household[name] != value
        ]
        if not changes:
            return []
        await database.update(
            "household", household["id"], number=form.household_number, valid_from=first, valid_to=form.household_to
        )
        new_end = last_day(await queries.household(scope, household["id"]))
        target = household["id"]
    else:
        first = form.household_from if form.household_from != household["valid_from"] else None
        target = await _succeed(scope, household, form, first or clock.today())
        changes = [["category", household["category"], form.category]]
        new_end = form.household_to
    if new_end != old_end:
        await effects.publish(scope, HouseholdChanged(target, old_end, new_end))
    return changes


async def _succeed(scope: Scope, household: asyncpg.Record, form: RecipientForm, first: date) -> int:
    """A new household row for another category; all members move, the old one ends the day before."""
    if first <= household["valid_from"]:
        raise Refused("The new category begins after the old one.", field="household_from")
    await database.execute(
        "UPDATE household SET valid_to = :last, grace_until = least(grace_until, :last) WHERE id = :id",
        id=household["id"],
        last=first - timedelta(days=1),
    )
    target = await database.insert(
        "household",
        county=household["county"],
        station=household["station"],
        number=form.household_number,
        category=form.category,
        valid_from=first,
        valid_to=form.household_to,
    )
    await database.execute(
        "UPDATE person SET household = :target WHERE household = :id", target=target, id=household["id"]
    )
    return target
