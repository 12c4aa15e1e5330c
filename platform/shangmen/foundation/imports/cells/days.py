"""Days and months: typed in words, as text, as days of a spreadsheet, as bare numbers.

A month stands for all its days. A number such as 1957.1 was typed as January or as October (1957.10): both are meant
until something else tells.
"""

import re
from calendar import monthrange
from datetime import date, timedelta

from shangmen import clock
from shangmen.foundation.imports.cells.amounts import han
from shangmen.foundation.imports.cells.reading import Day, Raw, Unread, plain, says_nothing

Period = tuple[date, date]

_BEGIN = date(1899, 12, 30)  # day 0 of spreadsheets
_SERIAL = range(3_000, 80_000)
_OPEN = re.compile(r"长期(有效)?|永久(有效)?|无固定期限|不限期?|终身|无期限|长久|至今")
_HAN = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_TEXT = re.compile(
    r"(?P<y>\d{4}|\d{2}(?=[年./\-]))[年./\-,\s]{0,2}"
    r"(?:(?P<m>\d{1,2})(?:[月./\-,\s]{1,2}(?P<d>\d{1,2})[日号]?|月份?|\.)?)?(?:[T\s]+\d{1,2}:\d{2}.*)?"
)
_TURNED = re.compile(r"(?P<a>\d{1,2})[/\-.](?P<b>\d{1,2})[/\-.](?P<y>\d{4})")


def _fault(cell: Raw) -> Unread:
    return Unread("DATE_UNREADABLE", "“%(cell)s” is not a date.", cell=plain(cell))


def month(year: int, number: int) -> Period:
    """All days of a month."""
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def _serial(number: int) -> Period:
    day = _BEGIN + timedelta(days=number)
    return day, day


def _of_number(cell: int | float) -> list[Period]:
    whole = int(cell)
    digits = f"{cell:.15g}"
    if isinstance(cell, float) and 1900 <= whole < 2200:
        part = digits.partition(".")[2]
        if part == "1":
            return [month(whole, 1), month(whole, 10)]
        if part and len(part) <= 2 and 1 <= int(part) <= 12:
            return [month(whole, int(part))]
        raise _fault(cell)
    if isinstance(cell, float) and whole not in _SERIAL:
        raise _fault(cell)
    if whole >= 10**5:
        return _of_text(str(whole), cell)
    if 1900 <= whole <= clock.latest().year:
        return [(date(whole, 1, 1), date(whole, 12, 31))]
    if whole in _SERIAL:
        return [_serial(whole)]
    raise _fault(cell)


def _numerals(text: str) -> str:
    """Days in Han numerals with Arabic ones: 一九五七年十月二十三日."""
    if not re.search(r"[一二三四五六七八九十〇零○]", text):
        return text

    def tens(match: re.Match[str]) -> str:
        ten, one = match[1].translate(_HAN) or "1", match[2].translate(_HAN) or "0"
        return f"{ten}{one}"

    return re.sub(r"([一二三]?)十([一二三四五六七八九]?)", tens, text).translate(_HAN)


def _of_text(text: str, cell: Raw) -> list[Period]:
    text = re.sub(r"\s*([年月日./\-])\s*", r"\1", _numerals(text)).strip()
    if re.fullmatch(r"\d{5}", text) and int(text) in _SERIAL:
        return [_serial(int(text))]
    eight = re.fullmatch(r"(\d{4})(\d{2})(\d{2})?", text)
    if eight:
        return [_made(int(eight[1]), int(eight[2]), int(eight[3]) if eight[3] else None, cell)]
    match = _TEXT.fullmatch(text)
    if match:
        years = [int(match["y"])] if len(match["y"]) == 4 else [1900 + int(match["y"]), 2000 + int(match["y"])]
        if match["m"] is None:
            if len(match["y"]) != 4:
                raise _fault(cell)
            return [(date(year, 1, 1), date(year, 12, 31)) for year in years]
        day = int(match["d"]) if match["d"] else None
        return [_made(year, int(match["m"]), day, cell) for year in years if year <= clock.latest().year]
    turned = _TURNED.fullmatch(text)
    if turned:
        year, a, b = int(turned["y"]), int(turned["a"]), int(turned["b"])
        ways = {(a, b), (b, a)}
        return [_made(year, m, d, cell) for m, d in sorted(ways) if m <= 12] or _raise(cell)
    raise _fault(cell)


