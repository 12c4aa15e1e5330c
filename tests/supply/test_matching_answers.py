"""What a run answers beyond its proposals: who cannot be served, what more would be worth, what would follow."""

from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio

from shangmen import clock, database, wiring
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.errors import NotFound, Refused
from shangmen.supply.matching_runs import actions, queries
from shangmen.supply.matching_runs.approval import actions as approval
from shangmen.supply.matching_runs.certificate import Certificate, Goal
from shangmen.supply.matching_runs.decisions import actions as decisions
from shangmen.supply.matching_runs.decisions.forms import OverrideForm, PinForm
from shangmen.supply.matching_runs.forms import RunForm
from shangmen.supply.matching_runs.proposals.queries import proposal, proposals
from shangmen.supply.matching_runs.run import job as solving
from shangmen.supply.matching_runs.suppositions import actions as suppositions
from shangmen.supply.matching_runs.suppositions import job as answering
from shangmen.supply.matching_runs.suppositions.forms import SupposeForm
from shangmen.supply.matching_runs.suppositions.views import Supposed, told
from tests.cast import Cast
from tests.conftest import Browser
from tests.supply.matching_steps import answered, few_hours, full_station, placed_need, proposed, queued, says, solved
from tests.supply.matching_world import add_need, add_worker, law


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def world(cast: Cast) -> None:
    await law(cast)
    wiring.wire()


async def test_a_run_in_which_nobody_can_serve_anybody_counts_them_all(cast: Cast) -> None:
    need = await add_need(cast.system, cast, cast.person_a, cast.bath, priority=4)
    run = await solved(cast)
    assert await proposed(cast, run) == {need: None}
    found = await queries.run(cast.bureau, run)
    assert found.certificate is not None
    assert found.certificate.goals["unserved"] == Goal(
        4, 4, 0.0, proven=True, level=1, proof="relaxation", rechecked=4
    )
    assert (found.certificate.status, found.violations) == ("optimal", [])
    assert (await says(cast, run, need)).reasons[0].code == (await proposal(cast.bureau, run, need)).reason


async def test_a_station_whose_hours_are_used_up_is_named_with_what_is_missing(cast: Cast) -> None:
    run, _served, _left = await full_station(cast)
    await approval.approve(cast.bureau, run)

    @database.scoped
    async def none_left(scope: Scope) -> None:
        await database.execute(
            "UPDATE engagement SET monthly_minutes = 1 WHERE organisation = :id", id=cast.station_a.organisation
        )

    await none_left(cast.system)
    again = await solved(cast)
    row = (await proposals(cast.bureau, again))[0][0]
    assert (row.supplier, row.reason) == (None, "NO_CAPACITY")
    answer = await says(cast, again, row.need)
    assert "工时" in answer.change
    assert not answer.others[0].fits


async def test_a_limit_on_changes_of_supplier_is_kept_and_shown(cast: Cast) -> None:
    need = await placed_need(cast)
    form = RunForm(starts_on=clock.today(), seconds=2, placed="free", neighbours=True, most_moves=0)
    run = await actions.start(cast.bureau, form)
    await solving.solve(cast.system, run)
    assert await proposed(cast, run) == {need: cast.station_a.organisation}
    proof = await certificate(cast, run)
    assert (proof.moves, proof.most_moves) == (0, 0)


async def test_what_fewer_changes_of_supplier_would_cost_is_kept_with_the_run_and_shown(
    cast: Cast, browser: Callable[[Scope], Awaitable[Browser]]
) -> None:
    placed = await placed_need(cast)
    await few_hours(cast)
    station_a, station_b = cast.station_a.organisation or 0, cast.station_b.organisation or 0
    await add_worker(cast.system, cast, station_b, "female")
    urgent = await add_need(cast.system, cast, cast.person_a, cast.home_visit, priority=8)
    await decisions.pin(cast.bureau, await solved(cast), urgent, PinForm("never", "家属不同意", supplier=station_b))
    run = await solved(cast, "keep", neighbours=True)
    assert await proposed(cast, run) == {placed: station_b, urgent: station_a}
    curve = (await certificate(cast, run)).fewer_moves
    assert [(row.most, row.possible, row.moves, row.values["unserved"]) for row in curve] == [
        (0, True, 0, 8),
        (1, True, 1, 0),
    ]
    text = (await (await browser(cast.bureau)).get(f"/matching/{run}")).text
    assert "少更换服务方会怎样" in text
    assert "已证明" in text


