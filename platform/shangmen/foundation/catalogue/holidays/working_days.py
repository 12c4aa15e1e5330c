"""Which days are worked. Pure.

The State Council publishes each year's holidays and the weekend days that are worked in exchange (调休), under the
《全国年节及纪念日放假办法》; the administrator's table has the last word. For a year that is not in it yet, the
statutory holidays are computed (lunar calendar) and weekends stand: deadlines go on, the missing year is loud.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import holidays as statutory

from shangmen.foundation.catalogue.states import HolidayKind

ONE = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class WorkingDays:
    """The calendar of a span of years: the days of the table by kind, the computed ones of years without any."""

    days: Mapping[date, HolidayKind]

    @staticmethod
    def of(first: int, last: int, table: Mapping[date, HolidayKind]) -> "WorkingDays":
        """The calendar of the years `first` to `last`, both included."""
        known = {day.year for day in table}
        missing = [year for year in range(first, last + 1) if year not in known]
        computed = statutory.country_holidays("CN", years=missing) if missing else ()
        return WorkingDays({**dict.fromkeys(computed, HolidayKind.HOLIDAY), **table})

    def is_holiday(self, day: date) -> bool:
        """Whether the day belongs to a public holiday; ordinary weekends do not."""
        return self.days.get(day) == HolidayKind.HOLIDAY

    def is_working(self, day: date) -> bool:
        """Whether offices work: weekdays that are no holiday, and weekend days worked in exchange."""
        kind = self.days.get(day)
        return kind == HolidayKind.WORKING or (kind is None and day.weekday() < SATURDAY)

    def after(self, day: date, count: int) -> date:
        """The working day `count` working days after a day, which itself does not count; 0 is the day itself."""
        for _ in range(count):
            day = next(self._from(day + ONE))
        return day

    def _from(self, day: date) -> Iterator[date]:
        while True:
            if self.is_working(day):
                yield day
            day += ONE
