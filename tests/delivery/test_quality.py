"""Call-backs: drawn so that anybody can draw them again, made by somebody who did not deliver, and heeded."""

import hashlib
import json
from datetime import date, timedelta

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from shangmen import clock, database
from shangmen.access import Scope
from shangmen.delivery.quality import actions, daily, proofs, queries
from shangmen.delivery.quality.complaints import actions as complaints
from shangmen.delivery.quality.complaints import queries as complained
from shangmen.delivery.quality.complaints.forms import ComplaintForm, DecisionForm
from shangmen.delivery.quality.forms import HeardForm
from shangmen.delivery.quality.sampling import Unit, draw
from shangmen.delivery.quality.states import CallBackState, ComplaintAbout, ComplaintState, Heard, SampleKind
from shangmen.delivery.service_records.states import VerdictState
from shangmen.errors import Conflict, Forbidden, ImpossibleMove, NotFound, Refused
from shangmen.foundation.catalogue.tables import Parameter
from tests.cast import Cast
from tests.conftest import OpenBrowser
from tests.delivery.recording import DAY, load_parameters, logged, verdict
from tests.delivery.rows import Placed, placed_need

SEED = hashlib.sha256(b"test").hexdigest()
UNITS = st.lists(
    st.builds(Unit, st.integers(1, 4), st.integers(1, 6), st.integers(1, 10_000)),
    max_size=120,
    unique_by=lambda unit: unit.record,
)


@given(UNITS, st.integers(0, 100), st.integers(0, 2**256 - 1))
def test_a_sample_has_its_share_of_all_and_of_each_supplier(units: list[Unit], percent: int, number: int) -> None:
    seed = f"{number:064x}"
    drawn = draw(seed, percent, units)
    assert drawn == draw(seed, percent, units[::-1]) and set(drawn) <= {unit.record for unit in units}
    assert abs(len(drawn) - len(units) * percent / 100) < 1
    for supplier in {unit.supplier for unit in units}:
        own = [unit.record for unit in units if unit.supplier == supplier]
        assert abs(len(set(drawn) & set(own)) - len(own) * percent / 100) < 1


def test_everybody_is_drawn_with_the_same_chance() -> None:
    units = [Unit(record % 3, record % 7, record) for record in range(40)]
    times = dict.fromkeys(range(40), 0)
    for number in range(4_000):
        for record in draw(hashlib.sha256(str(number).encode()).hexdigest(), 10, units):
            times[record] += 1
    assert sum(times.values()) == 16_000
    assert min(times.values()) > 300 and max(times.values()) < 500  # 400 each; five standard deviations are 95


@pytest_asyncio.fixture(loop_scope="session")
async def placed(cast: Cast) -> Placed:
    """Cleaning for person A by provider A, in a county where everybody is asked."""
    await load_parameters(cast)
    async with database.transaction(cast.system):
        for name in ("call_back_percent", "site_visit_percent"):
            await database.add(
                Parameter(name=name, value="100", unit="percent", valid_from=date(2022, 1, 1), source="测试")
            )
    return await placed_need(cast, cast.provider_a, cast.cleaning, cast.person_a)


async def drawn(cast: Cast, placed: Placed) -> tuple[int, int]:
    """A verified visit whose recipient is to be asked: the visit, and its call-back by telephone."""
    start = clock.at(DAY, 540)
    visit, _record = await logged(cast, placed, cast.worker_a, start)
    assert await verdict(cast, visit) is VerdictState.VERIFIED
    night = DAY + timedelta(days=1)
    with clock.stopped_at(clock.at(night, 30)):
        async with database.transaction(cast.system):
            assert await daily.bring(cast.system, night) == {"drawn_telephone": 1, "drawn_site": 1}
            assert not await daily.bring(cast.system, night)
    (row, *_more), total = await queries.call_backs(cast.bureau, queries.Asked(kind=SampleKind.TELEPHONE))
    assert total == 1 and row.state is CallBackState.OPEN
    return visit, row.id


def heard(what: Heard, **more: object) -> HeardForm:
    return HeardForm(heard=what, **{"spoke_with": "本人", **more})  # type: ignore[arg-type]  # as a request says


async def test_a_share_of_the_day_before_is_drawn_once_and_proven(cast: Cast, placed: Placed) -> None:
    await drawn(cast, placed)
    assert await proofs.samples(cast.auditor) == []
    (sample, *_more), total = await queries.samples(cast.auditor)
    assert total == 2 and sample.same and len(sample.population) == 1


async def test_who_delivers_does_not_know_beforehand_of_whom_is_asked(cast: Cast, placed: Placed) -> None:
    _visit, call = await drawn(cast, placed)
    assert (await queries.call_backs(cast.provider_a))[1] == 0
    with pytest.raises(NotFound):
        await queries.call_back(cast.provider_a, call)
    await actions.note(cast.station_a, call, heard(Heard.AS_RECORDED, satisfaction=5))
    assert (await queries.call_back(cast.provider_a, call)).state is CallBackState.CONFIRMED


@pytest.mark.parametrize("asked", ["provider_a", "worker_a", "station_b", "stranger", "stranger_provider"])
async def test_nobody_else_makes_a_call_back(cast: Cast, placed: Placed, asked: str) -> None:
    _visit, call = await drawn(cast, placed)
    with pytest.raises((NotFound, Forbidden)):
        await actions.note(getattr(cast, asked), call, heard(Heard.AS_RECORDED))


