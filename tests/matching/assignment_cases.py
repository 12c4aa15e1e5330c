"""Small problems for the tests of `carematch.assignment`, and what is true of them by brute force."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from carematch.assignment import (
    CONTRADICTORY,
    OPTIMAL,
    Assignment,
    Forbidden,
    Need,
    Option,
    Pin,
    Policy,
    Problem,
    Resource,
    Solution,
    Supplier,
    Term,
    check,
    check_plan,
    heaviest_first,
    single,
)
from carematch.assignment.goals import Level

POLICIES = (
    Policy((single("unserved"), single("travel"))),
    Policy((single("unserved"), single("travel", slack_permille=50), single("continuity"))),
    Policy((single("unserved"), Level((Term("travel"), Term("continuity", 7))))),
    Policy((single("unserved"), single("balance"), single("travel"))),
    Policy((single("unserved"), Level((Term("cost", 2), Term("balance", 3), Term("travel"))))),
    Policy((Level((Term("unserved", 40), Term("travel"))),)),
    Policy((*heaviest_first(("heavy", "")), single("travel"))),
    Policy((Level((Term("unserved:heavy", 3), Term("travel"))), single("unserved"), single("continuity"))),
)

#: Policies whose goals are sums, so that a level can be a flow or made of knapsacks.
SUMS = (*POLICIES[:3], *POLICIES[5:])
#: Policies that leave room on every level.
SLACK_POLICIES = (
    Policy((single("unserved", 500), single("travel", 300), single("continuity", 200), single("cost"))),
    Policy((single("continuity", 400), single("unserved", 300), single("travel"))),
    Policy((Level((Term("unserved", 40), Term("continuity", 9)), 250), single("travel", 100), single("balance"))),
)
#: Policies with the goals that are the largest of several numbers.
FAIR_POLICIES = (
    Policy((single("unserved"), single("share"), single("travel"))),
    Policy((single("share"), single("unserved"), single("travel"))),
    Policy((single("unserved"), single("farthest"), single("travel"))),
    Policy((single("unserved"), Level((Term("share", 3), Term("farthest", 2), Term("travel"))))),
    Policy((single("unserved"), single("travel", slack_permille=200), single("farthest"), single("continuity"))),
    Policy((single("unserved:heavy"), single("share"), single("unserved:"), single("travel"))),
)
#: Large factors, none a multiple of another, to reach where floats are coarse.
COARSE = (10**6, 2**35 - 31, 2**40 - 87)
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def examples(count: int) -> settings:
    """A property is tried on so many random problems, and on EXAMPLES times as many where that is set."""
    times = int(os.environ.get("EXAMPLES", "1"))
    return settings(max_examples=count * times, deadline=None, suppress_health_check=SLOW)


def line(*hours: int, needs: int = 3, minutes: int = 60, weights: tuple[int, ...] = (), **more: Any) -> Problem:
    """Suppliers A, B, ... with these hours; needs n0, n1, ... each with an option at every supplier.

    Need i is 100 m away from A, 200 m from B and so on, plus i.
    """
    names = [chr(ord("A") + place) for place in range(len(hours))]
    return Problem(
        needs=tuple(Need(f"n{i}", weights[i] if weights else 1) for i in range(needs)),
        suppliers=tuple(Supplier(name) for name in names),
        resources=tuple(
            Resource(f"{name}/hours", capacity, name, "minutes") for name, capacity in zip(names, hours, strict=True)
        ),
        options=tuple(
            Option(f"n{i}", name, {f"{name}/hours": minutes}, {"travel": 100 * (place + 1) + i})
            for i in range(needs)
            for place, name in enumerate(names)
        ),
        **more,
    )


@st.composite
def problems(
    draw: st.DrawFn,
    *,
    most_needs: int = 5,
    pins: bool = True,
    policies: tuple[Policy, ...] = POLICIES,
    moves: bool = False,
    rows: int = 4,
    units: bool = False,
    huge: bool = False,
) -> Problem:
    """Random tiny problems with several resources, variants, groups, pins, forbidden pairs and a plan in force.

    Every need has an option; with `moves`, the number of moves may be limited. An option uses up to so many
    `rows` (with one, rows are knapsacks), and one of each where only `units` are asked. With `huge`, numbers are.
    """
    need_ids = [f"n{i}" for i in range(draw(st.integers(1, most_needs)))]
    supplier_ids = [f"s{i}" for i in range(draw(st.integers(1, 3)))]
    resources = [
        Resource(f"r{i}", draw(st.integers(1, 14)), supplier_ids[i % len(supplier_ids)], balanced=i % 2 == 0)
        for i in range(draw(st.integers(0, 4)))
    ]
    times = draw(st.sampled_from(COARSE)) if huge else 1
    resources = [replace(r, capacity=r.capacity * times + times // 2) for r in resources] if huge else resources
    pairs = list(itertools.product(need_ids, supplier_ids, ("", "x")))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=10))
    reached = {need for need, _, _ in chosen}
    chosen += [(need, draw(st.sampled_from(supplier_ids)), "") for need in need_ids if need not in reached]
    options = [
        Option(
            need,
            supplier,
            {
                r.id: draw(st.integers(0, 1 if units else 8)) * times + (draw(st.integers(0, 3)) if huge else 0)
                for r in [r for r in resources if draw(st.booleans())][:rows]
            },
            {
                "travel": draw(st.integers(0, 30)) * times + (draw(st.integers(0, 3)) if huge else 0),
                "cost": draw(st.integers(0, 5)),
                "distance": draw(st.integers(0, 9)),
            },
            variant,
        )
        for need, supplier, variant in chosen
    ]
    present = {need: supplier for need, supplier, _ in chosen if draw(st.booleans())}
    pinned = {}
    forbidden = set()
    if pins and draw(st.booleans()):
        wishes = st.dictionaries(st.sampled_from(need_ids), st.none() | st.sampled_from(supplier_ids), max_size=2)
        pinned = draw(wishes)
        for need, supplier, _ in chosen:
            if pinned.get(need) != supplier and draw(st.integers(0, 5)) == 0:
                forbidden.add((need, supplier))
    return Problem(
        needs=tuple(
            Need(
                need,
                draw(st.sampled_from((0, 1, 2, 4, 8))) * times,
                draw(st.sampled_from(("", "t1", "t2"))),
                rank=draw(st.sampled_from(("", "heavy"))),
            )
            for need in need_ids
        ),
        suppliers=tuple(Supplier(supplier) for supplier in supplier_ids),
        resources=tuple(resources),
        options=tuple(options),
        pins=tuple(Pin(need, supplier) for need, supplier in pinned.items()),
        forbidden=tuple(Forbidden(*pair) for pair in sorted(forbidden)),
        in_force=tuple(Assignment(need, supplier) for need, supplier in present.items()),
        policy=draw(st.sampled_from(policies)),
        most_moves=draw(st.none() | st.integers(0, 3)) if moves else None,
    )


def every_plan(problem: Problem) -> list[tuple[Assignment, ...]]:
    """All plans that the checker passes, by trying everything."""
    choices = [[None, *(Assignment(*o.key()) for o in problem.options if o.need == need.id)] for need in problem.needs]
    plans = (tuple(row for row in plan if row) for plan in itertools.product(*choices))
    return [plan for plan in plans if check_plan(problem, plan).ok]


def level_values(problem: Problem, plan: tuple[Assignment, ...]) -> tuple[int, ...]:
    """The value of each level of the policy at a plan."""
    values = check_plan(problem, plan).values
    return tuple(sum(t.weight * values[t.goal] for t in level.terms) for level in problem.policy.levels)


def best_by_force(problem: Problem) -> tuple[int, ...] | None:
    """The best reachable value of each level given the limits left by the levels before; None if no plan."""
    plans = [level_values(problem, plan) for plan in every_plan(problem)]
    if not plans:
        return None
    best = []
    for place, level in enumerate(problem.policy.levels):
        least = min(values[place] for values in plans)
        limit = max(least, least * (1000 + level.slack_permille) // 1000)
        plans = [values for values in plans if values[place] <= limit]
        best.append(least)
    return tuple(best)


def assert_promises(problem: Problem, solution: Solution, told: Iterable[tuple[int, ...]] = ()) -> None:
    """What holds of every solution, proven or not, with what was `told` of its bounds on the way.

    It is contradictory only where there is no plan. Else the checker passes it, its values are those of its plan,
    and no plan within the limits of the levels before is better than a bound, nor than a value that is proven.
    """
    plans = [(level_values(problem, plan), check_plan(problem, plan).values) for plan in every_plan(problem)]
    assert check(problem, solution).violations == ()
    assert (solution.status == CONTRADICTORY) == (not plans)
    if not plans:
        return
    goals = {goal.goal: goal for goal in solution.goals}
    assert {goal.goal: goal.value for goal in solution.goals} == check_plan(problem, solution.assignments).values
    for place, level in enumerate(solution.levels):
        least = min(values[place] for values, _ in plans)
        assert level.bound <= least <= level.best
        assert not level.proven or level.best == least
        assert all(bounds[place] <= least for bounds in told)
        assert all(goals[name].bound <= min(worth[name] for _, worth in plans) for name in level.goals)
        plans = [(values, worth) for values, worth in plans if values[place] <= level.limit]


def assert_best(problem: Problem, solution: Solution) -> None:
    """The solution is what brute force finds: proven and checked, or contradictory where there is no plan."""
    assert check(problem, solution).violations == ()
    best = best_by_force(problem)
    if best is None:
        assert solution.status == CONTRADICTORY
    else:
        assert solution.status == OPTIMAL
        assert tuple(level.best for level in solution.levels) == best
