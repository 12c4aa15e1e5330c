"""What if: the scenarios, the curve of served needs against money, and the hours worth buying."""

from __future__ import annotations

import itertools
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carematch.assignment import (
    Addition,
    Assignment,
    Demand,
    Forbidden,
    Hours,
    Limits,
    Need,
    Option,
    Pin,
    Prices,
    Problem,
    Purchase,
    Resource,
    Scenario,
    Supplier,
    check_plan,
    curve,
    hours_worth,
    solve_whole,
    what_if,
)
from carematch.assignment.studies.tender import solvable
from tests.matching.assignment_cases import examples

SOME = examples(25)
MANY = examples(200)
LIMITS = Limits(seconds=None, work=20.0, workers=1)
NOTHING = Scenario()


def county(needs: int = 12, hours: int = 300, money: int = 1000, price: int = 100, minutes: int = 60) -> Problem:
    """Suppliers A and B with as many minutes and as much money each, B dearer; groups g0 and g1, grades x and y."""
    return Problem(
        needs=tuple(Need(f"n{i:03d}", 1, f"g{i % 2}", "xy"[i % 3 > 1]) for i in range(needs)),
        suppliers=(Supplier("A"), Supplier("B")),
        resources=tuple(
            resource
            for name in "AB"
            for resource in (
                Resource(f"{name}/hours", hours, name, "minutes"),
                Resource(f"{name}/fen", money, name, "fen"),
            )
        ),
        options=tuple(
            Option(f"n{i:03d}", name, {f"{name}/hours": minutes, f"{name}/fen": price + extra}, {"travel": i})
            for i in range(needs)
            for name, extra in (("A", 0), ("B", 50))
        ),
    )


def ids(problem: Problem) -> set[str]:
    return {need.id for need in problem.needs}


def capacity(problem: Problem, resource: str) -> int:
    return next(one.capacity for one in problem.resources if one.id == resource)


# Scenarios ------------------------------------------------------------------------------------------------------


def test_a_scenario_without_changes_is_the_problem_itself() -> None:
    assert what_if(county(), NOTHING) == county()
    assert ids(what_if(county(), Scenario(demand=(Demand(1000),)))) == ids(county())


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 40), st.integers(0, 5))
@MANY
def test_more_demand_contains_less_demand(one: int, other: int, needs: int, seed: int) -> None:
    less, more = sorted((one, other))
    problem = county(needs)
    small = what_if(problem, Scenario(demand=(Demand(less, group="g0"),)), seed=seed)
    large = what_if(problem, Scenario(demand=(Demand(more, group="g0"),)), seed=seed)
    assert ids(small) <= ids(large)
    assert {option.key() for option in small.options} <= {option.key() for option in large.options}


@given(st.integers(0, 3000), st.integers(1, 200), st.integers(0, 5))
@MANY
def test_the_demand_is_what_was_asked_for_up_to_a_few(permille: int, needs: int, seed: int) -> None:
    scaled = what_if(county(needs), Scenario(demand=(Demand(permille),)), seed=seed)
    for chosen in (lambda need: True, lambda need: need.group == "g1", lambda need: need.grade == "y"):
        wanted = sum(map(chosen, county(needs).needs)) * permille / 1000
        assert abs(sum(map(chosen, scaled.needs)) - wanted) <= 3 + log2(needs + 1)


def test_factors_of_township_and_grade_multiply_and_leave_the_others_alone() -> None:
    problem = county(1200)
    scaled = what_if(problem, Scenario(demand=(Demand(2000, group="g0"), Demand(500, grade="y"))))
    count = {
        (group, grade): sum(need.group == group and need.grade == grade for need in scaled.needs)
        for group in ("g0", "g1")
        for grade in "xy"
    }
    assert count["g1", "x"] == 400
    assert count["g0", "x"] == pytest.approx(800, abs=3)
    assert count["g1", "y"] == pytest.approx(100, abs=3)
    assert count["g0", "y"] == 200


def test_another_seed_takes_other_needs() -> None:
    half = Scenario(demand=(Demand(500),))
    assert ids(what_if(county(60), half, seed=1)) != ids(what_if(county(60), half, seed=2))
    assert what_if(county(60), half, seed=1) == what_if(county(60), half, seed=1)


