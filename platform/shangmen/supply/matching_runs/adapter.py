"""The one way from the platform to `carematch`: its names, its ids, its roads, its solver, its checker.

What is asked of it is built in building.py, out of facts.py, under rules.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from carematch.assignment import (
    CONTRADICTORY,
    NO_OPTION,
    Alternative,
    Assignment,
    Explanation,
    Forbidden,
    Level,
    Limits,
    Need,
    Option,
    Pin,
    Policy,
    Problem,
    Progress,
    Reason,
    Remedy,
    Resource,
    Rule,
    Solution,
    Supplier,
    Term,
    Verdict,
    Violation,
    check,
    check_plan,
    explain,
    nearest_miss,
    problem_from_json,
    problem_to_json,
    solution_to_json,
    solve,
)
from carematch.travel import DetourModel, Place
from shangmen.supply.matching_runs.facts import NeedFacts, RunPolicy, Spot, SupplierFacts

__all__ = (
    "CONTRADICTORY",
    "NO_OPTION",
    "Alternative",
    "Assignment",
    "Explanation",
    "Forbidden",
    "Level",
    "Need",
    "Option",
    "Pin",
    "Policy",
    "Problem",
    "Progress",
    "Reason",
    "Remedy",
    "Resource",
    "Rule",
    "Solution",
    "Supplier",
    "Term",
    "Verdict",
    "Violation",
    "check",
    "check_plan",
    "explain",
    "nearest_miss",
    "problem_from_json",
    "problem_to_json",
    "solution_to_json",
)

UNKNOWN_WAY = -1
WALL_CLOCK_GUARD = 10.0
"""How many seconds a unit of effort may take: a plan that the clock cuts short could not be found again."""
METRES_ROUNDED = 10
"""No position here is better known than this, and a tie is a tie only between rounded numbers."""


def need_id(need: int) -> str:
    """The library's id of a need."""
    return f"n{need}"


def supplier_id(supplier: int) -> str:
    """The library's id of a supplier."""
    return f"s{supplier}"


def number_of(id: str) -> int:
    """The row behind an id of the library."""
    return int(id[1:])


def variant(line: int | None) -> str:
    """The library's word for the contract line of an option; "" for a station."""
    return "" if line is None else str(line)


def line_of(word: str) -> int | None:
    """The contract line behind a variant."""
    return int(word) if word else None


class Geography:
    """Road metres and minutes between recipients and suppliers, by the terrain of the recipient's township."""

    def __init__(self, policy: RunPolicy) -> None:
        self._roads = {
            terrain: DetourModel(road.detour, road.kilometres_per_hour, road.access_minutes)
            for terrain, road in policy.roads.items()
        }
        self._known: dict[tuple[str, Spot, Spot], tuple[int, int]] = {}

    def way(self, need: NeedFacts, supplier: SupplierFacts) -> tuple[int, int]:
        """Metres (rounded) and minutes one way; UNKNOWN_WAY when a position is missing."""
        if need.spot is None or supplier.spot is None:
            return UNKNOWN_WAY, 0
        key = (need.terrain, need.spot, supplier.spot)
        if key not in self._known:
            roads, there, base = self._roads[need.terrain], Place(*need.spot), Place(*supplier.spot)
            metres = round(roads.metres(base, there) / METRES_ROUNDED) * METRES_ROUNDED
            self._known[key] = (metres, roads.minutes(base, there))
        return self._known[key]


def find_plan(
    problem: Problem, policy: RunPolicy, progress: Callable[[Progress], None], should_stop: Callable[[], bool]
) -> Solution:
    """Solve in the calling thread. The effort is deterministic; the clock is only a guard, for a busy machine."""
    limits = Limits(seconds=WALL_CLOCK_GUARD * policy.seconds, work=float(policy.seconds), workers=2)
    return solve(problem, limits, seed=policy.seed, progress=progress, should_stop=should_stop)


def used_and_capacity(problem: Problem, plan: Iterable[Assignment], resource: str) -> tuple[int, int]:
    """How much of one resource a plan uses, and how much there is."""
    return loads(problem, plan)[resource]


def loads(problem: Problem, plan: Iterable[Assignment]) -> dict[str, tuple[int, int]]:
    """How much a plan uses of each resource, and how much there is."""
    options = {option.key(): option for option in problem.options}
    used: Counter[str] = Counter()
    for row in plan:
        used.update(options[row.key()].usage)
    return {resource.id: (used[resource.id], resource.capacity) for resource in problem.resources}
