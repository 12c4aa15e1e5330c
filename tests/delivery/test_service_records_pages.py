"""The pages of service records: the phone at the door, the desks that verify; and who finds nothing there."""

import re
import secrets
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import pytest_asyncio

from shangmen import clock, database
from shangmen.delivery.service_records.forms import ReasonForm
from shangmen.delivery.service_records.states import VerdictState
from shangmen.delivery.service_records.verification import actions as decisions
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.recording import DAY, arrive, held, load_parameters, logged, near_home, signature, verdict
from tests.delivery.rows import Placed, placed_need, planned_visit
from tests.sheets import cells
from tests.test_unsent import kept_at, log_in, send
from tests.wire import weight

NINE = clock.at(DAY, 540)


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    await load_parameters(cast)
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


async def due(cast: Cast, placed: Placed) -> int:
    """A visit of today that worker A may begin."""
    start = max(clock.at(clock.today()), clock.now() - timedelta(minutes=90))
    return await planned_visit(cast, placed, start, cast.worker_a.worker or 0)


def sent(**fields: Any) -> dict[str, Any]:
    """A form as the page sends it."""
    position = {name: str(value) for name, value in near_home().items()}
    now = str(int(clock.now().timestamp() * 1000))
    return {"once": secrets.token_urlsafe(18), "device_at": now, "fixed_at": now, **position, **fields}


async def test_a_worker_logs_a_visit_with_plain_posts(browser: OpenBrowser, cast: Cast, placed: Placed) -> None:
    visit = await due(cast, placed)
    phone = await browser(cast.worker_a)
    today = await phone.get("/phone")
    assert f"/phone/visits/{visit}" in today.text and "马测试" in today.text
    page = await phone.get(f"/phone/visits/{visit}")
    assert page.status_code == 200 and f'action="/phone/visits/{visit}/check-in"' in page.text
    assert 'href="tel:13800005678"' in page.text and "138****5678" in page.text
    there = await phone.post(f"/phone/visits/{visit}/check-in", sent())
    assert there.status_code == 303
    page = await phone.get(f"/phone/visits/{visit}")
    assert f'action="/phone/visits/{visit}/check-out"' in page.text
    done = await phone.post(
        f"/phone/visits/{visit}/check-out", sent(signature=signature(), tasks=["cleaning", "talk"], mood="good")
    )
    assert done.status_code == 303
    assert await verdict(cast, visit) in (
        VerdictState.VERIFIED,
        VerdictState.HELD,
    )  # too short for a test's clock, and so held
    page = await phone.get(f"/phone/visits/{visit}")
    assert "check-out" not in page.text and "check-in" not in page.text


