"""What taking a deed back does and cannot do, in words."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit.queries import Event
from shangmen.foundation.deeds.actions import Lost
from shangmen.web.language import gettext

RELATIONS = {
    "need": "A need stays ended: %(why)s",
    "placement": "A placement stays ended: %(why)s",
    "offer": "An offer stays withdrawn: %(why)s",
    "visit": "A visit stays cancelled: %(why)s",
    "verdict": "A service record keeps its verdict: %(why)s",
}

# Where deeds are done that are done to many rows at once; the others are done on the page of their row.
LISTS = {"visits.cancel_many": "visits.list"}


def lost(events: Iterable[Event]) -> list[str]:
    """What cannot come back, and why; equal sentences once, with their count."""
    told: Counter[str] = Counter()
    for event in events:
        if event.verb == "deeds.undo":
            for one in msgspec.convert(event.details.get("lost", []), list[Lost]):
                why = gettext(one.message, **one.parameters)
                told[gettext(RELATIONS.get(one.relation, "%(why)s"), why=why)] += 1
    return [
        gettext("%(sentence)s (%(count)s times)", sentence=text, count=n) if n > 1 else text
        for text, n in told.items()
    ]


def restored(events: Iterable[Event]) -> list[str]:
    """What comes back, with its counts."""
    return trail.consequences(events, "", 0) or [gettext("Nothing else comes back with it.")]