async def test_a_call_back_by_the_providers_own_people_is_refused_by_the_database(cast: Cast, placed: Placed) -> None:
    _visit, call = await drawn(cast, placed)
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction(cast.system):
            await database.execute(
                "UPDATE call_back SET state = 'confirmed', heard = 'as_recorded', decided_by = :me WHERE id = :id",
                me=cast.provider_a.user,
                id=call,
            )


@pytest.mark.parametrize("what", [Heard.SHORTER, Heard.OTHER_PERSON, Heard.NOBODY_CAME, Heard.OTHER_SERVICE])
async def test_a_doubt_holds_the_record(cast: Cast, placed: Placed, what: Heard) -> None:
    visit, call = await drawn(cast, placed)
    await actions.note(cast.station_a, call, heard(what))
    assert await verdict(cast, visit) is VerdictState.HELD
    with pytest.raises(Conflict):
        await actions.note(cast.station_a, call, heard(Heard.AS_RECORDED))


async def test_who_is_not_reached_is_tried_three_times(cast: Cast, placed: Placed) -> None:
    visit, call = await drawn(cast, placed)
    states = []
    for _try in range(3):
        await actions.note(cast.station_a, call, HeardForm(heard=Heard.NOT_REACHED))
        states.append((await queries.call_back(cast.bureau, call)).state)
    assert states == [CallBackState.OPEN, CallBackState.OPEN, CallBackState.UNCLEAR]
    assert await verdict(cast, visit) is VerdictState.VERIFIED


async def test_an_answer_says_who_gave_it(cast: Cast, placed: Placed) -> None:
    _visit, call = await drawn(cast, placed)
    with pytest.raises(Refused) as refused:
        await actions.note(cast.station_a, call, HeardForm(heard=Heard.AS_RECORDED))
    assert refused.value.field == "spoke_with"


async def complaint(cast: Cast, by: Scope, placed: Placed) -> int:
    form = ComplaintForm(
        supplier=cast.provider_a.organisation or 0,
        about=ComplaintAbout.LATE,
        received_on=clock.today(),
        words="来晚了",
    )
    return await complaints.note(by, cast.person_a, form)


async def test_a_complaint_is_answered_by_somebody_who_did_not_deliver(cast: Cast, placed: Placed) -> None:
    id = await complaint(cast, cast.station_a, placed)
    row = await complained.complaint(cast.station_a, id)
    assert row.due > clock.today() and row.state is ComplaintState.OPEN
    with pytest.raises(NotFound):
        await complained.complaint(cast.provider_a, id)
    with pytest.raises((NotFound, Forbidden)):
        await complaints.decide(cast.provider_a, id, DecisionForm(outcome="unfounded", answer="没有这回事"))
    await complaints.decide(cast.station_a, id, DecisionForm(outcome="founded", answer="已约谈，下次准时"))
    assert (await complained.complaint(cast.provider_a, id)).answer == "已约谈，下次准时"
    with pytest.raises(ImpossibleMove):
        await complaints.decide(cast.bureau, id, DecisionForm(outcome="unfounded", answer="再想想"))


async def test_a_complaint_is_about_somebody_who_serves(cast: Cast, placed: Placed) -> None:
    form = ComplaintForm(
        supplier=cast.provider_b.organisation or 0,
        about=ComplaintAbout.LATE,
        received_on=clock.today(),
        words="来晚了",
    )
    with pytest.raises(Refused):
        await complaints.note(cast.station_a, cast.person_a, form)


async def test_the_pages_lead_from_the_work_list_to_the_answer(
    browser: OpenBrowser, cast: Cast, placed: Placed
) -> None:
    visit, call = await drawn(cast, placed)
    station = await browser(cast.station_a)
    assert "待回访" in (await station.get("/tasks")).text
    listed = await station.get("/quality?state=open&mine=yes")
    assert f'href="/quality/{call}"' in listed.text
    shown = await station.get(f"/quality/{call}")
    assert f'action="/quality/{call}"' in shown.text
    faulty = await station.post(f"/quality/{call}", {"heard": "nobody_came", "opinion": "没见人来"})
    assert faulty.status_code == 422 and "没见人来" in faulty.text
    said = {"heard": "nobody_came", "spoke_with": "本人", "opinion": "没见人来"}
    done = await station.post(f"/quality/{call}", said)
    assert done.status_code == 303 and await verdict(cast, visit) is VerdictState.HELD
    bureau = await browser(cast.bureau)
    results = await bureau.get("/quality/results")
    assert results.status_code == 200
    samples = await bureau.get("/quality/samples")
    assert samples.status_code == 200 and "一致" in samples.text
    provider = await browser(cast.provider_a)
    assert "没见人来" in (await provider.get(f"/quality/{call}")).text


async def test_a_complaint_is_noted_on_the_recipients_page(browser: OpenBrowser, cast: Cast, placed: Placed) -> None:
    station = await browser(cast.station_a)
    assert f"/recipients/{cast.person_a}/complaints/new" in (await station.get(f"/recipients/{cast.person_a}")).text
    said = {
        "supplier": str(cast.provider_a.organisation), "about": "manner",
        "received_on": clock.today().isoformat(), "words": "说话难听",
    }  # fmt: skip
    noted = await station.post(f"/recipients/{cast.person_a}/complaints", said)
    assert noted.status_code == 303
    shown = await station.get(noted.headers["location"])
    assert "说话难听" in shown.text
    foreign = await browser(cast.stranger_station)
    assert (await foreign.get(noted.headers["location"])).status_code == 404
    assert (await foreign.get(f"/recipients/{cast.person_a}/complaints/new")).status_code == 404


def test_the_population_is_told_whole() -> None:
    assert json.loads(database.to_json([Unit(1, 2, 3)])) == [[1, 2, 3]]
