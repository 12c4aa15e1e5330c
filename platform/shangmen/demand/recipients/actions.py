"""Verbs on recipients. Registration and correction stand in registration.py, the roll in rolls/."""

from datetime import date, timedelta
from typing import Any

from shangmen import clock, database, effects
from shangmen.access import Role, Scope
from shangmen.demand.recipients import queries
from shangmen.demand.recipients.events import HouseholdChanged, StatusChanged
from shangmen.demand.recipients.forms import EventForm, GraceForm, RevealForm
from shangmen.demand.recipients.households import last_day
from shangmen.demand.recipients.registration.actions import register, update
from shangmen.demand.recipients.rolls.actions import commit_roll, upload_roll
from shangmen.errors import Conflict, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue
from shangmen.foundation.tasks import actions as tasks

__all__ = [
    "commit_roll",
    "confirm_household",
    "end_share",
    "grant_grace",
    "register",
    "report_event",
    "reveal",
    "share",
    "update",
    "upload_roll",
]

RECHECK = "household_recheck"
RETURN = "hospital_return"


@database.scoped
async def report_event(scope: Scope, id: int, form: EventForm) -> int:
    """Note that something happened to a person, and let its consequences follow; the event's id.

    Events take effect on their own day, which may be past. Raises Refused beside the field for days that cannot be,
    Conflict for what is on record already.
    """
    person = await queries.person(scope, id)
    if await database.fetch_value(
        "SELECT 1 FROM status_event WHERE person = :id AND kind = :kind AND effective = :day",
        id=id,
        kind=form.kind,
        day=form.effective,
    ):
        raise Conflict("This is on record already, for the same day.", field="effective")
    _check_event(scope, person, form)
    event = await database.insert(
        "status_event",
        person=id,
        kind=form.kind,
        effective=form.effective,
        until=form.until,
        reported_at=clock.now(),
        reported_by=scope.user,
        note=form.note,
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
    await _follow_up(scope, person, form)
    await effects.publish(scope, StatusChanged(id, form.kind, form.effective, form.until))
    return event


def _check_event(scope: Scope, person: Any, form: EventForm) -> None:
    if form.effective > clock.today():
        raise Refused("This day lies in the future. Report it when it has happened.", field="effective")
    if form.effective < person["birth_date"]:
        raise Refused("This day lies before the person's birth.", field="effective")
    if form.until and form.kind != "hospital":
        raise Refused("Only a stay in hospital has a last day here.", field="until")
    if form.until and form.until < form.effective:
        raise Refused("The end lies before the beginning.", field="until")
    if person["state"] == "died" and form.kind not in {"died", "home"}:
        raise Refused("This person's death is on record since %(day)s.", field="kind", day=person["state_from"])
    if person["state"] == "died" and (scope.role == Role.VILLAGE_ASSISTANT or not form.note):
        raise Refused("Only the station corrects a reported death, and says why in the note.", field="note")
    if form.kind == "home" and person["state"] == "living":
        raise Refused("The person is at home according to the record.", field="kind")


async def _set_state(id: int) -> None:
    """A person's state is what the latest event by its own day says; a stay that is over leaves them at home.

    Days are compared, then the order of reporting: a correction of the same day wins.
    """
    today = clock.today()
    latest = await database.fetch_one(
        "SELECT kind, effective, until FROM status_event WHERE person = :id ORDER BY effective DESC, id DESC LIMIT 1",
        id=id,
    )
    if latest is None:
        return
    state, since = latest["kind"], latest["effective"]
    if state == "home":
        state = "living"
    elif state == "hospital" and latest["until"] and latest["until"] < today:
        state, since = "living", latest["until"]
    await database.execute(
        "UPDATE person SET state = :state, state_from = :since, version = version + 1 WHERE id = :id",
        id=id,
        state=state,
        since=since,
    )


async def _follow_up(scope: Scope, person: Any, form: EventForm) -> None:
    """Tasks of the station: a household is re-checked after a death, a return from hospital is watched for."""
    today = clock.today()
    common = {
        "organisation": person["station"],
        "role": Role.STATION_SCHEDULER,
        "route": "recipients.show",
        "params": {"id": person["id"]},
    }
    if form.kind == "died":
        months = int(await catalogue.parameter(scope, "household_recheck_months", form.effective))
        if person["household"]:
            await tasks.open(
                scope,
                **common,
                kind=RECHECK,
                subject="household",
                subject_id=person["household"],
                message="Re-check the household of %(name)s, who died on %(day)s",
                due=clock.months_after(form.effective, months),
                name=person["name"],
                day=form.effective,
            )
    if form.kind == "hospital" and (form.until is None or form.until >= today):
        await tasks.open(
            scope,
            **common,
            kind=RETURN,
            subject="person",
            subject_id=person["id"],
            message="%(name)s is in hospital: is a return home known?",
            due=form.until,
            name=person["name"],
        )
    else:
        await tasks.close(scope, RETURN, "person", person["id"])


@database.scoped
async def grant_grace(scope: Scope, household: int, months: int, first: date, profile: str = "regional") -> date:
    """Let a household keep its standing for whole months from a day (渐退期); the last day.

    The limit is a parameter: the region's (grace_period_months), or the national one for income from work
    (grace_period_months_national). Raises Refused beyond it.
    """
    before = await queries.household(scope, household)
    if first > clock.today() + timedelta(days=366):
        raise Refused("This day lies too far ahead.", field="first")
    name = "grace_period_months" if profile == "regional" else "grace_period_months_national"
    limit = int(await catalogue.parameter(scope, name, first))
    if months < 1 or months > limit:
        raise Refused("A grace period lasts %(limit)s months at most.", field="months", limit=limit)
    if first < before["valid_from"]:
        raise Refused("The grace period begins before the category.", field="first")
    until = clock.period_end(first, months)
    await database.update("household", household, grace_from=first, grace_until=until)
    after = await queries.household(scope, household)
    await tasks.close(scope, RECHECK, "household", household)
    record(scope, "recipients.grant_grace", "household", household, months=months, first=first, until=until)
    await _on_members(scope, household, "recipients.grant_grace", months=months, until=until)
    if last_day(before) != until:
        await effects.publish(scope, HouseholdChanged(household, last_day(before), last_day(after)))
    return until


async def grant_grace_form(scope: Scope, household: int, form: GraceForm) -> date:
    """`grant_grace` as the page sends it."""
    return await grant_grace(scope, household, form.months, form.first, form.profile)


@database.scoped
async def confirm_household(scope: Scope, household: int) -> int:
    """Note that a household was re-checked and keeps its category; takes the task off the list."""
    await queries.household(scope, household)
    await tasks.close(scope, RECHECK, "household", household)
    await _on_members(scope, household, "recipients.confirm_household")
    return household


async def _on_members(scope: Scope, household: int, verb: str, **details: Any) -> None:
    """The event in the history of each member, which is where people look for it."""
    for member in await queries.members(scope, household, 0):
        record(scope, verb, "person", member["id"], **details)


@database.scoped
async def reveal(scope: Scope, id: int, form: RevealForm) -> dict[str, str]:
    """One masked value of a person in clear; the reason goes into the audit trail."""
    person = await queries.person(scope, id)
    if form.what == "certificate":
        held = await queries.certificate(scope, id)
        value = held["number"] if held else ""
    else:
        value = person[form.what] or ""
    record(scope, "recipients.reveal", "person", id, reason=form.reason, what=form.what)
    return {form.what: value}


@database.scoped
async def share(
    scope: Scope, person: int, organisation: int, valid_from: date, valid_to: date | None, reason: str
) -> int:
    """Let an organisation see a person's file for a time; extends a share that stands. The share's id.

    A consequence of an offer, so it acts beyond the actor's own rows.
    """
    async with database.elevated(scope) as system:
        standing = await database.fetch_one(
            "SELECT id, valid_from, valid_to FROM share WHERE person = :person AND organisation = :organisation"
            " AND (valid_to IS NULL OR valid_to >= :first) ORDER BY valid_from LIMIT 1 FOR UPDATE",
            person=person,
            organisation=organisation,
            first=valid_from,
        )
        if standing is not None:
            open_ended = valid_to is None or standing["valid_to"] is None
            await database.update(
                "share",
                standing["id"],
                valid_from=min(standing["valid_from"], valid_from),
                valid_to=None if open_ended else max(standing["valid_to"], valid_to),
                reason=reason[:80],
            )
            id = int(standing["id"])
        else:
            id = await database.insert(
                "share",
                county=system.counties[0],
                person=person,
                organisation=organisation,
                valid_from=valid_from,
                valid_to=valid_to,
                reason=reason[:80],
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
