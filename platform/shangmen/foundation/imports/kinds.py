"""What a kind of list is: its columns, what its words mean, how its rows are judged, written and taken back.

A feature describes its kind once and `wiring.py` registers it in KINDS; upload, mapping, preview, commit, rejects and
undo are the same for all. How to make one: docs/architecture.md, "A list comes in".
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

import msgspec

from shangmen.access import Role, Scope
from shangmen.errors import NotFound
from shangmen.foundation.imports.cells.reading import Note, Raw
from shangmen.foundation.imports.states import Verdict


class Fill(Enum):
    """How far a cell reaches: over itself alone, over merged rows, over its block, over what lies below in an area
    (where most cells of the column are blank), over the blank cells below (where the rows stand in groups by it)."""

    NONE = "none"
    MERGED = "merged"
    BLOCK = "block"
    AREA = "area"
    BELOW = "below"


# Takes a cell as the sheet holds it; gives what it says as plain data, or a Reading; raises Unread. Blank cells are
# not asked about.
Reader = Callable[[Raw], object]


@dataclass(frozen=True)
class Column:
    """A field of the kind: the heads that name it (regular expressions over a bare head, the best first; `group/leaf`
    asks for a group above), groups under which it never stands, how far a cell reaches, and what its cells say."""

    field: str
    label: str  # message id, for pages
    heads: tuple[str, ...]
    read: Reader
    not_under: str = ""
    fill: Fill = Fill.NONE
    sample: str = ""  # for the template: the head that is written there is `title`
    title: str = ""
    words: bool = False  # its cells are words that a county may map


class Change(msgspec.Struct):
    """A field of something that is known, what it says now and what the list says."""

    field: str
    before: str
    after: str
    applied: bool = True


class Written(msgspec.Struct):
    """What a commit wrote: a row of a table, and its columns before (None for a row that was made,
    with its version then where the commit changed it again)."""

    table: str
    id: int
    before: dict[str, Any] | None = None
    after: dict[str, Any] = {}


class Line(msgspec.Struct):
    """A row of a list: what was typed, what was understood, and what becomes of it."""

    row: int
    typed: dict[str, str]
    values: dict[str, Any] = {}
    own: set[str] = set()  # fields whose cell stands in this row, not merged or filled from above
    block: int = 0  # number of the first row of what belongs together: a household, a contract
    parts: list[dict[str, Any]] = []  # what further rows say of the same one: papers below each other
    typed_parts: list[dict[str, str]] = []
    unread: Note | None = None  # the first cell that could not be read
    doubts: list[Note] = []  # about cells that were
    verdict: Verdict = Verdict.NEW
    refusal: Note | None = None
    notes: list[Note] = []
    changes: list[Change] = []
    subject: int | None = None
    entries: list[Written] = []
    meant: dict[str, str] = {}  # what judging took a word to mean, by field: a service of the catalogue

    def begin(self) -> None:
        """Before it is judged, and before it is judged again: only what its cells say."""
        self.verdict, self.refusal = (Verdict.REFUSED, self.unread) if self.unread else (Verdict.NEW, None)
        self.notes, self.changes, self.subject, self.entries = list(self.doubts), [], None, []
        self.meant = {}

    def refuse(self, code: str, sentence: str, field: str = "", **words: str | int) -> None:
        """Take the row out; the first refusal stands."""
        if self.refusal is None:
            self.verdict = Verdict.REFUSED
            self.refusal = Note(code, sentence, dict(words), field)

    def note(self, code: str, sentence: str, field: str = "", **words: str | int) -> None:
        """Take the row, and say something about it."""
        self.notes = [*self.notes, Note(code, sentence, dict(words), field)]

    def compare(
        self,
        source: "Source",
        id: int,
        known: Mapping[str, str],
        said: Mapping[str, str],
        before: Mapping[str, str] | None,
    ) -> None:
        """Hold what the row says against what is known: what was empty is filled, what differs is shown and changed
        where somebody chose it, or where the same office says it anew; `before` are the cells that its last list had.
        Sets subject, changes and verdict."""
        self.subject = id
        for name, after in said.items():
            was = known.get(name, "")
            if after and after != was:
                if source.chosen is not None:
                    applied = name in source.chosen
                elif before is None:
                    applied = not was
                else:
                    applied = self.typed != before if name not in self.typed else self.typed[name] != before.get(name)
                self.changes = [*self.changes, Change(name, was, after, applied)]
        changed = Verdict.MERGED if before is None else Verdict.CHANGED
        self.verdict = changed if any(change.applied for change in self.changes) else Verdict.SAME

    def applied(self) -> dict[str, str]:
        """The changes that are to be made: field -> what it is to say."""
        return {change.field: change.after for change in self.changes if change.applied}


@dataclass(frozen=True)
class Source:
    """What a list is: its import, whose kind of list it is (`signature` of heads), and which changes are wanted."""

    id: int
    signature: str
    title: str = ""  # what stands above the heads, with the names of the sheet and of the file
    fields: frozenset[str] = frozenset()  # which the list has
    heads: Mapping[str, str] = field(default_factory=dict)  # their heads: 单价（元/小时）
    chosen: frozenset[str] | None = None  # fields that a change may touch; None for all

    def wants(self, field: str) -> bool:
        """Whether a change of a field of something known is to be made."""
        return self.chosen is None or field in self.chosen


# The kinds of lists, by name: wired by wiring.py.
_kinds: dict[str, "Kind[Any]"] = {}


Judged = TypeVar("Judged")


@dataclass(frozen=True)
class Kind(Generic[Judged]):
    """A kind of list.

    `judge` sets the verdict of every line that is not refused yet, and returns what it understood; `commit` is given
    that, writes the lines that are new, changed or merged, and notes their subject and entries. Both work on all lines
    at once and ask few queries.
    """

    name: str
    label: str
    roles: frozenset[Role]
    columns: tuple[Column, ...]
    needed: tuple[tuple[str, ...], ...]  # a list of this kind names one of these groups of fields
    identity: tuple[str, ...]  # a row is one where any of these stands in it
    judge: Callable[[Scope, Source, Sequence[Line]], Awaitable[Judged]]
    commit: Callable[[Scope, Source, Judged], Awaitable[None]]
    tables: tuple[Any, ...]  # what the commit writes: undone in this order
    begins: tuple[str, ...] = ()  # fields that only the first row of a block has, where they are not in every row
    areas: tuple[str, ...] = ()  # areas from the widest
    continued: tuple[str, ...] = ()  # fields that rows below without an identity add to the row above
    heads_block: Callable[[Mapping[str, Any]], bool] | None = None  # whether a row begins a block
    tell: Callable[[str, Any], str | None] | None = None  # a value of a field in words; None where it says itself
    fields: Mapping[str, str] = field(default_factory=dict)  # labels of what changes and is no column
    page: str = ""  # the route of who or what comes of a row
    named: tuple[str, ...] = ("name",)  # the cells that tell a row from another

    def column(self, name: str) -> Column:
        """The column of a field."""
        return next(column for column in self.columns if column.field == name)


def wire(kinds: Sequence[Kind[Any]]) -> None:
    """Make the kinds known; done by every process that takes lists."""
    _kinds.clear()
    _kinds.update({kind.name: kind for kind in kinds})


def kinds() -> list[Kind[Any]]:
    """The kinds in the order in which a county is set up."""
    return list(_kinds.values())


def kind(name: str) -> Kind[Any]:
    """The kind of a name; raises NotFound."""
    if name not in _kinds:
        raise NotFound
    return _kinds[name]
