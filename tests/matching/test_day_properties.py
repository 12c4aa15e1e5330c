"""What must hold of every day that is planned, on random ones."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from carematch.rostering.day import (
    DayProblem,
    Limits,
    Plan,
    Policy,
    Route,
    Span,
    Stop,
    Visit,
    check,
    named_sum,
    solve,
)
from carematch.rostering.day.engine import annealing, exact, pricing
from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.compiled import Ints
from carematch.rostering.day.engine.evaluation import rebuild, settle
from carematch.rostering.day.engine.journal import begin, undo
from carematch.rostering.day.engine.layout import Layout, build
from carematch.rostering.day.engine.moves import any_move
from carematch.rostering.day.engine.reading import read_plan
from carematch.rostering.day.levels import flat_weights
from tests.matching.assignment_cases import examples
from tests.matching.day_cases import a_day, a_visit, a_worker, days

LIMITS = Limits(seconds=None, steps=3000, threads=1)


def begun(problem: DayProblem, seed: int) -> tuple[Layout, Ints]:
    layout = build(problem)
    state = layout.blank.copy()
    state[f.RANDOM] = seed
    annealing.construct(layout.given, state, 5)
    return layout, state


def worth(problem: DayProblem, plan: Plan) -> int:
    weights = flat_weights(problem)
    return sum(weights[goal] * value for goal, value in check(problem, plan).values.items())


@given(days(most_visits=8), st.integers(1, 2**30))
@examples(60)
def test_a_cost_kept_up_to_date_equals_one_reckoned_anew(problem: DayProblem, seed: int) -> None:
    layout, state = begun(problem, seed)
    if layout.given[f.CHOOSABLES] == 0:
        return
    for step in range(300):
        begin(state)
        before = state[: layout.given[f.ROWS_END]].copy()
        if any_move(layout.given, state, True):
            settle(layout.given, state)
            cost = pricing.cost(layout.given, state)
            if step % 3:
                sums = state[: f.SUMS].copy()
                assert rebuild(layout.given, state) == cost
                np.testing.assert_array_equal(state[: f.SUMS], sums)
                continue
        undo(state)
        rows = slice(f.HEADER, layout.given[f.ROWS_END])
        np.testing.assert_array_equal(state[rows], before[rows])
        np.testing.assert_array_equal(state[: f.SUMS], before[: f.SUMS])


@given(days(most_visits=8), st.integers(1, 2**30))
@examples(60)
def test_the_checker_finds_the_cost_and_the_faults_that_the_search_knows(problem: DayProblem, seed: int) -> None:
    layout, state = begun(problem, seed)
    kept = np.zeros(annealing.kept_size(layout.given), np.int64)
    kept[0] = 2**62
    if layout.given[f.CHOOSABLES]:
        annealing.anneal(layout.given, state, kept, 2000, 50.0, 50.0, True)
    cost = rebuild(layout.given, state) - layout.given[f.WEIGHT + f.BREACHES] * state[f.BREACHES]
    plan = read_plan(problem, layout, state)
    assert worth(problem, plan) == cost
    assert bool(check(problem, plan).violations) == bool(state[f.BREACHES])


@given(days())
@examples(40)
def test_a_plan_breaks_no_rule_keeps_pins_and_is_within_its_bound(problem: DayProblem) -> None:
    solution = solve(problem, LIMITS)
    assert solution.report == check(problem, solution.plan)
    assert solution.report.violations == ()
    assert solution.bound <= solution.cost == worth(problem, solution.plan)


@given(days(most_visits=4, most_workers=2))
@examples(25)
def test_no_search_finds_less_than_what_is_proven(problem: DayProblem) -> None:
    layout, state = begun(problem, 7)
    proof = exact.solve_exactly(
        problem, layout, state, exact.all_arcs(layout), None, 20.0, 1, lambda: False, whole=True
    )
    if proof.plan is None or not proof.optimal:
        return
    report = check(problem, proof.plan)
    assert report.violations == ()
    assert worth(problem, proof.plan) == proof.bound
    for seed in (1, 2):
        found = begun(problem, seed)
        plan = read_plan(problem, *found)
        if check(problem, plan).ok:
            assert worth(problem, plan) >= proof.bound


def by_force(problem: DayProblem) -> int:
    """The best cost over all ways to share single visits out and to order them, each as soon as may be."""
    names = [worker.id for worker in problem.workers]
    best = worth(problem, Plan(()))
    for owners in itertools.product([*names, ""], repeat=len(problem.visits)):
        for order in itertools.permutations(range(len(problem.visits))):
            routes = {name: [problem.visits[i] for i in order if owners[i] == name] for name in names}
            plan = Plan(tuple(Route(name, soonest(problem, name, visits)) for name, visits in routes.items()))
            if check(problem, plan).ok:
                best = min(best, worth(problem, plan))
    return best


def soonest(problem: DayProblem, name: str, visits: list[Visit]) -> tuple[Stop, ...]:
    worker = next(worker for worker in problem.workers if worker.id == name)
    here, clock = worker.starts_at, worker.shift.begin if worker.shift else 0
    stops = []
    for visit in visits:
        clock = max(clock + problem.travel[here][visit.place], visit.windows[0].begin)
        stops.append(Stop(visit.id, visit.services[0].id, clock))
        here, clock = visit.place, clock + visit.services[0].duration
    return tuple(stops)


SOON: Policy = named_sum(left_out=500, travel=2, lateness=3, largest_lateness=4, overtime=2, unpreferred=7)


@given(days(most_visits=3, most_workers=2, demanding=False))
@examples(25)
def test_a_tiny_day_is_planned_as_well_as_trying_everything_does(problem: DayProblem) -> None:
    visits = tuple(
        Visit(v.id, v.place, v.services[:1], v.windows[:1], optional=True, preferred=v.preferred)
        for v in problem.visits
    )
    tiny = DayProblem(visits, problem.workers, problem.travel, SOON, problem.late_at)
    assert solve(tiny, LIMITS).cost == by_force(tiny)


@given(days(), st.integers(1, 9))
@examples(15)
def test_the_same_seed_and_steps_give_the_same_plan(problem: DayProblem, seed: int) -> None:
    two = Limits(seconds=None, steps=2000, threads=2)
    assert solve(problem, two, seed).plan == solve(problem, two, seed).plan


def test_a_day_without_visits_or_workers_has_a_plan() -> None:
    assert solve(a_day(a_worker()), LIMITS).report.ok
    assert solve(a_day(), LIMITS).report.ok


def test_a_search_can_be_stopped_and_tells_what_it_has() -> None:
    problem = a_day(*(a_visit(f"V{i}", 1 + i % 3, windows=(Span(100, 400),)) for i in range(12)), a_worker())
    heard: list[int] = []
    solution = solve(
        problem,
        Limits(seconds=600, threads=1),
        progress=lambda told: heard.append(told.score[0]),
        should_stop=lambda: bool(heard),
    )
    assert solution.stopped == "cancelled" and solution.report.ok
    assert heard == sorted(heard, reverse=True)
