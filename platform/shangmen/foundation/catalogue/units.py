"""Parameters in the units that people use: hours, kilometres, per cent, times of the day.

Rows keep the units that are reckoned with (minutes, metres, shares); pages and forms show and take these.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from shangmen.foundation.catalogue.queries import Number, Values
from shangmen.web.language import gettext as _
from shangmen.web.language import label


@dataclass(frozen=True)
class Measure:
    """How people say the numbers of a parameter: `shown` of a stored one, and `stored` of what somebody typed.

    `stored` raises ValueError for what is no such number.
    """

    word: str
    shown: Callable[[Number], str]
    stored: Callable[[str], Number]


def _whole(number: Decimal) -> Number:
    return int(number) if number == number.to_integral_value() else float(number)


def _read(text: str) -> Decimal:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text):
        raise ValueError(text)
    return Decimal(text)


def _times(word: str, factor: Decimal) -> Measure:
    """So many stored for one of what people say."""
    return Measure(
        word,
        lambda number: f"{(Decimal(str(number)) / factor).normalize():f}",
        lambda text: _whole(_read(text.rstrip("%％ ")) * factor),
    )


def _minute_of(text: str) -> Number:
    found = re.fullmatch(r"(\d{1,2})[:：](\d{2})", text)
    if not found or int(found[2]) > 59:
        raise ValueError(text)
    return int(found[1]) * 60 + int(found[2])


HOURS = _times("hours", Decimal(60))
KILOMETRES = _times("km", Decimal(1000))
PERCENT = _times("percent", Decimal("0.01"))
CLOCK = Measure("time of the day", lambda number: f"{int(number) // 60:02d}:{int(number) % 60:02d}", _minute_of)

BY_NAME = {"worker_day_minutes": HOURS, "distance_limit_metres": KILOMETRES}
BY_UNIT = {"share": PERCENT, "shares": PERCENT, "share of the gross": PERCENT, "minutes of the day": CLOCK}


def measure(name: str, unit: str) -> Measure:
    """How people say a parameter that is kept in a unit."""
    return BY_NAME.get(name) or BY_UNIT.get(unit) or _times(unit, Decimal(1))


def shown(name: str, unit: str, value: Values) -> str:
    """A value as people say it, without the unit's word."""
    say = measure(name, unit).shown
    if isinstance(value, dict):
        return ", ".join(
            f"{label(key)} {_(', ').join(map(label, part)) if isinstance(part, list) else say(part)}"
            for key, part in value.items()
        )
    return ", ".join(map(say, value)) if isinstance(value, list) else say(value)


def typed(name: str, unit: str, value: Values) -> str:
    """A value as it is typed: what goes by grade or by service has a line each, `C01: …`."""
    if not isinstance(value, dict):
        return shown(name, unit, value)
    return "\n".join(f"{label(key)}: {shown(name, unit, {'': part}).strip()}" for key, part in value.items())


def lines(text: str) -> list[tuple[str, list[str]]]:
    """What was typed by grade or by service: the key and its parts, line by line. Raises ValueError without a key."""
    found = []
    for line in filter(None, (one.strip() for one in re.split(r"[\n;；]+", text))):
        key, colon, rest = line.replace("：", ":").partition(":")
        if not colon or not key.strip():
            raise ValueError(line)
        found.append((key.strip(), [part for part in re.split(r"[,，、\s]+", rest) if part]))
    return found


def unit(name: str, unit: str) -> str:
    """The word of the unit in which a parameter is shown."""
    return _(measure(name, unit).word)
