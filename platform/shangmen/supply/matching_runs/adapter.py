"""The one way from the platform to `carematch`: its names, its ids, its roads, its solver, its checker.

What is asked of it is built in run/problem.py, out of run/snapshot.py, under rules.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from carematch.assignment import (
    CONTRADICTORY,
    MOVES,
    NO_OPTION,
    SHARE,
    TRAVEL,
    UNSERVED,
    Alternative,
    Assignment,
    CheckReport,
    Consequences,
    Explanation,
    Forbidden,
    Level,
    Limits,
    More,
    Move,
    Need,
    Option,
    Pin,
    Policy,
    Problem,
    Progress,
    RankServed,
    Reason,
    Remedy,
    Resource,
    Rule,
    Shift,
    Solution,
    Supplier,
    Term,
    Verdict,
    Violation,
    at_most_percent,
    check,
    check_changed,
    check_plan,
    explain,
    force,
    heaviest_first,
    is_unserved,
    left_out,
    moved,
    moves_curve,
    nearest_miss,
    prices,
    problem_from_json,
    problem_to_json,
    released,
    score,
    served_by_rank,
    single,
    solution_from_json,
    solution_to_json,
    solve_whole,
    unmet,
    unserved_of,
    warm_up,
)
from carematch.travel import DetourModel, Place
from shangmen.foundation.regions.states import Terrain
from shangmen.supply.matching_runs.certificate import FewerMoves, OrderPrice, ResourcePrice
from shangmen.supply.matching_runs.run.snapshot import NeedFacts, RunPolicy, Spot, SupplierFacts

__all__ = (
    "CONTRADICTORY",
    "MOVES",
    "NO_OPTION",
    "SHARE",
    "TRAVEL",
    "UNSERVED",
    "Alternative",
    "Assignment",
    "CheckReport",
    "Consequences",
    "Explanation",
    "Forbidden",
    "Level",
    "More",
    "Move",
    "Need",
    "Option",
    "Pin",
    "Policy",
    "Problem",
    "Progress",
    "RankServed",
    "Reason",
    "Remedy",
    "Resource",
    "Rule",
    "Shift",
    "Solution",
    "Supplier",
    "Term",
    "Verdict",
    "Violation",
    "at_most_percent",
    "check",
    "check_changed",
    "check_plan",
    "consequences_from_json",
    "consequences_to_json",
    "explain",
    "heaviest_first",
    "is_unserved",
    "left_out",
    "limits",
    "moved",
    "nearest_miss",
    "problem_from_json",
    "problem_to_json",
    "released",
    "served_by_rank",
    "solution_from_json",
    "solution_to_json",
    "unmet",
    "unserved_of",
    "warm_up",
)

UNKNOWN_WAY = -1
WALL_CLOCK_GUARD = 60.0
"""How many seconds a unit of effort may take: a plan that the clock cuts short could not be found again."""
WHAT_IF_SECONDS = 2.0
PRICES_SECONDS = 10.0
ORDER_PART = 4
"""What part of the effort of a run another order of serving gets."""
CURVE_STEPS = 4
"""Steps from no moves to those of a plan."""
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
        self._known: dict[tuple[Terrain, Spot, Spot], tuple[int, int]] = {}

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


def limits(effort: int, gap: float = 0.0) -> Limits:
    """`effort` is deterministic, about seconds of one processor core; the clock is only a guard, for a busy machine.

    `gap` is how far from its bound a goal after the first may stay.
    """
    return Limits(seconds=WALL_CLOCK_GUARD * effort, work=float(effort), workers=2, gap=gap)


def find_plan(
    problem: Problem, policy: RunPolicy, progress: Callable[[Progress], None], should_stop: Callable[[], bool]
) -> Solution:
    """Solve in the calling thread.

    What nobody can decide (a need without options, hours that are used up) is not sent to the solver, but counts.
    """
    return solve_whole(problem, limits(policy.seconds), seed=policy.seed, progress=progress, should_stop=should_stop)


def what_if(problem: Problem, plan: Iterable[Assignment], need: str, supplier: str) -> Consequences:
    """What follows if a supplier is to serve a need; in the calling thread, at most two seconds."""
    return force(problem, plan, need, supplier, Limits(seconds=WHAT_IF_SECONDS, workers=1))


def consequences_to_json(answer: Consequences) -> str:
    """The answer as it is kept: without the plan that would result."""
    return msgspec.json.encode(msgspec.structs.replace(answer, assignments=())).decode()


def consequences_from_json(text: str) -> Consequences:
    """Reads what `consequences_to_json` wrote."""
    return msgspec.json.decode(text, type=Consequences)


def worth_more(problem: Problem, solution: Solution) -> list[ResourcePrice]:
    """Each resource that is short, and what one more unit saves in each goal."""
    if solution.status == CONTRADICTORY or not solution.assignments:
        return []
    owner = {resource.id: number_of(resource.supplier) if resource.supplier else 0 for resource in problem.resources}
    found = prices(problem, solution, PRICES_SECONDS)
    return [
        ResourcePrice(row.resource, owner[row.resource], row.unit, row.saves)
        for row in found
        if any(row.saves.values())
    ]


def moves_somebody(problem: Problem, solution: Solution) -> bool:
    """Whether there is a plan, and it moves people who could keep their supplier."""
    return solution.status != CONTRADICTORY and bool(moved(problem, solution.assignments))


def fewer_moves(
    problem: Problem, solution: Solution, effort: int, should_stop: Callable[[], bool]
) -> list[FewerMoves]:
    """What plans come to that may move none, a part, or as many as a plan that is known: fewest first.

    All of them keep to the order of the goals strictly, so that a move more is never worse. Takes up to the effort of
    a run again.
    """
    made = len(moved(problem, solution.assignments))
    counts = {made * point // CURVE_STEPS for point in range(CURVE_STEPS + 1)}
    found = moves_curve(problem, counts, limits(effort), seed=solution.seed, should_stop=should_stop)
    return [FewerMoves(p.most_moves, p.possible, p.values == p.bounds, p.moves, p.values) for p in found]


def priced(problem: Problem, order: str, solution: Solution) -> OrderPrice:
    """What orders are compared by: who is served, what is left out and where, how long the way is."""
    plan = solution.assignments
    asked = msgspec.structs.replace(problem, policy=Policy((single(UNSERVED), single(SHARE), single(TRAVEL))))
    values = score(asked, plan)
    served = {row.rank: row.served for row in served_by_rank(problem, plan)}
    first = [level for level in solution.levels if any(is_unserved(g) or g == SHARE for g in level.goals)]
    proven = all(level.proven for level in first)
    return OrderPrice(order, proven, served, values[UNSERVED], values[SHARE], values[TRAVEL])


def other_orders(
    problem: Problem, solution: Solution, orders: Mapping[str, Policy], effort: int, should_stop: Callable[[], bool]
) -> list[OrderPrice]:
    """What plans come to that serve people in other orders, each with a part of the effort of the run."""
    found = []
    for order, policy in orders.items():
        asked = msgspec.structs.replace(problem, policy=policy)
        part = limits(max(1, effort // ORDER_PART))
        other = solve_whole(asked, part, seed=solution.seed, should_stop=should_stop, start=solution.assignments)
        if other.status != CONTRADICTORY:
            found.append(priced(problem, order, other))
    return found


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
