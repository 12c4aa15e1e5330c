"""What the cells of a roll were understood to say, in words."""

from typing import Any

from shangmen.demand.recipients import phrases
from shangmen.demand.recipients.rolls.words import TYPES
from shangmen.demand.recipients.states import Category, Living
from shangmen.web.language import gettext as _
from shangmen.web.language import label

# What changes and is no column of a roll.
FIELDS = {
    "telephone_of": "Whose telephone",
    "other_telephones": "Further telephones",
    "guardian_other_telephones": "Further telephones of the guardian",
    "doubt": "To be looked into",
    "scheme": "Scheme",
    "valid_from": "Category since",
    "valid_to": "Category until",
}

_CODES = frozenset({"scheme", "support", "self_care", "overlay", "doubt", "sex"})


def tell(field: str, value: Any) -> str | None:
    """A value of a field in words; None where it says itself."""
    if not value:
        return None
    if field in _CODES:
        return label(value)
    if field == "living":
        return phrases.living(Living(value))
    if field in {"category", "is_dibao", "is_tekun"}:
        return _assisted(value)
    if field == "birth":
        return " / ".join(first if first == last else first[:7] for first, last in value)
    if field == "disability" and isinstance(value, list):
        return "、".join(f"{TYPES[kind]}{level}级" for kind, level in value)
    if field in {"telephone", "guardian_telephone"} and isinstance(value, list):
        return "、".join(f"{number}（{whose}）" if whose else number for number, whose in value)
    return None


def _assisted(value: Any) -> str:
    if isinstance(value, str):
        return label(Category(value))
    if not value.get("category"):
        return _("no category")
    parts = (value["category"], value.get("scheme"), value.get("support"))
    return " ".join(filter(None, [*(label(part) for part in parts if part), value.get("tier")]))
