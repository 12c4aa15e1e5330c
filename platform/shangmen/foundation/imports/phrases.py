"""Words for verdicts, states and what is said about rows."""

from typing import Any

from shangmen.foundation.imports.cells.reading import Note
from shangmen.foundation.imports.kinds import Kind, Line
from shangmen.foundation.imports.states import ImportState, Verdict
from shangmen.web.language import gettext as _

VERDICTS = {
    Verdict.NEW: "New",
    Verdict.CHANGED: "Changed",
    Verdict.SAME: "Nothing new",
    Verdict.MERGED: "Added to somebody known",
    Verdict.REFUSED: "Not taken",
}

STATES = {
    ImportState.READING: "Being read",
    ImportState.PREVIEWED: "Previewed",
    ImportState.COMMITTING: "Being written",
    ImportState.COMMITTED: "Written",
    ImportState.UNDONE: "Undone",
    ImportState.FAILED: "Not readable",
}


def verdict(code: Verdict) -> str:
    """A verdict in the reader's language."""
    return _(VERDICTS[code])


def state(code: ImportState) -> str:
    """A state in the reader's language."""
    return _(STATES[code])


def sentence(note: Note) -> str:
    """What is said about a row, in the reader's language."""
    return _(note.sentence, **note.words)


def reasons(kind: Kind[Any], line: Line) -> str:
    """Everything that is said about a row, each with its column."""
    said = [*([line.refusal] if line.refusal else []), *line.notes]
    return "；".join(
        f"{_(kind.column(note.field).label)}: {sentence(note)}" if note.field else sentence(note) for note in said
    )
