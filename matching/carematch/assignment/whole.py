"""Problems as a register gives them: with needs that nobody may serve and resources that are used up.

`solve` refuses those, because they leave nothing to decide. Here who cannot be served is unserved, with
the reasons, and the rest is solved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carematch.assignment.budget import Budget
from carematch.assignment.engine import answer
from carematch.assignment.problem import Assignment, Limits, Problem
from carematch.assignment.solution import ProgressCallback, Solution
from carematch.assignment.validate import ProblemError, find_faults

#: Faults that are none here.
ACCEPTED = frozenset({"EMPTY", "NO_OPTIONS", "ZERO_CAPACITY"})


def solve_whole(
    problem: Problem,
    limits: Limits = Limits(),
    *,
    seed: int = 1,
    progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
    start: Sequence[Assignment] = (),
) -> Solution:
    """`solve`, for a problem that may have needs without options and resources without capacity, or no needs.

    Raises ProblemError for every other fault.
    """
    budget = Budget(limits, should_stop)
    refuse(problem)
    return answer(problem, budget, seed=seed, progress=progress, start=start)


def refuse(problem: Problem) -> None:
    """Raises ProblemError with every fault that is one in a register too."""
    faults = tuple(fault for fault in find_faults(problem) if fault.code not in ACCEPTED)
    if faults:
        raise ProblemError(faults)
