"""Verbs on recipients. Registration and correction: registration/, grace periods: households/, the roll: rolls/."""

from dataclasses import dataclass
from datetime import date

from piccolo.columns import Column

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.demand.recipients import notices, queries
from shangmen.demand.recipients.events import StatusChanged
from shangmen.demand.recipients.forms import EventForm, RevealForm
from shangmen.demand.recipients.households.actions import confirm_household, grant_grace
from shangmen.demand.recipients.registration.actions import register, update
from shangmen.demand.recipients.states import PersonState, ShareReason, StatusKind
from shangmen.demand.recipients.tables import Person, Share, StatusEvent
from shangmen.errors import Conflict, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.deeds.actions import kept

__all__ = [
    "confirm_household",
    "end_share",
    "grant_grace",
    "register",
    "report_event",
    "reveal",
    "share",
    "update",
]


@database.scoped
async def report_event(scope: Scope, id: int, form: EventForm) -> int:
    """Note that something happened to a person, and let its consequences follow; the event's id.

    Events take effect on their own day, which may be past. Raises Refused beside the field for days that cannot be,
    Conflict for what is on record already.
    """
    person = await queries.in_care(scope, id)
    if await database.exists(
        "SELECT 1 FROM standing_event WHERE person = :id AND kind = :kind AND effective = :day",
        id=id,
        kind=form.kind,
        day=form.effective,
    ):
        raise Conflict("This is on record already, for the same day.", field="effective")
    _check_event(scope, person, form)
    async with kept(
        scope, "recipients.event", "recipients.report_event", "person", id,
        station=person.station, reason=form.note, kind=form.kind, effective=form.effective, until=form.until,
    ):  # fmt: skip
        event = await database.add(
            StatusEvent(
                person=id,
                kind=form.kind,
                effective=form.effective,
                until=form.until,
                reported_at=clock.now(),
                reported_by=scope.user,
                note=form.note,
            )
        )
        await _set_state(id)
        record(
            scope,
            "recipients.report_event",
            "person",
            id,
            reason=form.note,
            kind=form.kind,
            effective=form.effective,
            until=form.until,
        )
        await notices.follow(scope, person, form)
        await effects.publish(scope, StatusChanged(id, form.kind, form.effective, form.until))
    return event


_BECOMES = {
    StatusKind.HOSPITAL: PersonState.HOSPITAL,
    StatusKind.HOME: PersonState.LIVING,
    StatusKind.INSTITUTION: PersonState.INSTITUTION,
    StatusKind.MOVED: PersonState.MOVED,
    StatusKind.DIED: PersonState.DIED,
}


def _check_event(scope: Scope, person: queries.PersonRow, form: EventForm) -> None:
    """Whatever the day of the event: after a death nothing is reported but its correction."""
    if _BECOMES[form.kind] is not person.state:
        person.state.to(_BECOMES[form.kind])
    if form.effective > clock.today():
        raise Refused("This day lies in the future. Report it when it has happened.", field="effective")
    if form.effective < person.birth_date:
        raise Refused("This day lies before the person's birth.", field="effective")
    if form.until and form.kind != StatusKind.HOSPITAL:
        raise Refused("Only a stay in hospital has a last day here.", field="until")
    if form.until and form.until < form.effective:
        raise Refused("The end lies before the beginning.", field="until")
    if person.state is PersonState.DIED and (scope.role == Role.VILLAGE_ASSISTANT or not form.note):
        raise Refused("Only the station corrects a reported death, and says why in the note.", field="note")
    if form.kind == StatusKind.HOME and person.state is PersonState.LIVING:
        raise Refused("The person is at home according to the record.", field="kind")


@dataclass(frozen=True)
class _Latest(database.Row):
    kind: StatusKind
    effective: date
    until: date | None


async def _set_state(id: int) -> None:
    """A person's state is what the latest event by its own day says; a stay that is over leaves them at home.

    Days are compared, then the order of reporting: a correction of the same day wins.
    """
    latest = await database.row(
        _Latest,
        "SELECT kind, effective, until FROM standing_event WHERE person = :id"
        " ORDER BY effective DESC, id DESC LIMIT 1",
        id=id,
    )
    if latest is None:
        return
    state, since = _BECOMES[latest.kind], latest.effective
    if state is PersonState.HOSPITAL and latest.until and latest.until < clock.today():
        state, since = PersonState.LIVING, latest.until
    person = await database.lock(Person, id)
    await database.change(
        Person,
        id,
        {
            Person.state: state if state is person.state else person.state.to(state),
            Person.state_from: since,
        },
    )


@database.scoped
async def reveal(scope: Scope, id: int, form: RevealForm) -> int:
    """Note that a masked value of a person is to be seen in clear, and why; the person's id.

    The value itself is what `queries.revealed` says: the answer of a verb is kept with the token of its form.
    """
    await queries.person(scope, id)
    record(scope, "recipients.reveal", "person", id, reason=form.reason, what=form.what)
    return id


@database.scoped
async def share(
    scope: Scope, person: int, organisation: int, valid_from: date, valid_to: date | None, reason: ShareReason
) -> int:
    """Let an organisation see a person's file for a time; extends a share that stands. The share's id.

    Until it has accepted (ShareReason.PLACEMENT) it sees no more of it than its offer shows; a later offer takes none
    of that back.

    A consequence of an offer, so it acts beyond the actor's own rows.
    """
    async with database.elevated(scope) as system:
        standing = (
            await Share.objects()
            .where(Share.person == person)
            .where(Share.organisation == organisation)
            .where(Share.valid_to.is_null() | (Share.valid_to >= valid_from))
            .order_by(Share.valid_from)
            .lock_rows("UPDATE")
            .first()
        )
        if standing is not None:
            id = standing.id
            last = None if valid_to is None or standing.valid_to is None else max(standing.valid_to, valid_to)
            values: dict[Column, object] = {
                Share.valid_from: min(standing.valid_from, valid_from),
                Share.valid_to: last,
                Share.reason: ShareReason.PLACEMENT if standing.reason is ShareReason.PLACEMENT else reason,
            }
            await database.change(Share, id, values)
        else:
            id = await database.add(
                Share(
                    county=system.counties[0],
                    person=person,
                    organisation=organisation,
                    valid_from=valid_from,
                    valid_to=valid_to,
                    reason=reason,
                )
            )
        record(scope, "recipients.share", "person", person, reason=reason, to=organisation, until=valid_to)
    return id


@database.scoped
async def end_share(scope: Scope, person: int, organisation: int, on: date) -> None:
    """An organisation sees the file up to a day; nothing happens when no share stands."""
    async with database.elevated(scope):
        ended = await database.execute(
            "UPDATE share SET valid_to = greatest(:on, valid_from) WHERE person = :person"
            " AND organisation = :organisation AND (valid_to IS NULL OR valid_to > :on)",
            person=person,
            organisation=organisation,
            on=on,
        )
        if ended:
            record(scope, "recipients.end_share", "person", person, to=organisation, on=on)