def test_the_order_of_the_needs_does_not_matter() -> None:
    problem = county(30)
    turned = Problem(problem.needs[::-1], problem.suppliers, problem.resources, problem.options)
    scenario = Scenario(demand=(Demand(700),))
    assert ids(what_if(problem, scenario)) == ids(what_if(turned, scenario))


def test_a_clone_has_the_options_of_its_need_but_not_its_decisions() -> None:
    problem = county(2)
    decided = Problem(
        problem.needs, problem.suppliers, problem.resources, problem.options,
        pins=(Pin("n000", "A"),), forbidden=(Forbidden("n001", "B"),), in_force=(Assignment("n000", "A"),),
    )  # fmt: skip
    double = what_if(decided, Scenario(demand=(Demand(2000),)))
    assert ids(double) == {"n000", "n001", "n000#2", "n001#2"}
    assert [option.supplier for option in double.options if option.need == "n001#2"] == ["A", "B"]
    assert (double.pins, double.forbidden, double.in_force) == (decided.pins, decided.forbidden, decided.in_force)


def test_a_removed_need_leaves_nothing_behind() -> None:
    problem = county(2)
    decided = Problem(
        problem.needs, problem.suppliers, problem.resources, problem.options,
        pins=(Pin("n000", "A"),), forbidden=(Forbidden("n001", "B"),), in_force=(Assignment("n000", "A"),),
    )  # fmt: skip
    gone = what_if(decided, Scenario(demand=(Demand(0),)))
    assert (gone.needs, gone.options, gone.pins, gone.forbidden, gone.in_force) == ((), (), (), (), ())


def test_a_dropped_supplier_takes_its_resources_options_and_decisions_along() -> None:
    problem = county(2)
    decided = Problem(
        problem.needs, problem.suppliers, problem.resources, problem.options,
        pins=(Pin("n000", "A"),), forbidden=(Forbidden("n001", "A"),), in_force=(Assignment("n000", "A"),),
    )  # fmt: skip
    left = what_if(decided, Scenario(dropped=("A",)))
    assert [supplier.id for supplier in left.suppliers] == ["B"]
    assert {resource.id for resource in left.resources} == {"B/hours", "B/fen"}
    assert {option.supplier for option in left.options} == {"B"}
    assert (left.pins, left.forbidden, left.in_force) == ((), (), ())


def test_an_added_supplier_may_serve_the_added_needs() -> None:
    new = Addition(Supplier("C"), (Resource("C/hours", 60, "C", "minutes"),), (Option("n000", "C", {"C/hours": 60}),))
    scaled = what_if(county(1), Scenario(added=(new,), demand=(Demand(2000),)))
    assert {option.need for option in scaled.options if option.supplier == "C"} == {"n000", "n000#2"}


def test_hours_change_by_supplier_and_by_resource() -> None:
    scenario = Scenario(hours=(Hours(500, supplier="A"), Hours(2000, resource="B/fen"), Hours(1100)))
    varied = what_if(county(hours=300, money=1000), scenario)
    assert [capacity(varied, name) for name in ("A/hours", "A/fen", "B/hours", "B/fen")] == [165, 1000, 330, 2000]


def test_prices_change_the_cost_and_the_use_of_money_but_not_of_hours() -> None:
    option = Option("n", "A", {"A/hours": 60, "A/fen": 100}, {"cost": 100, "travel": 7})
    problem = Problem(
        (Need("n"),), (Supplier("A"),),
        (Resource("A/hours", 60, "A", "minutes"), Resource("A/fen", 100, "A", "fen")), (option,),
    )  # fmt: skip
    (priced,) = what_if(problem, Scenario(prices=(Prices(1250, supplier="A"),))).options
    assert priced.usage == {"A/hours": 60, "A/fen": 125}
    assert priced.costs == {"cost": 125, "travel": 7}


