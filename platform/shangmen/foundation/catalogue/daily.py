"""What a date brings to the catalogue: the holidays of a year that nobody has entered are loud."""

from collections import Counter
from datetime import date

from shangmen import effects
from shangmen.access import Scope
from shangmen.clock import Contradiction
from shangmen.foundation.catalogue.events import HolidaysKnown, HolidaysMissing
from shangmen.foundation.catalogue.holidays import queries

MONTH_PUBLISHED = 11  # the State Council publishes the next year's holidays in November


async def bring(scope: Scope, day: date) -> Counter[str]:
    """Say which year is missing, and which no longer is."""
    known = await queries.years(scope)
    done: Counter[str] = Counter()
    for year in [day.year, *([day.year + 1] if day.month >= MONTH_PUBLISHED else [])]:
        await effects.publish(scope, HolidaysKnown(year) if year in known else HolidaysMissing(year))
        done["holidays_missing"] += year not in known
    return done


async def contradictions(scope: Scope, day: date) -> list[Contradiction]:
    """A missing year is a gap, not a contradiction."""
    return []
