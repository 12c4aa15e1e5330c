"""An absence of a worker or of a recipient marks the visits concerned until it is solved, lifted or taken back."""

from collections.abc import Awaitable, Callable

import pytest

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.visits import actions as visits
from shangmen.delivery.visits import queries
from shangmen.delivery.visits.forms import BulkCancelForm, CancelReason, VisitForm
from shangmen.delivery.visits.notices import WAITING
from shangmen.delivery.visits.states import VisitReason, VisitState
from shangmen.demand.recipients.absences import actions as recipients
from shangmen.demand.recipients.absences import queries as away
from shangmen.demand.recipients.forms import AbsenceForm as AwayForm
from shangmen.demand.recipients.forms import ShortenForm as BackForm
from shangmen.errors import Conflict, Faults
from shangmen.foundation.deeds import actions as deeds
from shangmen.foundation.deeds import queries as done
from shangmen.foundation.deeds.forms import UndoForm
from shangmen.foundation.organisations.forms import AbsenceForm, ShortenForm
from shangmen.foundation.organisations.workers import actions as workers
from shangmen.foundation.organisations.workers import queries as staff
from shangmen.foundation.tasks import waiting
from tests.cast import Cast
from tests.conftest import Browser
from tests.delivery.rows import Placed, placed_need, planned_visit
from tests.supply.rows import days

Open = Callable[[Scope | None], Awaitable[Browser]]
ERROR = UndoForm("记错了")


async def visited(cast: Cast, day: int = 3) -> tuple[Placed, int]:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)
    return placed, await planned_visit(cast, placed, clock.at(days(day), 600), cast.worker_a.worker)


async def hinder(cast: Cast, placed: Placed, whose: str) -> int:
    """From the second to the fourth day; the absence's id."""
    if whose == "worker":
        form = AbsenceForm(first=days(2), last=days(4), reason="病假")
        return await workers.absent(cast.provider_a, cast.worker_a.worker or 0, form)
    return await recipients.absent(cast.station_a, placed.person, AwayForm(first=days(2), last=days(4), reason="探亲"))


async def waits(cast: Cast) -> int:
    kind = next(one for one in WAITING if one.name == "visits_hindered")
    return (await waiting.standing(cast.provider_a, kind)).count


@pytest.mark.parametrize("whose", ["worker", "recipient"])
async def test_an_absence_marks_the_visits_of_its_days_and_nobody_confirms_them(cast: Cast, whose: str) -> None:
    placed, visit = await visited(cast)
    later = await planned_visit(cast, placed, clock.at(days(5), 600), cast.worker_a.worker)
    await hinder(cast, placed, whose)
    marked = await queries.visit(cast.provider_a, visit)
    assert marked.hindrance is (VisitReason.WORKER if whose == "worker" else VisitReason.AWAY)
    assert marked.state is VisitState.PLANNED  # it was confirmed, and is agreed no more
    assert not (await queries.visit(cast.provider_a, later)).hindrance
    assert await waits(cast) == 1
    assert [one.id for one in (await queries.visits(cast.provider_a, hindered=True))[0]] == [visit]
    with pytest.raises(Conflict, match=r"day first|it first"):
        await visits.confirm(cast.provider_a, visit)


@pytest.mark.parametrize("whose", ["worker", "recipient"])
async def test_an_absence_in_error_leaves_the_visits_confirmed(cast: Cast, whose: str) -> None:
    placed, visit = await visited(cast)
    await hinder(cast, placed, whose)
    subject = ("worker", cast.worker_a.worker or 0) if whose == "worker" else ("person", placed.person)
    who = cast.provider_a if whose == "worker" else cast.station_a
    await deeds.undo(who, (await done.undoable(who, *subject))[0].id, ERROR)
    after = await queries.visit(cast.provider_a, visit)
    assert (after.state, after.hindrance) == (VisitState.CONFIRMED, VisitReason.NONE)
    assert await waits(cast) == 0
    assert not await staff.absences(cast.provider_a, cast.worker_a.worker or 0)
    assert not await away.absences(cast.station_a, placed.person)


@pytest.mark.parametrize("whose", ["worker", "recipient"])
@pytest.mark.parametrize("last", [2, None])
async def test_an_absence_that_is_shortened_or_lifted_unmarks_its_visits(
    cast: Cast, whose: str, last: int | None
) -> None:
    placed, visit = await visited(cast)
    absence = await hinder(cast, placed, whose)
    new = None if last is None else days(last)
    if whose == "worker":
        await workers.shorten_absence(cast.provider_a, cast.worker_a.worker or 0, absence, ShortenForm(last=new))
    else:
        await recipients.shorten(cast.station_a, placed.person, absence, BackForm(last=new))
    assert not (await queries.visit(cast.provider_a, visit)).hindrance
    assert await waits(cast) == 0
    await visits.confirm(cast.provider_a, visit)


async def test_no_visit_is_planned_while_the_recipient_is_away(cast: Cast) -> None:
    placed, _visit = await visited(cast)
    await hinder(cast, placed, "recipient")
    form = VisitForm(day=days(4), start="10:00", worker=cast.worker_a.worker or 0, reason="急需")
    with pytest.raises(Faults, match="away on this day"):
        await visits.plan(cast.provider_a, placed.placement, form)


async def test_the_page_tells_the_mark_and_offers_no_confirmation(cast: Cast, browser: Open) -> None:
    placed, visit = await visited(cast)
    await hinder(cast, placed, "worker")
    visitor = await browser(cast.provider_a)
    page = await visitor.get(f"/visits/{visit}")
    assert "不能按计划进行" in page.text and f"/visits/{visit}/confirm" not in page.text
    assert (await visitor.post(f"/visits/{visit}/confirm", {})).status_code == 409
    assert "因缺勤、外出需另行安排的上门" in (await visitor.get("/tasks/")).text


async def test_visits_cancelled_together_come_back_together(cast: Cast) -> None:
    placed, first = await visited(cast)
    second = await planned_visit(cast, placed, clock.at(days(5), 600), cast.worker_a.worker)
    form = BulkCancelForm(first=days(1), last=days(9), reason=CancelReason.WEATHER)
    assert await visits.cancel_many(cast.provider_a, form) == 2
    deed = (await done.undoable(cast.provider_a, "organisation", cast.provider_a.organisation or 0))[0]
    await deeds.undo(cast.provider_a, deed.id, ERROR)
    for id in (first, second):
        row = await queries.visit(cast.provider_a, id)
        assert (row.state, row.reason) == (VisitState.CONFIRMED, VisitReason.NONE)
    async with database.transaction(cast.system):
        assert await database.number("SELECT count(*) FROM visit_worker WHERE stands") == 2


async def test_cancelled_visits_are_taken_back_on_the_list_that_they_were_cancelled_on(
    cast: Cast, browser: Open
) -> None:
    await visited(cast)
    visitor = await browser(cast.provider_a)
    form = {"first": days(1).isoformat(), "last": days(9).isoformat(), "reason": "weather", "sure": "yes"}
    assert (await visitor.post("/visits/cancel", form)).status_code == 303
    deed = (await done.undoable(cast.provider_a, "organisation", cast.provider_a.organisation or 0))[0]
    back = await visitor.post(f"/deeds/{deed.id}/undo", {"reason": ERROR.reason, "sure": "yes"})
    assert back.headers["location"] == f"/visits/list?first={days(1)}&last={days(9)}"
