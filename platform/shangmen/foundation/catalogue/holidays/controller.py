"""The page of public holidays and exchanged working days."""

from datetime import date

from litestar import Controller, get, post
from litestar.params import FromQuery

from shangmen import clock
from shangmen.foundation.catalogue.holidays import actions, queries
from shangmen.foundation.catalogue.holidays.forms import HolidayForm
from shangmen.foundation.catalogue.states import HolidayKind
from shangmen.web import lists, versions
from shangmen.web.forms import AnyForm, Form, bind, press
from shangmen.web.language import gettext as _
from shangmen.web.language import label
from shangmen.web.pages import Answer, Id, Rq, Viewer, page, see, url

EDITED = ("day", "kind", "name", "source")


class HolidaysController(Controller):
    """Which days are free, and which weekends are worked instead."""

    path = "/catalogue/holidays"

    @get("/", name="catalogue.holidays")
    async def list(self, request: Rq, viewer: Viewer, year: FromQuery[str] = "", day: FromQuery[str] = "") -> Answer:
        return await self._page(request, viewer, Form(), year or day[:4], lists.day(day))

    @post("/", name="catalogue.note_holiday")
    async def note(self, request: Rq, viewer: Viewer) -> Answer:
        form = await bind(request, HolidayForm)
        await form.attempt(actions.note, viewer)
        if form.faults or form.value is None:
            typed = str(form.values.get("day", ""))
            return await self._page(request, viewer, form, typed[:4], lists.day(typed))
        return see(request, "catalogue.holidays", notice=_("The day is noted."), year=form.value.day.year)

    @post("/{id:int}/remove", name="catalogue.remove_holiday")
    async def remove(self, request: Rq, viewer: Viewer, id: Id) -> Answer:
        day = await press(request, actions.remove, viewer, id)
        return see(request, "catalogue.holidays", notice=_("It is an ordinary day again."), year=str(day)[:4])

    async def _page(self, request: Rq, viewer: Viewer, form: AnyForm, typed: str, day: date | None) -> Answer:
        noted = await queries.noted(viewer, day) if day else None
        if day and noted:
            versions.over(form, {"version": noted.version, **{n: getattr(noted, n) for n in EDITED}})
        elif day:
            versions.over(form, {"version": 0, "day": day, **dict.fromkeys(EDITED[1:], "")})
        this = clock.today().year
        known = await queries.years(viewer)
        asked = lists.number(typed)
        year = asked if asked is not None and clock.EARLIEST.year <= asked <= this + 10 else this
        return page(
            request,
            "catalogue/holidays.html",
            form.status,
            form=form,
            editing=day,
            rows=await queries.of_year(viewer, year),
            year=year,
            tabs=[
                (str(one), url(request, "catalogue.holidays", year=one), one == year)
                for one in sorted({*known, this, this + 1, year}, reverse=True)
            ],
            missing=[one for one in (this, this + 1) if one not in known],
            kinds=[(str(kind), label(kind)) for kind in HolidayKind],
            kind_of=lambda kind: label(kind),
        )
