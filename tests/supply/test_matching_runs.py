"""Runs against the database: start, solve, stop, fail. What people make of one: `test_matching_decisions.py`."""

import asyncio
from datetime import date, timedelta
from typing import Any

import anyio.to_thread
import pytest
import pytest_asyncio

from shangmen import clock, database, wiring
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import Conflict, NotFound, Refused
from shangmen.foundation.organisations.states import QualificationStatus
from shangmen.foundation.organisations.tables import Qualification
from shangmen.supply.matching_runs import actions, adapter, phrases, queries
from shangmen.supply.matching_runs.approval import actions as approval
from shangmen.supply.matching_runs.certificate import Goal
from shangmen.supply.matching_runs.decisions import actions as decisions
from shangmen.supply.matching_runs.decisions.forms import PinForm
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run import job as solving
from shangmen.supply.matching_runs.run import suppliers
from shangmen.supply.matching_runs.states import RunState
from tests.cast import Cast
from tests.supply.matching_steps import full_station, proposed, queued, says, solved
from tests.supply.matching_world import add_contract, add_need, add_worker, law


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def world(cast: Cast) -> None:
    await law(cast)
    wiring.wire()


async def test_a_run_proposes_the_station_for_a_visit_and_the_provider_for_a_bath(cast: Cast) -> None:
    provider = cast.provider_a.organisation or 0
    await add_worker(cast.system, cast, provider, "female", "bath_training")
    await add_contract(cast.system, cast, provider, [cast.bath], [cast.township_a])
    visit = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    bath = await add_need(cast.system, cast, cast.person_a, cast.bath)
    run = await solved(cast)
    assert await proposed(cast, run) == {visit: cast.station_a.organisation, bath: provider}
    found = await queries.summary(cast.bureau, run)
    assert (found.state, found.needs, found.served) == (RunState.PROPOSED, 2, 2)
    assert found.violations == []
    assert found.unmet == {}
    assert found.goals["unserved"] == Goal(0, 0, 0.0, proven=True, level=1, proof="relaxation", rechecked=0)
    assert found.goals["travel"].gap == 0.0


async def test_starting_defers_the_job_with_the_run(cast: Cast) -> None:
    run = await actions.start(cast.bureau, RunForm(starts_on=clock.today()))
    (job,) = await queued(cast.system, "matching_runs.solve")
    assert (job.args.run, job.args.counties) == (run, [cast.county])


async def test_two_runs_at_once_are_refused(cast: Cast) -> None:
    await actions.start(cast.bureau, RunForm(starts_on=clock.today()))
    with pytest.raises(Conflict):
        await actions.start(cast.bureau, RunForm(starts_on=clock.today()))


async def test_a_first_day_in_the_past_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        await actions.start(cast.bureau, RunForm(starts_on=clock.today() - timedelta(days=1)))
    assert refused.value.field == "starts_on"


async def test_only_one_woman_leaves_a_woman_s_bath_unserved_and_says_who_is_missing(cast: Cast) -> None:
    """Scenario 1, with the sexes of the cast: one more of the same sex is named, and nobody of the other is taken."""
    await add_contract(cast.system, cast, cast.provider_a.organisation or 0, [cast.bath], [cast.township_a])
    bath = await add_need(cast.system, cast, cast.person_a, cast.bath)
    run = await solved(cast)
    assert await proposed(cast, run) == {bath: None}
    told = await says(cast, run, bath)
    assert told.reasons[0].code == "NO_GENDER"
    assert "缺少1名女性“上门助浴”人员" in told.reasons[0].sentence
    assert "缺少1名女性" in told.change


async def test_only_one_man_leaves_a_man_s_bath_unserved_and_names_the_missing_man(cast: Cast) -> None:
    await add_contract(cast.system, cast, cast.provider_a.organisation or 0, [cast.bath], [cast.township_b])
    bath = await add_need(cast.system, cast, cast.person_b, cast.bath)
    told = await says(cast, await solved(cast), bath)
    assert "缺少1名男性“上门助浴”人员" in told.reasons[0].sentence


