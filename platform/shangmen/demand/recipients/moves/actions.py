"""Verbs on moves: a station offers a file, another accepts or returns it; a move within the county is carried out."""

from datetime import date, timedelta

from asyncpg.exceptions import UniqueViolationError

from shangmen import clock, database, effects
from shangmen.access import Reach, Role, Scope
from shangmen.demand.recipients import notices, queries
from shangmen.demand.recipients.actions import report_event
from shangmen.demand.recipients.events import RecipientLeaving, RecipientMoved, RecipientStaying
from shangmen.demand.recipients.forms import EventForm
from shangmen.demand.recipients.households import queries as households
from shangmen.demand.recipients.moves import dossier
from shangmen.demand.recipients.moves.forms import AcceptForm, AnswerForm, MoveForm
from shangmen.demand.recipients.moves.queries import other_counties
from shangmen.demand.recipients.moves.referrals import take_over
from shangmen.demand.recipients.registration.actions import village_of
from shangmen.demand.recipients.states import MoveState, PersonState, ShareReason, StatusKind
from shangmen.demand.recipients.tables import HandedOver, Household, Move, Mover, Person, Share
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.deeds.actions import kept
from shangmen.foundation.organisations import queries as organisations
from shangmen.foundation.regions import queries as regions
from shangmen.foundation.regions.states import PositionSource
from shangmen.foundation.tasks import actions as tasks

AHEAD = timedelta(days=366)
HERE = frozenset({PersonState.LIVING, PersonState.HOSPITAL})


@database.scoped
async def offer(scope: Scope, person: int, form: MoveForm) -> int:
    """Offer the file of somebody who moves, with those of the household who come along; the move's id.

    Within the county nothing changes before the other station accepts. Who leaves it has consented; services rest from
    the day of the move, and end with its month when the other county has not returned the file.
    Raises Refused beside the field, Conflict where somebody's move is under way already.
    """
    who = await queries.in_care(scope, person)
    elsewhere = form.other_county is not None
    to_county, to_station, village = await _destination(scope, who, form)
    movers = await _movers(scope, who, form)
    _check_days(form, movers, elsewhere)
    move = Move(
        county=who.county,
        station=who.station,
        to_county=to_county,
        to_station=to_station,
        to_township=form.township,
        day=form.day,
        last_day=clock.month_of(form.day)[1] if elsewhere else None,
        village=village,
        address=form.address,
        reason=form.reason,
        consent_on=form.consent_on,
        consent_by=form.consent_by,
        state=MoveState.OFFERED,
        offered_by=scope.user,
        offered_at=clock.now(),
    )
    id = await database.add(move)
    for one in movers:
        try:
            mover = await database.add(Mover(move=id, person=one.id))
        except UniqueViolationError as clash:
            raise Conflict("A move of %(name)s is under way already.", name=one.name) from clash
        for name, value in await dossier.facts(scope, one, elsewhere, set(form.withheld)):
            await database.add(HandedOver(mover=mover, field=name, value=value))
            # field by field; what it says stands in the file, not in the trail
            record(scope, "moves.hand_over", "person", one.id, move=id, field=name, to=to_station or to_county)
    record(scope, "moves.offer", "move", id, form.reason, day=form.day, people=len(movers), to=to_station or to_county)
    if elsewhere and form.day <= clock.today():
        await rest(scope, await database.lock(Move, id))
    return id


async def _destination(scope: Scope, who: queries.PersonRow, form: MoveForm) -> tuple[int, int | None, str]:
    """The county, the station and the village that they move to."""
    if (form.township is None) == (form.other_county is None):
        raise Refused("Choose a township of this county, or another county.", field="township")
    if form.other_county is not None:
        if form.other_county not in [row.id for row in await other_counties(scope)]:
            raise Refused("Choose one of the options.", field="other_county")
        return form.other_county, None, form.village
    assert form.township is not None
    if form.township not in [row.id for row in await regions.townships(scope)]:
        raise Refused("Choose one of the options.", field="township")
    if form.township == who.township:
        raise Refused("The person lives in this township already. Correct the address in the file.", field="township")
    try:
        station = await organisations.station_of(scope, form.township)
    except NotFound:
        raise Refused("This township has no station.", field="township") from None
    return who.county, station.id, await village_of(scope, form.township, form.village)