def _raise(cell: Raw) -> list[Period]:
    raise _fault(cell)


def _made(year: int, number: int, day: int | None, cell: Raw) -> Period:
    try:
        if day is None:
            return month(year, number)
        return date(year, number, day), date(year, number, day)
    except (ValueError, IndexError):
        raise _fault(cell) from None


def periods(cell: Raw) -> list[Period]:
    """What a cell may mean, each as (first day, last day); [] for nothing said. Raises Unread (DATE_UNREADABLE,
    DATE_BEYOND for a day before 1900 or more than ten years ahead)."""
    if isinstance(cell, Day):
        found = [(cell.day, cell.day)]
    elif isinstance(cell, str):
        text = plain(cell)
        if says_nothing(text):
            return []
        found = _of_text(text, cell)
    else:
        found = _of_number(cell)
    within = [period for period in found if clock.EARLIEST <= period[0] <= clock.latest()]
    if not within:
        raise Unread("DATE_BEYOND", "“%(cell)s” lies before 1900 or more than ten years ahead.", cell=plain(cell))
    return within


def born(cell: Raw) -> list[tuple[str, str]]:
    """What a birth date may be, as far as it goes."""
    found = periods(cell)
    if isinstance(cell, str) and re.fullmatch(r"\d{4}\.1", plain(cell)):
        found = [*found, month(found[0][0].year, 10)]  # text that was a number before it was exported
    return [(first.isoformat(), last.isoformat()) for first, last in found]


def _one(cell: Raw) -> Period | None:
    found = periods(cell)
    if len(found) > 1:
        within = [period for period in found if period[0] <= clock.today()]
        if len(within) == 1 and not isinstance(cell, float):
            return within[0]
        raise Unread(
            "DATE_AMBIGUOUS",
            "“%(cell)s” may be %(first)s or %(second)s: a month was taken for a number and lost its zero."
            " Type the whole date.",
            cell=plain(cell),
            first=found[0][0].strftime("%Y-%m"),
            second=found[1][0].strftime("%Y-%m"),
        )
    return found[0] if found else None


def first_day(cell: Raw) -> str | None:
    """The day from which something holds; of a month its first. Raises Unread, also for what may be two months."""
    found = _one(cell)
    return found[0].isoformat() if found else None


def last_day(cell: Raw) -> str | None:
    """The day until which something holds; of a month its last; None for 长期 and for nothing."""
    if isinstance(cell, str) and _OPEN.fullmatch(plain(cell)):
        return None
    found = _one(cell)
    return found[1].isoformat() if found else None


_LASTING = re.compile(
    r"(?:自|从)?(?P<first>\d.*?)(?:日?起|开始)[,，;；、(]?(?:服务期|合同期|期限)?限?(?:为|共)?"
    r"(?P<number>[一二两三\d]{1,2})个?(?P<unit>年|月)[)]?"
)
_TO = re.compile(r"\s*(?:至|到|~|～|—+|–|--+|(?<=[\d日])-(?=\d{4}))\s*")


def term(cell: Raw) -> tuple[str | None, str | None]:
    """(first day, last day) of a term such as 2026.7.1-2027.6.30 or 2026年7月1日至长期. Raises Unread."""
    text = plain(cell)
    year = re.fullmatch(r"(\d{4})年?度?(?:全年)?", text)
    if year:
        return f"{year[1]}-01-01", f"{year[1]}-12-31"
    lasting = _LASTING.fullmatch(re.sub(r"\s", "", text))
    if lasting:
        begins = first_day(lasting["first"])
        number = han(lasting["number"])
        if begins and number:
            months = number * 12 if lasting["unit"] == "年" else number
            return begins, clock.period_end(date.fromisoformat(begins), months).isoformat()
    parts = _TO.split(text)
    if len(parts) != 2:
        raise Unread("TERM_UNREADABLE", "“%(cell)s” is not a term: give its first and its last day.", cell=text)
    first, last = parts[0].lstrip("自从").rstrip("起"), parts[1].removesuffix("终止").rstrip("止")
    return first_day(first), last_day(last)
