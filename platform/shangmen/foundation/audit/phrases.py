"""The trail in words: verbs and details as sentences of the language in use."""

from collections.abc import Iterable, Mapping
from types import SimpleNamespace

from shangmen.access import Role
from shangmen.foundation.audit.held_rows import ROWS
from shangmen.foundation.audit.queries import Event, HistoryRow
from shangmen.web.language import gettext, label

# Where a row of a table can be looked at; a route that does not exist yet is no link.
PAGES = {
    "division": "regions.show",
    "service_item": "catalogue.show",
    "organisation": "organisations.show",
    "worker": "organisations.worker",
    "app_user": "accounts.show",
    "person": "recipients.show",
    "need": "needs.show",
    "lot": "contracts.lot",
    "contract": "contracts.show",
    "matching_run": "matching_runs.show",
    "tender_study": "tendering.show",
    "offer": "placements.offer",
    "move": "moves.show",
    "placement": "placements.show",
    "visit": "visits.show",
    "service_record": "service_records.show",
    "statement": "settlement.show",
}


Told = Event | HistoryRow

# What people or digests say is shown as it is, though it may look like a code.
PLAIN = frozenset(
    {"address", "code", "digest", "fault", "file", "finding", "login", "name", "number", "organisation_name",
     "payment_reference", "study"}
)  # fmt: skip

# What the proofs hold rows against; it says nothing that the rest of the event does not.
PROOFS = frozenset({"proof", ROWS})


# What a verb brings with it on other rows, in the order in which people want to know.
CONSEQUENCES = {
    "needs.end": "Needs that end: %(count)s.",
    "needs.pause": "Needs that rest: %(count)s.",
    "needs.follow": "Needs that follow to the other station: %(count)s.",
    "needs.resume": "Needs that are served again: %(count)s.",
    "needs.free": "Needs that wait for a supplier again: %(count)s.",
    "needs.change_term": "Needs whose last day moves: %(count)s.",
    "placements.end": "Placements that end: %(count)s.",
    "placements.follow": "Placements and offers that go on there: %(count)s.",
    "placements.change_term": "Placements whose last day moves: %(count)s.",
    "placements.withdraw": "Open offers that are taken back: %(count)s.",
    "visits.cancel": "Planned visits that are cancelled: %(count)s.",
    "recipients.restore": "People and households that are as before: %(count)s.",
    "needs.restore": "Needs that are as before: %(count)s.",
    "placements.restore": "Placements that are in force again: %(count)s.",
    "placements.open_again": "Offers that are open again: %(count)s.",
    "visits.restore": "Visits that are planned again: %(count)s.",
    "visits.concern": "Planned visits that need another worker or another day: %(count)s.",
    "organisations.end_engagement": "Engagements that end: %(count)s.",
    "accounts.disable": "Accounts that are disabled: %(count)s.",
    "service_records.find": "Service records that are looked at again: %(count)s.",
}


def consequences(events: Iterable[Event], subject: str, id: int) -> list[str]:
    """What a rehearsed verb brings with it, beside what it does to its own row, as sentences with their counts."""
    touched: dict[str, set[int | None]] = {}
    for event in events:
        if (event.subject, event.subject_id) != (subject, id):
            touched.setdefault(event.verb, set()).add(event.subject_id)
    return [gettext(sentence, count=len(touched[verb])) for verb, sentence in CONSEQUENCES.items() if verb in touched]


def what(verb: str) -> str:
    """A verb of the trail in words: its own translation, else the verb's name read as words."""
    told = gettext(verb)
    return told if told != verb else label(verb.partition(".")[2] or verb)


def actor(event: Told) -> str:
    """Who did something; the system has no name beside its role."""
    return label(event.role) if event.role == Role.SYSTEM else event.user_name


def actor_and_role(event: Told) -> str:
    """Who did something, and as what."""
    name, role = actor(event), label(event.role)
    return name if name == role else gettext("%(who)s (%(role)s)", who=name, role=role)


def reason(event: Told) -> str:
    """Why: a person's own words as they are, a sentence of the system in the language in use."""
    return gettext(event.reason) if event.role == Role.SYSTEM else event.reason


def _text(key: str, value: object) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list):
        return gettext(", ").join(_text(key, part) for part in value) or "—"
    if isinstance(value, dict):
        return gettext("; ").join(f"{label(name)} {_text(name, part)}" for name, part in value.items()) or "—"
    text = str(value)
    return label(text) if text.isidentifier() and key not in PLAIN else text


def facts(details: Mapping[str, object]) -> list[tuple[str, str]]:
    """The details of an event as pairs (what, value) to be read."""
    return [(label(key), _text(key, details[key])) for key in sorted(details, key=_place) if key not in PROOFS]


def told(details: Mapping[str, object]) -> str:
    """The details of an event in one line."""
    return gettext("; ").join(f"{name} {value}" for name, value in facts(details))


# A jsonb column forgets the order: what begins comes before what ends, what was before what is.
_ORDER = (
    "code",
    "name",
    "kind",
    "number",
    "login",
    "role",
    "before",
    "after",
    "first",
    "valid_from",
    "last",
    "valid_to",
)


def _place(key: str) -> tuple[int, str]:
    return (_ORDER.index(key), "") if key in _ORDER else (len(_ORDER), key)


def timeline(events: Iterable[HistoryRow]) -> list[SimpleNamespace]:
    """Rows of `audit.queries.history` as detail.history() shows them, the newest first."""
    return [
        SimpleNamespace(
            at=event.at,
            who=actor_and_role(event),
            what=what(event.verb),
            why=reason(event) or told(event.details),
        )
        for event in reversed(list(events))
    ]
