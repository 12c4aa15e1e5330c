"""The answer: who serves whom, who is left, and how good that is, with proof."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct

from carematch.assignment.problem import Assignment

#: Every level of the policy is proven best.
OPTIMAL = "optimal"
#: A plan that breaks nothing; what is not proven is said level by level.
FEASIBLE = "feasible"
#: What people decided cannot all be obeyed; `conflicts` names it and there is no plan.
CONTRADICTORY = "contradictory"

#: Codes of a conflict, beside NO_OPTION (a pin to a supplier that offers nothing): pins take more than there is;
#: the needs that must lose their supplier are more than `Problem.most_moves`.
OVERFULL = "OVERFULL"
MOVES = "MOVES"

#: What a bound was proven by.
RELAXATION = "relaxation"
BRANCHING = "branch and cut"
CONSTRAINTS = "constraint programming"


class Reason(Struct, frozen=True):
    """Why a need is left out: a code, and where capacity is at fault which resource of whom."""

    code: str
    supplier: str = ""
    resource: str = ""
    missing: int = 0


class Unmet(Struct, frozen=True):
    """A need that nobody serves, with its reasons: one for each option, nearest first, or why none."""

    need: str
    weight: int
    reasons: tuple[Reason, ...] = ()


class GoalResult(Struct, frozen=True):
    """One goal by itself: value, proven bound with the levels before it fixed, and their gap.

    `level` counts from 1. `gap` is (value - bound) / max(1, value).
    """

    goal: str
    level: int
    value: int
    bound: int
    gap: float
    proven: bool


class Multipliers(Struct, frozen=True):
    """What proves a bound without a solver: prices of the level's relaxation, in whole numbers over `scale`.

    They are in units of the level (metres, fen) for one unit of each resource, for one unit of each level before, in
    their order, and for one move where moves are limited. `after` is the place, among the prices of the level, of
    those that they go on from (-1: they are the first). `way` is what the two cases differ in that these prices are
    for one of: a need and how it is served, or the need alone for nobody; `taken` says which case. See `recheck`.
    """

    scale: int
    resources: dict[str, int] = {}
    levels: tuple[int, ...] = ()
    moves: int = 0
    after: int = -1
    way: tuple[str, ...] = ()
    taken: bool = False


class LevelResult(Struct, frozen=True):
    """One level of the policy, as a weighted sum of its goals, with the levels before it fixed.

    `bound` is proven; `best` is the best found for this level and `proven` says that it equals the
    bound; `limit` is how far later levels could worsen it (see `Level.slack_permille`), and `value`,
    at most `limit`, is what the plan has in the end. `gap` is (value - bound) / max(1, value).
    `proof` says where the bound is from: RELAXATION and CONSTRAINTS are exact in integers, BRANCHING
    is a float of branch and cut, rounded up after a safety margin. `multipliers` prove a bound that anybody can
    compute again, round by round (see `recheck`); where a search proved more it is below `bound`.
    """

    goals: tuple[str, ...]
    value: int
    best: int
    bound: int
    limit: int
    gap: float
    proven: bool
    proof: str = RELAXATION
    multipliers: tuple[Multipliers, ...] = ()


class Conflict(Struct, frozen=True):
    """What cannot be obeyed together: `code` NO_OPTION or OVERFULL (pins), or MOVES.

    For MOVES, `wanted` is the fewest moves known and `capacity` how many are allowed; that no plan moves fewer is
    proven when `Solution.stopped` says `proved`.
    """

    code: str
    needs: tuple[str, ...]
    supplier: str = ""
    resource: str = ""
    wanted: int = 0
    capacity: int = 0


class Progress(Struct, frozen=True):
    """Where a solve stands: seconds since its start, what it is doing, best plan and bound so far.

    `values` and `bounds` are those of the levels of the policy, in their order.
    """

    seconds: float
    phase: str
    unserved: int
    unserved_bound: int
    travel: int
    travel_bound: int
    values: tuple[int, ...] = ()
    bounds: tuple[int, ...] = ()


class Solution(Struct, frozen=True):
    """A plan with its certificate.

    `stopped` says what ended the solve: `proved`, `seconds`, `work`, `gap` (as good as asked for),
    `cancelled` or `construction` (a time limit of zero).
    """

    status: str
    stopped: str
    assignments: tuple[Assignment, ...]
    unmet: tuple[Unmet, ...]
    goals: tuple[GoalResult, ...]
    levels: tuple[LevelResult, ...]
    conflicts: tuple[Conflict, ...]
    input_hash: str
    seed: int
    work: float
    seconds: float
    versions: dict[str, str]

    def goal(self, name: str) -> GoalResult:
        """The result of one goal; raises KeyError when the policy does not name it."""
        for result in self.goals:
            if result.goal == name:
                return result
        raise KeyError(name)


ProgressCallback = Callable[[Progress], None]


def solution_to_json(solution: Solution) -> bytes:
    """The solution as JSON, to be stored with a run."""
    return msgspec.json.encode(solution, order="deterministic")


def solution_from_json(raw: bytes | str) -> Solution:
    """Reads what `solution_to_json` wrote; raises msgspec.ValidationError on another shape."""
    return msgspec.json.decode(raw, type=Solution)
