"""The queue of held records: oldest first, who holds it up, the next, one verdict on many, stale and second click."""

from datetime import date, timedelta

import pytest

from shangmen import clock, database
from shangmen.delivery.service_records import actions as records
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.measures import queries as measures
from shangmen.delivery.service_records.queue import actions, controller, queries
from shangmen.delivery.service_records.queue.forms import VerdictForm
from shangmen.delivery.service_records.states import Severity, VerdictState
from shangmen.delivery.service_records.verification import verdicts
from shangmen.delivery.service_records.verification.rules import Finding
from shangmen.errors import Refused
from shangmen.web.language import label, speak
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery import recording
from tests.delivery.rows import Placed, placed_need

DAY = date(2026, 3, 9)
REASON = "电话回访本人，确认服务属实"


async def three_held(cast: Cast) -> tuple[Placed, list[tuple[int, int]]]:
    """Three visits that were too short, of three days: visit and record of each."""
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=31)
    starts = [clock.at(DAY + timedelta(days=n), 540 + n) for n in range(3)]
    return placed, [await recording.held(cast, placed, cast.worker_a, start) for start in starts]


async def keys(cast: Cast) -> list[str]:
    rows, _total = await queries.held(cast.station_a, queries.Asked(mine=True))
    return [row.key for row in rows]


def form(take: list[str], verdict: str = "accept") -> VerdictForm:
    return VerdictForm(take=take, verdict=verdict, reason=REASON)  # type: ignore[arg-type]  # a word of two


async def test_what_waits_longest_comes_first_with_who_holds_it_up(cast: Cast) -> None:
    _placed, held = await three_held(cast)
    rows, total = await queries.held(cast.station_a, queries.Asked(mine=True))
    assert total == 3 and [row.id for row in rows] == [record for _visit, record in held]
    assert {row.decider_name for row in rows} == {cast.station_a.organisation_name}
    assert all(row.mine for row in rows)
    assert [(one.rule, one.count) for one in await queries.like(cast.station_a, True)] == [("too_short", 3)]
    assert await queries.held(cast.station_a, queries.Asked(rule="overlap")) == ([], 0)
    assert await queries.held(cast.stranger_station, queries.Asked()) == ([], 0)
    others, _total = await queries.held(cast.provider_a, queries.Asked())
    assert len(others) == 3 and not any(row.mine for row in others)


async def test_the_next_record_goes_round_the_queue(cast: Cast) -> None:
    _placed, held = await three_held(cast)
    ids = [record for _visit, record in held]
    mine = queries.Asked(mine=True)
    assert await queries.following(cast.station_a, mine, 0) == ids[0]
    assert await queries.following(cast.station_a, mine, ids[0]) == ids[1]
    assert await queries.following(cast.station_a, mine, ids[2]) == ids[0]
    await records.accept(cast.station_a, ids[1], ReasonForm(reason=REASON))
    assert await queries.following(cast.station_a, mine, ids[0]) == ids[2]
    assert await queries.following(cast.station_b, mine, ids[0]) is None


async def test_one_verdict_on_many_is_an_event_for_each(cast: Cast) -> None:
    _placed, held = await three_held(cast)
    assert await actions.decide(cast.station_a, form((await keys(cast))[:2])) == (2, 0)
    states = [await recording.verdict(cast, visit) for visit, _record in held]
    assert states == [VerdictState.VERIFIED, VerdictState.VERIFIED, VerdictState.HELD]
    async with database.transaction(cast.system):
        told = await database.values(
            int,
            "SELECT subject_id FROM audit_event WHERE verb = 'service_records.accept' AND reason = :reason ORDER BY 1",
            reason=REASON,
        )
    assert told == sorted(record for _visit, record in held[:2])


async def test_what_changed_since_it_was_read_is_left_and_told(cast: Cast) -> None:
    _placed, held = await three_held(cast)
    read = await keys(cast)
    await records.reject(cast.station_a, held[0][1], ReasonForm(reason="本人否认"))
    async with database.transaction(cast.system):
        await verdicts.lower(cast.system, held[1][1], Finding("call_back", Severity.HOLD, "x", {"call_back": 1}))
    assert await actions.decide(cast.station_a, form(read)) == (1, 2)
    states = [await recording.verdict(cast, visit) for visit, _record in held]
    assert states == [VerdictState.REJECTED, VerdictState.HELD, VerdictState.VERIFIED]