async def _movers(scope: Scope, who: queries.PersonRow, form: MoveForm) -> list[queries.PersonRow]:
    """Who moves: the person, and the chosen members of the household."""
    known = {row.id for row in await households.members(scope, who.household, who.id)}
    found = [who]
    for id in sorted(set(form.members) - {who.id}):
        if id not in known:
            raise Refused("Choose one of the options.", field="members")
        found.append(await queries.in_care(scope, id))
    for one in found:
        if one.state not in HERE:
            raise Refused("%(name)s does not live here according to the file.", field="members", name=one.name)
    return found


def _check_days(form: MoveForm, movers: list[queries.PersonRow], elsewhere: bool) -> None:
    if form.day > clock.today() + AHEAD:
        raise Refused("This day lies too far ahead.", field="day")
    for one in movers:
        if form.day <= (one.resident_from or one.birth_date):
            raise Refused(
                "%(name)s lives in this township since %(day)s.", field="day",
                name=one.name, day=one.resident_from or one.birth_date,
            )  # fmt: skip
    if elsewhere and form.consent_on is None:
        raise Refused("Nothing leaves the county without consent: say when it was given.", field="consent_on")
    if form.consent_on is not None and form.consent_on > clock.today():
        raise Refused("The consent lies in the future.", field="consent_on")
    if form.consent_on is not None and not form.consent_by:
        raise Refused("Say who consented.", field="consent_by")


async def movers_of(move: int) -> list[Mover]:
    """The rows of who moves."""
    return list(await Mover.objects().where(Mover.move == move).order_by(Mover.id))


async def rest(scope: Scope, move: Move) -> None:
    """From the day of a move out of the county its people's services rest; nothing is lost if it comes to nothing."""
    for one in await movers_of(move.id):
        await effects.publish(scope, RecipientLeaving(one.person, move.day))
    await database.change(Move, move.id, {Move.rested_on: clock.today()})


@database.scoped
async def accept(scope: Scope, id: int, form: AcceptForm) -> int:
    """Take over the file. Within the county what belongs to it follows on its day, today or in the past: at once.

    Raises NotFound for others than the receiver, ImpossibleMove for an offer that was answered, Refused beside the
    field.
    """
    move = await _received(scope, id)
    if move.county != move.to_county:
        await _decide(scope, move, MoveState.DONE)
        await take_over(scope, move, form)
        await _close(id)
        record(scope, "moves.accept", "move", id, to=scope.counties[0])
        return id
    async with kept(scope, "moves.accept", "moves.accept", "move", id, station=move.station, effective=move.day):
        if move.day > clock.today():
            await _decide(scope, move, MoveState.ACCEPTED)
        else:
            await _decide(scope, move, MoveState.DONE)
            await carry_out(scope, move)
        record(scope, "moves.accept", "move", id, day=move.day)
    return id


async def _received(scope: Scope, id: int) -> Move:
    """A move that was offered to the viewer, locked."""
    move = await database.lock(Move, id)
    if move.county != move.to_county:
        if scope.role not in {Role.BUREAU_OFFICER, Role.SYSTEM} or move.to_county not in scope.counties:
            raise NotFound
    elif scope.role != Role.SYSTEM and move.to_station != scope.organisation:
        raise NotFound
    return move


async def _decide(scope: Scope, move: Move, state: MoveState, answer: str = "") -> None:
    await database.change(
        Move,
        move.id,
        {
            Move.state: move.state.to(state),
            Move.answer: answer,
            Move.decided_by: scope.user,
            Move.decided_at: clock.now(),
        },
    )


async def _close(move: int) -> None:
    """Who moved may be offered again."""
    await Mover.update({Mover.open: False}).where(Mover.move == move)


