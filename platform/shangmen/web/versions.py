"""Forms over rows that several people edit: who is second sees what the first saved beside what was typed.

The database counts the versions of such a row. A form says which version its reader saw (`version`) and what stood in
its fields then (`seen`). When the row was changed since, the verb raises Stale: the page comes back with status 409,
what only the other person changed is taken over into the form, what the reader typed stays in it, and both stand
beside each other above the button. Sending it again is then meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import msgspec

from shangmen import clock
from shangmen.web.language import gettext as _

if TYPE_CHECKING:
    from shangmen.web.forms import AnyForm

SEEN = "seen"  # the hidden field with what stood in the form
Text = str | list[str]
Shown = TypeVar("Shown", bound="AnyForm")


@dataclass(frozen=True)
class Beside:
    """A field in two versions, in words; `taken`: only the other person changed it, and the form took it over."""

    label: str
    now: str
    typed: str
    taken: bool


def counts(field: str) -> bool:
    """Whether a field of a form says which version of a row its reader saw."""
    return field == "version" or field.endswith("_version")


def number(said: str) -> int:
    """The version that a form names; 0, which no row has, for none."""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 9 else 0


def over(form: Shown, now: Mapping[str, object], masked: Mapping[str, str] | None = None) -> Shown:
    """Let a form stand over what is saved `now`, by field, with the row's `version`.

    What nobody has typed yet is filled in; after Stale both versions are put beside each other (`form.both`). Fields
    that are `masked` (their content, masked) are never filled in, and left empty they change nothing.
    """
    saved = {name: text(value) for name, value in now.items()}
    if form.stale:
        _meet(form, saved)
        for name, hidden in (masked or {}).items():
            if form.values.get(name):
                form.both[name] = (hidden, form.values[name], False)
    else:
        form.seen = form.seen or {name: value for name, value in saved.items() if not counts(name)}
    for name, value in saved.items():
        form.values.setdefault(name, value)
    return form


def _meet(form: "AnyForm", saved: Mapping[str, Text]) -> None:
    for name, value in saved.items():
        # What the form shows without asking for it is as its reader saw it.
        typed = form.values[name] if name in form.values else form.seen.get(name, "")
        if counts(name):
            form.values[name] = value
        elif value != typed:
            untouched = name in form.seen and typed == form.seen[name]
            form.both[name] = (value, typed, untouched)
            if untouched:
                form.values[name] = value
    form.seen = {name: value for name, value in saved.items() if not counts(name)}
    form.faults = {name or "versions": sentence for name, sentence in form.faults.items()}


def remembered(sent: object) -> dict[str, Text]:
    """What a form says that stood in its fields; nothing where that cannot be read."""
    try:
        return msgspec.json.decode(str(sent or "{}"), type=dict[str, Text])
    except (msgspec.DecodeError, UnicodeEncodeError):
        return {}


def text(value: object) -> Text:
    """A saved value as a form would send it."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, datetime):
        return value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return str(value)


def in_words(value: Text, options: Mapping[str, str]) -> str:
    """A field's text as its reader knows it: the words of what was chosen, a dash for nothing."""
    if isinstance(value, list):
        return _(", ").join(options.get(one, one) for one in value if one) or "–"
    return options.get(value, value) or "–"
