"""From a problem to a plan with a certificate: the one call that most users need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carematch.assignment.engine.budget import Budget
from carematch.assignment.engine.first_plan import first_plan, level_goals, pinned_columns
from carematch.assignment.engine.lexicographic import answer
from carematch.assignment.formulation.model import build
from carematch.assignment.problem import Assignment, Limits, Problem
from carematch.assignment.solution import ProgressCallback, Solution
from carematch.assignment.validate import validate, validate_whole


def solve(
    problem: Problem,
    limits: Limits = Limits(),
    *,
    seed: int = 1,
    progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
    start: Sequence[Assignment] = (),
) -> Solution:
    """Finds a plan, bounds every level of the policy, and has the checker confirm both.

    Raises ProblemError when the problem is malformed, InternalError when the checker disagrees.
    Decisions that cannot be obeyed are no error: the answer has the status `contradictory` and names
    them. `progress` is called whenever something becomes known, from a thread of the solver;
    `should_stop` is asked often and ends the solve with the best plan so far. `start` is a plan to
    begin with, as far as it fits; what it leaves out is completed.
    """
    budget = Budget(limits, should_stop)
    validate(problem)
    return answer(problem, budget, seed=seed, progress=progress, start=start, prove=True)


def solve_whole(
    problem: Problem,
    limits: Limits = Limits(),
    *,
    seed: int = 1,
    progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
    start: Sequence[Assignment] = (),
) -> Solution:
    """`solve`, for a problem as a register gives it: with needs that nobody may serve, resources that are used up, or

    no needs. Who cannot be served is unserved, with the reasons, and the rest is solved.

    Raises ProblemError for every other fault.
    """
    budget = Budget(limits, should_stop)
    validate_whole(problem)
    return answer(problem, budget, seed=seed, progress=progress, start=start, prove=True)


def construction(problem: Problem) -> tuple[Assignment, ...]:
    """The best greedy plan, without any search; for comparison. What people decided must be obeyable."""
    validate(problem)
    model = build(problem)
    first = first_plan(model, level_goals(model), pinned_columns(model), ())
    assert first is not None, "the moves allowed are too few for greedy"
    return model.assignments(first.choice)
