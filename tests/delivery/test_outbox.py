"""What a telephone kept without a network: booked once and in any order, with its own times; or told, and kept."""

import random
import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.service_records.outbox import queries
from shangmen.delivery.service_records.states import EventState, VerdictState
from shangmen.delivery.service_records.tables import CheckIn, ServiceRecord
from shangmen.delivery.visits.states import VisitState
from shangmen.delivery.visits.tables import Visit
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.recording import DAY, found, load_parameters, near_home, only, signature, verdict
from tests.delivery.rows import Placed, placed_need, planned_visit

NINE = clock.at(DAY, 540)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


class Phone:
    """A telephone with a clock that is `off`, whose outbox sends what it kept."""

    def __init__(self, browser: OpenBrowser, worker: Scope, off: timedelta = timedelta()) -> None:
        self.browser, self.worker, self.off = browser, worker, off
        self.kept: list[dict[str, Any]] = []

    def step(self, verb: str, visit: int, moment: datetime) -> None:
        """Something happens, without a network."""
        told = milliseconds(moment + self.off)
        place = {name: str(value) for name, value in near_home(jitter=7 if verb == "check_in" else 31).items()}
        more = {"signature": signature(visit % 50), "tasks": "cleaning"} if verb == "check_out" else {}
        self.kept.append(
            {
                "verb": verb, "visit": str(visit), "user": str(self.worker.user), "waited": "yes",
                "queued_at": str(told), "fixed_at": str(told), "once": secrets.token_hex(16), **place, **more,
            }
        )  # fmt: skip

    async def send(self, item: dict[str, Any], moment: datetime) -> dict[str, Any]:
        """What the server says of one step, sent at a moment."""
        with clock.stopped_at(moment):
            said = {**item, "device_at": str(milliseconds(moment + self.off))}
            answer = await (await self.browser(self.worker)).post("/phone/events", said)
        assert answer.status_code in {200, 409, 422}, answer.text
        told: dict[str, Any] = answer.json()
        return told


