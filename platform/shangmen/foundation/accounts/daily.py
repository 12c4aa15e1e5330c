"""What a date brings to accounts: what is past its keep is removed, for all counties by the first that is kept."""

from collections import Counter
from datetime import date, timedelta

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.foundation.accounts.limits import KNOWN_FOR
from shangmen.foundation.accounts.queries import IDLE, LIFETIME
from shangmen.web import unsent

SUBMISSION_KEPT = timedelta(days=7)  # longer than any page stays open
ATTEMPT_KEPT = timedelta(days=1)
OVER = "created_at < :oldest OR seen_at < :idle"


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Remove sessions that are over, tokens of forms sent long ago, forms that nobody
    came back to, old tries of secrets, and places long not seen."""
    now = clock.now()
    return Counter(
        sessions_removed=await database.execute(
            f"DELETE FROM app_session WHERE {OVER}", oldest=now - LIFETIME, idle=now - IDLE
        ),
        submissions_removed=await database.execute(
            "DELETE FROM submission WHERE at < :before", before=now - SUBMISSION_KEPT
        ),
        unsent_forms_removed=await database.execute(
            "DELETE FROM unsent_form WHERE at < :before", before=now - unsent.KEPT
        ),
        attempts_removed=await database.execute("DELETE FROM attempt WHERE at < :before", before=now - ATTEMPT_KEPT),
        places_forgotten=await database.execute(
            "DELETE FROM known_place WHERE seen_at < :before", before=now - KNOWN_FOR
        ),
    )


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """Sessions that were over before the day began."""
    began = clock.at(day)
    return [
        Contradiction("accounts.session_over", "app_session", id)
        for id in await database.values(
            int,
            f"SELECT id FROM app_session WHERE {OVER} ORDER BY id",
            oldest=began - LIFETIME,
            idle=began - IDLE,
        )
    ]
