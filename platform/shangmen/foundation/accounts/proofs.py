"""Proving accounts: nobody has a role that the trail does not tell of."""

from dataclasses import dataclass

from shangmen import database
from shangmen.access import Reach, Scope
from shangmen.foundation.accounts.tables import User
from shangmen.foundation.audit.held_rows import Held
from shangmen.foundation.audit.proofs import Tampering

HELD = (Held(User, but=(User.password, User.totp_secret, User.totp_step, User.must_change, User.locale)),)


@dataclass(frozen=True)
class _Account(database.Row):
    login: str
    told: bool


@database.scoped
async def roles(scope: Scope) -> list[Tampering]:
    """Hold the role of every account against the last event that gave it one; only who reads the whole trail can."""
    if scope.reach is not Reach.COUNTY:
        return []
    return [
        Tampering(
            "Account %(login)s has another role than the trail tells of."
            if one.told
            else "The trail tells of no account %(login)s, and there is one.",
            {"login": one.login},
        )
        for one in await database.rows(
            _Account,
            """
            SELECT u.login, e.id IS NOT NULL AS told FROM app_user u
            LEFT JOIN LATERAL (
              SELECT t.id, t.details FROM audit_event t WHERE t.subject = 'app_user' AND t.subject_id = u.id
                AND t.verb IN ('accounts.create', 'accounts.change') ORDER BY t.at DESC, t.id DESC LIMIT 1) e ON true
            WHERE u.county = ANY(:counties) AND (e.details ->> 'role') IS DISTINCT FROM u.role ORDER BY u.login
            """,
            counties=list(scope.counties),
        )
    ]
