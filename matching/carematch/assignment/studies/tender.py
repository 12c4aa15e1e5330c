"""What money buys, for a tender: served needs against the budget.

Every number of needs, or weight, that is said to be served has a plan that serves it, and stands beside a
bound that no plan can exceed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from carematch.assignment.bounds.shadow_prices import prices
from carematch.assignment.check import score
from carematch.assignment.engine.budget import Budget
from carematch.assignment.engine.lexicographic import answer
from carematch.assignment.goals import COST, UNSERVED, Policy, single
from carematch.assignment.problem import Assignment, Limits, Option, Problem, Resource
from carematch.assignment.solution import Solution
from carematch.assignment.studies.what_if import SAME, Scenario, what_if
from carematch.assignment.validate import validate_whole

#: Served first; then, so that "spent" means something, with as little money as that takes.
POLICY = Policy((single(UNSERVED), single(COST)))
ONLY_SERVED = Policy((single(UNSERVED),))
#: Units of resources that are bought with the budget: money of contracts, and units of their lines.
BOUGHT = ("fen", "units")

#: Called with how many steps are done, and how many there are.
Steps = Callable[[int, int], None]


class Served(Struct, frozen=True):
    """How much a plan serves, what is proven to be the most, and the money (or cost) that the plan takes.

    The plan is for the most weight; `needs` is how many that are, `most_needs` how many could be served
    at best if they all weighed the same.
    """

    needs: int
    most_needs: int
    weight: int
    most_weight: int
    spent: int
    plan: tuple[Assignment, ...]

    @property
    def proven(self) -> bool:
        """Whether nothing can serve more weight."""
        return self.weight == self.most_weight


class Weighed(Struct, frozen=True):
    """The weight that a plan serves, and what is proven to be the most."""

    plan: tuple[Assignment, ...]
    weight: int
    most_weight: int


class Point(Struct, frozen=True):
    """What is served with so many permille of today's money; `budget` is the sum of the money there."""

    permille: int
    budget: int
    served: Served


class Curve(Struct, frozen=True):
    """Served needs against money, and how many needs there are. `whole` is false when it was stopped early."""

    needs: int
    weight: int
    points: tuple[Point, ...]
    whole: bool