async def test_nobody_decides_in_bulk_on_what_they_may_not_decide_on(cast: Cast) -> None:
    _placed, held = await three_held(cast)
    read = await keys(cast)
    for who in (cast.station_b, cast.stranger_station, cast.stranger):
        assert await actions.decide(who, form(read)) == (0, 3)
    assert await recording.verdict(cast, held[0][0]) is VerdictState.HELD
    with pytest.raises(Refused) as refused:
        await actions.decide(cast.station_a, form([]))
    assert refused.value.field == "take"


async def test_the_page_decides_once_however_often_it_is_sent(browser: OpenBrowser, cast: Cast) -> None:
    _placed, held = await three_held(cast)
    station = await browser(cast.station_a)
    page = await station.get("/records/held?mine=yes")
    assert page.status_code == 200 and "时长不足 (3)" in page.text
    read = await keys(cast)
    faulty = await station.post("/records/held?mine=yes", {"take": read[:2], "verdict": "reject"})
    assert faulty.status_code == 422 and faulty.text.count(" checked") >= 2
    said = {"take": read[:2], "verdict": "reject", "reason": "本人否认", "once": "a-token"}
    done = await station.post("/records/held?mine=yes", said)
    again = await station.post("/records/held?mine=yes", said)
    assert (done.status_code, again.status_code) == (303, 303)
    assert [await recording.verdict(cast, visit) for visit, _record in held[:2]] == [VerdictState.REJECTED] * 2
    following = await station.get("/records/held/next")
    assert following.headers["location"] == f"/records/{held[2][1]}"
    for other in (cast.stranger_station, cast.stranger):
        assert f"/records/{held[2][1]}" not in (await (await browser(other)).get("/records/held")).text


async def test_the_telephone_is_at_hand_for_who_decides_and_seeing_it_is_kept(
    browser: OpenBrowser, cast: Cast
) -> None:
    _placed, held = await three_held(cast)
    station = await browser(cast.station_a)
    shown = await station.get(f"/records/{held[0][1]}")
    assert "13800005678" not in shown.text and f"/records/{held[0][1]}/telephone" in shown.text
    called = await station.post(f"/records/{held[0][1]}/telephone")
    assert 'href="tel:13800005678"' in called.text and called.headers["cache-control"] == "no-store"
    async with database.transaction(cast.system):
        assert await database.exists(
            "SELECT 1 FROM audit_event WHERE verb = 'recipients.reveal' AND subject_id = :person", person=cast.person_a
        )
    for who, status in ((cast.station_b, 404), (cast.stranger_station, 404), (cast.provider_a, 403)):
        assert (await (await browser(who)).post(f"/records/{held[0][1]}/telephone")).status_code == status


async def test_the_rates_of_a_supplier_count_what_was_typed_held_and_rejected(
    browser: OpenBrowser, cast: Cast
) -> None:
    placed = await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a, visits_per_month=31)
    day = clock.today() - timedelta(days=5)
    await recording.logged(cast, placed, cast.worker_a, clock.at(day, 540))
    _visit, typed = await recording.logged(
        cast, placed, cast.worker_a, clock.at(day + timedelta(1), 540), at_in={"at": clock.at(day + timedelta(1), 480)}
    )
    await records.reject(cast.station_a, typed, ReasonForm(reason="本人否认"))
    (row,) = await measures.rates(cast.bureau)
    assert (row.visits, row.late, row.corrected, row.held, row.rejected) == (2, 1, 0, 1, 1)
    assert row.percent(row.late) == 50.0
    (of_worker,) = await measures.rates(cast.provider_a, cast.provider_a.organisation)
    assert of_worker.worker == cast.worker_a.worker and of_worker.visits == 2
    assert await measures.rates(cast.provider_b) == await measures.rates(cast.stranger) == []
    for who, seen in ((cast.bureau, True), (cast.provider_a, True), (cast.provider_b, False), (cast.stranger, False)):
        page = await (await browser(who)).get(f"/records/rates?supplier={cast.provider_a.organisation}")
        assert page.status_code == 200 and ("50.0" in page.text) is seen


def test_every_finding_has_a_short_name_in_both_languages() -> None:
    speak("zh_CN")
    assert [name for name in controller.NAMES if label(name).isascii()] == []
