"""However the engine comes to its answer, by the tools of small or of large problems, it keeps its promises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from carematch.assignment import Limits, Problem, solve
from carematch.assignment.validate import find_faults
from tests.matching.assignment_cases import (
    FAIR_POLICIES,
    POLICIES,
    SLACK_POLICIES,
    SUMS,
    assert_promises,
    examples,
    problems,
)

#: What sends every problem down a way that is otherwise kept for large ones.
WAYS: dict[str, dict[str, int]] = {
    "as small problems": {},
    "interior point": {"bounds.lagrangian.LARGE": 0},
    "subgradient": {"bounds.lagrangian.LARGE": 0, "bounds.lagrangian.FEW": 0},
    "regions": {"heuristics.local_search.WHOLE": 0},
    "components": {"engine.lexicographic.APART": 0, "engine.components.LEAST": 0},
    "as large problems": {
        "bounds.lagrangian.LARGE": 0,
        "bounds.lagrangian.FEW": 0,
        "heuristics.local_search.WHOLE": 0,
        "engine.lexicographic.APART": 0,
        "engine.components.LEAST": 0,
    },
}
KINDS: dict[str, Any] = {
    "any": problems(moves=True),
    "slack": problems(moves=True, policies=SLACK_POLICIES),
    "fairness": problems(moves=True, policies=FAIR_POLICIES),
    "knapsacks": problems(rows=1, policies=SUMS),
    "flows": problems(rows=1, units=True, policies=SUMS),
    "huge": problems(huge=True, policies=POLICIES + FAIR_POLICIES),
    "huge knapsacks": problems(rows=1, huge=True, policies=SUMS),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@examples(10)
def test_bounds_plans_and_proofs_hold_on_every_way(kind: str, way: str, data: st.DataObject) -> None:
    problem: Problem = data.draw(KINDS[kind])
    assume(not any(find_faults(problem)))  # huge numbers can add up to more than is allowed
    effort: dict[str, Any] = data.draw(
        st.sampled_from([{"seconds": 0.0, "work": None}, {"work": 0.02}, {"work": 0.2}])
    )
    limits = Limits(**{"seconds": None, **effort}, workers=data.draw(st.integers(1, 2)))
    told: list[tuple[int, ...]] = []
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WAYS[way].items():
            patch.setattr(f"carematch.assignment.{name}", value)
        solution = solve(problem, limits, seed=data.draw(st.integers(0, 3)), progress=lambda p: told.append(p.bounds))
        again = solve(problem, limits, seed=solution.seed) if effort["work"] else solution
    assert_promises(problem, solution, told)
    assert again.assignments == solution.assignments
