"""A file that another county referred is taken over: a file of one's own begins with what was handed over."""

from datetime import date

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.demand.recipients.moves import queries
from shangmen.demand.recipients.moves.forms import AcceptForm
from shangmen.demand.recipients.registration import queries as registration
from shangmen.demand.recipients.registration.actions import village_of
from shangmen.demand.recipients.registration.rules import certificate, group_on
from shangmen.demand.recipients.states import Category, Living, Overlay, PersonState, Scheme, StatusKind, Support
from shangmen.demand.recipients.tables import DisabilityCertificate, Household, Move, Mover, Person, StatusEvent
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation import names
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.organisations.states import Sex
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.regions.states import PositionSource


async def take_over(scope: Scope, move: Move, form: AcceptForm) -> None:
    """Begin files at the station of the township; who lived here before comes back to the old one.

    Raises Refused beside the field, Conflict for an ID number that somebody else's file has.
    """
    if form.township is None or form.township not in [row.id for row in await regions.townships(scope)]:
        raise Refused("Choose the township.", field="township")
    try:
        station = (await organisations.station_of(scope, form.township)).id
    except NotFound:
        raise Refused("This township has no station.", field="township") from None
    village = await village_of(scope, form.township, form.village)
    first = form.first or max(clock.today(), move.last_day)
    if first < move.day:
        raise Refused("They live here from %(day)s on.", field="first", day=move.day)
    said = await queries.handed_over(scope, move.id)
    async with database.elevated(scope) as system:
        household = 0
        for mover in await queries.movers(system, move.id):
            facts = {fact.field: fact.value for fact in said.get(mover.id, [])}
            household = household or await _household(scope, station, facts, first)
            place = {
                "station": station,
                "township": form.township,
                "resident_from": move.day,
                "household": household,
                "village": village,
                "address": form.address,
            }
            person = await _known(system, facts) or await _begin(system, facts, place)
            if (await database.read(Person, person)).state is PersonState.MOVED:
                await _come_back(system, person, place, move.day, facts.get("relatives", ""))
            await database.change(Mover, mover.id, {Mover.taken_over: person})
            record(system, "moves.take_over", "person", person, organisation=station, fields=sorted(facts))


async def _household(scope: Scope, station: int, facts: dict[str, str], first: date) -> int:
    return await database.add(
        Household(
            county=scope.counties[0],
            station=station,
            category=Category(facts["category"]) if "category" in facts else Category.OTHER_LOW,
            tier=facts.get("tier", ""),
            scheme=Scheme(facts.get("scheme", "")),
            valid_from=first,
        )
    )


async def _known(system: Scope, facts: dict[str, str]) -> int | None:
    """The file of somebody who lived here before."""
    if "id_number" not in facts:
        return None
    row = await registration.known(system, facts["id_number"])
    if row is None:
        return None
    if row.state is not PersonState.MOVED:
        raise Conflict(
            "This ID number is already registered with %(station)s. That station and the bureau can see the file.",
            station=row.station_name,
        )
    return row.id


async def _begin(system: Scope, facts: dict[str, str], place: dict[str, object]) -> int:
    """A new file of what was handed over."""
    born = date.fromisoformat(facts["birth_date"])
    held = certificate(facts["certificate"], None) if facts.get("certificate") else None
    pinyin, initials = names.pinyin(facts["name"])
    id = await database.add(
        Person(
            county=system.counties[0],
            name=facts["name"],
            pinyin=pinyin,
            initials=initials,
            id_number=facts.get("id_number"),
            no_id_reason=facts.get("no_id_reason", ""),
            sex=Sex(facts["sex"]),
            birth_date=born,
            group=group_on(born, held is not None, await registration.ages(system), clock.today()),
            telephone=facts.get("telephone", ""),
            guardian_name=facts.get("guardian_name", ""),
            guardian_telephone=facts.get("guardian_telephone", ""),
            registered_address=facts.get("registered_address", ""),
            relatives=facts.get("relatives", ""),
            living=Living(facts.get("living", Living.UNKNOWN)),
            halal=facts.get("halal") == "yes",
            language=facts.get("language", ""),
            support=Support(facts.get("support", "")),
            overlay=Overlay(facts.get("overlay", "")),
            position_source=PositionSource.UNKNOWN,
            state=PersonState.LIVING,
            created_at=clock.now(),
            **place,  # type: ignore[arg-type]  # columns by name
        )
    )
    if held is not None:
        await database.add(DisabilityCertificate(person=id, number=held.number, type=held.type, level=held.level))
    return id


async def _come_back(system: Scope, id: int, place: dict[str, object], day: date, relatives: str) -> None:
    """The old file goes on where they live now, with relatives declared since; needs are stated anew."""
    on_file = (await database.read(Person, id)).relatives
    declared = dict.fromkeys(one for one in f"{on_file}、{relatives}".split("、") if one)
    await database.add(
        StatusEvent(person=id, kind=StatusKind.HOME, effective=day, reported_at=clock.now(), reported_by=system.user)
    )
    await database.change(
        Person,
        id,
        {
            **{getattr(Person, name): value for name, value in place.items()},
            Person.relatives: "、".join(declared),
            Person.latitude: None,
            Person.longitude: None,
            Person.position_source: PositionSource.UNKNOWN,
            Person.state: PersonState.LIVING,
            Person.state_from: day,
        },
    )
