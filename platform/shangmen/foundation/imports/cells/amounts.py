"""Money, minutes and counts as offices write them."""

import re
from decimal import Decimal, InvalidOperation

from shangmen.foundation.imports.cells.reading import Raw, Unread, plain, says_nothing

_HAN = {"零": 0, "〇": 0, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_AMOUNT = re.compile(
    r"(?:人民币|[¥￥])?(-?\d[\d,，]*(?:\.\d+)?)(万|千|百)?(?:元|圆|块)?(?:整|正)?(?:/.*|每.*)?(?:\(.*\))?"
)
_TIMES = {"万": 10_000, "千": 1_000, "百": 100, None: 1}


def money(cell: Raw) -> str | None:
    """Yuan as text with its decimals (15.498万元 is 154980); None for nothing said. Raises Unread."""
    if isinstance(cell, int):
        return str(cell)
    text = re.sub(r"\s", "", plain(cell))
    if says_nothing(text):
        return None
    match = _AMOUNT.fullmatch(text)
    try:
        amount = Decimal(match[1].replace(",", "").replace("，", "")) * _TIMES[match[2]] if match else None
    except InvalidOperation:
        amount = None
    if amount is None:
        raise Unread("AMOUNT_UNREADABLE", "“%(cell)s” is not an amount of money.", cell=text)
    return f"{amount.normalize():f}"


def han(text: str) -> int | None:
    """A whole number below a hundred in Han or Arabic numerals; None for anything else."""
    if text.isdigit():
        return int(text)
    match = re.fullmatch(r"([一二两三四五六七八九]?)(十?)([零〇一二两三四五六七八九]?)", text)
    if not match or not text or (match[1] and not match[2] and match[3]):
        return None
    if not match[2]:
        return _HAN[match[1] or match[3]]
    return (_HAN[match[1]] if match[1] else 1) * 10 + (_HAN[match[3]] if match[3] else 0)


_NUMBER = r"(\d+(?:\.\d+)?|[一二两三四五六七八九十]+)"
_HOURS = re.compile(rf"{_NUMBER}个?(半)?(?:小时|钟头|h|hours?|时)(半)?(?:{_NUMBER}(?:分钟?|min)?)?", re.IGNORECASE)
_MINUTES = re.compile(rf"(?:约|每次)*{_NUMBER}(?:分钟?|min(?:utes?)?|')?(?:/次)?", re.IGNORECASE)


def _number(text: str) -> float | None:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    return han(text)


def minutes(cell: Raw) -> int | None:
    """Minutes of a visit: 90, 90分钟, 1.5小时, 一个半小时, 半小时, 1小时30分; None for nothing said. Raises Unread."""
    text = re.sub(r"\s|^(约|每次|大约)+", "", plain(cell))
    if says_nothing(text):
        return None
    found: float | None = None
    hours = _HOURS.fullmatch(text.removesuffix("/次"))
    if re.fullmatch(r"半个?(小时|钟头)", text):
        found = 30
    elif re.fullmatch(r"\d{1,2}:\d{2}", text):
        found = int(text.split(":")[0]) * 60 + int(text.split(":")[1])
    elif re.fullmatch(r"[一二两三]刻钟", text):
        found = 15 * (han(text[0]) or 0)
    elif hours:
        whole, rest = _number(hours[1]), _number(hours[4]) if hours[4] else 0
        if whole is not None and rest is not None:
            found = whole * 60 + (30 if hours[2] or hours[3] else 0) + rest
    elif match := _MINUTES.fullmatch(text):
        found = _number(match[1])
    if found is None or found <= 0 or abs(found - round(found)) > 0.01:
        raise Unread("MINUTES_UNREADABLE", "“%(cell)s” is not a duration.", cell=text)
    return round(found)


_COUNT = re.compile(
    rf"(?:[每一1]?(?:个)?(?P<before>月均?|周|星期|天|日|半月|两周|2周|隔天|隔日|季度?|年))?(?:约|各|服务|上门)*{_NUMBER}"
    r"(?:[次人个回趟户名餐]|人次|小时)?(?:[/每]一?(?P<after>月|周|星期|天|日|半月|两周|2周|季度?|年))?"
)
# How many of the periods a month has, as the ladder reckons: four weeks, thirty days.
_PERIODS = {"周": 4, "星期": 4, "天": 30, "日": 30, "半月": 2, "两周": 2, "2周": 2, "隔天": 15, "隔日": 15}


def times_a_month(cell: Raw) -> int | None:
    """How often a month: 4, 4次, 每月两次, 每周1次 (four times), 每天1次 (thirty); None for nothing said."""
    text = re.sub(r"\s", "", plain(cell))
    if says_nothing(text):
        return None
    match = _COUNT.fullmatch(text)
    number = _number(match[2]) if match else None
    if match is None or number is None or number != int(number):
        raise Unread("COUNT_UNREADABLE", "“%(cell)s” is not a whole number.", cell=text)
    per = match["before"] or match["after"] or ""
    if per in {"季", "季度", "年"}:
        return _seldom(int(number), 3 if per != "年" else 12, text)
    return int(number) * _PERIODS.get(per, 1)


def _seldom(number: int, months: int, text: str) -> int:
    if number % months:
        raise Unread("COUNT_UNREADABLE", "“%(cell)s” is less than once a month: say how often a month.", cell=text)
    return number // months


def times_a_week(cell: Raw) -> int | None:
    """Visits a month of a count a week: 1 are four, 0.5 are two. Raises Unread."""
    text = plain(cell)
    if re.fullmatch(r"\d+(\.\d+)?次?", text) and float(text.rstrip("次")) * 4 % 1 == 0:
        return int(float(text.rstrip("次")) * 4)
    found = times_a_month(cell)
    return found * 4 if found and not re.search(r"月|周|天|日", text) else found


def hours_long(cell: Raw) -> int | None:
    """Minutes below a head that says hours: 1.5 are ninety. Raises Unread."""
    text = plain(cell)
    return minutes(f"{text}小时" if re.fullmatch(r"\d+(\.\d+)?", text) else cell)
