"""Codes of recipients in words, and the history as sentences. Templates get this module as `say`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace

import msgspec

from shangmen import clock
from shangmen.demand.recipients.states import Category, Living, PersonGroup, PersonState, StatusKind
from shangmen.foundation.audit import phrases as trail
from shangmen.foundation.audit.queries import HistoryRow
from shangmen.foundation.regions.states import PositionSource
from shangmen.web.language import gettext, label

_GROUPS = {
    PersonGroup.ELDER: "Elder",
    PersonGroup.DISABLED: "Disabled adult",
    PersonGroup.MINOR: "Child",
    PersonGroup.ADULT: "Adult",
}
_LIVING = {
    Living.UNKNOWN: "Not stated",
    Living.ALONE: "Lives alone",
    Living.SPOUSE: "With the spouse",
    Living.CHILDREN: "With children",
    Living.PARENTS: "With parents",
    Living.SIBLINGS: "With siblings",
    Living.RELATIVES: "With other relatives",
    Living.OTHERS: "With people who are no relatives",
    Living.INSTITUTION: "In a care institution",
}
_STATES = {
    PersonState.LIVING: "At home",
    PersonState.HOSPITAL: "In hospital",
    PersonState.INSTITUTION: "In a care institution",
    PersonState.MOVED: "Moved away",
    PersonState.DIED: "Deceased",
}
_KINDS = {
    StatusKind.HOSPITAL: "Taken to hospital",
    StatusKind.HOME: "Back at home",
    StatusKind.INSTITUTION: "Moved into a care institution",
    StatusKind.MOVED: "Moved away",
    StatusKind.DIED: "Died",
}
_TYPES = {
    1: "Sight",
    2: "Hearing",
    3: "Speech",
    4: "Limbs",
    5: "Intellect",
    6: "Mental illness",
    7: "Several disabilities",
}
_SOURCES = {
    PositionSource.SURVEYED: "Surveyed (WGS-84)",
    PositionSource.GCJ02: "Converted from GCJ-02",
    PositionSource.BD09: "Converted from BD-09",
    PositionSource.SYNTHETIC: "Synthetic position",
}
_TONES = {PersonState.LIVING: "good", PersonState.HOSPITAL: "warn"}

FIELDS = {
    "name": "Name",
    "id_number": "ID number",
    "no_id_reason": "Reason for having no ID number",
    "sex": "Sex",
    "birth_date": "Birth date",
    "group": "Group",
    "telephone": "Telephone",
    "living": "Living situation",
    "village": "Village",
    "address": "Address",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "position_source": "Source of the position",
    "position_accuracy": "Accuracy",
    "registered_address": "Registered address",
    "residence_permit": "Residence permit",
    "halal": "Halal food",
    "language": "Language or dialect",
    "guardian_name": "Guardian",
    "guardian_telephone": "Guardian's telephone",
    "other_telephones": "Further telephones",
    "guardian_other_telephones": "Guardian's further telephones",
    "relatives": "Relatives who may not be sent",
    "consent_on": "Consent given on",
    "consent_by": "Consent given by",
    "notes": "Notes",
    "category": "Category",
    "number": "Household number",
    "valid_from": "Category since",
    "valid_to": "Category until",
    "township": "Township",
    "certificate": "Disability certificate",
    "support": "Form of support",
    "overlay": "Looked after as",
    "tier": "Class",
    "scheme": "Scheme",
    "level": "Level",
    "needs": "What is being done",
    "visits_this_month": "Visits this month",
    "system": "Reference system",
    "consent": "Consent",
}

_VERBS = {
    "recipients.register": "Registered",
    "recipients.update": "File corrected",
    "recipients.reveal": "Masked value shown: %(what)s",
    "recipients.share": "File shared",
    "recipients.end_share": "Sharing of the file ended",
    "recipients.grant_grace": "Grace period of %(months)s months until %(until)s",
    "recipients.confirm_household": "Household re-checked: the category stands",
    "recipients.report_event": "%(kind)s, from %(effective)s",
    "moves.hand_over": "Handed over: %(field)s",
    "moves.carry_out": "Lives elsewhere since %(day)s; another station cares",
    "moves.take_over": "File taken over",
    "recipients.change_group": "By age now: %(group)s, before: %(before)s",
    "needs.assess": "Assessed: %(level)s",
}


def group(code: PersonGroup) -> str:
    """elder, disabled or minor."""
    return gettext(_GROUPS[code])


def living(code: Living) -> str:
    """With whom somebody lives."""
    return gettext(_LIVING[code])


def state(code: PersonState) -> str:
    """Where somebody is."""
    return gettext(_STATES[code])


def kind(code: StatusKind) -> str:
    """What happened to somebody."""
    return gettext(_KINDS[code])


def certificate_type(type: int) -> str:
    """A type of disability certificate."""
    return gettext(_TYPES.get(type, ""))


def disability(type: int, level: int) -> str:
    """Type and level of a disability certificate."""
    return gettext("%(type)s, level %(level)s", type=gettext(_TYPES.get(type, "")), level=level)


def source(code: PositionSource) -> str:
    """Where a position comes from."""
    return gettext(_SOURCES[code]) if code in _SOURCES else ""


def field(name: str) -> str:
    """A column of a file."""
    return gettext(FIELDS.get(name, name))


def fact(name: str, value: str) -> str:
    """What a file that is handed over says under a field."""
    if name == "living":
        return living(Living(value))
    if name in {"sex", "category", "scheme", "support", "overlay", "level", "halal"}:
        return label(value)
    return value


def years(born: date) -> int:
    """Age today."""
    return clock.age(born, clock.today())


def tone(code: PersonState) -> str:
    """The colour of a state's badge."""
    return _TONES.get(code, "quiet")


