"""The engine: from a problem to a plan with a certificate."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata

from carematch.assignment import construct, pins, reasons
from carematch.assignment.budget import Budget
from carematch.assignment.check import check
from carematch.assignment.goals import TRAVEL, UNSERVED, gap
from carematch.assignment.incumbent import Incumbent, Settled
from carematch.assignment.model import Choice, LinearGoal, Model, build, weighted_sum
from carematch.assignment.problem import Assignment, Limits, Problem, input_hash
from carematch.assignment.program import Cap
from carematch.assignment.relaxation import Relaxation
from carematch.assignment.search import Search
from carematch.assignment.solution import (
    CONTRADICTORY,
    FEASIBLE,
    OPTIMAL,
    RELAXATION,
    GoalResult,
    LevelResult,
    Progress,
    ProgressCallback,
    Solution,
)
from carematch.assignment.validate import validate

#: Version of the engine, kept with every plan.
ENGINE_VERSION = "1"
#: Part of what is left of the budget that a level may use, the last one excepted.
SHARE = 0.7


class InternalError(RuntimeError):
    """The engine made a plan that the checker refuses. It is never handed out."""


def solve(
    problem: Problem,
    limits: Limits = Limits(),
    *,
    seed: int = 1,
    progress: ProgressCallback | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Solution:
    """Finds a plan, bounds every level of the policy, and has the checker confirm both.

    Raises ProblemError when the problem is malformed, InternalError when the checker disagrees.
    Pins that cannot be obeyed are no error: the answer has the status `contradictory` and names
    them. `progress` is called whenever something becomes known, from a thread of the solver;
    `should_stop` is asked often and ends the solve with the best plan so far.
    """
    validate(problem)
    budget = Budget(limits, should_stop)
    found = pins.conflicts(problem)
    if found:
        solution = Solution(
            status=CONTRADICTORY,
            stopped="proved",
            assignments=(),
            unmet=(),
            goals=(),
            levels=(),
            conflicts=found,
            input_hash=input_hash(problem),
            seed=seed,
            work=0.0,
            seconds=budget.seconds(),
            versions=versions(),
        )
    else:
        solution = _Run(problem, limits, budget, seed, progress).solution()
    report = check(problem, solution)
    if not report.ok:
        raise InternalError("; ".join(violation.sentence for violation in report.violations))
    return solution


def construction(problem: Problem) -> tuple[Assignment, ...]:
    """The best greedy plan, without any search; for comparison. The pins must be obeyable."""
    validate(problem)
    model = build(problem)
    return model.assignments(_first(model, _levels(model), _pinned(model)).choice)


def versions() -> dict[str, str]:
    """What a plan was made with."""
    return {"carematch.assignment": ENGINE_VERSION, "ortools": metadata.version("ortools")}


def _levels(model: Model) -> list[LinearGoal]:
    """The weighted sum of each level of the policy."""
    return [
        weighted_sum([(term.weight, model.goal(term.goal)) for term in level.terms], len(model.columns))
        for level in model.problem.policy.levels
    ]


def _pinned(model: Model) -> Choice:
    """The column of each pinned need, -1 for the others."""
    pinned = {pin.need: pin.supplier for pin in model.problem.pins if pin.supplier is not None}
    wanted = [need for need in model.needs if need in pinned]
    options = [
        (need, [o for j in model.columns_of[model.needs.index(need)] if (o := model.columns[j].option)])
        for need in wanted
    ]
    placed = pins.place(model.problem, options) if wanted else {}
    assert placed is not None, "contradictory pins are answered before"
    return [
        next((j for j in columns if model.columns[j].option is placed.get(need)), -1) if need in placed else -1
        for need, columns in zip(model.needs, model.columns_of, strict=True)
    ]


def _first(model: Model, levels: list[LinearGoal], pinned: Choice) -> Incumbent:
    """The best of the greedy plans and of the plan in force completed by greedy."""
    taste = construct.preference(model)
    plans = [construct.greedy(model, pinned, order, taste) for order in construct.orders(model)]
    if model.present:
        plans.append(construct.in_force(model, pinned, taste))
    incumbent = Incumbent(model, levels, plans[0])
    for plan in plans[1:]:
        incumbent.offer(plan, ())
    return incumbent


class _Run:
    """One solve of a valid problem whose pins can be obeyed."""

    def __init__(
        self, problem: Problem, limits: Limits, budget: Budget, seed: int, progress: ProgressCallback | None
    ) -> None:
        self._problem = problem
        self._limits = limits
        self._budget = budget
        self._seed = seed
        self._progress = progress
        self._model = build(problem)
        self._levels = _levels(self._model)
        self._incumbent = _first(self._model, self._levels, _pinned(self._model))
        self._settled: list[Settled] = []
        self._caps: list[Cap] = []
        self._alone: dict[str, int] = {}

    def solution(self) -> Solution:
        """Settles level after level and puts the certificate together."""
        self._report("construction", -1, 0)
        search = Search(
            self._incumbent, _pinned(self._model), self._budget, self._seed, self._limits.gap, self._report
        )
        stopped = "construction" if self._limits.seconds == 0 else ""
        for number, level in enumerate(self._problem.policy.levels):
            if stopped == "construction":
                settled = self._unsearched(search.relaxation, number)
            else:
                later = self._levels[number + 1 :]
                share = SHARE if any(goal.peak or any(goal.costs) for goal in later) else 1.0
                settled = search.settle(number, self._caps, share)
            terms = level.terms
            if len(terms) > 1:
                self._bounds_alone(search.relaxation, number)
            self._settled.append(settled)
            limit = max(settled.best, settled.bound * (1000 + level.slack_permille) // 1000)
            self._caps.append(Cap(self._levels[number], limit))
        return self._certificate(stopped)

    def _unsearched(self, relaxation: Relaxation, number: int) -> Settled:
        value = self._incumbent.values[number]
        bound = relaxation.trivial_bound(self._levels[number])
        return Settled(value, min(bound, value), RELAXATION)

    def _bounds_alone(self, relaxation: Relaxation, number: int) -> None:
        """The bound of each goal of a blended level by itself, with the levels before it fixed."""
        for term in self._problem.policy.levels[number].terms:
            goal = self._model.goal(term.goal)
            if self._limits.seconds == 0:
                self._alone[term.goal] = relaxation.trivial_bound(goal)
            else:
                self._alone[term.goal] = relaxation.minimise(goal, self._caps, self._budget.seconds_left()).bound

    def _certificate(self, stopped: str) -> Solution:
        values = self._incumbent.values
        levels: list[LevelResult] = []
        goals: list[GoalResult] = []
        choice = self._incumbent.choice
        for number, level in enumerate(self._problem.policy.levels):
            value, settled = values[number], self._settled[number]
            best = min(settled.best, value)
            levels.append(
                LevelResult(
                    goals=tuple(term.goal for term in level.terms),
                    value=value,
                    best=best,
                    bound=settled.bound,
                    limit=max(best, settled.bound * (1000 + level.slack_permille) // 1000),
                    gap=gap(value, settled.bound),
                    proven=best == settled.bound,
                    proof=settled.proof,
                )
            )
            for term in level.terms:
                mine = self._model.value(self._model.goal(term.goal), choice)
                bound = settled.bound if len(level.terms) == 1 else 0
                if len(level.terms) == 1:
                    bound = -(-settled.bound // term.weight)
                else:
                    bound = min(self._alone[term.goal], mine)
                goals.append(GoalResult(term.goal, number + 1, mine, bound, gap(mine, bound), mine == bound))
        proven = all(level.proven for level in levels)
        assignments = self._model.assignments(choice)
        return Solution(
            status=OPTIMAL if proven else FEASIBLE,
            stopped="proved" if proven else stopped or self._budget.over() or "gap",
            assignments=assignments,
            unmet=reasons.unmet(self._problem, assignments),
            goals=tuple(goals),
            levels=tuple(levels),
            conflicts=(),
            input_hash=input_hash(self._problem),
            seed=self._seed,
            work=self._budget.work_done,
            seconds=self._budget.seconds(),
            versions=versions(),
        )

    def _report(self, phase: str, level: int, bound: int) -> None:
        if self._progress is None:
            return
        bounds = {}
        values = {}
        for number, wanted in enumerate(self._problem.policy.levels):
            if len(wanted.terms) == 1:
                settled = self._settled[number].bound if number < len(self._settled) else 0
                bounds[wanted.terms[0].goal] = bound if number == level else settled
        choice = self._incumbent.choice
        for goal in (UNSERVED, TRAVEL):
            values[goal] = self._model.value(self._model.goal(goal), choice)
        self._progress(
            Progress(
                seconds=self._budget.seconds(),
                phase=phase,
                unserved=values[UNSERVED],
                unserved_bound=bounds.get(UNSERVED, 0),
                travel=values[TRAVEL],
                travel_bound=bounds.get(TRAVEL, 0),
            )
        )