async def carry_out(scope: Scope, move: Move) -> None:
    """From now on the other station cares; needs, plans and open tasks follow (RecipientMoved)."""
    people = [one.person for one in await movers_of(move.id)]
    async with database.elevated(scope) as system:
        await _close(move.id)
        for household in await database.values(
            int,
            "SELECT DISTINCT household FROM person WHERE id = ANY(:people) AND household IS NOT NULL ORDER BY 1",
            people=people,
        ):
            await _take_household(system, move, household, people)
        for id in people:
            person = await database.lock(Person, id)
            if person.state not in HERE or person.station != move.station:
                raise Conflict("Something else has happened to %(name)s since the offer.", name=person.name)
            await database.change(
                Person,
                id,
                {
                    Person.station: move.to_station,
                    Person.township: move.to_township,
                    Person.resident_from: move.day,
                    Person.village: move.village,
                    Person.address: move.address,
                    Person.latitude: None,
                    Person.longitude: None,
                    Person.position_source: PositionSource.UNKNOWN,
                    Person.position_accuracy: None,
                },
            )
            record(system, "moves.carry_out", "person", id, organisation=move.to_station, day=move.day)
            if move.station != move.to_station:
                await _leave_to_read(system, move, id)
            await effects.publish(
                system, RecipientMoved(id, move.to_township, move.station, move.to_station, move.day)
            )
        await tasks.pass_on(system, "person", people, move.station, move.to_station)


async def _leave_to_read(system: Scope, move: Move, person: int) -> None:
    """The station before reads the file for as long as what was done there is verified and settled (policies.sql)."""
    first = min(move.day, clock.today())
    await database.add(
        Share(
            county=move.county,
            person=person,
            organisation=move.station,
            valid_from=first,
            valid_to=clock.today(),
            reason=ShareReason.MOVED,
        )
    )
    record(system, "recipients.share", "person", person, reason=ShareReason.MOVED, to=move.station)


async def _take_household(system: Scope, move: Move, household: int, people: list[int]) -> None:
    """A household goes with its members; where some stay, those who go make one of their own, and both are looked at
    again: who lives together decides on the category."""
    row = await database.lock(Household, household)
    stays = await Person.exists().where(
        Person.household == household, Person.id.not_in(people), Person.state.is_in([str(one) for one in HERE])
    )
    if not stays:
        await database.change(Household, household, {Household.station: move.to_station})
        await tasks.pass_on(system, "household", [household], move.station, move.to_station)
        return
    columns = (
        "county", "number", "category", "tier", "scheme", "valid_from", "valid_to", "grace_from", "grace_until",
    )  # fmt: skip
    own = await database.add(Household(station=move.to_station, **{name: getattr(row, name) for name in columns}))
    going = await Person.objects().where(Person.household == household, Person.id.is_in(people)).order_by(Person.id)
    await Person.update({Person.household: own}).where(Person.id.is_in([one.id for one in going]))
    stayed = await Person.objects().where(Person.household == household).order_by(Person.id).first()
    assert stayed is not None
    await notices.parted(system, move.to_station, own, going[0].id, going[0].name, move.day)
    await notices.parted(system, move.station, household, stayed.id, stayed.name, move.day)


@database.scoped
async def give_back(scope: Scope, id: int, form: AnswerForm) -> int:
    """Return a file to the station that offered it, with the reason; what was handed over is no longer seen.

    Raises as `accept`.
    """
    move = await _received(scope, id)
    await _decide(scope, move, MoveState.RETURNED, form.reason)
    record(scope, "moves.give_back", "move", id, form.reason)
    return id


@database.scoped
async def withdraw(scope: Scope, id: int, form: AnswerForm) -> int:
    """The station keeps the file after all: what rested for the move goes on. Raises NotFound, ImpossibleMove."""
    move = await database.lock(Move, id)
    if scope.reach is not Reach.STATION or move.station != scope.organisation:
        raise NotFound
    await _decide(scope, move, MoveState.WITHDRAWN, form.reason)
    await _close(id)
    if move.rested_on is not None:
        for one in await movers_of(id):
            await effects.publish(scope, RecipientStaying(one.person))
    record(scope, "moves.withdraw", "move", id, form.reason)
    return id


async def leave(system: Scope, move: Move, day: date) -> None:
    """The month of a move out of the county is over: it is noted on each file, and what rested ends."""
    for one in await movers_of(move.id):
        person = await database.read(Person, one.person)
        if person.state in HERE:
            await report_event(system, one.person, EventForm(StatusKind.MOVED, move.day, note=move.reason))
    await database.change(Move, move.id, {Move.left_on: day})
