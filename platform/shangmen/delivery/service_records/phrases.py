"""Findings and events in words of the language in use."""

from collections.abc import Mapping
from types import SimpleNamespace

from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit.queries import HistoryRow
from shangmen.web import language
from shangmen.web.language import gettext as _

VERBS = {
    "service_records.check_in": "Checked in",
    "service_records.check_out": "Visit logged",
    "service_records.accept": "Record accepted",
    "service_records.reject": "Record rejected",
    "service_records.correct": "Record corrected",
    "service_records.find": "Something came to light",
    "visits.plan": "Visit planned",
    "visits.move": "Visit moved",
    "visits.confirm": "Visit confirmed",
    "visits.begin": "Visit begun",
    "visits.finish": "Visit done",
}


def finding_words(message: str, details: Mapping[str, object]) -> str:
    """A finding as a sentence; codes among its details in words."""
    kinds = details.get("kinds")
    if isinstance(kinds, list):
        details = {**details, "kinds": _(", ").join(language.label(kind) for kind in kinds)}
    return _(message, **details) if details else _(message)


def history_words(events: list[HistoryRow]) -> list[SimpleNamespace]:
    """Events of the trail as the timeline shows them, the newest first, without those that only repeat another."""
    return [
        SimpleNamespace(
            at=event.at,
            who=trail.actor(event),
            what=_(VERBS[event.verb]) + _state(event.details),
            why=event.reason,
        )
        for event in reversed(events)
        if event.verb in VERBS and event.verb not in ("visits.begin", "visits.finish")
    ]


def _state(details: Mapping[str, object]) -> str:
    state = details.get("after") or details.get("state")
    return f": {language.label(state)}" if state else ""
