"""Registering a recipient and correcting the file."""

from dataclasses import replace
from datetime import date, timedelta

import msgspec

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.demand.recipients import queries as recipients
from shangmen.demand.recipients.events import HouseholdChanged
from shangmen.demand.recipients.households import queries as households
from shangmen.demand.recipients.registration import queries
from shangmen.demand.recipients.registration.forms import RecipientForm
from shangmen.demand.recipients.registration.rules import Checked, Content, check
from shangmen.demand.recipients.states import Doubt, PersonState
from shangmen.demand.recipients.tables import DisabilityCertificate, Household, Person
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.imports.cells import places
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.regions.points import Meant
from shangmen.foundation.villages import queries as villages
from shangmen.web import text as normal

# A field, what it was and what it is now.
Change = tuple[str, object, object]


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
        known = await queries.known(system, number, except_for)
    if known is None:
        return
    if known.station == scope.organisation:
        raise Refused(
            "%(name)s is already registered with this ID number, at your own station.",
            field="id_number",
            name=known.name,
        )
    raise Refused(
        "This ID number is already registered with %(station)s. That station and the bureau can see the file.",
        field="id_number",
        station=known.station_name,
    )


async def refuse_unnumbered(scope: Scope, person: Content, except_for: int = 0) -> None:
    """Raise Refused when somebody of this name and birth date is registered at the station without an ID number."""
    if person.id_number is not None:
        return
    await database.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))", key=f"unnumbered:{scope.organisation}"
    )
    for known in await queries.unnumbered(scope, person.birth_date, except_for):
        if normal.key(known) == normal.key(person.name):
            raise Refused(
                "%(name)s, born on the same day and without an ID number, is already registered at your own station.",
                field="name",
                name=known,
            )


async def _township(scope: Scope, wanted: int | None) -> int:
    townships = [one.id for one in await queries.own_townships(scope)]
    if wanted is None and len(townships) == 1:
        return townships[0]
    if wanted is None or wanted not in townships:
        raise Refused("Choose the township.", field="township")
    return wanted


async def _station(scope: Scope, township: int) -> int:
    if scope.role == Role.STATION_SCHEDULER and scope.organisation:
        return scope.organisation
    station = await database.value(
        int,
        "SELECT id FROM organisation WHERE kind = 'station' AND township = :township AND status = 'active'"
        " ORDER BY id LIMIT 1",
        township=township,
    )
    if station is None:
        raise Refused("This township has no station.", field="township")
    return station


async def _household(scope: Scope, form: RecipientForm, station: int) -> int:
    """The household of that number at the station when its category agrees, else a new one."""
    if form.household_number:
        known = (
            await Household.objects()
            .where(Household.station == station)
            .where(Household.number == form.household_number)
            .where(Household.valid_to.is_null() | (Household.valid_to >= clock.today()))
            .order_by(Household.id, ascending=False)
            .first()
        )
        if known is not None and known.category != form.category:
            raise Refused("The household of this number has another category.", field="category")
        if known is not None:
            return known.id
    return await database.add(
        Household(
            county=scope.counties[0],
            station=station,
            number=form.household_number,
            category=form.category,
            valid_from=form.household_from or clock.today(),
            valid_to=form.household_to,
        )
    )


async def _certify(scope: Scope, person: int, checked: Checked, form: RecipientForm) -> None:
    """Keep the certificate that the form names; a changed one is a further row, so that history stays."""
    held = checked.certificate
    if held is None:
        return
    before = await recipients.certificate(scope, person)
    now = (held.number, form.certificate_from, form.certificate_to)
    if before and (before.number, before.valid_from, before.valid_to) == now:
        return
    await database.add(
        DisabilityCertificate(
            person=person,
            number=held.number,
            type=held.type,
            level=held.level,
            valid_from=form.certificate_from,
            valid_to=form.certificate_to,
        )
    )


async def write(scope: Scope, form: RecipientForm, checked: Checked) -> int:
    """Insert a checked registration; the person's id."""
    township = await _township(scope, form.township)
    village = await village_of(scope, township, checked.person.village)
    station = await _station(scope, township)
    person = Person(
        county=scope.counties[0],
        station=station,
        township=township,
        household=await _household(scope, form, station),
        state=PersonState.LIVING,
        created_at=clock.now(),
        **vars(replace(checked.person, village=village)),
    )
    id = await database.add(person)
    await _certify(scope, id, checked, form)
    record(scope, "recipients.register", "person", id, group=checked.person.group, category=form.category)
    return id


@database.scoped
async def register(scope: Scope, form: RecipientForm) -> int:
    """Register a recipient with household and certificate; the person's id.

    Raises Faults with everything that is wrong, by field, and Refused when the ID number is known in the county.
    """
    checked = check(form, await queries.ages(scope), clock.today(), await regions.whereabouts(scope))
    await refuse_known(scope, checked.person.id_number)
    await refuse_unnumbered(scope, checked.person)
    return await write(scope, form, checked)


# Columns whose change is named in the audit trail without their content.
_QUIET = frozenset({"id_number", "telephone", "guardian_telephone", "relatives", "notes", "pinyin", "initials"})


