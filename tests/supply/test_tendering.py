"""Tender studies: what is asked of the library, the job, and what is kept."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from shangmen import clock, wiring
from shangmen.access import Scope
from shangmen.database import jobs
from shangmen.demand.needs import queries as needs
from shangmen.errors import Conflict, Faults, NotFound
from shangmen.supply.matching_runs.run.snapshot import LineFacts
from shangmen.supply.tendering import actions, adapter, inputs, queries, views
from shangmen.supply.tendering import job as computing
from shangmen.supply.tendering.curve import draw, nice
from shangmen.supply.tendering.forms import StudyForm
from shangmen.supply.tendering.results import Point, Result
from shangmen.supply.tendering.states import StudyState
from tests.cast import Cast
from tests.supply.matching_steps import execute, queued, values
from tests.supply.matching_world import (
    DAY,
    add_contract,
    add_need,
    add_worker,
    bath,
    facts,
    law,
    line,
    need,
    price,
    provider,
    station,
)

FORM = StudyForm(name="2027年", starts_on=DAY, money_from=0, money_to=200, steps=5, seconds=2)


def form(**more: Any) -> StudyForm:
    return msgspec.structs.replace(FORM, **more)


def priced(units: int = 4800, fen: int = 720_000, **more: Any) -> LineFacts:
    """A line with what one bath a week for a year takes."""
    return line(units_left=units, fen_left=fen, **more)


def capacities(problem: adapter.Problem) -> dict[str, int]:
    return {resource.id: resource.capacity for resource in problem.resources}


# What is asked --------------------------------------------------------------------------------------------------


def test_money_that_is_short_today_still_has_its_options() -> None:
    poor = provider(lines=(priced(fen=1000),))
    problem = inputs.problem(facts([bath()], [poor]), FORM, price)
    assert [option.supplier for option in problem.options] == ["s20"]
    assert capacities(problem)["c5/fen"] == 1000
    assert capacities(problem)["l7/units"] == 4800


def test_a_contract_without_any_money_has_none_to_vary() -> None:
    problem = inputs.problem(facts([bath()], [provider(lines=(priced(fen=0),))]), FORM, price)
    capacity = {row.id: row.capacity for row in problem.resources}
    assert all(option.usage["c5/fen"] > capacity["c5/fen"] == 0 for option in problem.options)


def test_the_new_supplier_stands_at_the_station_and_may_serve_everywhere() -> None:
    asked = form(new_place=10, new_women=1, new_men=2, new_hours=100, new_yuan=7200, new_price_percent=50)
    known = facts([bath(1), bath(2, township=2)], [station(), provider(lines=(priced(),))])
    problem = inputs.problem(known, asked, price)
    mine = [option for option in problem.options if option.supplier == "s-1"]
    assert [option.need for option in mine] == ["n1", "n2"]
    found = capacities(problem)
    assert found["s-1/hours"] == 300 * 60
    assert found["s-1/hours+bath_training+male"] == 200 * 60
    assert found["c-1/fen"] == 720_000
    assert mine[0].usage["c-1/fen"] == 360_000


def test_no_place_means_no_new_supplier() -> None:
    problem = inputs.problem(facts([bath()], [provider(lines=(priced(),))]), form(new_women=3), price)
    assert {supplier.id for supplier in problem.suppliers} == {"s20"}


def test_factors_reach_the_library_in_permille_and_unchanged_ones_do_not() -> None:
    problem = inputs.problem(facts([bath(level="TOTAL")], [provider(lines=(priced(),))]), FORM, price)
    asked = form(
        townships=[1, 99], township_percent=[120, 130], levels=["TOTAL", "MILD"], level_percent=[100, 80],
        suppliers=[20, 98], hours_percent=[90, 50], price_percent=[110, 50], dropped=[98],
    )  # fmt: skip
    scenario = inputs.scenario(problem, asked)
    assert scenario.demand == (adapter.Demand(1200, group="t1"),)
    assert scenario.hours == (adapter.Hours(900, "s20"),)
    assert scenario.prices == (adapter.Prices(1100, "s20"),)
    assert scenario.dropped == ()


def test_the_steps_go_from_the_least_to_the_most_money() -> None:
    assert inputs.steps(form(money_from=50, money_to=150, steps=6)) == [500, 700, 900, 1100, 1300, 1500]
    assert inputs.steps(form(money_from=0, money_to=100, steps=2)) == [0, 1000]


def test_an_hour_of_a_man_adds_to_the_pools_of_men_and_brings_its_money() -> None:
    known = facts([bath(), bath(2, sex="female", staff_count=1)], [provider(lines=(priced(),))])
    problem = inputs.problem(known, FORM, price)
    bought = inputs.purchases(problem, known, FORM)
    assert [(offer.lot, offer.supplier, offer.who) for offer, _ in bought.values()] == [
        ("", 20, "female"), ("", 20, "male"),
    ]  # fmt: skip
    adds = bought["/20/male"][1].adds
    assert adds["s20/hours+male"] == adds["s20/hours+bath_training+male"] == adds["s20/hours"] == 60
    assert not any("female" in resource for resource in adds)
    assert adds["c5/fen"] == max(-(-60 * o.usage["c5/fen"] // o.usage["s20/hours"]) for o in problem.options)


def test_a_station_has_no_lot_to_buy_hours_for() -> None:
    known = facts([need()], [station()])
    assert inputs.purchases(inputs.problem(known, FORM, price), known, FORM) == {}


# The drawing ----------------------------------------------------------------------------------------------------


def test_ticks_are_round_and_about_five() -> None:
    assert [nice(most) for most in (0, 4, 7, 23, 999, 1_000_000)] == [1, 1, 2, 5, 200, 200_000]


def test_the_line_stays_under_the_band_and_inside_the_frame() -> None:
    drawing = draw([0, 5_000_000, 20_000_000], [0, 3, 7], [0, 4, 9], 5_000_000)
    lower = [tuple(map(float, pair.split(","))) for pair in drawing.line.split()]
    upper = [tuple(map(float, pair.split(","))) for pair in drawing.band.split()][:3]
    assert all(above[1] <= under[1] for above, under in zip(upper, lower, strict=True))
    assert all(drawing.left <= x <= drawing.right and drawing.top <= y <= drawing.bottom for x, y in [*lower, *upper])
    assert drawing.today == lower[1][0]
    assert drawing.in_ten_thousands


def curve(*permille: int) -> Result:
    """A curve with a yuan a permille, all of it spent."""
    points = [
        Point(permille=one, budget=100 * one, spent=100 * one, needs=1, most_needs=1, weight=1, most_weight=1)
        for one in permille
    ]
    return Result(needs=1, weight=1, points=points, worth=[], digest="", versions={}, seconds=0)


def test_todays_money_is_marked_between_the_steps_and_only_within_the_drawing() -> None:
    marks = [views.drawings(curve(*steps))[0][1].today for steps in ((500, 900, 1300), (100, 900))]
    assert marks[0] == draw([50_000, 130_000], [1, 1], [1, 1], 100_000).today
    assert marks[1] is None


def test_what_is_spent_is_told_as_a_share_of_todays_money() -> None:
    key = views.key(curve(500, 1500), form(steps=2))
    assert key is not None
    assert (key.spent, key.share, key.whole, key.broke) == (Decimal(500), 0.5, True, False)


def test_a_study_without_any_money_can_be_drawn() -> None:
    drawing = draw([0, 0], [2, 2], [2, 2], None)
    assert len(drawing.dots) == 2


# The job --------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="session")
async def county(cast: Cast) -> Cast:
    """Three baths that a lot pays for in part, and a visit that the station makes without money."""
    await law(cast)
    wiring.wire()
    maker = cast.provider_a.organisation or 0
    await add_contract(cast.system, cast, maker, [cast.bath], [cast.township_a], money="20000")
    await add_worker(cast.system, cast, maker, "female", "bath_training")
    for visits in (4, 4, 8):
        await add_need(cast.system, cast, cast.person_a, cast.bath, visits_per_month=visits)
    await add_need(cast.system, cast, cast.person_a, cast.home_visit)
    return cast


def today(**more: Any) -> StudyForm:
    return form(starts_on=clock.today(), **more)


async def studied(cast: Cast, asked: StudyForm) -> queries.Study:
    """A study that is computed at once, as the job would."""
    id = await actions.start(cast.bureau, asked)
    await computing.compute(cast.system, id)
    return await queries.study(cast.bureau, id)


async def test_a_study_is_computed_and_more_money_serves_more(county: Cast) -> None:
    study = await studied(county, today())
    assert (study.state, study.message) == (StudyState.DONE, "")
    result = study.result
    assert result is not None
    needs = [point.needs for point in result.points]
    assert result.needs == 4
    assert needs[0] == 1  # without money the station still makes its visit
    assert needs == sorted(needs)
    assert needs[-1] == 4
    assert all(point.spent <= point.budget for point in result.points)
    assert all(point.proven for point in result.points)


async def test_the_hours_worth_buying_are_told_lot_by_lot(county: Cast) -> None:
    rows = views.worth((await studied(county, today())).result, {})
    assert {row.lot for row in rows} == {f"L{county.provider_a.organisation}-{county.bath}-1"}
    assert all((row.hours > 0) == (row.weight > 0) for row in rows)


async def test_a_dropped_supplier_serves_nobody(county: Cast) -> None:
    study = await studied(county, today(dropped=[county.provider_a.organisation]))
    assert study.result is not None
    assert {point.needs for point in study.result.points} == {1}
    assert study.result.worth == []


async def test_more_demand_is_more_needs(county: Cast) -> None:
    study = await studied(county, today(townships=[county.township_a], township_percent=[200]))
    assert study.result is not None
    assert study.result.needs == 8


async def test_the_same_question_has_the_same_answer(county: Cast) -> None:
    one, other = await studied(county, today()), await studied(county, today())
    assert one.result and other.result
    assert one.result.digest == other.result.digest
    assert one.result.points == other.result.points


async def test_starting_defers_the_job_with_the_study(county: Cast) -> None:
    id = await actions.start(county.bureau, today())
    (job,) = await queued(county.system, computing.JOB)
    assert job.args.study == id
    assert job.queue_name == jobs.STUDIES  # no run waits for it
    assert job.task_name in wiring.JOBS


async def test_every_verb_is_on_record(county: Cast) -> None:
    study = await studied(county, today(steps=2))
    await actions.note_export(county.bureau, study.id)
    waiting = await actions.start(county.bureau, today(steps=2))
    await actions.cancel(county.bureau, waiting)
    told = "SELECT verb FROM audit_event WHERE subject = 'tender_study' ORDER BY id"
    assert set(await values(county.system, str, told)) == {
        "tendering.start", "tendering.computed", "tendering.export", "tendering.cancel",
    }  # fmt: skip


async def test_a_cancelled_study_is_not_computed(county: Cast) -> None:
    id = await actions.start(county.bureau, today())
    await actions.cancel(county.bureau, id)
    await computing.compute(county.system, id)
    assert (await queries.study(county.bureau, id)).state is StudyState.CANCELLED
    with pytest.raises(Conflict):
        await actions.cancel(county.bureau, id)


async def test_a_study_that_is_stopped_keeps_what_was_done(county: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    id = await actions.start(county.bureau, today())
    whole = adapter.answer

    def stopped(
        problem: adapter.Problem,
        scenario: adapter.Scenario,
        steps: Sequence[int],
        purchases: Callable[[adapter.Problem], Sequence[adapter.Purchase]],
        effort: tuple[int, int],
        *_more: object,
    ) -> adapter.Answer:
        seen: list[int] = []

        def note(_phase: str, done: int, _of: int) -> None:
            seen.extend([1] * done)

        return whole(problem, scenario, steps, purchases, effort, note, lambda: bool(seen))

    monkeypatch.setattr(adapter, "answer", stopped)
    await stop_asked_later(county.system, id, monkeypatch)
    await computing.compute(county.system, id)
    study = await queries.study(county.bureau, id)
    assert study.state is StudyState.CANCELLED
    assert study.result is not None
    assert len(study.result.points) == 1
    key = views.key(study.result, study.question)
    assert key is not None
    assert (key.whole, key.done, key.steps) == (False, 1, 5)


async def test_a_study_stopped_while_its_worker_was_dead_says_that_nothing_was_computed(county: Cast) -> None:
    id = await actions.start(county.bureau, today())
    dead = "UPDATE tender_study SET state = 'computing', stop_asked = true WHERE id = :id"
    assert await execute(county.system, dead, id=id)
    await computing.compute(county.system, id)
    assert computing.STOPPED_EARLY in (await queries.study(county.bureau, id)).message
    told = "SELECT verb FROM audit_event WHERE subject_id = :id"
    assert "tendering.stopped" in await values(county.system, str, told, id=id)


async def test_to_stop_a_study_twice_is_to_stop_it_once(county: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_work(*_: object, **__: object) -> bool:
        return True

    monkeypatch.setattr(jobs, "at_work", at_work)
    id = await actions.start(county.bureau, today())
    assert await execute(county.system, "UPDATE tender_study SET state = 'computing' WHERE id = :id", id=id)
    assert [await actions.cancel(county.bureau, id) for _ in range(2)] == [id, id]
    told = "SELECT id FROM audit_event WHERE verb = 'tendering.cancel'"
    assert len(await values(county.system, int, told)) == 1


async def test_a_county_has_one_unfinished_study(county: Cast) -> None:
    id = await actions.start(county.bureau, today())
    with pytest.raises(Conflict):
        await actions.start(county.bureau, today())
    await actions.cancel(county.bureau, id)
    assert await actions.start(county.bureau, today()) > id


async def test_a_study_is_at_its_first_step_before_that_is_solved(county: Cast) -> None:
    known = facts([bath()], [provider(lines=(priced(),))])
    problem = inputs.problem(known, FORM, price)
    told: list[tuple[str, int, int]] = []
    adapter.answer(problem, adapter.Scenario(), [500, 1000], lambda _p: [], (1, 1), lambda *at: told.append(at), bool)
    assert told[0] == ("curve", 0, 2)


async def stop_asked_later(scope: Scope, id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody presses stop once the computing has begun."""
    begin = computing._begin

    async def begun(scope: Scope, study: int) -> Any:
        found = await begin(scope, study)
        assert await execute(scope, "UPDATE tender_study SET stop_asked = true WHERE id = :id", id=id)
        return found

    monkeypatch.setattr(computing, "_begin", begun)


