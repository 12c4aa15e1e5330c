"""A plan for a day: the first plan, rounds of annealing, proof where the day is small, exact times at the end."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from carematch.rostering.day.check import Report, check
from carematch.rostering.day.engine import annealing, bounds, exact
from carematch.rostering.day.engine import fields as f
from carematch.rostering.day.engine.budget import Budget
from carematch.rostering.day.engine.compiled import Ints
from carematch.rostering.day.engine.layout import Layout, build
from carematch.rostering.day.engine.mending import mend
from carematch.rostering.day.engine.reading import read_plan
from carematch.rostering.day.engine.search import search
from carematch.rostering.day.plan import Plan
from carematch.rostering.day.policy import named_sum
from carematch.rostering.day.problem import DayProblem, Service, Span, Visit, Worker
from carematch.rostering.day.validate import validate

OPTIMAL, FEASIBLE, BROKEN = "optimal", "feasible", "broken"
#: With at most so many arcs a day is small enough to be proven.
SMALL = 400
#: Of a small day's budget, this much goes to the search before the proof.
BEFORE_PROOF = 0.15
#: Exact times take at most this share of the time, and so many seconds, and are tried with at most so many arcs.
EXACT_SHARE, EXACT_SECONDS, EXACT_ARCS = 0.08, 8.0, 600
#: Moves that are worth a unit of the exact solver's deterministic time.
STEPS_A_UNIT = 200_000


class Limits(Struct, frozen=True):
    """Wall-clock seconds, moves of each thread, threads. With `steps` the plan depends on the seed and them alone."""

    seconds: float | None = 30.0
    steps: int | None = None
    threads: int = 2


class Progress(Struct, frozen=True):
    """What stands so far."""

    seconds: float
    plan: Plan
    score: tuple[int, ...]
    bound: int


class Solution(Struct, frozen=True):
    """The best plan found, judged by the checker.

    `cost` and `bound` are sums over all levels (`levels.flat_weights`); no plan costs less than `bound`, which is far
    off unless the day is small. `status`: optimal (proven), feasible, or broken: the plan breaks a rule, because what
    must be in cannot all be.
    """

    plan: Plan
    report: Report
    cost: int
    bound: int
    status: str
    stopped: str
    seed: int
    steps: int
    seconds: float


def solve(
    problem: DayProblem,
    limits: Limits | None = None,
    seed: int = 1,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Solution:
    """The best plan that the limits allow; raises MalformedDay. It can be stopped at any time, and has a plan then."""
    validate(problem)
    limits = limits or Limits()
    budget = Budget(limits.seconds, limits.steps, should_stop)
    return _Run(problem, limits, seed, budget, progress).solution()


class _Run:
    """One solve: the best plan so far, and what is known of the best there can be."""

    def __init__(
        self,
        problem: DayProblem,
        limits: Limits,
        seed: int,
        budget: Budget,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.problem, self.limits, self.seed, self.budget, self.progress = problem, limits, seed, budget, progress
        self.layout: Layout = build(problem)
        self.bound = bounds.bound(problem, self.layout)
        self.best: tuple[int, int, Plan, Report] | None = None
        self.optimal = False
        self.steps = 0

    def solution(self) -> Solution:
        arcs = exact.all_arcs(self.layout)
        if self.layout.given[f.CHOOSABLES] == 0:
            self._take(annealing.kept_blank(self.layout.given, self.layout.blank.copy()))
        elif len(arcs) <= SMALL:
            kept = self._search(self._share(BEFORE_PROOF))
            self._prove(kept, arcs)
            if not self.optimal and not self.budget.over(self.steps):
                self._search(self.budget)
        else:
            self._exact_times(self._search(self.budget.part(self._reserve())))
        assert self.best is not None
        breaks, cost, plan, report = self.best
        status = BROKEN if breaks else OPTIMAL if self.optimal else FEASIBLE
        return Solution(
            plan, report, cost, cost if self.optimal else min(self.bound, cost), status, self._stopped(), self.seed,
            self.steps, self.budget.seconds(),
        )  # fmt: skip

    def _stopped(self) -> str:
        if self.budget.cancelled:
            return "cancelled"
        if self.optimal:
            return "optimal"
        return "steps" if self.limits.steps is not None and self.budget.left() != 0.0 else "seconds"

    def _share(self, share: float) -> Budget:
        left = self.budget.left()
        steps = None if self.limits.steps is None else int(self.limits.steps * share)
        return Budget(None if left is None else left * share, steps, lambda: self.budget.over(0))

    def _reserve(self) -> float:
        left = self.budget.left()
        return 0.0 if left is None or not self._timed() else min(EXACT_SECONDS, EXACT_SHARE * left)

    def _timed(self) -> bool:
        """Whether the earliest times may not be the best ones."""
        weights = self.layout.weights
        several = any(len(visit.windows) > 1 for visit in self.problem.visits)
        return several or weights["waiting"] > 0 or weights["off_wish"] > 0

    def _search(self, budget: Budget) -> Ints:
        kept, steps = search(
            self.layout,
            self.seed,
            any(visit.optional for visit in self.problem.visits),
            budget,
            self.limits.threads,
            self._take,
        )
        self.steps += steps // self.limits.threads
        self._take(kept)
        return kept

    def _state(self, kept: Ints) -> Ints:
        state = self.layout.blank.copy()
        annealing.restore(self.layout.given, state, kept)
        return state

    def _take(self, kept: Ints) -> None:
        """Judges a kept plan, mended where it breaks what must hold."""
        state = self._state(kept)
        mend(self.layout.given, state)
        self._offer(read_plan(self.problem, self.layout, state))

    def _offer(self, plan: Plan) -> None:
        """Keeps a plan that is better, by the checker's judgement, than what there is."""
        report = check(self.problem, plan)
        cost = sum(self.layout.weights[goal] * value for goal, value in report.values.items())
        mine = (len(report.violations), cost)
        if self.best is None or mine < self.best[:2]:
            self.best = (*mine, plan, report)
            if self.progress is not None:
                self.progress(Progress(self.budget.seconds(), plan, report.score, self.bound))

    def _prove(self, kept: Ints, arcs: list[exact.Arc]) -> None:
        answer = self._exactly(kept, arcs, self.budget.left(), whole=True)
        if answer.plan is not None and self.best is not None:
            self.bound = max(self.bound, answer.bound)
            self.optimal = answer.optimal and self.best[0] == 0 and self.best[1] == answer.bound

    def _exact_times(self, kept: Ints) -> None:
        if self._timed():
            arcs = exact.arcs_of(self.layout, self._state(kept))
            if len(arcs) <= EXACT_ARCS:
                self._exactly(kept, arcs, self.budget.left(), whole=False)

    def _exactly(self, kept: Ints, arcs: list[exact.Arc], seconds: float | None, whole: bool) -> exact.Answer:
        work = None if self.limits.steps is None else self.limits.steps / STEPS_A_UNIT
        answer = exact.solve_exactly(
            self.problem, self.layout, self._state(kept), arcs, seconds, work, self.limits.threads,
            lambda: self.budget.over(0), whole,
        )  # fmt: skip
        if answer.plan is not None:
            self._offer(answer.plan)
        return answer


def warm_up() -> None:
    """Calls every compiled function once: half a minute on a new machine, then the time of loading."""
    visit = Visit("V", 1, (Service("care", 1),), (Span(0, 9),))
    problem = DayProblem((visit,), (Worker("W", 0, 0, Span(0, 99)),), ((0, 1), (1, 0)), named_sum(travel=1, waiting=1))
    solve(problem, Limits(seconds=None, steps=100, threads=1))