@pytest.mark.parametrize(
    ("scenario", "named"),
    [
        (Scenario(dropped=("Z",)), "supplier Z"),
        (Scenario(hours=(Hours(1000, resource="Z"),)), "resource Z"),
        (Scenario(prices=(Prices(1000, supplier="Z"),)), "supplier Z"),
        (Scenario(demand=(Demand(1000, group="Z"),)), "group Z"),
        (Scenario(demand=(Demand(1000, grade="Z"),)), "grade Z"),
        (Scenario(demand=(Demand(-1),)), "negative"),
    ],
)
def test_what_is_not_there_is_refused_by_name(scenario: Scenario, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        what_if(county(), scenario)


def test_a_pin_that_cannot_be_obeyed_leaves_the_need_unserved() -> None:
    problem = county(2, hours=60)
    pinned = Problem(
        problem.needs, problem.suppliers, problem.resources, problem.options,
        pins=(Pin("n000", "A"), Pin("n001", None)),
    )  # fmt: skip
    left = solvable(what_if(pinned, Scenario(hours=(Hours(0, supplier="A"),))))
    assert left.pins == ()
    assert solve_whole(left).assignments == ()
    assert [option.key() for option in solvable(pinned).options] == [("n000", "A", "")]


# The curve ------------------------------------------------------------------------------------------------------


@st.composite
def tiny(draw: st.DrawFn) -> Problem:
    """At most five needs, two suppliers with hours and money."""
    needs = draw(st.integers(1, 5))
    pairs = [(i, name) for i in range(needs) for name in "AB" if draw(st.booleans())]
    return Problem(
        needs=tuple(Need(f"n{i}", draw(st.sampled_from((1, 2, 4))), f"g{i % 2}") for i in range(needs)),
        suppliers=(Supplier("A"), Supplier("B")),
        resources=tuple(
            resource
            for name in "AB"
            for resource in (
                Resource(f"{name}/hours", draw(st.integers(0, 8)), name, "minutes"),
                Resource(f"{name}/fen", draw(st.integers(0, 12)), name, "fen"),
            )
        ),
        options=tuple(
            Option(
                f"n{i}", name, {f"{name}/hours": draw(st.integers(0, 5)), f"{name}/fen": draw(st.integers(0, 6))}
            )
            for i, name in pairs
        ),
    )  # fmt: skip


def by_force(problem: Problem) -> tuple[int, int, int]:
    """The most weight, the most needs (whatever they weigh), and the least money for the most weight."""
    weights = {need.id: need.weight for need in problem.needs}
    uses = {option.key(): option.usage for option in problem.options}
    choices = [[None, *(Assignment(*o.key()) for o in problem.options if o.need == need.id)] for need in problem.needs]
    best = (0, 0)
    most = 0
    for rows in itertools.product(*choices):
        plan = [row for row in rows if row]
        if check_plan(problem, plan).ok:
            spent = sum(amount for row in plan for r, amount in uses[row.key()].items() if r.endswith("/fen"))
            best = max(best, (sum(weights[row.need] for row in plan), -spent))
            most = max(most, len(plan))
    return best[0], most, -best[1]


def with_money(problem: Problem, permille: int) -> Problem:
    resources = tuple(
        Resource(r.id, r.capacity * permille // 1000 if r.unit == "fen" else r.capacity, r.supplier, r.unit)
        for r in problem.resources
    )
    return Problem(problem.needs, problem.suppliers, resources, problem.options)


@given(tiny())
@SOME
def test_every_point_is_what_brute_force_finds(problem: Problem) -> None:
    found = curve(problem, NOTHING, (0, 500, 1000, 1700), LIMITS)
    assert found.whole
    for point in found.points:
        weight, needs, spent = by_force(with_money(problem, point.permille))
        assert (point.served.weight, point.served.most_weight) == (weight, weight)
        assert point.served.most_needs == needs
        assert point.served.spent == spent
        assert point.served.proven


@given(tiny(), st.integers(0, 2000), st.integers(500, 1500))
@SOME
def test_more_money_never_serves_less_and_the_bounds_hold(problem: Problem, demand: int, price: int) -> None:
    scenario = Scenario(demand=(Demand(demand, group="g0"),), prices=(Prices(price),))
    found = curve(problem, scenario, (1500, 300, 900, 300), Limits(seconds=0))
    assert [point.permille for point in found.points] == [300, 900, 1500]
    served = [point.served for point in found.points]
    for less, more in itertools.pairwise(served):
        assert less.weight <= more.weight
        assert less.most_weight <= more.most_weight
        assert less.most_needs <= more.most_needs
    for point in found.points:
        weight, needs, _spent = by_force(with_money(what_if(problem, scenario), point.permille))
        assert point.served.weight <= weight <= point.served.most_weight
        assert point.served.needs <= needs <= point.served.most_needs


@given(tiny())
@SOME
def test_the_plan_of_every_point_passes_the_checker_and_costs_what_is_said(problem: Problem) -> None:
    for point in curve(problem, NOTHING, (400, 1000), LIMITS).points:
        report = check_plan(with_money(problem, point.permille), point.served.plan)
        assert report.violations == ()
        assert len(point.served.plan) == point.served.needs
        assert point.served.spent <= point.budget


def test_the_curve_rises_with_the_money_until_the_hours_are_used_up() -> None:
    problem = county(needs=12, hours=240, money=800)
    found = curve(problem, NOTHING, (0, 250, 500, 1000, 2000), LIMITS)
    assert [point.served.needs for point in found.points] == [0, 3, 6, 8, 8]
    assert [point.budget for point in found.points] == [0, 400, 800, 1600, 3200]
    assert found.needs == found.weight == 12


def test_a_stopped_curve_has_the_points_that_are_done() -> None:
    seen: list[tuple[int, int]] = []
    found = curve(
        county(),
        NOTHING,
        (500, 1000, 1500),
        LIMITS,
        progress=lambda done, of: seen.append((done, of)),
        should_stop=lambda: bool(seen),
    )
    assert seen == [(1, 3)]
    assert [point.permille for point in found.points] == [500]
    assert not found.whole


def test_a_negative_step_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        curve(county(), NOTHING, (-1, 1000), LIMITS)


def test_a_curve_of_a_demand_that_nobody_can_serve_is_flat() -> None:
    problem = Problem((Need("n"),), (Supplier("A"),), (), ())
    (point,) = curve(problem, NOTHING, (1000,), LIMITS).points
    assert (point.served.needs, point.served.most_needs, point.served.spent) == (0, 0, 0)


# Hours worth buying ---------------------------------------------------------------------------------------------


def test_hours_are_worth_buying_until_everybody_is_served() -> None:
    problem = county(needs=6, hours=120, money=10_000)
    (worth,) = hours_worth(problem, NOTHING, [Purchase("A", {"A/hours": 60})], LIMITS)
    assert worth.hours == 2
    assert worth.price == pytest.approx(1.0, abs=1e-5)
    assert worth.proven
    assert [(step.hours, step.needs) for step in worth.steps] == [(0, 4), (1, 5), (2, 6), (4, 6)]
    assert (worth.before.needs, worth.after.needs) == (4, 6)


def test_hours_are_worth_nothing_where_money_is_short() -> None:
    problem = county(needs=6, hours=120, money=100)
    (worth,) = hours_worth(problem, NOTHING, [Purchase("A", {"A/hours": 60})], LIMITS)
    assert (worth.hours, worth.price) == (0, 0.0)
    (both,) = hours_worth(problem, NOTHING, [Purchase("A", {"A/hours": 60, "A/fen": 100})], LIMITS)
    assert both.hours == 5


def test_a_purchase_of_something_unknown_is_refused() -> None:
    with pytest.raises(ValueError, match="Z/hours"):
        hours_worth(county(), NOTHING, [Purchase("A", {"Z/hours": 60})], LIMITS)


@given(tiny(), st.integers(1, 3))
@SOME
def test_the_hours_worth_buying_are_the_least_that_serve_the_most(problem: Problem, amount: int) -> None:
    (worth,) = hours_worth(problem, NOTHING, [Purchase("A", {"A/hours": amount})], LIMITS)
    resources = {resource.id: resource for resource in problem.resources}

    def most(hours: int) -> int:
        mine = resources["A/hours"]
        more = Resource(mine.id, mine.capacity + hours * amount, mine.supplier, mine.unit)
        changed = tuple(more if one is mine else one for one in problem.resources)
        return by_force(Problem(problem.needs, problem.suppliers, changed, problem.options))[0]

    assert worth.proven
    assert most(worth.hours) == most(100)
    assert worth.hours == 0 or most(worth.hours - 1) < most(100)
    assert all(step.weight == most(step.hours) for step in worth.steps)
    assert worth.after.weight == most(100)
