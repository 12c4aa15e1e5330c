"""Verbs on holidays: the administrator notes a day, or takes one out; a new installation starts with the published."""

from datetime import date

from chinese_calendar import constants as published

from shangmen import database
from shangmen.access import Scope
from shangmen.errors import NotFound, Refused, Stale
from shangmen.foundation.audit.actions import record
from shangmen.foundation.catalogue.holidays import queries
from shangmen.foundation.catalogue.holidays.forms import HolidayForm
from shangmen.foundation.catalogue.states import HolidayKind
from shangmen.foundation.catalogue.tables import Holiday

SOURCE = "国务院办公厅节假日安排通知"
FIRST_SEEDED = 2024

CHINESE = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
}


@database.scoped
async def load(scope: Scope) -> int:
    """Write the published days of every year of which the table knows none; the number of days written."""
    known = set(await queries.years(scope))
    written = 0
    for kind, days in ((HolidayKind.HOLIDAY, published.holidays), (HolidayKind.WORKING, published.workdays)):
        for day, name in days.items():
            if day.year >= FIRST_SEEDED and day.year not in known:
                await database.add(Holiday(day=day, kind=kind, name=CHINESE.get(name, name), source=SOURCE))
                written += 1
    return written


@database.scoped
async def note(scope: Scope, form: HolidayForm) -> int:
    """Note a day as free or as worked in exchange; what was noted for it before is replaced. The day's id.

    Raises Stale when something is noted for it that the page did not show.
    """
    if form.kind == HolidayKind.WORKING and form.day.weekday() < 5:
        raise Refused("Only a Saturday or a Sunday is worked in exchange.", field="day")
    before = await Holiday.objects().where(Holiday.day == form.day).lock_rows("UPDATE").first()
    if before is None:
        if form.version:  # what was seen is gone
            raise Stale
        id = await database.add(Holiday(day=form.day, kind=form.kind, name=form.name, source=form.source))
    else:
        id = int(before.id)
        database.refuse_stale(before, form.version)
        await database.change(
            Holiday, id, {Holiday.kind: form.kind, Holiday.name: form.name, Holiday.source: form.source}
        )
    record(scope, "catalogue.note_holiday", "holiday", id, day=form.day, kind=form.kind)
    return id


@database.scoped
async def remove(scope: Scope, id: int) -> date:
    """Take a day out of the table: it is an ordinary day again. Raises NotFound. The day."""
    row = await database.lock(Holiday, id)
    await Holiday.delete().where(Holiday.id == id)
    record(scope, "catalogue.remove_holiday", "holiday", id, day=row.day, kind=row.kind)
    if not isinstance(row.day, date):
        raise NotFound
    return row.day
