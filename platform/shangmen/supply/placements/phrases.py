"""What happened to offers and placements, in words."""

import re
from types import SimpleNamespace

from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit.queries import HistoryRow
from shangmen.web.language import gettext as _
from shangmen.web.language import label

VERBS = {
    "placements.offer": "Offer made",
    "placements.accept": "Offer accepted",
    "placements.decline": "Offer declined",
    "placements.withdraw": "Offer withdrawn",
    "placements.begin": "Placement begun",
    "placements.end": "Placement ended",
    "placements.change_term": "Last day changed with the need's",
}


def timeline(events: list[HistoryRow]) -> list[SimpleNamespace]:
    """Audit events as the history macro reads them, the newest first."""
    return [
        SimpleNamespace(
            at=event.at,
            who=trail.actor(event),
            what=_(VERBS[event.verb]) if event.verb in VERBS else trail.what(event.verb),
            why=said(event.reason),
        )
        for event in reversed(events)
    ]


def said(reason: str) -> str:
    """A reason in words: typed by a person, or a code of ours."""
    return label(reason) if re.fullmatch(r"[a-z_]+", reason) else _(reason)
