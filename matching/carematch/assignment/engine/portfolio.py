"""How a level is settled: which tool works on it, in which order, for how long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from carematch.assignment.bounds import min_cost_flow
from carematch.assignment.bounds.branch_and_cut import BranchAndCut
from carematch.assignment.bounds.lagrangian import Relaxation, Relaxed
from carematch.assignment.engine.budget import Allowance, Budget
from carematch.assignment.engine.core_problems import Cores, knapsacks
from carematch.assignment.engine.incumbent import Incumbent, Settled
from carematch.assignment.engine.level import OpenLevel
from carematch.assignment.formulation.arrays import Choice
from carematch.assignment.formulation.grid import frame
from carematch.assignment.formulation.model import Cap, LinearGoal, weighted_sum
from carematch.assignment.heuristics import greedy
from carematch.assignment.solution import RELAXATION

#: Columns beside the fractional plan that the first, second, ... search may use, a need.
CORES = (0.6, 1.2, 2.4)
#: Fraction of what is left for each of them.
CORE_FRACTION = 0.4
#: What a unit of a level is worth in the next one while searching, against its price in the relaxation;
#: where it has none there, against the dearest column.
PRICE, DEAR = 2.0, 3.0
#: Fraction of the first level's time for branch and cut beside local search, and of a later level's for
#: CP-SAT before that. The first level is mostly a matter of proof, the later ones of good plans.
TOGETHER, CORES_LATER = 0.9, 0.6
#: Units of work without a better value of the level after which the local search gives up: before
#: branch and cut is started, and beside it.
FIRST_LOCAL, MORE_LOCAL = 0.5, 4.0
#: The largest number of a guiding objective, of which many are added up.
LARGEST = 2**42
#: The same for a large problem without any limit.
UNLIMITED_LOCAL = 100.0


class Search:
    """Works on one model, level after level."""

    def __init__(
        self,
        incumbent: Incumbent,
        pinned: Choice,
        budget: Budget,
        seed: int,
        gap: float,
        report: Callable[[str, int, int], None],
    ) -> None:
        self.relaxation = Relaxation(incumbent.model)
        self._model = incumbent.model
        self._incumbent = incumbent
        self._pinned = pinned
        self._budget = budget
        self._seed = seed
        self._gap = gap
        self._report = report
        self._taste = greedy.preference(incumbent.model)

    def preview(self) -> None:
        """A first bound of the second level, should nothing be lost on the first, and a plan by its prices."""
        goals = self._incumbent.goals
        if len(goals) > 1 and not goals[0].peaks:
            cap = Cap(goals[0], self.relaxation.trivial_bound(goals[0]))
            first = self.relaxation.first(goals[1], [cap])
            if first is not None:
                plan = greedy.by_price(self._model, self._pinned, first.priced())
                if self._incumbent.offer(plan, ()):
                    self._report("rounding", 0, cap.limit)
                self._foretell(1, first.bound, cap.limit)

    def _foretell(self, number: int, bound: int, limit: int) -> None:
        """Reports a bound of a level that holds while the one before keeps a limit, if it surely will."""
        slack = self._model.problem.policy.levels[number - 1].slack_permille
        if self._incumbent.values[number - 1] * (1000 + slack) // 1000 <= limit:
            self._report("bound", number, bound)

    def settle(self, number: int, caps: Sequence[Cap], fraction: float, known: int | None = None) -> Settled:
        """Betters and bounds one level with those before it capped, in a fraction of what is left.

        `known` is a bound that is proven already.
        """
        goal = self._incumbent.goals[number]
        if goal.empty:
            return Settled(goal.constant, goal.constant, RELAXATION)
        bound = self.relaxation.trivial_bound(goal)
        if known is not None:
            bound = max(bound, known)
        until = Allowance(self._budget, fraction)
        level = OpenLevel(
            self._incumbent, number, caps, bound, self._budget, until, self._seed, self._gap, self._report
        )
        if level.value > level.bound and not self._budget.cancelled() and not self._by_flow(level):
            self._work(level, fraction)
        return level.settled()

    def _work(self, level: OpenLevel, fraction: float) -> None:
        relaxed = self._relax(level)
        self._round(level, relaxed)
        if level.good_enough():
            return
        guide, objective = self._guide(level, relaxed)
        if level.good_enough():
            return
        items = knapsacks(level, relaxed)
        if items is not None:
            if objective is not level.goal:
                level.run_local(level.local(guide, objective), FIRST_LOCAL)
            if not level.good_enough():
                Cores(level, relaxed, items).run()
            return
        if self.relaxation.large:
            level.run_local(level.local(guide, objective), np.inf if self._budget.limited else UNLIMITED_LOCAL)
        elif level.number == 0:
            self._together(level, guide, objective, Allowance(self._budget, fraction * TOGETHER))
            self._cores(level, guide, objective, level.until, level.threads)
            if not level.good_enough():
                level.prove(relaxed)
        else:
            allowance = Allowance(self._budget, fraction * CORES_LATER)
            level.run_local(level.local(guide, objective), FIRST_LOCAL, allowance)
            self._cores(level, guide, objective, allowance, level.threads)
            if not level.good_enough():
                self._together(level, guide, objective, level.until)
            if not level.good_enough():
                level.prove(relaxed)

    def _relax(self, level: OpenLevel) -> Relaxed:
        """The relaxation of the level; where that takes long, a first bound is told before."""
        first = self.relaxation.first(level.goal, level.caps)
        if first is not None:
            level.raise_bound(first.bound, RELAXATION)
            level.relaxed = first
            level.tell("bound")
            if level.until.over():
                return first
        relaxed = self.relaxation.minimise(level.goal, level.caps, level.until.seconds_left(), first)
        if first is None or relaxed.bound >= first.bound:
            level.relaxed = relaxed
        level.raise_bound(relaxed.bound, RELAXATION)
        level.tell("bound")
        return relaxed

    def _by_flow(self, level: OpenLevel) -> bool:
        """Solves the level to the proof where it is a flow."""
        if level.goal.peaks or any(cap.goal.peaks for cap in level.caps):
            return False
        framed = frame(self._model, level.goal, level.caps)
        if framed is None or not min_cost_flow.is_flow(framed.grid):
            return False
        mine = min_cost_flow.cheapest_flow(framed.grid)
        if mine is None:
            return False
        choice = framed.of_model(mine)
        level.raise_bound(self._model.value(level.goal, choice), RELAXATION)
        self._incumbent.offer(choice, level.caps)
        level.tell("bound")
        return level.value <= level.bound

    def _together(self, level: OpenLevel, guide: Relaxed, objective: LinearGoal, allowance: Allowance) -> None:
        """Branch and cut in one thread, local search and CP-SAT in the other, for part of the time.

        With a limit of work they take turns instead, so that the same seed gives the same plan.
        """
        if level.good_enough(allowance):
            return
        local = level.local(guide, objective)
        level.run_local(local, FIRST_LOCAL, allowance)
        if level.good_enough(allowance):
            return
        in_turns = self._budget.deterministic
        branch = BranchAndCut(
            self._model,
            level.goal,
            level.caps,
            self._incumbent.choice,
            seconds=allowance.seconds_left(0.9),
            nodes=1 if in_turns else None,
            gap=level.gap,
            seed=self._seed,
        )
        if in_turns:
            level.join(branch, allowance, exact=True)
            if not level.good_enough(allowance):
                level.run_local(local, MORE_LOCAL, allowance)
            return
        level.beside = branch
        if self._budget.workers > 1:
            level.run_local(local, MORE_LOCAL, allowance, self._budget.workers - 1)
            self._cores(level, guide, objective, allowance, workers=1)
        level.join(branch, allowance, exact=True)
        level.beside = None

    def _round(self, level: OpenLevel, relaxed: Relaxed) -> None:
        """Makes whole plans of a fractional one, and of prices."""
        if relaxed.fractions.any():
            level.offer(greedy.around(self._model, self._pinned, relaxed.fractions, self._taste), "rounding")
        level.offer(greedy.by_price(self._model, self._pinned, relaxed.priced()), "rounding")

    def _guide(self, level: OpenLevel, relaxed: Relaxed) -> tuple[Relaxed, LinearGoal]:
        """What leads the search: a relaxation that tells columns apart, and an objective.

        The level after this one is added to the objective at a price at which it should not decide
        against this one. It breaks the plateau on which many plans leave out equally many, and its
        own search then starts from a good plan.
        """
        goals = self._incumbent.goals
        if level.number + 1 == len(goals):
            return relaxed, level.goal
        after = goals[level.number + 1]
        if after.peaks or level.goal.peaks or after.empty:
            return relaxed, level.goal
        capped = [*level.caps, Cap(level.goal, max(level.bound, level.goal.constant))]
        guide = self.relaxation.minimise(after, capped, level.until.seconds_left())
        self._round(level, guide)
        self._foretell(level.number + 1, guide.bound, capped[-1].limit)
        price = round(PRICE * float(guide.cap_prices[-1]))
        if price < 1:  # the cap is free in the relaxation, or it rules columns out and has no price
            price = 1 + int(DEAR * int(after.costs.max(initial=0)))
        if price * int(level.goal.costs.max(initial=0)) > LARGEST:
            return guide, level.goal
        return guide, weighted_sum([(price, level.goal), (1, after)])

    def _cores(
        self, level: OpenLevel, guide: Relaxed, objective: LinearGoal, allowance: Allowance, workers: int
    ) -> None:
        """CP-SAT among the columns nearly worth having, more of them each time."""
        for number, fraction in enumerate(CORES):
            if level.good_enough(allowance) or level.enough():
                return
            wanted = level.nearly(guide, round(fraction * len(self._model.needs)))
            level.solve_among(wanted, objective, CORE_FRACTION, number, allowance, workers)