async def test_a_study_that_fails_says_so_and_does_not_raise(county: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(adapter, "answer", broken)
    study = await studied(county, today())
    assert study.state is StudyState.FAILED
    assert "RuntimeError: no" in study.message


async def test_what_the_county_does_not_have_is_refused_all_at_once(county: Cast) -> None:
    asked = today(
        money_from=100, money_to=100, townships=[county.county], township_percent=[100], levels=["X"],
        level_percent=[], suppliers=[county.stranger_provider.organisation], hours_percent=[100],
        price_percent=[100], dropped=[county.stranger_provider.organisation],
        new_place=county.provider_a.organisation,
    )  # fmt: skip
    with pytest.raises(Faults) as refused:
        await actions.start(county.bureau, asked)
    assert set(refused.value.faults) == {
        "money_to", "township_percent", "level_percent", "hours_percent", "price_percent", "dropped", "new_place",
        "new_women",
    }  # fmt: skip


async def test_a_study_without_anybody_to_serve_or_with_a_supplier_nowhere_is_refused(county: Cast) -> None:
    everybody = [row.id for row in await queries.suppliers(county.bureau)]
    for asked, field in ((today(dropped=everybody), "dropped"), (today(new_yuan=1000), "new_place")):
        with pytest.raises(Faults) as refused:
            await actions.start(county.bureau, asked)
        assert set(refused.value.faults) == {field}


async def test_levels_are_offered_from_the_best_to_the_worst(county: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_args: object) -> list[SimpleNamespace]:
        return [SimpleNamespace(level=level) for level in ("TOTAL", None, "MODERATE", "SELF", "INTACT", "PARTIAL")]

    monkeypatch.setattr(needs, "to_match", found)
    levels = (await queries.material(county.bureau)).levels
    assert levels == ["SELF", "PARTIAL", "TOTAL", "INTACT", "MODERATE"]


async def test_another_county_sees_nothing_of_it(county: Cast) -> None:
    id = await actions.start(county.bureau, today())
    for scope in (county.stranger, county.provider_a, county.station_a):
        with pytest.raises(NotFound):
            await queries.study(scope, id)
        assert (await queries.studies(scope))[1] == 0
