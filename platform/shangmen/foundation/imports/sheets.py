"""Where the list stands in a workbook: which sheet, which rows of heads, which rows are rows. Pure.

A list has a title above, one or several rows of heads, subtotals and blank rows in between, a total and signatures
below. Cells may be merged over the rows of a household, or left blank below its first.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from shangmen.foundation.imports.cells.reading import Raw, shown
from shangmen.foundation.imports.kinds import Column, Fill, Kind
from shangmen.web import text as normal

Table = list[list[Raw]]


class Sheet(msgspec.Struct):
    """A sheet as it was read; merged ranges are (first row, first column, last row, last column), from 0."""

    name: str
    hidden: bool
    rows: Table
    merged: list[tuple[int, int, int, int]] = []


class Book(msgspec.Struct):
    """What the reader found in a file; of a CSV also its encoding."""

    sheets: list[Sheet] = []
    encoding: str = ""
    fault: str = ""
    more: dict[str, str | int] = {}


@dataclass(frozen=True)
class Heads:
    """Where the heads stand: index of their first row, how many rows, and the path of words above each column."""

    first: int
    depth: int
    paths: tuple[tuple[str, ...], ...]

    @property
    def signature(self) -> str:
        """What lists of the same heads have in common."""
        return "|".join("/".join(bare(part) for part in path) for path in self.paths).strip("|")


@dataclass
class Found:
    """A row of the list: the number that the spreadsheet shows, its cells by field, and which of them stand in it."""

    row: int
    cells: dict[str, Raw]
    own: set[str] = field(default_factory=set)
    block: int = 0
    parts: "list[Found]" = field(default_factory=list)


_SEEN = re.compile(r"[\s*:：、,，.。/\\|·\-_—]+")
_BRACKETS = re.compile(r"[(\[【〔<《][^)\]】〕>》]*[)\]】〕>》]")


def bare(text: str) -> str:
    """A head as it is compared: NFKC, small, without spaces, punctuation and the marks of brackets."""
    plain = _SEEN.sub("", unicodedata.normalize("NFKC", normal.clean(text))).lower()
    return re.sub(r"[()\[\]【】〔〕<>《》]", "", plain)


def forms(text: str) -> tuple[str, str, str]:
    """A head as it is, without what stands in brackets, and with its brackets: a pattern may ask for them."""
    plain = unicodedata.normalize("NFKC", normal.clean(text))
    return bare(plain), bare(_BRACKETS.sub("", plain)), _SEEN.sub("", plain).lower()


def _blank(cell: Raw) -> bool:
    return isinstance(cell, str) and not normal.clean(cell)


def _at(rows: Table, row: int, column: int) -> Raw:
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else ""


def paths(sheet: Sheet, first: int, depth: int) -> tuple[tuple[str, ...], ...]:
    """The words above each column, from the widest group down; a merged or an empty head reaches to the right."""
    width = max((len(row) for row in sheet.rows[first : first + depth]), default=0)
    grid = [[shown(_at(sheet.rows, first + line, column)) for column in range(width)] for line in range(depth)]
    spread: set[tuple[int, int]] = set()
    for top, left, bottom, right in sheet.merged:
        if top >= first and bottom < first + depth:
            for line in range(top - first, bottom - first + 1):
                for column in range(left, min(right, width - 1) + 1):
                    grid[line][column] = shown(_at(sheet.rows, top, left))
                    spread.add((line, column))
    for line in range(depth - 1):
        for column in range(1, width):
            below = any(grid[lower][column] for lower in range(line + 1, depth))
            if not grid[line][column] and below and (line, column) not in spread:
                grid[line][column] = grid[line][column - 1]
    made = []
    for column in range(width):
        path: list[str] = []
        for line in range(depth):
            if grid[line][column] and (not path or path[-1] != grid[line][column]):
                path.append(grid[line][column])
        made.append(tuple(path))
    return tuple(made)


def fits(column: Column, path: Sequence[str]) -> int:
    """How well a column of the kind fits a head: 0 not at all; the first patterns fit best."""
    if not path:
        return 0
    above = "/".join(bare(part) for part in path[:-1])
    whole, without, bracketed = forms(path[-1])
    if column.not_under and re.search(column.not_under, above):
        return 0
    best = 0
    for place, pattern in enumerate(column.heads):
        group, _, leaf = pattern.rpartition("/")
        if group and not re.search(group, above):
            continue
        bonus = 25 if group else 0
        for form, loss in ((whole, 0), (bracketed, 0), (without, 3)):
            if form and re.fullmatch(leaf, form):
                best = max(best, 100 - place - loss + bonus)
    return best


def columns(kind: Kind[Any], heads: Sequence[Sequence[str]]) -> dict[int, str]:
    """Which column of the sheet holds which field of the kind, each once; the best fits first, then from the left."""
    wishes = sorted(
        (-score, at, place, column.field)
        for at, path in enumerate(heads)
        for place, column in enumerate(kind.columns)
        if (score := fits(column, path))
    )
    taken: dict[int, str] = {}
    for _score, at, _place, name in wishes:
        if at not in taken and name not in taken.values():
            taken[at] = name
    return dict(sorted(taken.items()))


def _is_title(sheet: Sheet, row: int) -> bool:
    """Whether a row holds one text alone, over more than half of the columns or over none: a title is no head."""
    said = [column for column, cell in enumerate(sheet.rows[row]) if not _blank(cell)]
    if len(said) != 1:
        return False
    wide = next((right - left for top, left, bottom, right in sheet.merged if (top, left) == (row, said[0])), 0)
    below = max((len(line) for line in sheet.rows[row + 1 : row + 3]), default=0)
    return said[0] == 0 and (wide == 0 or wide * 2 >= below)


def heads(kind: Kind[Any], sheet: Sheet) -> tuple[int, Heads] | None:
    """The best rows of heads among the first forty, and how good they are; None where no row names what is needed."""
    best: tuple[int, Heads] | None = None
    for first in range(min(40, len(sheet.rows))):
        if not any(not _blank(cell) for cell in sheet.rows[first]):
            continue
        for depth in (1, 2, 3):
            if first + depth > len(sheet.rows):
                break
            if depth > 1 and _is_title(sheet, first):
                continue
            found = paths(sheet, first, depth)
            named = columns(kind, found).values()
            if not any(set(group) <= set(named) for group in kind.needed):
                continue
            score = 10 * len(named)
            if best is None or (score, -depth) > (best[0], -best[1].depth):
                best = score, Heads(first, depth, found)
    return best


_PERIOD = re.compile(r"((?:19|20)\d\d)\D{0,2}(\d{1,2})?")


def _period(name: str) -> tuple[int, int]:
    match = _PERIOD.search(name)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def choose(kind: Kind[Any], book: Book) -> tuple[Sheet, Heads] | None:
    """The sheet with the list: seen rather than hidden, with the best heads, of the latest period, then the first."""
    best: tuple[tuple[object, ...], Sheet, Heads] | None = None
    for place, sheet in enumerate(book.sheets):
        found = heads(kind, sheet)
        if found is None:
            continue
        rank = (not sheet.hidden, found[0], _period(sheet.name), -place)
        if best is None or rank > best[0]:
            best = rank, sheet, found[1]
    return (best[1], best[2]) if best else None


_TOTAL = re.compile(
    r"(本页|本村|本乡镇|本镇|本乡|全[县乡镇村]|[一-龥]{1,6}[乡镇村])?(小计|合计|总计|共计|累计|总合计)([:：(（\d共].*)?"
)
_FOOT = re.compile(
    r"(填表|制表|填报|审核|复核|经办|报送|主管|负责|单位负责|分管|签字|盖章|联系)[一-龥]{0,4}([(（].*[)）])?[:：].*"
    r"|(注|说明|备注|填表说明)\d?[:：.、].*|.{0,6}以下(空白|无正文).{0,6}"
)


def is_total(text: str) -> bool:
    """Whether a cell begins a total: 小计, 合 计, 合计：201人."""
    return bool(_TOTAL.fullmatch(re.sub(r"\s", "", text)))


def is_foot(text: str) -> bool:
    """Whether a cell begins a line of signatures or a note below the list."""
    return bool(_FOOT.fullmatch(re.sub(r"\s", "", text)))


def _is_count(row: Iterable[Raw]) -> bool:
    """A row of 1, 2, 3, … under the heads (or 甲, 乙, 1, 2, …) numbers the columns."""
    seen = [shown(cell) for cell in row if not _blank(cell)]
    numbers = [int(cell) for cell in seen if cell.isdigit() and len(cell) < 3]
    return (
        len(numbers) >= 3
        and len(numbers) >= len(seen) - 3
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    )


def _lies_over(sheet: Sheet, fields: Mapping[int, str], kinds: Mapping[str, Column]) -> dict[tuple[int, int], int]:
    """For each cell under a merged one the row that holds the value, where the column lets it reach down."""
    over: dict[tuple[int, int], int] = {}
    for top, left, bottom, right in sheet.merged:
        for column in range(left, right + 1):
            name = fields.get(column)
            if name and kinds[name].fill is not Fill.NONE and left == right:
                for row in range(top + 1, min(bottom, len(sheet.rows) - 1) + 1):
                    over[row, column] = top
    return over


def rows(kind: Kind[Any], sheet: Sheet, head: Heads, fields: Mapping[int, str]) -> list[Found]:
    """The rows of the list: no titles, totals, signatures, nothing blank; what reaches over several is filled in."""
    kinds = {column.field: column for column in kind.columns}
    over = _lies_over(sheet, fields, kinds)
    repeated = [
        [shown(cell) for cell in row if not _blank(cell)] for row in sheet.rows[head.first : head.first + head.depth]
    ]
    made: list[Found] = []
    for index in range(head.first + head.depth, len(sheet.rows)):
        row = sheet.rows[index]
        words = [shown(cell) for cell in row if not _blank(cell)]
        if not words or any(is_total(word) for word in words[:3]) or is_foot(words[0]):
            continue
        if words in repeated or (not made and _is_count(row)):
            continue
        found = Found(index + 1, {})
        for column, name in fields.items():
            own = _at(sheet.rows, index, column)
            if not _blank(own):
                found.cells[name] = own
                found.own.add(name)
            elif (index, column) in over:
                value = _at(sheet.rows, over[index, column], column)
                if not _blank(value):
                    found.cells[name] = value
        if found.own & set(kind.identity):
            made.append(found)
        elif made and found.own & set(kind.continued):
            made[-1].parts.append(found)
    _fill(kind, made)
    return made


def _fill(kind: Kind[Any], found: Sequence[Found]) -> None:
    """What is left blank below the first row of a household, or below the first of a township."""
    blocks = _blocks(kind, found)
    for column in kind.columns:
        name = column.field
        if column.fill in (Fill.BLOCK, Fill.AREA):
            for block in blocks:
                for one in block[1:]:
                    if name not in one.cells and name in block[0].cells:
                        one.cells[name] = block[0].cells[name]
        mostly_blank = sum(name in block[0].own for block in blocks) * 2 <= len(blocks)
        if (column.fill is Fill.BELOW and _grouped(found, name)) or (column.fill is Fill.AREA and mostly_blank):
            above: Found | None = None
            for one in found:
                wider = kind.areas[: kind.areas.index(name)] if name in kind.areas else ()
                if name in one.cells:
                    above = one
                elif above and all(one.cells.get(area) == above.cells.get(area) for area in wider):
                    one.cells[name] = above.cells[name]


def _grouped(found: Sequence[Found], name: str) -> bool:
    """Whether the rows stand in groups by a column, none of which comes twice: a blank there means the group above."""
    said = [shown(one.cells[name]) for one in found if name in one.cells]
    groups = [value for place, value in enumerate(said) if place == 0 or value != said[place - 1]]
    return len(groups) == len(set(groups))


def _begin_fields(kind: Kind[Any], found: Sequence[Found], leads: bool) -> list[str]:
    """Fields that only first rows have: left out in a twentieth of the rows at least. A number of the row alone
    (the last of them) begins nothing: somebody forgot one."""
    sparse = [name for name in kind.begins if 0 < sum(name in one.own for one in found) <= 0.95 * len(found)]
    strong = leads or any(name in one.own for name in kind.begins[:-1] for one in found)
    return sparse if strong else []


def _blocks(kind: Kind[Any], found: Sequence[Found]) -> list[list[Found]]:
    """Rows that belong together: a new block begins where a cell that only first rows have is filled in."""
    leading = [bool(kind.heads_block and kind.heads_block(one.cells)) for one in found]
    sparse = _begin_fields(kind, found, any(leading))
    together = bool(sparse) or any(leading)
    blocks: list[list[Found]] = []
    for one, leads in zip(found, leading, strict=True):
        if leads or not blocks or not together or any(name in one.own for name in sparse):
            blocks.append([one])
        else:
            blocks[-1].append(one)
        one.block = blocks[-1][0].row
    return blocks
