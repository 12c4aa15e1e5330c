"""Verbs on households: grant a grace period (渐退期), confirm the category after a re-check."""

from datetime import date, timedelta

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.demand.recipients import notices
from shangmen.demand.recipients.events import HouseholdChanged
from shangmen.demand.recipients.forms import GraceForm, GraceRule
from shangmen.demand.recipients.households import queries as households
from shangmen.demand.recipients.moves import queries as moves
from shangmen.demand.recipients.tables import Household
from shangmen.errors import Refused
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue import queries as catalogue


@database.scoped
async def grant_grace(scope: Scope, household: int, form: GraceForm) -> date:
    """Let a household keep its standing for whole months from a day (渐退期); the last day.

    The limit is a parameter: the region's (grace_period_months), or the national one for income from work
    (grace_period_months_national). Raises Refused beyond it, and Stale when the household was changed since the page
    was opened.
    """
    await _in_care(scope, household)
    before = await database.lock(Household, household, form.version)
    months, first = form.months, form.first
    if first > clock.today() + timedelta(days=366):
        raise Refused("This day lies too far ahead.", field="first")
    name = "grace_period_months" if form.profile == GraceRule.REGIONAL else "grace_period_months_national"
    limit = await catalogue.parameter(scope, name, first)
    if months > limit:
        raise Refused("A grace period lasts %(limit)s months at most.", field="months", limit=limit)
    if first < before.valid_from:
        raise Refused("The grace period begins before the category.", field="first")
    until = clock.period_end(first, months)
    await database.change(
        Household,
        household,
        {Household.grace_from: first, Household.grace_until: until},
    )
    await notices.rechecked(scope, household)
    record(scope, "recipients.grant_grace", "household", household, months=months, first=first, until=until)
    for member in await households.members(scope, household, 0):  # in the history where people look for it
        record(scope, "recipients.grant_grace", "person", member.id, months=months, until=until)
    if households.last_day(before) != until:
        await effects.publish(scope, HouseholdChanged(household, households.last_day(before), until))
    return until


@database.scoped
async def confirm_household(scope: Scope, household: int) -> int:
    """Note that a household was re-checked and keeps its category; takes the task off the list."""
    await _in_care(scope, household)
    await notices.rechecked(scope, household)
    for member in await households.members(scope, household, 0):
        record(scope, "recipients.confirm_household", "person", member.id)
    return household


async def _in_care(scope: Scope, household: int) -> None:
    """A household whose members the viewer keeps; raises NotFound, Conflict where they were handed over."""
    await households.household(scope, household)
    for member in await households.members(scope, household, 0):
        await moves.refuse_only_read(scope, member.id)