async def test_a_run_that_moves_nobody_has_no_such_curve(cast: Cast) -> None:
    await placed_need(cast)
    run = await solved(cast, "free", neighbours=True)
    assert (await certificate(cast, run)).fewer_moves == []


async def test_the_price_of_more_hours_is_kept_with_the_run(cast: Cast) -> None:
    run, _served, _left = await full_station(cast)
    saves = {price.resource: price.saves["unserved"] for price in (await certificate(cast, run)).prices}
    assert saves[f"s{cast.station_a.organisation}/hours"] > 0


async def test_what_would_follow_is_said_without_changing_anything(cast: Cast) -> None:
    run, served, left = await full_station(cast)
    before = await proposed(cast, run)
    moved = await supposed(cast, run, left, cast.station_a)
    assert moved.tone == "warn"
    assert [need for need, _sentence in moved.shifts] == [served]
    assert await proposed(cast, run) == before
    impossible = await supposed(cast, run, served, cast.station_b)
    assert (impossible.tone, impossible.shifts) == ("bad", [])


async def test_a_question_waits_for_its_job_and_is_answered_once(cast: Cast) -> None:
    run, _served, left = await full_station(cast)
    station = cast.station_a.organisation or 0
    for _ in range(2):
        await suppositions.suppose(cast.bureau, run, left, SupposeForm(station))
    waiting = await told(cast.auditor, run, left, station)
    assert waiting is not None and waiting.waiting
    [job] = await queued(cast.system, answering.JOB)
    assert job.queue_name == jobs.QUESTIONS
    await answering.answer(cast.system, job.args.supposition or 0)
    answer = await told(cast.auditor, run, left, station)
    assert answer is not None and not answer.waiting and answer.text
    await suppositions.suppose(cast.bureau, run, left, SupposeForm(station))
    assert len(await queued(cast.system, answering.JOB)) == 1


async def test_a_question_that_failed_says_so_and_can_be_asked_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _served, left = await full_station(cast)
    with monkeypatch.context() as patch:
        patch.setattr("shangmen.supply.matching_runs.adapter.what_if", lambda *_: 1 / 0)
        failed = await supposed(cast, run, left, cast.station_a)
    assert (failed.tone, failed.waiting) == ("bad", False)
    assert "再问一次" in failed.text
    assert (await supposed(cast, run, left, cast.station_a)).tone == "warn"


async def test_an_answer_is_forgotten_when_the_plan_is_changed_by_hand(cast: Cast) -> None:
    run, served, left = await full_station(cast)
    station = cast.station_a.organisation or 0
    await supposed(cast, run, left, cast.station_a)
    await decisions.override(cast.bureau, run, served, OverrideForm("none", "本人不需要"))
    assert await told(cast.bureau, run, left, station) is None
    assert (await supposed(cast, run, left, cast.station_a)).shifts == []


async def test_of_the_supplier_that_is_proposed_already_it_says_just_that(cast: Cast) -> None:
    run, served, _left = await full_station(cast)
    with pytest.raises(Refused, match="proposes this supplier already"):
        await suppositions.suppose(cast.bureau, run, served, SupposeForm(cast.station_a.organisation or 0))


async def test_a_stranger_asks_nothing_and_reads_no_answer(cast: Cast) -> None:
    run, _served, left = await full_station(cast)
    station = cast.station_a.organisation or 0
    await supposed(cast, run, left, cast.station_a)
    assert await told(cast.stranger, run, left, station) is None
    with pytest.raises(NotFound):
        await suppositions.suppose(cast.stranger, run, left, SupposeForm(station))


async def supposed(cast: Cast, run: int, need: int, supplier: Scope) -> Supposed:
    """Asked, and answered at once."""
    id = await suppositions.suppose(cast.bureau, run, need, SupposeForm(supplier.organisation or 0))
    await answered(cast)
    answer = await told(cast.bureau, run, need, id)
    assert answer is not None
    return answer


async def certificate(cast: Cast, run: int) -> Certificate:
    """What a solved run keeps of its plan."""
    found = (await queries.run(cast.bureau, run)).certificate
    assert found is not None
    return found