async def test_the_same_form_twice_is_one_check_in_and_another_is_refused(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await due(cast, placed)
    phone = await browser(cast.worker_a)
    form = sent()
    for _again in range(2):
        assert (await phone.post(f"/phone/visits/{visit}/check-in", form)).status_code == 303
    answer = await phone.post(f"/phone/visits/{visit}/check-in", sent())
    assert answer.status_code == 409 and "签到" in answer.text


async def test_a_faulty_check_out_keeps_what_was_typed(browser: OpenBrowser, cast: Cast, placed: Placed) -> None:
    visit = await due(cast, placed)
    await arrive(cast.worker_a, visit, clock.now())
    phone = await browser(cast.worker_a)
    answer = await phone.post(f"/phone/visits/{visit}/check-out", sent(confirmation="witness", notes="擦了窗户"))
    assert answer.status_code == 422 and "擦了窗户" in answer.text and "请填写见证人姓名" in answer.text
    answer = await phone.post(f"/phone/visits/{visit}/check-out", sent(signature="<svg>", latitude="abc"))
    assert answer.status_code == 422


async def test_a_check_out_after_the_session_has_ended_keeps_signature_and_notes(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit = await due(cast, placed)
    await arrive(cast.worker_a, visit, clock.now())
    phone = await browser(None)
    form = sent(signature=signature(), notes="擦了窗户", tasks=["cleaning", "talk"])
    there = kept_at(await send(phone, cast.worker_a, f"/phone/visits/{visit}/check-out", form))
    await log_in(phone, cast.worker_a)
    page = unescape((await phone.get(there)).text)
    assert f'name="signature" value="{signature()}"' in page and "擦了窗户" in page
    assert len(re.findall(r'value="(?:cleaning|talk)" checked', page)) == 2
    assert await database.number("SELECT count(*) FROM verdict WHERE visit = :visit", visit=visit) == 0


async def test_the_phone_pages_are_light(browser: OpenBrowser, cast: Cast, placed: Placed) -> None:
    visit = await due(cast, placed)
    await arrive(cast.worker_a, visit, clock.now())
    phone = await browser(cast.worker_a)
    for path in ("/phone", f"/phone/visits/{visit}"):
        total, files = await weight(phone, path)
        assert total < 60_000, (path, total, files)
        assert "phone.js" in files


async def test_other_days_are_a_tap_away(browser: OpenBrowser, cast: Cast, placed: Placed) -> None:
    visit = await due(cast, placed)
    phone = await browser(cast.worker_a)
    tomorrow = clock.today() + timedelta(1)
    page = await phone.get(f"/phone?day={tomorrow}")
    assert f"/phone/visits/{visit}" not in page.text and str(clock.today()) in page.text
    assert (await phone.get("/phone?day=nonsense")).status_code == 200


@pytest.mark.parametrize("person", ["worker_m", "worker_b", "social_worker_a"])
async def test_another_worker_finds_no_visit(browser: OpenBrowser, cast: Cast, placed: Placed, person: str) -> None:
    visit = await due(cast, placed)
    phone = await browser(getattr(cast, person))
    assert (await phone.get(f"/phone/visits/{visit}")).status_code == 404
    for verb in ("check-in", "check-out"):
        answer = await phone.post(f"/phone/visits/{visit}/{verb}", sent(confirmation="thumb"))
        assert answer.status_code == 404


async def test_the_desk_sees_the_held_one_first_and_accepts_it(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    nine = clock.at(clock.today() - timedelta(5), 540)
    visit, record = await held(cast, placed, cast.worker_a, nine)
    _visit, good = await logged(cast, placed, cast.worker_a, nine + timedelta(days=1))
    desk = await browser(cast.station_a)
    page = (await desk.get("/records")).text
    assert page.index(f"/records/{record}") < page.index(f"/records/{good}")
    assert "马测试" in page and "测试甲女" in page
    opened = await desk.get(f"/records/{record}")
    assert opened.status_code == 200 and f'action="/records/{record}/accept"' in opened.text
    refused = await desk.post(f"/records/{record}/accept", {"reason": ""})
    assert refused.status_code == 422
    assert (await desk.post(f"/records/{record}/accept", {"reason": "家属证实"})).status_code == 303
    assert await verdict(cast, visit) == VerdictState.VERIFIED
    assert "家属证实" in (await desk.get(f"/records/{record}")).text


async def test_the_bureau_sees_names_masked_and_rejects(browser: OpenBrowser, cast: Cast, placed: Placed) -> None:
    visit, record = await held(cast, placed, cast.worker_a, clock.at(clock.today() - timedelta(5), 540))
    desk = await browser(cast.bureau)
    page = await desk.get(f"/records/{record}")
    assert "马**" in page.text and "马测试" not in page.text
    assert (await desk.post(f"/records/{record}/reject", {"reason": "没有人来过"})).status_code == 303
    assert await verdict(cast, visit) == VerdictState.REJECTED


@pytest.mark.parametrize(
    ("verb", "again", "sentence"),
    [
        ("accept", "accept", "“已核验”不能变为“已核验”"),
        ("reject", "reject", "“不予认可”不能变为“不予认可”"),
        ("reject", "accept", "“不予认可”不能变为“已核验”"),
    ],
)
async def test_a_decision_on_a_decided_record_is_refused_and_names_both_states(
    browser: OpenBrowser, cast: Cast, placed: Placed, verb: str, again: str, sentence: str
) -> None:
    _visit, record = await held(cast, placed, cast.worker_a, clock.at(clock.today() - timedelta(5), 540))
    desk = await browser(cast.station_a)
    assert (await desk.post(f"/records/{record}/{verb}", {"reason": "家属证实"})).status_code == 303
    answer = await desk.post(f"/records/{record}/{again}", {"reason": "再看一次"})
    assert answer.status_code == 409
    assert sentence in answer.text


async def test_the_supplier_corrects_and_both_versions_can_be_read(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    day = clock.today() - timedelta(5)
    _visit, record = await logged(cast, placed, cast.worker_a, clock.at(day, 540))
    desk = await browser(cast.provider_a)
    form = {"begun_at": f"{day}T09:00", "ended_at": f"{day}T08:00", "reason": "手误"}
    assert (await desk.post(f"/records/{record}/correct", form)).status_code == 422
    answer = await desk.post(f"/records/{record}/correct", {**form, "ended_at": f"{day}T09:30"})
    assert answer.status_code == 303
    newest = answer.headers["location"]
    assert newest != f"/records/{record}"
    assert newest in (await desk.get(f"/records/{record}")).text
    assert f"/records/{record}" in (await desk.get(newest)).text


@pytest.mark.parametrize(
    ("person", "status"),
    [("station_b", 404), ("provider_b", 404), ("stranger", 404), ("stranger_station", 404), ("stranger_provider", 404),
     ("finance", 403), ("worker_a", 403), ("assistant_a", 403), ("administrator", 403), ("auditor", 200)],
)  # fmt: skip
async def test_a_stranger_finds_no_record(
    browser: OpenBrowser, cast: Cast, placed: Placed, person: str, status: int
) -> None:
    _visit, record = await held(cast, placed, cast.worker_a, clock.at(clock.today() - timedelta(5), 540))
    visitor = await browser(getattr(cast, person))
    assert (await visitor.get(f"/records/{record}")).status_code == status
    if status == 404:
        page = await visitor.get("/records")
        assert page.status_code == 200 and f"/records/{record}" not in page.text
    for verb in ("accept", "reject", "correct"):
        answer = await visitor.post(f"/records/{record}/{verb}", {"reason": "because"})
        assert answer.status_code in ((403, 404, 422) if status != 200 else (403,))
        assert answer.status_code != 303


@pytest.mark.parametrize("person", ["bureau", "station_b", "provider_a", "auditor", "stranger"])
async def test_a_desk_has_no_phone_page(browser: OpenBrowser, cast: Cast, placed: Placed, person: str) -> None:
    visit = await due(cast, placed)
    visitor = await browser(getattr(cast, person))
    for path in ("/phone", f"/phone/visits/{visit}"):
        assert (await visitor.get(path)).status_code == 403


async def test_the_list_is_filtered_and_exported(browser: OpenBrowser, cast: Cast, placed: Placed) -> None:
    nine = clock.at(clock.today() - timedelta(5), 540)
    _visit, record = await held(cast, placed, cast.worker_a, nine)
    _visit, good = await logged(cast, placed, cast.worker_a, nine + timedelta(days=1))
    desk = await browser(cast.station_a)
    for query, expected in (
        ("state=held", {record}), ("state=verified", {good}), ("worker=甲女", {record, good}), ("worker=李", set()),
        (f"supplier={cast.provider_b.organisation}", set()), ("evidence=B", {record, good}), ("q=C05", {record, good}),
        (f"first={clock.today() - timedelta(4)}", {good}), ("first=&last=&supplier=&state=x", {record, good}),
    ):  # fmt: skip
        page = (await desk.get(f"/records?{query}")).text
        assert {id for id in (record, good) if f'/records/{id}"' in page} == expected, query
    answer = await desk.get("/records/export?state=held")
    rows = cells(answer.content)
    assert len(rows) == 3 and rows[2][-1] == record
    async with database.transaction(cast.system):
        sql = "SELECT count(*) FROM audit_event WHERE verb = 'service_records.export'"
        assert await database.number(sql) == 1


async def test_no_two_sentences_of_a_record_contradict_each_other(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    waits, counts_later = "待人工核验", "核验通过后计入"
    desk = await browser(cast.station_a)
    _visit, record = await held(cast, placed, cast.worker_a, NINE)
    page = unescape((await desk.get(f"/records/{record}")).text)
    assert waits in page and counts_later in page
    await decisions.accept(cast.station_a, record, ReasonForm(reason="已电话核实"))
    page = unescape((await desk.get(f"/records/{record}")).text)
    assert waits not in page and counts_later not in page and "已由人工判定" in page
    await decisions.reject(cast.station_a, record, ReasonForm(reason="没有来过"))
    page = unescape((await desk.get(f"/records/{record}")).text)
    assert waits not in page and counts_later not in page and "不予支付" in page
