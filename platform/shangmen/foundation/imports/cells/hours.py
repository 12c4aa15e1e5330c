"""Weekly times in words: 周一至周五 8:30-17:30, 周一、三、五上午, 工作日8点半到5点半, 周末, 周一至周日，除周三.

What is understood is {"0": [[480, 1080]], …}: the weekday from 0 for Monday, minutes of the day.
"""

import re

from shangmen.foundation.imports.cells.reading import Raw, Unread, plain, says_nothing

Pattern = dict[str, list[list[int]]]

_DAYS = "一二三四五六日"
OFFICE = [[510, 1050]]  # 8:30-17:30: 全职
ALL_DAY = [[480, 1080]]  # where only the days are said
PARTS = {
    "上午": (480, 720), "早上": (420, 540), "早晨": (420, 540), "中午": (690, 840), "下午": (840, 1080),
    "晚上": (1110, 1260), "傍晚": (1020, 1140), "全天": (480, 1080), "白天": (480, 1080), "整天": (480, 1080),
}  # fmt: skip

_DAY = r"(?:周|星期|礼拜)?([一二三四五六日天1-7])"
_RANGE = re.compile(rf"(?:周|星期|礼拜)([一二三四五六日天1-7])\s*(?:至|到|~|-|—|–)\s*{_DAY}")
_SINGLE = re.compile(
    r"(?:每)?(?:周|星期|礼拜)([一二三四五六日天1-7](?:[、,和及/\s]*(?:周|星期|礼拜)?[一二三四五六日天1-7](?![\d:点时]))*)"
)
_TIME = r"(上午|下午|早上|早晨|中午|晚上|傍晚|晚)?(\d{1,2})(?:[:点时](半|[0-5]\d|一刻|三刻)?分?)?"
_SPAN = re.compile(rf"{_TIME}\s*(?:至|到|~|-|—+|–)\s*{_TIME}")


def _index(letter: str) -> int:
    return int(letter) - 1 if letter.isdigit() else _DAYS.index(letter.replace("天", "日"))


def _between(first: int, last: int) -> set[int]:
    return {day % 7 for day in range(first, last + 1 if last >= first else last + 8)}


def days_in(text: str) -> tuple[set[int], str]:
    """(the weekdays that a text names, the text without them); none where it names none."""
    found: set[int] = set()
    without: set[int] = set()
    excluded = re.search(r"[(,，、]?\s*(?:除了?|不含|不包括|避开)(.+?)(?:外|以外|之外)?[)]?$", text)
    if excluded and re.search(r"周|星期|礼拜|节假日", excluded[1]):
        without, _rest = days_in(excluded[1])
        text = text[: excluded.start()]
    for pattern, days in (
        (r"工作日|平日|上班时间", set(range(5))), (r"周末|双休日?|休息日", {5, 6}),
        (r"每天|每日|天天|全周|一周七天|周一到周日|全年", set(range(7))), (r"全职|朝九晚五", set(range(5))),
    ):  # fmt: skip
        if re.search(pattern, text):
            found |= days
            text = text if "朝九" in text else re.sub(pattern, " ", text)

    def ranged(match: re.Match[str]) -> str:
        found.update(_between(_index(match[1]), _index(match[2])))
        return " "

    def single(match: re.Match[str]) -> str:
        found.update(_index(letter) for letter in re.findall(r"[一二三四五六日天1-7]", match[1]))
        return " "

    text = _SINGLE.sub(single, _RANGE.sub(ranged, text))
    if without:
        found = (found or set(range(7))) - without
    return found, text


def _minutes(part: str | None, hour: str, rest: str | None, after: int | None = None) -> int:
    extra = {"半": 30, "一刻": 15, "三刻": 45, None: 0}.get(rest)
    at = int(hour) * 60 + (int(rest or 0) if extra is None else extra)
    if part in {"下午", "晚上", "傍晚", "晚"} and at < 720:
        at += 720
    if part == "中午" and at < 600:
        at += 720
    if after is not None and at <= after and at + 720 <= 1440:
        at += 720  # 8点半到5点半
    return at


def spans_in(text: str) -> list[list[int]]:
    """The times of the day that a text names, [first minute, last minute], in order; [] for none."""
    found: list[list[int]] = []
    last: str | None = None
    for match in _SPAN.finditer(text):
        part, hour, rest, end_part, end_hour, end_rest = match.groups()
        begins = _minutes(part or last, hour, rest)
        ends = _minutes(end_part or (part if part in {"下午", "晚上", "傍晚"} else None), end_hour, end_rest, begins)
        if begins < ends <= 1440:
            found.append([begins, ends])
        last = end_part or part or last
    if not found and "朝九晚五" in text:
        found = [[540, 1020]]
    if not found:
        found = [list(span) for words, span in PARTS.items() if words in text]
    return sorted(found)


def weekly(cell: Raw) -> Pattern | None:
    """The weekly times that a cell says; None where it says nothing. Raises Unread (HOURS_UNREADABLE)."""
    text = plain(cell)
    if says_nothing(text):
        return None
    pattern: Pattern = {}
    whole = re.sub(r"[。\s]+", " ", text)
    for clause in re.split(r"[;；\n]", whole):
        days, rest = days_in(clause)
        spans = spans_in(rest) or ((OFFICE if "全职" in clause else ALL_DAY) if days else [])
        if not days and spans:
            days = set(range(7)) if not pattern else {int(day) for day in pattern}
        for day in sorted(days):
            kept = pattern.setdefault(str(day), [])
            kept.extend(list(span) for span in spans if span not in kept)
            kept.sort()
    if not pattern:
        raise Unread("HOURS_UNREADABLE", "“%(cell)s” does not say on which days and when.", cell=text)
    return dict(sorted(pattern.items()))
