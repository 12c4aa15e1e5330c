"""What the pages of a list show, made from its rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shangmen.foundation.imports import phrases
from shangmen.foundation.imports.kinds import Kind, Line
from shangmen.foundation.imports.queries import ImportView
from shangmen.foundation.imports.states import Verdict
from shangmen.web.language import gettext as _

# Shown masked, or in a column of their own.
HIDDEN = frozenset({"sequence", "name", "id_number", "certificate", "guardian_id", "head_id"})


@dataclass(frozen=True)
class Understood:
    """A cell as it was typed, and what it was understood to say."""

    label: str
    typed: str
    said: str


@dataclass(frozen=True)
class Difference:
    """What is known, and what the list says otherwise."""

    label: str
    before: str
    after: str
    applied: bool


@dataclass(frozen=True)
class LineView:
    """A row of the preview."""

    row: int
    verdict: Verdict
    verdict_text: str
    name: str
    id_number: str
    subject: int | None
    understood: list[Understood]
    differences: list[Difference]
    said: list[str]


def told(kind: Kind[Any], field: str, value: Any) -> str:
    """A value in words."""
    if kind.tell is not None and (words := kind.tell(field, value)) is not None:
        return words
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict):
        return " ".join(told(kind, "", part) for part in value.values() if part not in (None, ""))
    if isinstance(value, list | tuple):
        return "、".join(told(kind, "", part) for part in value if part not in (None, "")) or "–"
    return str(value)


def line_view(kind: Kind[Any], line: Line) -> LineView:
    """A row with what is understood otherwise than typed, what would change, and what is said about it."""
    understood = [
        Understood(
            _(column.label),
            line.typed[column.field],
            line.meant.get(column.field) or told(kind, column.field, line.values.get(column.field)),
        )
        for column in kind.columns
        if column.field in line.typed and column.field not in HIDDEN
    ]
    said = [
        f"{_(kind.column(note.field).label)}: {phrases.sentence(note)}" if note.field else phrases.sentence(note)
        for note in [*([line.refusal] if line.refusal else []), *line.notes]
    ]
    return LineView(
        line.row,
        line.verdict,
        phrases.verdict(line.verdict),
        " · ".join(filter(None, (line.typed.get(field, "") for field in kind.named))),
        line.typed.get("id_number", ""),
        line.subject,
        [one for one in understood if one.typed != one.said],
        [
            Difference(_field(kind, change.field), _value(kind, change.field, change.before),
                       _value(kind, change.field, change.after), change.applied)
            for change in line.changes
        ],
        said,
    )  # fmt: skip


def _field(kind: Kind[Any], name: str) -> str:
    label = next((column.label for column in kind.columns if column.field == name), None)
    return _(label) if label else _(kind.fields.get(name, name))


def _value(kind: Kind[Any], field: str, value: str) -> str:
    return told(kind, field, value) if value else "–"


@dataclass(frozen=True)
class WordView:
    """A word of a column that was not understood, how often it stands there, and what it was said to mean."""

    field: str
    label: str
    word: str
    count: int
    meaning: str


def words_asked(kind: Kind[Any], view: ImportView, lines: Sequence[Line]) -> list[WordView]:
    """The words that somebody may say the meaning of: those that refused a row or were noted, and those said."""
    asked: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for note in [*([line.refusal] if line.refusal else []), *line.notes]:
            known = next((column for column in kind.columns if column.field == note.field), None)
            word = line.typed.get(note.field, "")
            if known is not None and known.words and word:
                asked[note.field, word] += 1
    for field, words in view.mapping.words.items():
        for word in words:
            asked[field, word] += 0
    return [
        WordView(field, _(kind.column(field).label), word, count, view.mapping.words.get(field, {}).get(word, ""))
        for (field, word), count in sorted(asked.items())[:200]
    ]


def changes_asked(kind: Kind[Any], lines: Sequence[Line]) -> list[tuple[str, str, int, bool]]:
    """(field, label, in how many rows, whether it would be changed) of what differs from what is known."""
    counted: Counter[str] = Counter()
    applied: set[str] = set()
    for line in lines:
        if line.verdict is not Verdict.REFUSED:
            for change in line.changes:
                counted[change.field] += 1
                if change.applied:
                    applied.add(change.field)
    return [(field, _field(kind, field), count, field in applied) for field, count in counted.most_common()]
