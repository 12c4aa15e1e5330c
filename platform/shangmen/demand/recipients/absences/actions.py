"""Verbs on absences of recipients: note one, shorten or lift it."""

from datetime import timedelta

from piccolo.columns import Column

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.demand.recipients import queries
from shangmen.demand.recipients.events import RecipientAbsent
from shangmen.demand.recipients.forms import AbsenceForm, ShortenForm
from shangmen.demand.recipients.states import PersonState
from shangmen.demand.recipients.tables import RecipientAbsence
from shangmen.errors import NotFound, Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.deeds.actions import kept

LONGEST = timedelta(days=366)


@database.scoped
async def absent(scope: Scope, person: int, form: AbsenceForm) -> int:
    """Note days on which somebody is away from home; the absence's id. Publishes RecipientAbsent.

    Needs go on. Raises Refused for days the wrong way round, too many, past or noted already, and for whom no longer
    lives at home.
    """
    who = await queries.in_care(scope, person)
    if who.state is not PersonState.LIVING:
        raise Refused("Only somebody who lives at home can be away from it.", field="first")
    if form.last < form.first:
        raise Refused("The last day is before the first.", field="last")
    if form.last < clock.today():
        raise Refused("This day is past.", field="last")
    if form.last - form.first > LONGEST:
        raise Refused("Somebody who is away for more than a year has moved.", field="last")
    if await database.exists(
        "SELECT 1 FROM recipient_absence WHERE person = :person AND first <= :last AND last >= :first"
        " AND lifted_at IS NULL",
        person=person,
        first=form.first,
        last=form.last,
    ):
        raise Refused("Some of these days are noted already.", field="first")
    async with kept(
        scope, "recipients.absence", "recipients.absent", "person", person,
        station=who.station, reason=form.reason, first=form.first, last=form.last,
    ):  # fmt: skip
        id = await database.add(RecipientAbsence(person=person, first=form.first, last=form.last, reason=form.reason))
        record(scope, "recipients.absent", "person", person, form.reason, first=form.first, last=form.last)
        await effects.publish(scope, RecipientAbsent(person, form.first, form.last))
    return id


@database.scoped
async def shorten(scope: Scope, person: int, id: int, form: ShortenForm) -> int:
    """Somebody is back earlier: days after the new last one hold no more, and visits then can be confirmed again.

    Without a last day, or with one before the first, the absence is lifted. Raises NotFound for an absence of others,
    Refused for a last day after the present one.
    """
    await queries.in_care(scope, person)
    absence = await database.lock(RecipientAbsence, id)
    if absence.person != person or absence.lifted_at is not None:
        raise NotFound
    if form.last is not None and form.last > absence.last:
        raise Refused(
            "The absence ends on %(day)s already. Note the further days as another one.",
            field="last",
            day=absence.last,
        )
    lifted = form.last is None or form.last < absence.first
    values: dict[Column, object] = (
        {RecipientAbsence.lifted_at: clock.now()} if lifted else {RecipientAbsence.last: form.last}
    )
    await database.change(RecipientAbsence, id, values)
    record(
        scope, "recipients.shorten_absence", "person", person,
        first=absence.first, before=absence.last, last=form.last,
    )  # fmt: skip
    return id