@pytest.mark.parametrize("off", [timedelta(), timedelta(hours=36), timedelta(hours=-36)])
async def test_what_was_kept_has_the_times_at_which_it_happened(
    browser: OpenBrowser, cast: Cast, placed: Placed, off: timedelta
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    hand = Phone(browser, cast.worker_a, off)
    hand.step("check_in", visit, NINE)
    hand.step("check_out", visit, NINE + timedelta(minutes=60))
    for item in hand.kept:
        assert await hand.send(item, NINE + timedelta(hours=3)) == {"state": "booked"}
    arrival = await only(cast, CheckIn, CheckIn.visit == visit)
    record = await only(cast, ServiceRecord, ServiceRecord.visit == visit)
    assert arrival.happened_at == NINE and arrival.server_at == NINE + timedelta(hours=3)
    assert (record.begun_at, record.ended_at) == (NINE, NINE + timedelta(minutes=60))
    rules = await found(cast, record.id)
    assert "sent_later" in rules and "typed_time" not in rules
    assert ("clock_off" in rules) is bool(off)
    assert await verdict(cast, visit) is (VerdictState.HELD if off else VerdictState.VERIFIED)


async def test_each_step_is_booked_once_however_often_it_is_sent(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    hand = Phone(browser, cast.worker_a)
    hand.step("check_in", visit, NINE)
    for hours in (1, 2, 3):
        assert await hand.send(hand.kept[0], NINE + timedelta(hours=hours)) == {"state": "booked"}
    assert (await only(cast, CheckIn, CheckIn.visit == visit)).happened_at == NINE


async def test_a_check_out_that_comes_first_waits_for_its_check_in(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    hand = Phone(browser, cast.worker_a)
    hand.step("check_in", visit, NINE)
    hand.step("check_out", visit, NINE + timedelta(minutes=60))
    assert (await hand.send(hand.kept[1], NINE + timedelta(hours=2)))["state"] == "kept"
    assert await hand.send(hand.kept[0], NINE + timedelta(hours=5)) == {"state": "booked"}
    record = await only(cast, ServiceRecord, ServiceRecord.visit == visit)
    assert (record.begun_at, record.ended_at) == (NINE, NINE + timedelta(minutes=60))
    (event,), total = await queries.events(cast.provider_a)
    assert total == 1 and event.state is EventState.BOOKED


async def test_what_cannot_be_booked_is_told_kept_and_settled(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    hand = Phone(browser, cast.worker_a)
    hand.step("check_in", visit, NINE)
    async with database.transaction(cast.system):
        await database.change(Visit, visit, {Visit.state: VisitState.CANCELLED})
    told = await hand.send(hand.kept[0], NINE + timedelta(hours=2))
    assert told["state"] == "kept" and "取消" in told["sentence"]
    assert (await hand.send(hand.kept[0], NINE + timedelta(hours=3)))["state"] == "kept"
    (event,), total = await queries.events(cast.provider_a)
    assert total == 1 and event.happened_at == NINE
    desk = await browser(cast.provider_a)
    assert "手机补传但未能入账的记录" in (await desk.get("/tasks")).text
    shown = await desk.get("/records/events")
    assert f'action="/records/events/{event.id}/settle"' in shown.text
    assert (await desk.post(f"/records/events/{event.id}/settle", {"note": ""})).status_code == 422
    done = await desk.post(f"/records/events/{event.id}/settle", {"note": "已与家属核实，改天补做"})
    assert done.status_code == 303
    assert "已与家属核实" in (await desk.get("/records/events")).text


async def test_somebody_elses_steps_are_not_booked_under_my_name(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    hand = Phone(browser, cast.worker_a)
    hand.step("check_in", visit, NINE)
    other = Phone(browser, cast.worker_b)
    assert (await other.send(hand.kept[0], NINE + timedelta(hours=1)))["state"] == "other"
    foreign = {**hand.kept[0], "user": str(cast.worker_b.user)}
    with clock.stopped_at(NINE + timedelta(hours=1)):
        assert (await (await browser(cast.worker_b)).post("/phone/events", foreign)).status_code == 404


async def test_times_that_contradict_each_other_are_refused(browser: OpenBrowser, cast: Cast, placed: Placed) -> None:
    visit = await planned_visit(cast, placed, NINE, cast.worker_a.worker or 0)
    hand = Phone(browser, cast.worker_a)
    hand.step("check_in", visit, NINE + timedelta(hours=4))  # after it is sent
    assert (await hand.send({**hand.kept[0], "waited": ""}, NINE))["state"] == "refused"


async def test_the_days_ahead_are_named_with_all_that_draws_them(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    start = clock.at(clock.today() + timedelta(days=13), 540)
    visit = await planned_visit(cast, placed, start, cast.worker_a.worker or 0)
    later = await planned_visit(cast, placed, start + timedelta(days=1), cast.worker_a.worker or 0)
    hand = await browser(cast.worker_a)
    ahead = (await hand.get("/phone/ahead")).json()
    assert f"/phone/visits/{visit}" in ahead["pages"] and f"/phone/visits/{later}" not in ahead["pages"]
    for address in [*ahead["pages"], "/sw.js"]:
        assert (await hand.get(address)).status_code == 200, address
    assert (await hand.get("/phone/ticket")).json()["user"] == cast.worker_a.user


@pytest.mark.parametrize("seed", range(3))
async def test_shuffled_doubled_and_late_it_comes_to_what_happened(
    browser: OpenBrowser, cast: Cast, placed: Placed, seed: int
) -> None:
    chance = random.Random(seed)
    hand = Phone(browser, cast.worker_a, timedelta(hours=chance.randint(-36, 36)))
    happened = {}
    for number in range(5):
        start = clock.at(DAY + timedelta(days=number), 540)
        visit = await planned_visit(cast, placed, start, cast.worker_a.worker or 0)
        end = start + timedelta(minutes=60 + chance.randint(0, 9))
        happened[visit] = start, end
        hand.step("check_in", visit, start)
        hand.step("check_out", visit, end)
    sent = hand.kept + chance.choices(hand.kept, k=len(hand.kept) // 5)
    chance.shuffle(sent)
    begun = clock.at(DAY + timedelta(days=7), 600)
    for number, item in enumerate(sent):
        assert (await hand.send(item, begun + timedelta(minutes=number)))["state"] in {"booked", "kept"}
    for visit, times in happened.items():
        record = await only(cast, ServiceRecord, ServiceRecord.visit == visit)
        assert (record.begun_at, record.ended_at) == times
