"""Verbs on the standing of an organisation: suspend it, let it work again, close it for good."""

from shangmen import clock, database, effects
from shangmen.access import Scope
from shangmen.errors import Conflict
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations.events import OrganisationClosed, OrganisationClosing
from shangmen.foundation.organisations.forms import StatusForm
from shangmen.foundation.organisations.states import OrganisationStatus
from shangmen.foundation.organisations.tables import Engagement, Organisation

VERBS = {OrganisationStatus.SUSPENDED: "suspend", OrganisationStatus.ACTIVE: "reopen"}


async def suspend(scope: Scope, id: int, form: StatusForm) -> int:
    """Let an organisation take on no new work; what it has goes on. Raises ImpossibleMove, Stale."""
    return await _set_status(scope, id, OrganisationStatus.SUSPENDED, form)


async def reopen(scope: Scope, id: int, form: StatusForm) -> int:
    """Let a suspended organisation take on work again. Raises ImpossibleMove, Stale."""
    return await _set_status(scope, id, OrganisationStatus.ACTIVE, form)


@database.scoped
async def _set_status(scope: Scope, id: int, status: OrganisationStatus, form: StatusForm) -> int:
    before = await database.lock(Organisation, id, form.version)
    await database.change(Organisation, id, {Organisation.status: before.status.to(status)})
    record(scope, f"organisations.{VERBS[status]}", "organisation", id, form.reason, name=before.name)
    return id


@database.scoped
async def close(scope: Scope, id: int, form: StatusForm) -> int:
    """Close an organisation for good: engagements end today, its accounts are disabled.

    Raises Refused with what still needs it (OrganisationClosing), ImpossibleMove for a closed one, Stale, and Conflict
    for one's own.
    """
    before = await database.lock(Organisation, id, form.version)
    if id == scope.organisation:
        raise Conflict("Nobody closes their own organisation.")
    status = before.status.to(OrganisationStatus.CLOSED)
    await effects.publish(scope, OrganisationClosing(id))
    await database.change(Organisation, id, {Organisation.status: status})
    for engagement in (
        await Engagement.objects()
        .where(Engagement.organisation == id, Engagement.valid_to.is_null() | (Engagement.valid_to > clock.today()))
        .order_by(Engagement.id)
        .lock_rows("UPDATE")
    ):
        last = max(clock.today(), engagement.valid_from)
        await database.change(Engagement, engagement.id, {Engagement.valid_to: last})
        record(scope, "organisations.end_engagement", "worker", engagement.worker, form.reason, valid_to=last)
    record(scope, "organisations.close", "organisation", id, form.reason, name=before.name)
    await effects.publish(scope, OrganisationClosed(id))
    return id
