"""What really happens at the door: nobody home, refused, cannot go; an alarm; three refusals in a row."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.door_reports import actions, queries
from shangmen.delivery.service_records.door_reports.forms import AnswerForm, TellForm
from shangmen.delivery.service_records.states import Confirmation, Next, Told
from shangmen.delivery.service_records.tables import DoorReport
from shangmen.delivery.visits.states import VisitReason, VisitState
from shangmen.delivery.visits.tables import Visit
from shangmen.errors import Conflict, NotFound, Refused
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.recording import DAY, arrive, leave, load_parameters, near_home, only
from tests.delivery.rows import Placed, placed_need, planned_visit

NINE = clock.at(DAY, 540)


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


async def due(cast: Cast, placed: Placed, start: datetime = NINE) -> int:
    return await planned_visit(cast, placed, start, cast.worker_a.worker or 0)


async def tell(worker: Scope, visit: int, moment: datetime, told: Told, **more: Any) -> int:
    """Something is told from the door at a moment."""
    said = {"note": "敲门无人应答", "next": Next.PLAN_AGAIN, **near_home(), **more}
    with clock.stopped_at(moment):
        return await actions.tell(worker, visit, TellForm(told=told, **said))


@pytest.mark.parametrize(
    ("told", "state", "reason"),
    [
        (Told.NOBODY_HOME, VisitState.MISSED, VisitReason.AWAY),
        (Told.ELSEWHERE, VisitState.MISSED, VisitReason.AWAY),
        (Told.REFUSED, VisitState.CANCELLED, VisitReason.REFUSED),
        (Told.CANNOT_GO, VisitState.CANCELLED, VisitReason.WORKER),
    ],
)
async def test_what_hinders_ends_the_visit_with_its_reason_time_and_place(
    cast: Cast, placed: Placed, told: Told, state: VisitState, reason: VisitReason
) -> None:
    visit = await due(cast, placed)
    id = await tell(cast.worker_a, visit, NINE, told)
    row, report = await only(cast, Visit, Visit.id == visit), await only(cast, DoorReport, DoorReport.id == id)
    assert (row.state, row.reason, row.note) == (state, reason, "敲门无人应答")
    assert report.server_at == NINE and report.metres_off is not None and report.next is Next.PLAN_AGAIN
    with pytest.raises(Conflict):
        await arrive(cast.worker_a, visit, NINE)


async def test_who_goes_again_today_keeps_the_visit(cast: Cast, placed: Placed) -> None:
    visit = await due(cast, placed)
    await tell(cast.worker_a, visit, NINE, Told.NOBODY_HOME, next=Next.AGAIN_TODAY)
    assert (await only(cast, Visit, Visit.id == visit)).state is VisitState.CONFIRMED
    await arrive(cast.worker_a, visit, NINE + timedelta(hours=2))
    assert (await only(cast, Visit, Visit.id == visit)).state is VisitState.IN_PROGRESS


async def test_words_and_what_happens_next_are_needed(cast: Cast, placed: Placed) -> None:
    visit = await due(cast, placed)
    for more, field in (({"note": " "}, "note"), ({"next": Next.NONE}, "next")):
        with pytest.raises(Refused) as refused:
            await tell(cast.worker_a, visit, NINE, Told.REFUSED, **more)
        assert refused.value.field == field


async def test_nothing_is_told_of_a_visit_that_has_begun_but_an_alarm(cast: Cast, placed: Placed) -> None:
    visit = await due(cast, placed)
    await arrive(cast.worker_a, visit, NINE)
    with pytest.raises(Conflict):
        await tell(cast.worker_a, visit, NINE, Told.NOBODY_HOME)
    await tell(cast.worker_a, visit, NINE, Told.INJURY, note="", next=Next.NONE)
    await leave(cast.worker_a, visit, NINE + timedelta(hours=1))
    await tell(cast.worker_a, visit, NINE + timedelta(hours=2), Told.GAS, note="", next=Next.NONE)


async def test_only_who_goes_there_tells(cast: Cast, placed: Placed) -> None:
    visit = await due(cast, placed)
    for scope in (cast.worker_m, cast.worker_b, cast.stranger_provider):
        with pytest.raises(NotFound):
            await tell(scope, visit, NINE, Told.ALARM)


async def test_an_alarm_is_on_the_stations_list_at_once_and_stays_until_it_is_answered(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await due(cast, placed)
    async with database.transaction(cast.system):
        await database.execute("UPDATE worker SET telephone = '13900000000' WHERE id = :id", id=cast.worker_a.worker)
    with clock.stopped_at(NINE):
        hand = await browser(cast.worker_a)
        assert "紧急求助" in (await hand.get(f"/phone/visits/{visit}")).text
        assert (await hand.post(f"/phone/visits/{visit}/tell", {"told": "injury"})).status_code == 303
    desk = await browser(cast.station_a)
    assert "门前紧急求助" in (await desk.get("/tasks")).text
    shown = (await desk.get("/records/door?about=alarm&open=yes&mine=yes")).text
    assert "疑似受伤" in shown and 'href="tel:13900000000"' in shown
    (row,), _total = await queries.reports(cast.station_a)
    assert (await desk.post(f"/records/door/{row.id}/answer", {"note": ""})).status_code == 422
    assert (await desk.post(f"/records/door/{row.id}/answer", {"note": "已联系家属送医"})).status_code == 303
    with pytest.raises(Conflict):
        await actions.answer(cast.provider_a, row.id, AnswerForm(note="再答一次"))
    assert "门前紧急求助" not in (await desk.get("/tasks")).text
    for scope in (cast.station_b, cast.provider_b, cast.stranger_station):
        assert await queries.reports(scope) == ([], 0)
        with pytest.raises(NotFound):
            await actions.answer(scope, row.id, AnswerForm(note="与我无关"))


async def test_an_alarm_that_waited_on_the_phone_says_when_it_was(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await due(cast, placed)
    sent = NINE + timedelta(hours=3)
    said = {
        "verb": "tell", "told": "gas", "visit": str(visit), "user": str(cast.worker_a.user), "waited": "yes",
        "queued_at": str(round(NINE.timestamp() * 1000)), "device_at": str(round(sent.timestamp() * 1000)),
        "once": secrets.token_hex(16),
    }  # fmt: skip
    with clock.stopped_at(sent):
        for _again in range(2):
            answer = await (await browser(cast.worker_a)).post("/phone/events", said)
            assert answer.json() == {"state": "booked"}
    report = await only(cast, DoorReport, DoorReport.visit == visit)
    assert (report.happened_at, report.server_at) == (NINE, sent)


async def test_three_refusals_in_a_row_ask_for_a_review_of_the_need(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    async def asked() -> bool:
        return "已连续拒绝3次" in (await (await browser(cast.station_a)).get("/tasks?kind=need_refused")).text

    async def once(day: int, how: str) -> None:
        start = NINE + timedelta(days=day)
        visit = await due(cast, placed, start)
        if how == "at the door":
            await tell(cast.worker_a, visit, start, Told.REFUSED)
            return
        await arrive(cast.worker_a, visit, start, **near_home(jitter=day + 3))
        refused = {"confirmation": Confirmation.REFUSED, "no_confirmation_reason": "本人不愿签字"}
        more = refused if how == "no signature" else {}
        await leave(cast.worker_a, visit, start + timedelta(hours=1), **near_home(jitter=day + 30), **more)

    for day, how in enumerate(("at the door", "at the door", "signed", "at the door", "no signature")):
        await once(day, how)
        assert not await asked(), how
    await once(5, "at the door")
    assert await asked()
