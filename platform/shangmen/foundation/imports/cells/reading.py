"""A cell as the sheet holds it, what it says, and what may be wrong with it."""

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import msgspec

from shangmen.web import text as normal

# What fills a sentence (a message id).
Words = dict[str, str | int]


class Day(msgspec.Struct, frozen=True):
    """A cell that the spreadsheet knows to be a day."""

    day: date


Raw = str | int | float | Day


class Unread(Exception):
    """A cell, or a row, that cannot be taken: a code of the list of codes, and its sentence."""

    def __init__(self, code: str, sentence: str, **words: str | int) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.words = code, sentence, words


class Note(msgspec.Struct, frozen=True):
    """Something said about a row: a code, a sentence (message id) and what fills it, the field that it is about."""

    code: str
    sentence: str
    words: Words = {}
    field: str = ""
    row: int = 0  # where it is a further row about the same one


@dataclass(frozen=True)
class Reading:
    """What a cell says, with what is doubtful about it; a reader may give the bare value instead."""

    value: object
    notes: tuple[Note, ...] = ()


@functools.lru_cache(maxsize=20_000, typed=True)  # a list asks for the same cell again and again
def shown(cell: Raw | None) -> str:
    """A cell as the spreadsheet shows it."""
    if cell is None:
        return ""
    if isinstance(cell, Day):
        return cell.day.isoformat()
    if isinstance(cell, float):
        return f"{cell:.15g}"
    return normal.clean(str(cell))


_FORMULA = re.compile(r'="(.*)"', re.DOTALL)


def plain(cell: Raw) -> str:
    """A cell as text in one width, without what a spreadsheet put around it: ="…", an apostrophe, a tab."""
    text = unicodedata.normalize("NFKC", shown(cell)).strip()
    wrapped = _FORMULA.fullmatch(text)
    if wrapped:
        text = wrapped[1].strip()
    return text.lstrip("'‘’`´\"").strip()


def lenient(read: Callable[[Raw], object], nothing: object = None) -> Callable[[Raw], object]:
    """A cell that is not needed: where it cannot be read, that is noted, and the row is taken without it."""

    def reader(cell: Raw) -> object:
        try:
            return read(cell)
        except Unread as fault:
            return Reading(nothing, (Note(fault.code, fault.sentence, fault.words),))

    return reader


_NOTHING = re.compile(r"[/\\\-_—–.。、*×xX?？]*|无|没有|暂无|未提供|不详|未知|空|null|none|n/a|#n/a", re.IGNORECASE)


def says_nothing(text: str) -> bool:
    """Whether a cell only says that there is nothing: 无, /, —, 不详."""
    return bool(_NOTHING.fullmatch(text.strip()))


def words_of(cell: Raw) -> str:
    """The words of a cell; "" where it only says that there are none."""
    text = shown(cell)
    return "" if says_nothing(text) else text


def free(cell: Raw) -> str:
    """A text as it is kept, whole."""
    return shown(cell)


def name(cell: Raw) -> str:
    """A person's name: one dot between its parts, no spaces within a name in Han characters, no remark in brackets."""
    text = re.sub(
        r"[:：,，、/\s]*(电话|手机|联系方式)?[:：\s]*[(（]?[\d\-－+ ]{7,}[)）]?\s*$", "", normal.name(shown(cell))
    )
    text = re.sub(r"[(（【\[][^)）】\]]*[)）】\]]\s*$", "", text).strip()
    text = re.sub(r"\s*[·]\s*", "·", text)
    if not re.search(r"[a-zA-Z]", text):
        text = re.sub(r"\s+", "", text)
    return "" if says_nothing(text) else text


def same_name(one: str, other: str) -> bool:
    """Whether two names say the same: dots and spaces are no difference."""
    return normal.key(one).replace("·", "") == normal.key(other).replace("·", "")


_YES = re.compile(r"是|有|对|需要?|√|✓|✔|1|y|yes|true|清真.*", re.IGNORECASE)
_NO = re.compile(r"否|无|没有|不是|不需要?|×|✗|0|n|no|false", re.IGNORECASE)


def yes_or_no(cell: Raw) -> bool | None:
    """是 or 否 in the ways of ticking a box; None for nothing said."""
    text = plain(cell)
    if _YES.fullmatch(text):
        return True
    if _NO.fullmatch(text) or says_nothing(text):
        return False
    raise Unread("YES_OR_NO", "“%(cell)s” is neither yes nor no.", cell=text)


def sex(cell: Raw) -> str | None:
    """female or male."""
    text = plain(cell).rstrip("性")
    found = {"女": "female", "男": "male", "f": "female", "m": "male"}.get(text.lower())
    if found is None and not says_nothing(text):
        raise Unread("SEX_UNREADABLE", "“%(cell)s” is not a sex.", cell=text)
    return found