async def test_an_expired_background_check_blocks_a_visit_to_a_minor(cast: Cast) -> None:
    """Scenario 2: twelve months and a day are too long."""
    need = await add_need(cast.system, cast, cast.person_a, cast.home_visit, minors_check=True)
    station = cast.station_a.organisation or 0
    await add_worker(cast.system, cast, station, "female", background_checked=clock.today() - timedelta(days=367))
    first = await solved(cast)
    assert await proposed(cast, first) == {need: None}
    assert (await says(cast, first, need)).reasons[0].code == "NO_QUAL"
    await actions.cancel(cast.bureau, first)
    await add_worker(cast.system, cast, station, "female", background_checked=clock.today() - timedelta(days=364))
    assert await proposed(cast, await solved(cast)) == {need: station}


async def test_a_provider_whose_licence_is_suspended_is_left_out(cast: Cast) -> None:
    """Scenario 5, up to block and list."""
    provider = cast.provider_a.organisation or 0
    await add_worker(cast.system, cast, provider, "female", "bath_training")
    await add_contract(cast.system, cast, provider, [cast.bath], [cast.township_a])
    bath = await add_need(cast.system, cast, cast.person_a, cast.bath)

    @database.scoped
    async def lapse(scope: Scope) -> None:
        await database.add(
            Qualification(
                county=cast.county, organisation=provider, kind="registration", number="1", mandatory=True,
                valid_from=date(2020, 1, 1), status=QualificationStatus.SUSPENDED,
            )
        )  # fmt: skip

    await lapse(cast.system)
    told = await says(cast, await solved(cast), bath)
    assert told.reasons[0].code == "SUSPENDED"


async def test_equal_ways_go_to_the_own_township_and_the_page_says_so(cast: Cast) -> None:
    """Scenario 10: exactly as far from both stations; deterministic, with its reason."""

    @database.scoped
    async def between(scope: Scope) -> None:
        await database.execute(
            "UPDATE organisation SET latitude = 37.20, longitude = 106.40 WHERE id = :id",
            id=cast.station_a.organisation,
        )
        await database.execute(
            "UPDATE organisation SET latitude = 37.20, longitude = 106.60 WHERE id = :id",
            id=cast.station_b.organisation,
        )
        await database.execute(
            "UPDATE person SET latitude = 37.20, longitude = 106.50 WHERE id = ANY(:ids)",
            ids=[cast.person_a, cast.person_b],
        )

    await between(cast.system)
    await add_worker(cast.system, cast, cast.station_b.organisation or 0, "male")
    a = await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    b = await add_need(cast.system, cast, cast.person_b, cast.home_visit)
    run = await solved(cast, neighbours=True)
    assert await proposed(cast, run) == {a: cast.station_a.organisation, b: cast.station_b.organisation}
    told = await says(cast, run, b)
    assert told.tie == "路程相同，本乡镇社工站优先。"
    assert told.others[0].extra_metres == 0


async def test_the_same_needs_and_seed_give_the_same_plan(cast: Cast) -> None:
    for _n in range(4):
        await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    first = await solved(cast)
    await actions.cancel(cast.bureau, first)
    second = await solved(cast)
    one, other = await queries.run(cast.bureau, first), await queries.run(cast.bureau, second)
    assert one.certificate and other.certificate
    assert one.certificate.input_digest == other.certificate.input_digest
    assert await proposed(cast, first) == await proposed(cast, second)


async def test_pins_that_cannot_be_obeyed_fail_the_run_with_a_sentence(cast: Cast) -> None:
    run, served, left = await full_station(cast)
    await decisions.pin(cast.bureau, run, left, PinForm("must", "家属要求", cast.station_a.organisation))
    await decisions.pin(cast.bureau, run, served, PinForm("must", "家属要求", cast.station_a.organisation))
    again = await queries.run(cast.bureau, await solved(cast))
    assert again.state is RunState.FAILED
    told = phrases.message(again.message)
    assert f"#{served}" in told and f"#{left}" in told


