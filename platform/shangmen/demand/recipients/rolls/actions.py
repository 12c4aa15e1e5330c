"""Registering the people of a roll, and adding to the files of those who are known, in few statements."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.demand.recipients.events import HouseholdChanged
from shangmen.demand.recipients.rolls.entrants import Entrant, columns_of, living_of
from shangmen.demand.recipients.rolls.rules import Judged, Register
from shangmen.demand.recipients.states import Doubt, Living, PersonState
from shangmen.demand.recipients.tables import DisabilityCertificate, Household, Person
from shangmen.foundation import names
from shangmen.foundation.audit.actions import record
from shangmen.foundation.imports.kinds import Source, Written
from shangmen.foundation.imports.states import Verdict
from shangmen.foundation.regions import coordinates
from shangmen.foundation.regions.states import PositionSource

BATCH = 400  # rows of one statement


async def commit(scope: Scope, source: Source, judged: Judged) -> None:
    """Write the lines of a roll that are new, changed or merged."""
    register, people = judged.register, judged.people
    households = await _households(scope, register, people)
    new = [one for one in people if one.line.verdict is Verdict.NEW]
    for batch in _batches(new):
        rows = [_person(scope, register, one, households) for one in batch]
        for one, made in zip(batch, await Person.insert(*rows), strict=True):
            one.line.subject = int(made["id"])
            one.line.entries.append(Written("person", one.line.subject))
            record(
                scope, "recipients.register", "person", one.line.subject,
                category=one.assisted.category, list_import=source.id,
            )  # fmt: skip
    for one in people:
        if one.line.verdict in (Verdict.CHANGED, Verdict.MERGED):
            await _change(scope, register, one, households)
    await _certify(people)


def _batches(people: Sequence[Entrant]) -> Iterator[Sequence[Entrant]]:
    for first in range(0, len(people), BATCH):
        yield people[first : first + BATCH]


def _needs_household(one: Entrant) -> bool:
    if one.assisted.category is None:
        return False
    if one.known is None:
        return True
    return any(change.field == "category" and change.applied for change in one.line.changes)


async def _households(scope: Scope, register: Register, people: Sequence[Entrant]) -> dict[tuple[object, ...], int]:
    """The household of each that is to stand in one: known by number, or made once for its members."""
    wanted: dict[tuple[object, ...], Entrant] = {}
    for one in people:
        if _needs_household(one):
            wanted.setdefault(_key(one), one)
    standing = {
        (row.number, row.category): row.id
        for row in await register.known_households(scope, [one.said.household_number for one in wanted.values()])
    }
    found: dict[tuple[object, ...], int] = {}
    missing = []
    for key, one in wanted.items():
        category = one.assisted.category
        same = standing.get((one.said.household_number, category)) if category and one.said.household_number else None
        if same:
            found[key] = same
        else:
            missing.append((key, one))
    for first in range(0, len(missing), BATCH):
        batch = missing[first : first + BATCH]
        rows = [
            Household(
                county=scope.county,
                station=one.station,
                number=one.said.household_number,
                category=one.assisted.category,
                tier=one.assisted.tier,
                scheme=one.assisted.scheme,
                valid_from=one.said.since or clock.today(),
                valid_to=_until(one),
            )
            for _key_, one in batch
        ]
        for (key, one), made in zip(batch, await Household.insert(*rows), strict=True):
            found[key] = int(made["id"])
            one.line.entries.append(Written("household", found[key]))
    return found


def _until(one: Entrant) -> date | None:
    since = one.said.since or clock.today()
    return one.said.until if one.said.until and one.said.until >= since else None


def _key(one: Entrant) -> tuple[object, ...]:
    return (*one.household, one.station, one.assisted.category)


def _person(scope: Scope, register: Register, one: Entrant, households: dict[tuple[object, ...], int]) -> Person:
    pinyin, initials = names.pinyin(one.name)
    said = one.said
    columns: dict[str, Any] = {**columns_of(one), "living": living_of(one)}
    return Person(
        county=scope.county,
        station=one.station,
        township=one.township,
        household=households[_key(one)] if one.assisted.category else None,
        name=one.name,
        pinyin=pinyin,
        initials=initials,
        no_id_reason="" if one.number else one.no_id_reason,
        sex=one.sex,
        birth_date=one.birth,
        group=register.group(one),
        halal=bool(said.halal),
        residence_permit=said.residence_permit,
        consent_on=said.consent_on,
        consent_by=said.consent_by,
        doubt=Doubt.DECEASED if one.deceased else Doubt.NONE,
        state=PersonState.LIVING,
        created_at=clock.now(),
        **_position(one),
        **columns,
    )


def _position(one: Entrant) -> dict[str, Any]:
    said = one.said
    if said.latitude is None or said.longitude is None:
        return {"position_source": PositionSource.UNKNOWN}
    system = coordinates.named(said.system)
    north, east = coordinates.to_wgs84(system, said.latitude, said.longitude)
    sources = {
        coordinates.ReferenceSystem.WGS84: PositionSource.SURVEYED,
        coordinates.ReferenceSystem.GCJ02: PositionSource.GCJ02,
        coordinates.ReferenceSystem.BD09: PositionSource.BD09,
    }
    return {
        "latitude": Decimal(f"{north:.6f}"),
        "longitude": Decimal(f"{east:.6f}"),
        "position_source": sources[system],
    }


_HOUSEHOLD = {"tier", "scheme", "valid_from", "valid_to"}


async def _change(scope: Scope, register: Register, one: Entrant, households: dict[tuple[object, ...], int]) -> None:
    """Add to the file of somebody known, and change what was chosen."""
    assert one.known is not None
    known, line = one.known, one.line
    applied = {change.field: change for change in line.changes if change.applied}
    values: dict[str, Any] = {
        name: change.after for name, change in applied.items() if name not in {*_HOUSEHOLD, "category", "certificate"}
    }
    for name in {"halal", "residence_permit"} & values.keys():
        values[name] = values[name] == "True"
    if "living" in values:
        values["living"] = Living(values["living"])
    if "certificate" in applied:
        values["group"] = register.group(one)
    if "category" in applied:
        values["household"] = households[_key(one)]
    household = {name: applied[name].after for name in _HOUSEHOLD if name in applied}
    if household and known.household:
        await _change_household(scope, one, household)
    if not values:
        return
    before = {name: getattr(known, name) for name in values if name != "group"}
    after = {name: value for name, value in values.items() if name != "group"}
    if "group" in values:
        before["person_group"], after["person_group"] = known.person_group, values["group"]
    columns: Any = {getattr(Person, name): value for name, value in values.items()}
    await database.change(Person, known.id, columns | {Person.version: known.version + 1})
    line.entries.append(Written("person", known.id, _plain(before), _plain(after)))
    record(scope, "recipients.update", "person", known.id, fields=sorted(values), kind="import")


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if value is None or isinstance(value, bool | int) else str(value) for name, value in values.items()
    }


async def _change_household(scope: Scope, one: Entrant, values: dict[str, str]) -> None:
    assert one.known is not None and one.known.household is not None
    before = await database.lock(Household, one.known.household)
    new: dict[str, Any] = {
        name: date.fromisoformat(value) if name.startswith("valid") else value for name, value in values.items()
    }
    first, last = new.get("valid_from", before.valid_from), new.get("valid_to", before.valid_to)
    if last and last < first:
        one.line.note("DATES_DISAGREE", "The last day lies before the first: the days are left as they were.", "until")
        return
    columns: Any = {getattr(Household, name): value for name, value in new.items()}
    await database.change(Household, before.id, columns | {Household.version: before.version + 1})
    old = {name: getattr(before, name) for name in new}
    one.line.entries.append(Written("household", before.id, _plain(old), _plain(new)))
    if last != before.valid_to:
        await effects.publish(scope, HouseholdChanged(before.id, before.grace_until or before.valid_to, last))


async def _certify(people: Sequence[Entrant]) -> None:
    """Keep certificates, also those that a roll knows by its words alone; a changed one is a further row."""
    held = [
        one
        for one in people
        if one.type
        and (
            one.line.verdict is Verdict.NEW
            or any(change.field == "certificate" and change.applied for change in one.line.changes)
        )
    ]
    for batch in _batches(held):
        rows = [
            DisabilityCertificate(
                person=one.line.subject,
                number=one.certificate or (one.known.certificate_number if one.known else "") or "",
                type=one.type,
                level=one.level,
            )
            for one in batch
        ]
        for one, made in zip(batch, await DisabilityCertificate.insert(*rows), strict=True):
            one.line.entries.append(Written("disability_certificate", int(made["id"])))
