"""Planning visits by hand, and what is refused."""

from datetime import date, timedelta

import pytest
from shangmen import clock, database
from shangmen.delivery.visits import actions, queries
from shangmen.delivery.visits.forms import VisitForm

from tests.cast import Cast
from tests.delivery.rows import placed_need


def next_day(weekday: int) -> date:
    """The first such weekday of next month's second week: no test depends on today."""
    first = (clock.today().replace(day=1) + timedelta(40)).replace(day=8)
    return first + timedelta((weekday - first.weekday()) % 7)


async def test_a_visit_is_planned_with_its_time_and_worker(cast: Cast) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    form = VisitForm(day=next_day(0), start="09:30", worker=cast.worker_a.worker)
    id = await actions.plan(cast.provider_a, placed.placement, form)
    visit = await queries.visit(cast.provider_a, id)
    assert (visit["state"], clock.minute_of(visit["planned_start"]), clock.minute_of(visit["planned_end"])) == ("planned", 570, 630)
    assert [worker["name"] for worker in visit["workers"]] == ["测试甲女"]
    (own,) = await queries.of_worker(cast.worker_a, form.day)
    assert (own["person_name"], own["partner"]) == ("马测试", "")

async def test_fill(cast: Cast) -> None:
    from shangmen.delivery.visits.forms import FillForm
    from shangmen.delivery.visits import filling
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    b = await placed_need(cast, cast.provider_a, cast.bath, cast.person_a)
    print(await filling.ideas(cast.provider_a, placed.placement))
    run = await actions.fill(cast.provider_a, FillForm(first=next_day(0).replace(day=1), last=next_day(0)+timedelta(10)))
    print(dict(await queries.roster_run(cast.provider_a, run)))
    run = await actions.fill(cast.provider_a, FillForm(first=next_day(0).replace(day=1), last=next_day(0)+timedelta(10)))
    print(dict(await queries.roster_run(cast.provider_a, run)))
    assert 0
