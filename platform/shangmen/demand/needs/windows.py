"""When visits may take place: (weekday, earliest minute, latest end minute); weekday 0 is Monday."""

import re
from collections.abc import Sequence
from enum import StrEnum

from shangmen.errors import Refused

Window = tuple[int, int, int]

WEEKDAYS = range(5)
EVERY_DAY = range(7)


class Preset(StrEnum):
    """Times that are chosen by name; `ROWS` are typed one by one."""

    ANY = "any"
    MORNINGS = "mornings"
    AFTERNOONS = "afternoons"
    WEEKDAYS = "weekdays"
    OUT_OF_SCHOOL = "out_of_school"
    ROWS = "rows"


# Out of school: after lessons on weekdays, by day at weekends.
PRESETS: dict[Preset, list[Window]] = {
    Preset.ANY: [],
    Preset.MORNINGS: [(day, 480, 720) for day in EVERY_DAY],
    Preset.AFTERNOONS: [(day, 840, 1080) for day in EVERY_DAY],
    Preset.WEEKDAYS: [(day, 480, 1080) for day in WEEKDAYS],
    Preset.OUT_OF_SCHOOL: [(day, 1000, 1140) for day in WEEKDAYS] + [(day, 510, 1080) for day in (5, 6)],
    Preset.ROWS: [],
}

_TIME = re.compile(r"^([01]?\d|2[0-4]):([0-5]\d)$")


def minute(text: str) -> int | None:
    """Minutes since midnight of "08:30"; None for anything else."""
    match = _TIME.match(text.replace("：", ":").strip())
    value = int(match[1]) * 60 + int(match[2]) if match else None
    return value if value is not None and value <= 1440 else None


def clock_time(value: int) -> str:
    """ "08:30" of minutes since midnight."""
    return f"{value // 60:02d}:{value % 60:02d}"


def typed(days: list[str], firsts: list[str], lasts: list[str]) -> list[Window]:
    """The rows of the editor; rows without a day are empty. Raises Refused (field windows)."""
    found: list[Window] = []
    for day, first, last in zip(days, firsts, lasts, strict=False):
        if not day:
            continue
        start, end = minute(first), minute(last)
        if start is None or end is None:
            raise Refused("Give times such as 08:30.", field="windows")
        chosen = {"every": EVERY_DAY, "weekdays": WEEKDAYS}.get(day)
        if chosen is None:
            if day not in {"0", "1", "2", "3", "4", "5", "6"}:
                raise Refused("Choose one of the options.", field="windows")
            chosen = range(int(day), int(day) + 1)
        found += [(weekday, start, end) for weekday in chosen]
    return found


def check(windows: list[Window], minutes: int) -> list[Window]:
    """The windows in order; raises Refused (field windows) when one is malformed or shorter than a visit."""
    for day, first, last in windows:
        if day not in EVERY_DAY or not 0 <= first < last <= 1440:
            raise Refused("A time window ends after it begins.", field="windows")
        if last - first < minutes:
            raise Refused("A visit of %(minutes)s minutes does not fit into this window.", field="windows",
                          minutes=minutes)  # fmt: skip
    return sorted(windows)


def shown(windows: Sequence[Window]) -> list[tuple[list[int], str]]:
    """Windows for reading: the days that share a time, and the time."""
    by_time: dict[tuple[int, int], list[int]] = {}
    for day, first, last in sorted(windows):
        by_time.setdefault((first, last), []).append(day)
    return [(days, f"{clock_time(first)}–{clock_time(last)}") for (first, last), days in by_time.items()]


def as_typed(windows: Sequence[Window]) -> dict[str, object]:
    """Windows as the editor begins with them: the name of a preset, or rows of days and times."""
    chosen = next((preset for preset, known in PRESETS.items() if sorted(known) == sorted(windows)), Preset.ROWS)
    rows: list[tuple[str, int, int]] = []
    by_time: dict[tuple[int, int], list[int]] = {}
    for day, first, last in sorted(windows) if chosen is Preset.ROWS else ():
        by_time.setdefault((first, last), []).append(day)
    for (first, last), days in by_time.items():
        shared = {tuple(EVERY_DAY): "every", tuple(WEEKDAYS): "weekdays"}.get(tuple(days))
        rows += [(name, first, last) for name in ([shared] if shared else map(str, days))]
    return {
        "preset": chosen,
        "window_day": [day for day, _first, _last in rows],
        "window_from": [clock_time(first) for _day, first, _last in rows],
        "window_to": [clock_time(last) for _day, _first, last in rows],
    }