def curve(
    problem: Problem,
    scenario: Scenario,
    steps: Sequence[int],
    limits: Limits = Limits(),
    *,
    bought: Sequence[str] = BOUGHT,
    seed: int = 1,
    progress: Steps | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Curve:
    """What is served in the scenario with so many permille of its money, step by step.

    At each step the capacity of all resources counted in a unit of `bought` is scaled. More money never
    serves less weight, and a bound is never above that of more money. The limits are for each step; with
    `work` and without `seconds` the same seed gives the same curve. Stopped early, it has the steps that
    are done. Raises ValueError as `what_if` does, and for a negative step; ProblemError as `solve` does.
    """
    if min(steps, default=0) < 0:
        raise ValueError("a step is negative")
    study = Study(problem, scenario, limits, seed, should_stop)
    wanted = sorted(set(steps))
    points: list[Point] = []
    for number, permille in enumerate(wanted):
        if study.stopped():
            break
        resources = [_scaled(resource, permille) if resource.unit in bought else resource for resource in study.all]
        known = points[-1].served.plan if points else ()
        budget = sum(resource.capacity for resource in resources if resource.unit == scenario.money_unit)
        points.append(Point(permille, budget, study.served(resources, known)))
        if progress is not None:
            progress(number + 1, len(wanted))
    served = bounded([point.served for point in points])
    points = [msgspec.structs.replace(point, served=one) for point, one in zip(points, served, strict=True)]
    needs = study.problem.needs
    return Curve(len(needs), sum(need.weight for need in needs), tuple(points), len(points) == len(wanted))


class Study:
    """A problem in a scenario, to be asked what other capacities would serve. `all` are the capacities there are."""

    def __init__(
        self,
        problem: Problem,
        scenario: Scenario,
        limits: Limits,
        seed: int,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        problem = what_if(problem, scenario, seed=seed)
        validate_whole(problem)
        money = {resource.id for resource in problem.resources if resource.unit == scenario.money_unit}
        options = tuple(msgspec.structs.replace(o, costs={COST: _spent(o, money)}) for o in problem.options)
        self.problem = msgspec.structs.replace(problem, options=options, policy=POLICY)
        self.all: Sequence[Resource] = problem.resources
        self._limits = limits
        self._seed = seed
        self._should_stop = should_stop
        self._stopped = False

    def stopped(self) -> bool:
        """Whether somebody said stop (asked once, remembered)."""
        self._stopped = self._stopped or (self._should_stop is not None and self._should_stop())
        return self._stopped

    def weighed(self, resources: Sequence[Resource], known: tuple[Assignment, ...]) -> Weighed:
        """The most weight that these capacities serve, whatever it costs; never less than a plan that fits them."""
        question = solvable(msgspec.structs.replace(self.problem, resources=tuple(resources), policy=ONLY_SERVED))
        if not question.needs:
            return Weighed((), 0, 0)
        solution = self._solve(question, known)
        plan, left = min(
            ((plan, score(question, plan)[UNSERVED]) for plan in (solution.assignments, known)), key=lambda p: p[1]
        )
        weight = sum(need.weight for need in question.needs)
        return Weighed(plan, weight - left, weight - solution.goal(UNSERVED).bound)

    def served(self, resources: Sequence[Resource], known: tuple[Assignment, ...]) -> Served:
        """What these capacities serve; never less than a plan that is known to fit them."""
        question = solvable(msgspec.structs.replace(self.problem, resources=tuple(resources)))
        if not question.needs:
            return Served(0, 0, 0, 0, 0, ())
        solution = self._solve(question, known)
        plan, (left, spent) = min(
            ((plan, _values(question, plan)) for plan in (solution.assignments, known)), key=lambda pair: pair[1]
        )
        weight = sum(need.weight for need in question.needs)
        bound = solution.goal(UNSERVED).bound
        return Served(
            needs=len(plan),
            most_needs=self._most_needs(question, weight - bound),
            weight=weight - left,
            most_weight=weight - bound,
            spent=spent,
            plan=plan,
        )

    def _most_needs(self, question: Problem, most_weight: int) -> int:
        """How many needs can be served at most, whatever they weigh."""
        weights = {need.weight for need in question.needs}
        if len(weights) == 1 and weights != {0}:
            return most_weight // weights.pop()
        alike = tuple(msgspec.structs.replace(need, weight=1) for need in question.needs)
        heads = msgspec.structs.replace(question, needs=alike, policy=ONLY_SERVED)
        return len(alike) - self._solve(heads, ()).goal(UNSERVED).bound

    def prices(self) -> dict[str, float]:
        """The weight that one more unit of each resource would serve, by the relaxation."""
        question = solvable(self.problem)
        if not question.needs:
            return {}
        solution = self._solve(question, ())
        return {price.resource: price.saves[UNSERVED] for price in prices(question, solution)}

    def _solve(self, question: Problem, start: tuple[Assignment, ...]) -> Solution:
        return answer(question, Budget(self._limits, self.stopped), seed=self._seed, start=start)


def solvable(problem: Problem) -> Problem:
    """What is left to decide of a problem with pins and a plan in force, when all that counts is who can be served.

    A need that is pinned to a supplier goes there or stays unserved: a pin that less money can no longer obey is
    no fault of the scenario. A need pinned to nobody has no option. The plan in force binds nobody.
    """
    wanted = {pin.need: pin.supplier for pin in problem.pins}
    forbidden = {(pair.need, pair.supplier) for pair in problem.forbidden}
    options = tuple(
        option
        for option in problem.options
        if wanted.get(option.need, option.supplier) == option.supplier
        and (option.need, option.supplier) not in forbidden
    )
    return msgspec.structs.replace(problem, options=options, pins=(), forbidden=(), in_force=(), most_moves=None)


def bounded(rising: list[Served]) -> list[Served]:
    """The same with bounds that rise: less cannot serve more than more is proven to be able to."""
    done: list[Served] = []
    for one in reversed(rising):
        if done:
            one = msgspec.structs.replace(
                one,
                most_needs=min(one.most_needs, done[-1].most_needs),
                most_weight=min(one.most_weight, done[-1].most_weight),
            )
        done.append(one)
    return done[::-1]


def _scaled(resource: Resource, permille: int) -> Resource:
    return msgspec.structs.replace(resource, capacity=resource.capacity * permille // SAME)


def _spent(option: Option, money: set[str]) -> int:
    """What an option costs: what it says, or else the money that it uses up."""
    return option.costs.get(COST, sum(amount for resource, amount in option.usage.items() if resource in money))


def _values(question: Problem, plan: tuple[Assignment, ...]) -> tuple[int, int]:
    values = score(question, plan)
    return values[UNSERVED], values[COST]
