"""Numbers near the limit of what is exact neither break a solve nor go on for ever."""

from __future__ import annotations

import random

import pytest

from carematch.assignment import (
    OPTIMAL,
    Level,
    Limits,
    Need,
    Option,
    Policy,
    Problem,
    Resource,
    Supplier,
    Term,
    check,
    single,
    solve,
)

SOON = Limits(seconds=None, work=5.0, workers=1)


def heavy(weight: int, policy: Policy) -> Problem:
    """Needs of about this weight that compete for three rows at once."""
    draw = random.Random(3)
    return Problem(
        needs=tuple(Need(f"n{i}", weight + i, "g" if i else "h") for i in range(5)),
        suppliers=(Supplier("s"), Supplier("t")),
        resources=tuple(Resource(f"r{j}", 7) for j in range(3)),
        options=tuple(
            Option(f"n{i}", supplier, {f"r{j}": draw.randint(1, 5) for j in range(3)}, {"travel": draw.randint(1, 9)})
            for i in range(5)
            for supplier in "st"
        ),
        policy=policy,
    )


def wide(amount: int) -> Problem:
    """Options that use about so much of their rows, some of both."""
    return Problem(
        needs=tuple(Need(f"n{i}") for i in range(4)),
        suppliers=(Supplier("A"), Supplier("B")),
        resources=(Resource("A", 3 * amount // 2), Resource("B", 3 * amount // 2)),
        options=tuple(
            Option(
                f"n{i}",
                supplier,
                {supplier: amount + i} | ({"B": amount // 3 + i} if supplier == "A" and i % 2 else {}),
                {"travel": 5 + i},
            )
            for i in range(4)
            for supplier in "AB"
        ),
    )


@pytest.mark.parametrize(
    "problem",
    [
        heavy(11 * 10**11, Policy((single("unserved"), single("share")))),
        heavy(11 * 10**14, Policy((single("unserved"), single("travel")))),
        wide(11 * 10**14),
    ],
    ids=["share", "weight", "use"],
)
def test_numbers_too_large_for_branch_and_cut_are_left_to_the_others(problem: Problem) -> None:
    solution = solve(problem, SOON)
    assert check(problem, solution).ok
    assert solution.status == OPTIMAL


def test_a_search_without_limits_ends_where_floats_are_too_coarse_for_a_proof() -> None:
    draw = random.Random(1)
    suppliers = ("s0", "s1", "s2")
    needs = tuple(Need(f"n{i:02d}", draw.randint(5 * 10**6, 10**7)) for i in range(20))
    problem = Problem(
        needs=needs,
        suppliers=tuple(map(Supplier, suppliers)),
        resources=tuple(Resource(name, draw.randint(40, 80)) for name in suppliers),
        options=tuple(Option(need.id, name, {name: draw.randint(7, 23)}) for need in needs for name in suppliers),
        policy=Policy((single("unserved"),)),
    )
    assert solve(problem, Limits(seconds=None, workers=1)).status == OPTIMAL


def test_weights_of_goals_may_be_large_together_with_what_they_weigh() -> None:
    policy = Policy((single("unserved"), Level((Term("travel"), Term("balance", 2**40)))))
    solution = solve(heavy(3, policy), SOON)
    assert check(heavy(3, policy), solution).ok
