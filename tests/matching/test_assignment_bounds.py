"""Bounds hold for every plan that fits, whatever prices they were made from."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from highspy import HighsModelStatus
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from carematch.assignment import (
    OPTIMAL,
    Assignment,
    Forbidden,
    Limits,
    Need,
    Option,
    Policy,
    Problem,
    Resource,
    Supplier,
    single,
    solve,
)
from carematch.assignment.bounds.branch_and_cut import BranchAndCut
from carematch.assignment.bounds.knapsack_relaxation import SCALE, Knapsacks, fits
from carematch.assignment.bounds.lagrangian import Relaxation
from carematch.assignment.formulation.arrays import NOBODY, Choice
from carematch.assignment.formulation.grid import Grid, frame
from carematch.assignment.formulation.linear_program import Program
from carematch.assignment.formulation.model import Cap, LinearGoal, Model, build
from carematch.assignment.goals import COST
from carematch.assignment.heuristics.diving import Dives
from carematch.bench.families import KINDS, gap_instance
from carematch.bench.gap import problem_of
from carematch.bench.province import province
from carematch.bench.synthetic import county
from tests.matching.assignment_cases import POLICIES, examples, line, problems

SOME = examples(60)


def fitting(model: Model, caps: list[Cap]) -> Iterator[Choice]:
    """Every choice of the model that overfills nothing and keeps the caps."""
    columns = [range(model.first[need], model.first[need + 1]) for need in range(len(model.needs))]
    for plan in itertools.product(*columns):
        choice = np.array(plan, dtype=np.int64)
        if (model.free(choice) >= 0).all() and all(model.value(cap.goal, choice) <= cap.limit for cap in caps):
            yield choice


def posed(problem: Problem, slack: int) -> tuple[Model, LinearGoal, list[Cap]]:
    """A problem with its last single-goal question, served first with some slack."""
    model = build(replace(problem, policy=POLICIES[3]))
    unserved = model.goal("unserved")
    least = min(model.value(unserved, choice) for choice in fitting(model, []))
    return model, model.goal("travel"), [Cap(unserved, least + slack)]


@given(problems(pins=False), st.integers(0, 4), st.sampled_from(["travel", "balance", "cost", "continuity"]))
@SOME
def test_no_plan_is_better_than_the_bound_of_the_relaxation(problem: Problem, slack: int, goal: str) -> None:
    model, _, caps = posed(problem, slack)
    wanted = model.goal(goal)
    relaxed = Relaxation(model).minimise(wanted, caps, None)
    for choice in fitting(model, caps):
        value = model.value(wanted, choice)
        assert relaxed.bound <= value
        assert (relaxed.scaled + relaxed.reduced[choice] <= value * relaxed.scale).all()


@given(problems(pins=False), st.integers(0, 4))
@SOME
def test_no_plan_is_better_than_the_bound_at_prices_of_zero(problem: Problem, slack: int) -> None:
    model, travel, caps = posed(problem, slack)
    bound = Relaxation(model).trivial_bound(travel)
    assert all(bound <= model.value(travel, choice) for choice in fitting(model, caps))


@given(problems(pins=False), st.integers(0, 4))
@SOME
def test_branch_and_cut_ends_with_the_best_plan_as_its_bound(problem: Problem, slack: int) -> None:
    model, travel, caps = posed(problem, slack)
    plans = list(fitting(model, caps))
    run = BranchAndCut(model, travel, caps, plans[0], seconds=None, nodes=None, gap=0.0, seed=1)
    found = run.wait(None)
    assert found is not None
    assert found.bound == min(model.value(travel, choice) for choice in plans)


@given(problems(pins=False), st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=4))
@SOME
def test_what_was_relaxed_before_makes_no_difference(problem: Problem, asked: list[tuple[int, bool]]) -> None:
    model, travel, caps = posed(problem, 0)
    often = Relaxation(model)
    for slack, capped in asked:
        now = [Cap(caps[0].goal, caps[0].limit + slack)] if capped else []
        once = Relaxation(model).minimise(travel, now, None)
        assert often.minimise(travel, now, None).bound == once.bound
        assert once.fractions @ travel.costs == pytest.approx(once.scaled / once.scale - travel.constant, abs=1e-3)


def test_branch_and_cut_that_is_told_to_stop_ends_long_before_its_limit() -> None:
    model = build(problem_of(gap_instance("D", 20, 100, 1)))
    plan = solve(model.problem, Limits(seconds=None, work=1.0)).assignments
    travel = model.goal(COST)
    choice = model.choice(plan, model.nobody())
    assert len(plan) == len(model.needs)
    run = BranchAndCut(
        model, travel, [Cap(model.goal("unserved"), 0)], choice, seconds=600, nodes=None, gap=0.0, seed=1
    )
    assert run.wait(0.5) is None
    run.stop()
    found = run.wait(300)
    assert found is not None
    assert not found.finished
    assert found.bound is None or found.bound <= model.value(travel, choice)


def test_branch_and_cut_does_not_take_the_plan_it_started_from_for_the_best() -> None:
    """Presolve alone solves this one; HiGHS 1.16 then hands the start back, with an objective that is not its own."""
    free = {"n0": 1, "n1": 3, "n2": 0, "n3": 1}
    used = (("n0", "s0", 1, 1), ("n0", "s1", 2, 0), ("n1", "s0", 2, 0), ("n1", "s1", 1, 1), ("n3", "s0", 2, 0))
    problem = Problem(
        needs=(Need("n0"), Need("n1"), Need("n2", 0), Need("n3")),
        suppliers=(Supplier("s0"), Supplier("s1")),
        resources=(Resource("r0", 3, "s0"),),
        options=(
            *(Option(need, "s0", {}, {"travel": metres}) for need, metres in free.items()),
            *(Option(need, supplier, {"r0": hours}, {"travel": m}, "x") for need, supplier, hours, m in used),
        ),
    )
    model, travel, caps = posed(problem, 0)
    plans = list(fitting(model, caps))
    best = min(model.value(travel, plan) for plan in plans)
    for start in plans:
        found = BranchAndCut(model, travel, caps, start, seconds=None, nodes=None, gap=0.0, seed=1).wait(None)
        assert found is not None and found.choice is not None
        assert (found.bound, model.value(travel, found.choice)) == (best, best)


def test_the_time_of_earlier_relaxations_is_not_taken_off_the_next() -> None:
    model = build(province(2_000, 20, seed=3))
    program = Program(model, whole=False)
    travel, nobody = model.goal("travel"), [Cap(model.goal("unserved"), 0)]
    while program.solver.getRunTime() < 1.0:
        program.pose(travel, nobody)
        program.run(None)
        program.pose(model.goal("unserved"), [])
        program.run(None)
    program.pose(travel, [])
    program.run(1.0)
    assert program.solver.getModelStatus() == HighsModelStatus.kOptimal


def test_the_bound_by_an_interior_point_is_that_of_the_simplex() -> None:
    model = build(problem_of(gap_instance("E", 20, 200, 3)))
    asked = model.goal(COST), [Cap(model.goal("unserved"), 0)], None
    exact = Relaxation(model).minimise(*asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carematch.assignment.bounds.lagrangian.LARGE", 0)
        inner = Relaxation(model).minimise(*asked)
    assert inner.bound == exact.bound
    assert inner.scaled / inner.scale == pytest.approx(exact.scaled / exact.scale, abs=1e-2)


def test_a_settled_longest_way_bars_columns_and_takes_no_rows() -> None:
    problem = replace(county(60, 6, seed=2), policy=Policy((single("farthest"), single("travel"))))
    options = tuple(replace(o, costs={**o.costs, "distance": o.costs["travel"]}) for o in problem.options)
    model = build(replace(problem, options=options))
    cap = Cap(model.goal("farthest"), 9_000)
    framed = frame(model, model.goal("travel"), [cap])
    assert framed is not None
    assert len(framed.grid.capacity) == len(model.capacity)
    ways = [0 if n == NOBODY else model.options[n].costs["distance"] for n in model.option.tolist()]
    assert framed.columns.tolist() == [column for column, way in enumerate(ways) if way <= 9_000]


def test_knapsacks_with_a_wide_and_a_deep_row_do_not_take_a_table_of_both() -> None:
    def grid(capacities: tuple[int, int]) -> Grid:
        row = np.array([0] * 3_000 + [1] * 10)
        need = np.arange(len(row))
        each = np.arange(len(row) + 1)
        ones = np.ones(len(row), np.int64)
        return Grid(each, need, ones.astype(float), each, row, ones, np.array(capacities))

    assert fits(grid((30, 30)))
    assert not fits(grid((30, 10_000_000)))


def test_a_solve_writes_nothing_of_its_own_to_the_terminal() -> None:
    code = (
        "from carematch.assignment import Limits, solve\n"
        "from carematch.bench.families import gap_instance\n"
        "from carematch.bench.gap import problem_of\n"
        "solve(problem_of(gap_instance('D', 5, 30, 1)), Limits(seconds=2))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


@pytest.mark.parametrize("few", [0, 10], ids=["subgradient steps", "an interior point"])
@given(problems(pins=False), st.integers(0, 4), st.sampled_from(["travel", "cost", "unserved", "continuity"]))
@SOME
def test_no_plan_is_better_than_the_bound_of_a_large_problem(
    few: int, problem: Problem, slack: int, goal: str
) -> None:
    model, _, caps = posed(problem, slack)
    wanted = model.goal(goal)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carematch.assignment.bounds.lagrangian.LARGE", 0)
        patch.setattr("carematch.assignment.bounds.lagrangian.FEW", few)
        relaxed = Relaxation(model).minimise(wanted, caps, None)
    for choice in fitting(model, caps):
        value = model.value(wanted, choice)
        assert relaxed.bound <= value
        assert (relaxed.scaled + relaxed.reduced[choice] <= value * relaxed.scale).all()


@given(problems(pins=False), st.integers(1, 30))
@SOME
def test_no_plan_is_better_than_the_bound_of_the_knapsacks(problem: Problem, target: int) -> None:
    # each option keeps only its first use: then every row is a knapsack
    options = tuple(replace(o, usage=dict(list(o.usage.items())[:1])) for o in problem.options)
    model = build(replace(problem, options=options, policy=POLICIES[0]))
    framed = frame(model, model.goal("travel"), [])
    assert framed is not None
    if not fits(framed.grid):
        return
    items = Knapsacks(framed.grid, np.zeros(len(model.needs)))
    items.ascend(float(target), 40, lambda: False)
    travel = model.goal("travel")
    best = min(model.value(travel, choice) for choice in fitting(model, []))
    bound = items.bound()
    assert bound is not None and bound <= best * SCALE
    for least in range(best, best + 20, 3):
        possible = np.zeros(model.width, np.bool_)
        possible[framed.columns] = items.possible(float(least))
        assert all(possible[choice].all() for choice in fitting(model, []) if model.value(travel, choice) < least)


def test_knapsacks_rule_out_columns_once_value_and_bound_are_near() -> None:
    model = build(problem_of(gap_instance("E", 5, 50, 1)))
    solution = solve(model.problem, Limits(seconds=None, work=20.0))
    assert solution.status == OPTIMAL
    framed = frame(model, model.goal(COST), [Cap(model.goal("unserved"), 0)])
    assert framed is not None
    items = Knapsacks(framed.grid, np.zeros(len(model.needs)))
    value = solution.goal(COST).value
    items.ascend(float(value), 2_000, lambda: False)
    possible = items.possible(float(value + 1))
    mine = framed.of_grid(model.choice(solution.assignments, model.nobody()))
    assert possible[mine].all()
    assert possible.sum() < len(possible) / 2


@pytest.mark.parametrize("kind", KINDS)
def test_dives_give_plans_that_fit_and_cost_no_less_than_the_bound(kind: str) -> None:
    problem = problem_of(gap_instance(kind, 4, 24, 1))
    best = solve(problem, Limits(seconds=None, work=20.0, workers=1)).levels[-1].value
    model = build(problem)
    unserved, cost = model.goal("unserved"), model.goal(COST)
    framed = frame(model, cost, [Cap(unserved, 0)])
    assert framed is not None
    items = Knapsacks(framed.grid, np.zeros(len(model.needs)))
    items.ascend(best + 10.0, 500)
    dives = Dives(items, seed=1)
    plans = [framed.of_model(plan) for _ in range(10) for plan in dives.run(best + 10.0, 2, lambda: False)]
    assert plans
    assert all((model.free(plan) >= 0).all() and model.value(unserved, plan) == 0 for plan in plans)
    bound = items.bound()
    assert bound is not None
    assert all(bound <= best * SCALE <= model.value(cost, plan) * SCALE for plan in plans)
    assert dives.work() > 0


def test_a_dive_that_is_told_to_stop_gives_no_plan() -> None:
    model = build(problem_of(gap_instance("D", 4, 24, 1)))
    framed = frame(model, model.goal(COST), [Cap(model.goal("unserved"), 0)])
    assert framed is not None
    assert list(Dives(Knapsacks(framed.grid, np.zeros(len(model.needs))), seed=1).run(1e9, 1, lambda: True)) == []


def test_the_relaxation_counts_what_a_settled_level_costs() -> None:
    # A is near and has room for one: serving both, as settled, takes somebody to B
    model = build(line(60, 60, needs=2))
    caps = [Cap(model.goal("unserved"), 0)]
    assert Relaxation(model).minimise(model.goal("travel"), caps, None).bound == 301


def test_the_fullest_resource_is_bounded_from_below() -> None:
    problem = line(600, 600, needs=4, policy=POLICIES[3])
    even = tuple(replace(resource, balanced=True) for resource in problem.resources)
    model = build(replace(problem, resources=even, forbidden=(Forbidden("n0", "B"),)))
    caps = [Cap(model.goal("unserved"), 0)]
    assert Relaxation(model).minimise(model.goal("balance"), caps, None).bound == 200


def test_a_move_of_the_plan_in_force_that_must_be_is_in_the_bound() -> None:
    problem = line(60, 60, needs=2, in_force=(Assignment("n0", "A"), Assignment("n1", "A")))
    model = build(problem)
    caps = [Cap(model.goal("unserved"), 0)]
    assert Relaxation(model).minimise(model.goal("continuity"), caps, None).bound == 1
