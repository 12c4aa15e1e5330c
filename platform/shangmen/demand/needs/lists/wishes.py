"""When somebody may come, and who, in the words of a list: windows, sex, halal food, two people; the rest stays words.

Pure.
"""

import re
from dataclasses import dataclass, field

from shangmen.demand.needs.states import RequiredSex
from shangmen.demand.needs.windows import Window
from shangmen.foundation.imports.cells import hours
from shangmen.foundation.imports.cells.reading import Raw, Unread, plain, says_nothing

DAY = (480, 1080)  # where only days are said
EVENING = 1200  # the latest end of what may begin late

_ANY = re.compile(r"不限(时间)?|随时(均?可)?|均可|都(可以|行)|任意(时间)?|无要求|时间不限|全天|任何时间")
_CLOCK = r"(上午|下午|早上|晚上|中午|傍晚)?(\d{1,2})(?:[:点时](半|\d{2})?)?分?"
_AFTER = re.compile(_CLOCK + r"\s*(?:以后|之后|过后|后|起|开始)")
_BEFORE = re.compile(_CLOCK + r"\s*(?:以前|之前|前)")
_APART = re.compile(r"(?P<when>)(?P<without>.+)(?:除外|以外|之外|不行|不方便|没空)")
_BUT = re.compile(r"(?P<when>.*?)[,，;；(（]?\s*(?:避开|错开|不要在|不在|除开?|除了)(?P<without>.+)")


@dataclass(frozen=True)
class When:
    """The windows that were understood, none for any time; `rest` is what was not."""

    windows: list[Window] = field(default_factory=list)
    rest: str = ""


def _minute(part: str | None, hour: str, rest: str | None) -> int:
    at = int(hour) * 60 + (30 if rest == "半" else int(rest or 0))
    return at + 720 if part in {"下午", "晚上", "傍晚"} and at < 720 else at


def _without(windows: list[Window], days: set[int], spans: list[list[int]]) -> list[Window]:
    made: list[Window] = []
    for day, first, last in windows:
        if day not in days:
            made.append((day, first, last))
            continue
        pieces = [(first, last)] if spans else []
        for begins, ends in spans:
            pieces = [
                piece for a, b in pieces for piece in ((a, min(b, begins)), (max(a, ends), b)) if piece[0] < piece[1]
            ]
        made += [(day, a, b) for a, b in pieces]
    return made


def when(cell: Raw) -> When:
    """The windows that a cell says."""
    text = re.sub(r"\s", "", plain(cell))
    if says_nothing(text) or _ANY.fullmatch(text):
        return When()
    but = _BUT.fullmatch(text) or _APART.fullmatch(text)
    if but:
        days, rest = hours.days_in(but["without"].rstrip(")）外以之"))
        spans = hours.spans_in(rest)
        base = when(but["when"]).windows or [(day, *DAY) for day in range(7)]
        if days or spans:
            return When(_without(base, days or set(range(7)), spans))
        return When([], text)
    days, rest = hours.days_in(text)
    school = "放学" in text
    chosen = sorted(days or (set(range(5)) if school else set(range(7))))
    late, early = _AFTER.search(rest), _BEFORE.search(rest)
    if late or early:
        first = _minute(*late.groups()) if late else DAY[0]
        last = _minute(*early.groups()) if early else max(DAY[1], min(EVENING, first + 180))
        if 0 <= first < last <= 1440:
            return When([(day, first, last) for day in chosen])
    if school:
        return When([(day, 1020, EVENING) for day in chosen])
    try:
        pattern = hours.weekly(text) or {}
    except Unread:
        return When([], text)
    return When([(int(day), first, last) for day, spans in sorted(pattern.items()) for first, last in spans])


@dataclass(frozen=True)
class Wishes:
    """Who should come, and what else was asked for."""

    sex: RequiredSex = RequiredSex.EITHER
    halal: bool = False
    two: bool = False
    rest: str = ""


_WOMAN = re.compile(r".{0,4}女(性|士|同志)?.{0,8}")
_MAN = re.compile(r".{0,4}男(性|士|同志)?.{0,8}")
_NOT = re.compile(r"不要|不用|不接受|拒绝|谢绝|避免|非|不想|不愿")
_HALAL = re.compile(r".{0,6}(清真|回族饮食|民族饮食|回民饮食|穆斯林饮食).{0,6}")
_TWO = re.compile(r".{0,4}(两|2|二|双)(个|名|位)?人.{0,8}")


def wishes(*cells: Raw) -> Wishes:
    """What the cells of a row ask for."""
    made, rest = Wishes(), []
    for cell in cells:
        for part in re.split(r"[、;；/\n]+|[,，](?=女|男|清真|两|2|二|双)", plain(cell)):
            text = part.strip(" ,，。")
            if says_nothing(text):
                continue
            if (_WOMAN if not _NOT.search(text) else _MAN).fullmatch(text):
                made = Wishes(RequiredSex.FEMALE, made.halal, made.two)
            elif (_MAN if not _NOT.search(text) else _WOMAN).fullmatch(text):
                made = Wishes(RequiredSex.MALE, made.halal, made.two)
            elif _HALAL.fullmatch(text):
                made = Wishes(made.sex, True, made.two)
            elif _TWO.fullmatch(text):
                made = Wishes(made.sex, made.halal, True)
            else:
                rest.append(text)
    return Wishes(made.sex, made.halal, made.two, "；".join(rest))
