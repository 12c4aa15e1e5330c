"""The engine: from a problem to a plan with a certificate."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from carematch.assignment.bounds.lagrangian import Relaxation
from carematch.assignment.check import check, keepable, moved
from carematch.assignment.engine import infeasible_pins, reasons
from carematch.assignment.engine.budget import Budget
from carematch.assignment.engine.certificate import results, versions
from carematch.assignment.engine.components import separable, split
from carematch.assignment.engine.first_plan import first_plan, level_goals, pinned_columns
from carematch.assignment.engine.incumbent import Incumbent, Settled
from carematch.assignment.engine.portfolio import Search
from carematch.assignment.engine.proofs import proofs
from carematch.assignment.formulation.model import Cap, build
from carematch.assignment.goals import CONTINUITY, TRAVEL, Policy, left_out
from carematch.assignment.goals import single as single_level
from carematch.assignment.heuristics import greedy
from carematch.assignment.problem import Assignment, Problem, input_hash
from carematch.assignment.solution import (
    CONTRADICTORY,
    FEASIBLE,
    MOVES,
    OPTIMAL,
    RELAXATION,
    Conflict,
    Progress,
    ProgressCallback,
    Solution,
)

#: Fraction of what is left of the budget that a level may use, the last one excepted.
LEVEL_FRACTION = 0.7
#: Seconds (or units of work) at least for the fewest moves, where greedy moves more than allowed.
FEWEST = 10.0
#: Columns from which independent parts are solved apart, and parts after which the plan is put together.
APART, REPORTED = 5_000, 20


class InternalError(RuntimeError):
    """The engine made a plan that the checker refuses. It is never handed out."""


def answer(
    problem: Problem,
    budget: Budget,
    *,
    seed: int = 1,
    progress: ProgressCallback | None = None,
    start: Sequence[Assignment] = (),
    prove: bool = False,
) -> Solution:
    """`solve` for a problem that is known to have no fault that matters here, as a part of a valid one.

    Needs without options and resources without capacity do not: who cannot be served is unserved, and counts. To
    `prove` is to look for the prices by which the checker comes near the bounds.
    """
    found = infeasible_pins.conflicts(problem)
    run = None if found else _Run(problem, budget, seed, progress, prove)
    if run is not None:
        found = run.begin(start)
    solution = _without_plan(problem, found, seed, budget, run) if found or run is None else run.solution()
    report = check(problem, solution, bounds=False)
    if not report.ok:
        raise InternalError("; ".join(violation.sentence for violation in report.violations))
    return solution


def _without_plan(
    problem: Problem, conflicts: tuple[Conflict, ...], seed: int, budget: Budget, run: _Run | None
) -> Solution:
    """The answer where decisions contradict each other, or no plan was found with as few moves as are allowed."""
    return Solution(
        status=CONTRADICTORY,
        stopped="proved" if run is None or run.certain else budget.over() or "seconds",
        assignments=(),
        unmet=(),
        goals=(),
        levels=(),
        conflicts=conflicts,
        input_hash=input_hash(problem),
        seed=seed,
        work=budget.work_done,
        seconds=budget.seconds(),
        versions=versions(),
    )


class _Run:
    """One solve of a valid problem whose pins can be obeyed."""

    def __init__(
        self, problem: Problem, budget: Budget, seed: int, progress: ProgressCallback | None, prove: bool
    ) -> None:
        self._problem = problem
        self._limits = budget.limits
        self._budget = budget
        self._seed = seed
        self._dice = seed % 2**31  # what compiled code and libraries take
        self._progress = progress
        self._prove = prove
        #: Whether a conflict is proven, and not only that no plan was found in time.
        self.certain = True
        self._model = build(problem)
        self._levels = level_goals(self._model)
        self._pinned = pinned_columns(self._model)
        self._settled: list[Settled] = []
        self._caps: list[Cap] = []
        self._alone: dict[str, int] = {}

    def begin(self, start: Sequence[Assignment]) -> tuple[Conflict, ...]:
        """Makes the first plan; returns a conflict when even the fewest moves are more than allowed."""
        first = first_plan(self._model, self._levels, self._pinned, start)
        if first is None:
            fewest = _fewest_moves(self._problem, self._budget, self._seed)
            plan = self._model.choice(fewest.assignments, self._model.nobody())
            if (self._model.free(plan) < 0).any():
                needed = moved(self._problem, fewest.assignments)
                allowed = self._problem.most_moves or 0
                self.certain = fewest.levels[0].bound > allowed
                return (Conflict(MOVES, needed, wanted=len(needed), capacity=allowed),)
            first = Incumbent(self._model, self._levels, plan)
            first.offer(greedy.fill(self._model, plan, self._pinned, greedy.preference(self._model)), ())
        self._incumbent = first
        return ()

    def solution(self) -> Solution:
        """Settles level after level and puts the certificate together."""
        self._report("construction", -1, 0)
        search = Search(self._incumbent, self._pinned, self._budget, self._dice, self._limits.gap, self._report)
        stopped = "construction" if self._limits.seconds == 0 else ""
        known = [] if stopped else self._apart(search)
        for number, level in enumerate(self._problem.policy.levels):
            if stopped == "construction":
                settled = self._unsearched(search.relaxation, number)
            else:
                later = self._levels[number + 1 :]
                fraction = 1.0 if all(goal.empty for goal in later) else LEVEL_FRACTION
                settled = search.settle(number, self._caps, fraction, known[number] if known else None)
            terms = level.terms
            if len(terms) > 1:
                self._bounds_alone(search.relaxation, number)
            self._settled.append(settled)
            limit = max(settled.best, settled.bound * (1000 + level.slack_permille) // 1000)
            self._caps.append(Cap(self._levels[number], limit))
        return self._certificate(stopped)

    def _apart(self, search: Search) -> list[int | None]:
        """Solves independent parts one by one for a part of the time; returns what that proves of each level.

        The bounds of a level add up when every part has proven the levels before it; else nothing is proven.
        """
        if self._model.width < APART or not separable(self._problem, self._levels):
            return []
        pieces = split(self._model)
        if len(pieces) < 2:
            return []
        search.preview()
        bounds = [goal.constant for goal in self._levels]
        proven = [0] * len(bounds)
        plan: list[Assignment] = []
        index = {need: place for place, need in enumerate(self._model.needs)}
        nobody, kept = self._model.nobody(), self._incumbent.choice.copy()
        remaining = sum(len(piece.options) for piece in pieces)
        for number, piece in enumerate(pieces):
            part = self._budget.fraction(LEVEL_FRACTION * len(piece.options) / remaining)
            remaining -= len(piece.options)
            solution = answer(piece, Budget(part, self._budget.cancelled), seed=self._seed)
            self._budget.spend(solution.work)
            plan += solution.assignments
            mine = [index[need.id] for need in piece.needs]
            kept[mine] = nobody[mine]
            for place, level in enumerate(solution.levels):
                bounds[place] += level.bound
                proven[place] += level.proven
            over = bool(self._budget.over())
            told = over or number % REPORTED == 0 or number == len(pieces) - 1
            if told and self._incumbent.offer(self._model.choice(plan, kept), ()):
                self._report("parts", -1, 0)
            if over and number < len(pieces) - 1:
                return []
        settled = [all(count == len(pieces) for count in proven[:place]) for place in range(len(bounds))]
        return [bound if known else None for bound, known in zip(bounds, settled, strict=True)]

    def _unsearched(self, relaxation: Relaxation, number: int) -> Settled:
        value = self._incumbent.values[number]
        bound = relaxation.trivial_bound(self._levels[number])
        return Settled(value, min(bound, value), RELAXATION)

    def _bounds_alone(self, relaxation: Relaxation, number: int) -> None:
        """The bound of each goal of a blended level by itself, with the levels before it fixed."""
        for term in self._problem.policy.levels[number].terms:
            goal = self._model.goal(term.goal)
            if self._limits.seconds == 0 or self._budget.over():
                self._alone[term.goal] = relaxation.trivial_bound(goal)
            else:
                self._alone[term.goal] = relaxation.minimise(goal, self._caps, self._budget.seconds_left()).bound

    def _certificate(self, stopped: str) -> Solution:
        levels, goals = results(self._model, self._incumbent, self._settled, self._alone)
        if self._prove and not stopped:
            levels = proofs(self._model, self._levels, levels, self._budget)
        proven = all(level.proven for level in levels)
        assignments = self._model.assignments(self._incumbent.choice)
        return Solution(
            status=OPTIMAL if proven else FEASIBLE,
            stopped="proved" if proven else stopped or self._ended(),
            assignments=assignments,
            unmet=reasons.unmet(self._problem, assignments),
            goals=goals,
            levels=levels,
            conflicts=(),
            input_hash=input_hash(self._problem),
            seed=self._seed,
            work=self._budget.work_done,
            seconds=self._budget.seconds(),
            versions=versions(),
        )

    def _ended(self) -> str:
        """Why the search ended before the proof; a level may have used up its allowance before the whole was over."""
        limits = self._limits
        return self._budget.over() or ("gap" if limits.gap else "seconds" if limits.work is None else "work")

    def _report(self, phase: str, level: int, bound: int) -> None:
        if self._progress is None:
            return
        values = self._incumbent.values
        bounds = [settled.bound for settled in self._settled]
        bounds += [bound if number == level else 0 for number in range(len(bounds), len(values))]
        bounds = [min(low, value) for low, value in zip(bounds, values, strict=True)]
        single = {
            wanted.terms[0].goal: (value // wanted.terms[0].weight, low // wanted.terms[0].weight)
            for wanted, value, low in zip(self._problem.policy.levels, values, bounds, strict=True)
            if len(wanted.terms) == 1
        }
        unserved = [left_out({goal: pair[side] for goal, pair in single.items()}) for side in (0, 1)]
        travel = single.get(TRAVEL, (0, 0))
        self._progress(
            Progress(
                seconds=self._budget.seconds(),
                phase=phase,
                unserved=unserved[0],
                unserved_bound=unserved[1],
                travel=travel[0],
                travel_bound=travel[1],
                values=values,
                bounds=tuple(bounds),
            )
        )


def _fewest_moves(problem: Problem, budget: Budget, seed: int) -> Solution:
    """The plan that moves fewest of those who could keep their supplier, whatever else it costs.

    There is no plan at all to give without it, so it gets some time even where none is left.
    """
    keep = keepable(problem)
    kept = tuple(row for row in problem.in_force if row.need in keep)
    staying = msgspec.structs.replace(
        problem, most_moves=None, in_force=kept, policy=Policy((single_level(CONTINUITY),))
    )
    limits, seconds, work = budget.limits, budget.seconds_left(), budget.work_left()
    patient = msgspec.structs.replace(
        limits,
        seconds=None if seconds is None else max(seconds, FEWEST),
        work=None if work is None else max(work, FEWEST),
    )
    solution = answer(staying, Budget(patient, budget.cancelled), seed=seed)
    budget.spend(solution.work)
    return solution
