"""One order that starts a run in many counties: each for itself, and each with its own job."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from shangmen import access, clock, database
from shangmen.access import Scope
from shangmen.database import jobs as queue
from shangmen.errors import Conflict, DomainError, Refused
from shangmen.operations import maintenance
from shangmen.operations import runs as operations
from shangmen.supply.matching_runs import actions, queries
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.run.job import JOB
from shangmen.supply.matching_runs.states import RunState
from shangmen.supply.matching_runs.tables import MatchingRun
from tests.cast import Cast
from tests.conftest import Browser
from tests.supply.matching_steps import queued
from tests.supply.matching_world import add_need, law

HERE, THERE = "640324", "640521"


@pytest_asyncio.fixture(loop_scope="session")
async def everywhere(cast: Cast) -> Scope:
    """What the operator's scope is: the system's, over every county."""
    await law(cast)
    return access.system(cast.county, cast.other_county, purpose="test")


async def ordered(scope: Scope, *codes: str, **more: Any) -> dict[str, int | DomainError]:
    form = RunForm(**{"starts_on": clock.today(), "seconds": 2, **more})
    return {code: outcome async for code, outcome in actions.start_each(scope, codes, form)}


async def jobs_by_run(scope: Scope) -> dict[int | None, tuple[str | None, list[int]]]:
    """The lock and the counties of each job in the queue, by its run."""
    return {job.args.run: (job.lock, job.args.counties) for job in await queued(scope, JOB)}


@database.scoped
async def runs(scope: Scope) -> int:
    found: int = await MatchingRun.count()
    return found


async def test_each_county_gets_one_job_under_a_scope_of_its_own(cast: Cast, everywhere: Scope) -> None:
    told = await ordered(everywhere, HERE, THERE, HERE, seed=7)
    jobs = await jobs_by_run(everywhere)
    assert {code: jobs[run] for code, run in told.items() if isinstance(run, int)} == {
        HERE: (f"matching_runs.{cast.county}", [cast.county]),
        THERE: (f"matching_runs.{cast.other_county}", [cast.other_county]),
    }
    assert len(jobs) == 2


async def test_each_bureau_sees_the_run_of_its_own_county(cast: Cast, everywhere: Scope) -> None:
    told = await ordered(everywhere, HERE, THERE)
    for officer, code in ((cast.bureau, HERE), (cast.stranger, THERE)):
        found, total = await queries.runs(officer)
        assert ([run.id for run in found], total) == ([told[code]], 1)


async def test_a_county_with_a_run_at_work_is_told_and_the_others_start(cast: Cast, everywhere: Scope) -> None:
    await actions.start(cast.bureau, RunForm(starts_on=clock.today()))
    told = await ordered(everywhere, HERE, THERE)
    assert isinstance(told[HERE], Conflict)
    assert isinstance(told[THERE], int)
    assert await runs(everywhere) == 2


async def test_an_unknown_code_is_refused_before_anything_starts(cast: Cast, everywhere: Scope) -> None:
    with pytest.raises(Refused, match="111111"):
        await ordered(everywhere, HERE, "111111")
    assert await runs(everywhere) == 0


async def test_a_township_is_no_county(cast: Cast, everywhere: Scope) -> None:
    with pytest.raises(Refused):
        await ordered(everywhere, "640324102000")


async def test_a_county_beyond_the_scope_is_refused(cast: Cast, everywhere: Scope) -> None:
    with pytest.raises(Refused, match=THERE):
        await ordered(cast.system, THERE)


async def test_when_none_is_named_only_counties_where_needs_wait_get_a_run(cast: Cast, everywhere: Scope) -> None:
    assert await ordered(everywhere) == {}
    await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    assert list(await ordered(everywhere)) == [HERE]


async def test_a_need_that_ends_before_the_first_day_waits_for_no_run(cast: Cast, everywhere: Scope) -> None:
    last = clock.today() + timedelta(days=5)
    await add_need(cast.system, cast, cast.person_a, cast.home_visit, valid_to=last)
    assert await ordered(everywhere, starts_on=last + timedelta(days=1)) == {}
    assert list(await ordered(everywhere, starts_on=last)) == [HERE]


@pytest.mark.parametrize(("locale", "who"), [("zh_CN", "系统运维人员"), ("en", "the operator of the system")])
async def test_the_pages_say_that_no_officer_asked_for_the_run(
    cast: Cast,
    everywhere: Scope,
    browser: Callable[[Scope | None], Awaitable[Browser]],
    locale: str,
    who: str,
) -> None:
    told = await ordered(everywhere, HERE)
    visitor = await browser(cast.bureau)
    visitor.cookies.set("locale", locale)
    for path in ("/matching/", f"/matching/{told[HERE]}"):
        assert who in (await visitor.get(path)).text


async def test_who_breaks_off_the_waiting_stops_the_runs_that_were_started(
    cast: Cast, everywhere: Scope, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextlib.asynccontextmanager
    async def open_house() -> AsyncIterator[Scope]:
        yield everywhere

    async def broken_off(*_arguments: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(maintenance, "everywhere", open_house)
    monkeypatch.setattr(queue, "help_until", broken_off)
    form = RunForm(starts_on=clock.today())
    with pytest.raises(asyncio.CancelledError):
        await operations.order([HERE, THERE], form, True, False, "", {}, {})
    found = [row for officer in (cast.bureau, cast.stranger) for row in (await queries.runs(officer))[0]]
    assert [row.state for row in found] == [RunState.CANCELLED, RunState.CANCELLED]
    assert capsys.readouterr().out.count("stopped") == 2
    assert isinstance((await ordered(everywhere, HERE))[HERE], int)  # nothing stands in the way of the next one