@database.scoped
async def update(scope: Scope, id: int, form: RecipientForm) -> int:
    """Correct a recipient's file. A new category begins a new household from `household_from`.

    The page does not fill in what is masked: an empty ID number, telephone, certificate or list of relatives stays as
    it was, and a "-" takes telephones and relatives away. Raises Stale when somebody changed the file or the household
    since the page was opened, Faults and Refused as `register`.
    """
    await recipients.in_care(scope, id)  # whose file it is
    await database.lock(Person, id, form.version)
    before = await recipients.person(scope, id)
    if before.household:
        await database.lock(Household, before.household, form.household_version)
    held = await recipients.certificate(scope, id)
    form = msgspec.structs.replace(
        form,
        id_number=form.id_number or before.id_number or "",
        telephone=form.telephone or before.telephone,
        guardian_telephone=form.guardian_telephone or before.guardian_telephone,
        relatives=form.relatives or before.relatives,
        certificate=form.certificate or (held.number if held else ""),
        meant=Meant.KEEP if _same_point(form, before) else form.meant,
    )
    checked = check(form, await queries.ages(scope), clock.today(), await regions.whereabouts(scope))
    person = checked.person
    if (person.latitude, person.longitude) == (before.latitude, before.longitude):
        person = replace(person, position_source=before.position_source)
    await refuse_known(scope, person.id_number, except_for=id)
    await refuse_unnumbered(scope, person, except_for=id)
    township = await _township(scope, form.township or before.township)
    on_file = before.village if township == before.township else ""
    person = replace(person, village=await village_of(scope, township, person.village, on_file))
    # who saves the file has looked at it
    await database.change(Person, id, {**person.columns(), Person.township: township, Person.doubt: Doubt.NONE})
    await _certify(scope, id, checked, form)
    changes = _changes(before, person)
    if before.household:
        changes += await _reclassify(scope, before.household, form)
    record(scope, "recipients.update", "person", id, changes=changes)
    return id


def _same_point(form: RecipientForm, before: recipients.PersonRow) -> bool:
    """Whether the form repeats the point on file, which was asked about when it was typed."""
    if form.latitude is None or form.longitude is None or before.latitude is None or before.longitude is None:
        return False
    return (form.latitude, form.longitude) == (float(before.latitude), float(before.longitude))


async def village_of(scope: Scope, township: int, typed: str, before: str = "") -> str:
    """A village of the township's list, where it has one; what is on file stays. Raises Refused."""
    known = [row.name for row in await villages.villages(scope, township)]
    named = places.village(typed)[0] if typed else ""
    if not typed or typed == before or not known:
        return typed
    if named not in known:
        raise Refused("Choose a village of this township; new ones are noted under Villages.", field="village")
    return named


def _changes(before: recipients.PersonRow, after: Content) -> list[Change]:
    """What changed; what identifies a person is named without its content."""
    changes: list[Change] = []
    for name, value in vars(after).items():
        if name not in {"pinyin", "initials"} and getattr(before, name) != value:
            quiet = name in _QUIET
            changes.append((name, None, None) if quiet else (name, _text(getattr(before, name)), _text(value)))
    return changes


def _text(value: object) -> object:
    return value if value is None or isinstance(value, bool | int) else str(value)


async def _reclassify(scope: Scope, id: int, form: RecipientForm) -> list[Change]:
    """Correct the household's days and number, or begin a new one under another category without a gap."""
    household = await database.read(Household, id)
    old_end = households.last_day(household)
    if form.category == household.category:
        first = form.household_from or household.valid_from
        corrected = (
            ("number", household.number, form.household_number),
            ("valid_from", household.valid_from, first),
            ("valid_to", household.valid_to, form.household_to),
        )
        changes: list[Change] = [
            (name, _text(before), _text(after)) for name, before, after in corrected if before != after
        ]
        if not changes:
            return []
        await database.change(
            Household,
            id,
            {
                Household.number: form.household_number,
                Household.valid_from: first,
                Household.valid_to: form.household_to,
            },
        )
        new_end = households.last_day(await database.read(Household, id))
        target = id
    else:
        begins = form.household_from if form.household_from != household.valid_from else None
        target = await _succeed(household, form, begins or clock.today())
        changes = [("category", household.category, form.category)]
        new_end = form.household_to
    if new_end != old_end:
        await effects.publish(scope, HouseholdChanged(target, old_end, new_end))
    return changes


async def _succeed(household: Household, form: RecipientForm, first: date) -> int:
    """A new household row for another category; all members move, the old one ends the day before."""
    if first <= household.valid_from:
        raise Refused("The new category begins after the old one.", field="household_from")
    last = first - timedelta(days=1)
    grace = household.grace_until and min(household.grace_until, last)
    await database.change(
        Household,
        household.id,
        {Household.valid_to: last, Household.grace_until: grace},
    )
    target = await database.add(
        Household(
            county=household.county,
            station=household.station,
            number=form.household_number,
            category=form.category,
            valid_from=first,
            valid_to=form.household_to,
        )
    )
    await Person.update({Person.household: target}).where(Person.household == household.id)
    return target