def categories() -> list[tuple[Category, str]]:
    """Options of a choice."""
    return [(code, label(code)) for code in Category]


def groups() -> list[tuple[PersonGroup, str]]:
    """Options of a choice."""
    return [(code, group(code)) for code in PersonGroup]


def livings() -> list[tuple[Living, str]]:
    """Options of a choice."""
    return [(code, living(code)) for code in Living]


def states() -> list[tuple[PersonState, str]]:
    """Options of a choice."""
    return [(code, state(code)) for code in PersonState]


def kinds() -> list[tuple[StatusKind, str]]:
    """Options of a choice."""
    return [(code, kind(code)) for code in StatusKind]


def _shown(name: str, value: object) -> object:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if not isinstance(value, str):
        return value
    if name == "living":
        return living(Living(value))
    if name == "group":
        return group(PersonGroup(value))
    return label(value) if name in {"category", "sex"} else value


def timeline(events: Sequence[HistoryRow]) -> list[SimpleNamespace]:
    """Audit events of a person as the history macro reads them, newest first."""
    return [
        SimpleNamespace(
            at=event.at,
            who=trail.actor_and_role(event),
            what=gettext(_VERBS.get(event.verb, event.verb), **_words(event.details)),
            why=event.reason,
            changes=_changes(event.details),
        )
        for event in reversed(events)
    ]


def _words(details: Mapping[str, object]) -> dict[str, object]:
    return {name: _SAID[name](str(value)) if name in _SAID else value for name, value in details.items()}


def _group_of(code: str) -> str:
    return group(PersonGroup(code))


# How the codes within an event are said.
_SAID: dict[str, Callable[[str], str]] = {
    "kind": lambda code: kind(StatusKind(code)),
    "what": field,
    "field": field,
    "level": label,
    "before": _group_of,
    "group": _group_of,
}


def _changes(details: Mapping[str, object]) -> list[tuple[str, object, object]]:
    """What a correction changed: the field, what it said, what it says."""
    changes = msgspec.convert(details.get("changes", []), list[tuple[str, object, object]])
    return [(field(name), _shown(name, before), _shown(name, after)) for name, before, after in changes]
