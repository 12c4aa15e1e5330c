"""Codes of recipients in words, and the history as sentences. Templates get this module as `say`."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from shangmen import clock, database
from shangmen.demand.recipients.forms import CATEGORIES, GROUPS, KINDS, LIVING, STATES
from shangmen.foundation.audit import phrases as trail
from shangmen.web.language import gettext, label

_GROUPS = {"elder": "Elder", "disabled": "Disabled adult", "minor": "Child"}
_LIVING = {
    "alone": "Lives alone",
    "spouse": "With the spouse",
    "children": "With children",
    "parents": "With parents",
    "siblings": "With siblings",
    "relatives": "With other relatives",
    "others": "With people who are no relatives",
    "institution": "In a care institution",
}
_STATES = {
    "living": "At home",
    "hospital": "In hospital",
    "institution": "In a care institution",
    "moved": "Moved away",
    "died": "Deceased",
}
_KINDS = {
    "hospital": "Taken to hospital",
    "home": "Back at home",
    "institution": "Moved into a care institution",
    "moved": "Moved away",
    "died": "Died",
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
_SYSTEMS = {
    "WGS84": "GPS, CGCS2000 (WGS-84)",
    "GCJ02": "Gaode, Tencent (GCJ-02)",
    "BD09": "Baidu (BD-09)",
}
_SOURCES = {
    "SURVEYED": "Surveyed (WGS-84)",
    "GCJ02": "Converted from GCJ-02",
    "BD09": "Converted from BD-09",
    "SYNTHETIC": "Synthetic position",
}
TONES = {"living": "good", "hospital": "warn", "institution": "quiet", "moved": "quiet", "died": "quiet"}

FIELDS = {
    "name": "Name",
    "id_number": "ID number",
    "no_id_reason": "Reason for having no ID number",
    "sex": "Sex",
    "birth_date": "Birth date",
    "person_group": "Group",
    "telephone": "Telephone",
    "living": "Living situation",
    "village": "Village",
    "address": "Address",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "position_source": "Source of the position",
    "position_accuracy": "Accuracy",
    "halal": "Halal food",
    "language": "Language or dialect",
    "guardian_name": "Guardian",
    "guardian_telephone": "Guardian's telephone",
    "consent_on": "Consent given on",
    "consent_by": "Consent given by",
    "notes": "Notes",
    "category": "Category",
    "number": "Household number",
    "valid_from": "Category since",
    "valid_to": "Category until",
    "township": "Township",
    "certificate": "Disability certificate",
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
    "needs.assess": "Assessed: %(level)s",
}


def group(code: str) -> str:
    """elder, disabled or minor."""
    return gettext(_GROUPS[code]) if code in _GROUPS else ""


def living(code: str) -> str:
    """With whom somebody lives."""
    return gettext(_LIVING[code]) if code in _LIVING else ""


def state(code: str) -> str:
    """Where somebody is."""
    return gettext(_STATES[code]) if code in _STATES else ""


def kind(code: str) -> str:
    """What happened to somebody."""
    return gettext(_KINDS[code]) if code in _KINDS else ""


def disability(type: int, level: int) -> str:
    """Type and level of a disability certificate."""
    return gettext("%(type)s, level %(level)s", type=gettext(_TYPES.get(type, "")), level=level)


def source(code: str) -> str:
    """Where a position comes from."""
    return gettext(_SOURCES[code]) if code in _SOURCES else ""


def field(name: str) -> str:
    """A column of a file."""
    return gettext(FIELDS.get(name, name))


def years(born: date) -> int:
    """Age today."""
    return clock.age(born, clock.today())


def tone(code: str) -> str:
    """The colour of a state's badge."""
    return TONES.get(code, "quiet")


def categories() -> list[tuple[str, str]]:
    """Options of a choice."""
    return [(code, label(code)) for code in CATEGORIES]


def groups() -> list[tuple[str, str]]:
    """Options of a choice."""
    return [(code, group(code)) for code in GROUPS]


def livings() -> list[tuple[str, str]]:
    """Options of a choice."""
    return [(code, living(code)) for code in LIVING]


def states() -> list[tuple[str, str]]:
    """Options of a choice."""
    return [(code, state(code)) for code in STATES]


def kinds() -> list[tuple[str, str]]:
    """Options of a choice."""
    return [(code, kind(code)) for code in KINDS]


def systems() -> list[tuple[str, str]]:
    """Options of a choice."""
    return [(code, gettext(text)) for code, text in _SYSTEMS.items()]


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name == "living":
        return living(value)
    if name == "person_group":
        return group(value)
    return label(value) if name in {"category", "sex"} else value


def timeline(events: list[Any]) -> list[SimpleNamespace]:
    """Audit events of a person as the history macro reads them, newest first."""
    told = []
    for event in reversed(events):
        details = database.from_json(event["details"]) or {}
        words = dict(details)
        if "kind" in words:
            words["kind"] = kind(words["kind"])
        if "what" in words:
            words["what"] = field(words["what"])
        if "level" in words:
            words["level"] = label(words["level"])
        told.append(
            SimpleNamespace(
                at=event["at"],
                who=trail.actor_and_role(event),
                what=gettext(_VERBS.get(event["verb"], event["verb"]), **words),
                why=event["reason"],
                changes=[
                    (field(name), _shown(name, before), _shown(name, after))
                    for name, before, after in details.get("changes", [])
                ],
            )
        )
    return told