async def test_an_error_is_stored_and_the_run_has_failed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await add_need(cast.system, cast, cast.person_a, cast.home_visit)

    def broken(*_args: object) -> None:
        raise RuntimeError("the solver is out of order")

    monkeypatch.setattr(adapter, "find_plan", broken)
    found = await queries.run(cast.bureau, await solved(cast))
    assert found.state is RunState.FAILED
    assert "out of order" in phrases.message(found.message)


async def test_a_missing_parameter_is_loud(cast: Cast) -> None:
    @database.scoped
    async def forget(scope: Scope) -> None:
        await database.execute("UPDATE parameter SET valid_to = '2022-01-01' WHERE name = 'distance_limit_metres'")

    await forget(cast.system)
    found = await queries.run(cast.bureau, await solved(cast))
    assert "distance_limit_metres" in phrases.message(found.message)


async def test_a_run_is_stopped_while_it_is_solved(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    real = adapter.find_plan

    def slow(problem: Any, policy: Any, progress: Any, should_stop: Any) -> Any:
        while not should_stop():
            anyio.from_thread.run(asyncio.sleep, 0.01)
        return real(problem, policy, progress, should_stop)

    monkeypatch.setattr(adapter, "find_plan", slow)
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.01)
    run = await actions.start(cast.bureau, RunForm(starts_on=clock.today()))
    asked = False
    report = solving._report

    async def ask(scope: Scope, run: int, rows: Any) -> bool:
        nonlocal asked
        if not asked:
            asked = True
            await actions.cancel(cast.bureau, run)
        return await report(scope, run, rows)

    monkeypatch.setattr(solving, "_report", ask)
    await solving.solve(cast.system, run)
    found = await queries.run(cast.bureau, run)
    assert (found.state, found.needs) == (RunState.CANCELLED, 0)


async def test_a_run_that_was_cancelled_in_the_queue_is_not_solved(cast: Cast) -> None:
    run = await actions.start(cast.bureau, RunForm(starts_on=clock.today()))
    await actions.cancel(cast.bureau, run)
    await solving.solve(cast.system, run)
    assert (await queries.run(cast.bureau, run)).state is RunState.CANCELLED


async def test_a_run_without_needs_is_proposed_and_empty(cast: Cast) -> None:
    found = await queries.summary(cast.bureau, await solved(cast))
    assert (found.state, found.needs, found.served, found.violations) == (RunState.PROPOSED, 0, 0, [])


async def test_the_stranger_sees_no_run(cast: Cast) -> None:
    await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    run = await solved(cast)
    with pytest.raises(NotFound):
        await queries.run(cast.stranger, run)
    with pytest.raises(NotFound):
        await approval.approve(cast.stranger, run)
    assert await queries.runs(cast.stranger) == ([], 0)


@pytest.mark.parametrize(
    ("monthly", "daily", "absences", "minutes"),
    [
        (9600, 480, [], 22 * 480),
        (5000, 480, [], 5000),
        (99999, 240, [], 22 * 240),
        (99999, 480, [(date(2026, 12, 1), date(2026, 12, 4))], 18 * 480),
        (99999, 480, [(date(2026, 11, 1), date(2027, 1, 31))], 0),
    ],
)
async def test_a_worker_s_month_is_pattern_less_absences_within_the_limits(
    monthly: int, daily: int, absences: list[tuple[date, date]], minutes: int
) -> None:
    pattern = {str(day): [[480, 720], [780, 1080]] for day in range(5)}
    found = suppliers.usable_minutes(pattern, monthly, daily, absences, date(2026, 12, 1))
    assert found == min(minutes, monthly)
