"""What happened to lots and contracts, in words."""

from types import SimpleNamespace

from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit.queries import HistoryRow
from shangmen.web.language import gettext as _

VERBS = {
    "contracts.create_lot": "Lot defined",
    "contracts.create": "Contract drafted",
    "contracts.add_line": "Line added",
    "contracts.sign": "Contract signed",
    "contracts.amend": "Supplement recorded",
    "contracts.suspend": "Contract suspended",
    "contracts.resume": "Contract resumed",
}


def timeline(events: list[HistoryRow]) -> list[SimpleNamespace]:
    """Audit events as the history macro reads them, the newest first."""
    return [
        SimpleNamespace(
            at=event.at,
            who=trail.actor(event),
            what=_(VERBS[event.verb]) if event.verb in VERBS else trail.what(event.verb),
            why=event.reason,
        )
        for event in reversed(events)
    ]
