"""What accounts do when an organisation is closed; wired in wiring.py."""

from shangmen import database
from shangmen.access import Scope
from shangmen.foundation.accounts.tables import Session, User
from shangmen.foundation.audit.actions import record
from shangmen.foundation.organisations.events import OrganisationClosed


async def on_organisation_closed(scope: Scope, event: OrganisationClosed) -> None:
    """Nobody logs in for a closed organisation."""
    async with database.elevated(scope) as system:
        for id in await database.values(
            int, "SELECT id FROM app_user WHERE organisation = :id AND active ORDER BY id", id=event.organisation
        ):
            await database.change(User, id, {User.active: False})
            await Session.delete().where(Session.user == id)
            record(system, "accounts.disable", "app_user", id)
